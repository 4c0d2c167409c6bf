"""Every rule of the outbox that the database itself keeps."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from foundation.mail.models import MailState, OutgoingMail, SendingPace, Suppression, SuppressionReason

from .conftest import MakeMail

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"state": "lost"}, "outgoingmail_state_known"),
        ({"priority": 5}, "outgoingmail_priority_known"),
        ({"state": "claimed", "claimed_by": "w"}, "outgoingmail_lease_while_claimed"),
        ({"state": "claimed", "lease_until": NOW}, "outgoingmail_lease_while_claimed"),
        ({"lease_until": NOW}, "outgoingmail_lease_while_claimed"),
        ({"state": "sent", "went_out_at": NOW}, "outgoingmail_sent_at_when_sent"),
        ({"sent_at": NOW}, "outgoingmail_sent_at_when_sent"),
        ({"state": "sent", "sent_at": NOW}, "outgoingmail_went_out_before_sent"),
        ({"state": "unknown"}, "outgoingmail_went_out_before_sent"),
        ({"went_out_at": NOW}, "outgoingmail_queued_has_not_gone_out"),
        ({"text": ""}, "outgoingmail_body_until_sent"),
        ({"to_email": "Alice@example.org"}, "outgoingmail_to_email_lower_case"),
        ({"to_email": ""}, "outgoingmail_to_email_lower_case"),
        ({"subject": "a\nb"}, "outgoingmail_subject_is_one_line"),
        ({"scope": ""}, "outgoingmail_scope_named"),
        ({"attempts": -1}, "outgoingmail_attempts_check"),
    ],
)
def test_the_database_refuses_a_mail_that_cannot_be(
    make_mail: MakeMail, changes: dict[str, Any], constraint: str
) -> None:
    mail = make_mail()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OutgoingMail.objects.filter(pk=mail.pk).update(**changes)


@pytest.mark.parametrize("field", ["key", "message_id"])
def test_no_two_mails_share_a_key_or_a_message_id(make_mail: MakeMail, field: str) -> None:
    first, second = make_mail(), make_mail()
    with pytest.raises(IntegrityError, match=field), transaction.atomic():
        OutgoingMail.objects.filter(pk=second.pk).update(**{field: getattr(first, field)})


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"address": "A@example.org"}, "suppression_address_lower_case"),
        ({"address": ""}, "suppression_address_lower_case"),
        ({"reason": "bored"}, "suppression_reason_known"),
        ({"address": "b@example.org"}, "suppression_once"),
    ],
)
def test_the_database_refuses_a_suppression_that_cannot_be(values: dict[str, Any], constraint: str) -> None:
    Suppression.objects.create(address="b@example.org", scope="group:1", reason=SuppressionReason.STAFF)
    whole = {"address": "a@example.org", "scope": "group:1", "reason": SuppressionReason.STAFF, **values}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Suppression.objects.create(**whole)


def test_nobody_can_owe_tokens() -> None:
    with pytest.raises(IntegrityError, match="sendingpace_tokens_not_negative"), transaction.atomic():
        SendingPace.objects.create(mailer="default", tokens=-1)


def test_rows_name_nobody_in_logs(make_mail: MakeMail) -> None:
    mail = make_mail()
    assert "alice" not in str(mail)
    assert MailState.QUEUED in str(mail)
