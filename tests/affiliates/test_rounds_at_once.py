"""A round's sweep at the same moment as another sweep, and as the group that signs after all."""

import datetime
import hashlib

import pytest

from affiliates.agreements.steps import AgreementStepError, sign_agreement
from affiliates.models import AgreementState, AgreementTemplate, Group, GroupStatus
from affiliates.rounds import lapse_late, open_round, send_notices
from foundation.accounts.models import StaffTask
from foundation.mail.models import OutgoingMail
from tests.at_once import at_once
from tests.factories import make_contact, make_group, make_staff

from .signing import EVIDENCE, contact_of, make_in_force, make_template, make_understood, signature_for

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
DUE = NOW + datetime.timedelta(days=60)


def make_asked_group() -> Group:
    """A group in force, and a round for a newer version under way."""
    group = make_group()
    make_contact(group)
    make_in_force(group)
    AgreementTemplate.objects.create(
        version=2, state="published", texts=make_template().texts, published_at=NOW,
        sha256=hashlib.sha256(b"2").hexdigest(),
    )  # fmt: skip
    open_round(due_at=DUE, note="", actor=make_staff(StaffTask.AGREEMENTS), now=NOW)
    return group


def test_two_sweeps_tell_a_group_once() -> None:
    group = make_asked_group()
    assert at_once(*[lambda: send_notices(now=NOW)] * 4) == []
    mails = OutgoingMail.objects.filter(to_email=contact_of(group).email, purpose="re-signing round")
    assert mails.count() == 1


def test_two_sweeps_lapse_a_group_once() -> None:
    group = make_asked_group()
    send_notices(now=NOW)
    assert at_once(*[lambda: lapse_late(now=DUE)] * 3) == []
    lapsed = group.agreements.get(state=AgreementState.LAPSED)
    assert lapsed.events.filter(kind="lapsed").count() == 1


def test_who_signs_as_the_round_ends_has_signed_or_is_told_that_it_is_too_late() -> None:
    """Never both: a signature that counts, and a group that lapsed all the same."""
    group = make_asked_group()
    send_notices(now=NOW)
    agreement = make_understood(group, now=DUE - datetime.timedelta(days=1))
    signature, contact = signature_for(agreement), contact_of(group)
    failures = at_once(
        lambda: lapse_late(now=DUE),
        lambda: sign_agreement(agreement=agreement, signature=signature, evidence=EVIDENCE, actor=contact, now=DUE),
    )
    agreement.refresh_from_db()
    group.refresh_from_db()
    if failures:
        assert [type(error) for error in failures] == [AgreementStepError]
        assert (agreement.state, group.status) == (AgreementState.WITHDRAWN, GroupStatus.ENDED)
    else:
        assert (agreement.state, group.status) == (AgreementState.SIGNED, GroupStatus.LISTED)
