"""What may enter the outbox, what is kept out, and what rings the doorbell."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings
from rq import Queue

from foundation.audit.models import AuditEntry
from foundation.mail.addresses import InvalidAddressError
from foundation.mail.claims import claim_due, mark_going_out
from foundation.mail.models import MailState, OutgoingMail, Priority, SuppressionReason
from foundation.mail.outbox import DOORBELL, InvalidMailError, MailStateError, call_off, give_up, resend
from foundation.mail.suppression import EVERYTHING, is_suppressed, resubscribe, suppress
from tests.factories import make_user

from .conftest import MakeMail

pytestmark = pytest.mark.django_db

UNSUBSCRIBED = SuppressionReason.UNSUBSCRIBED


def test_an_address_is_kept_in_one_form(make_mail: MakeMail) -> None:
    assert make_mail(to="  Ana.María@EXAMPLE.org".replace("í", "i")).to_email == "ana.maria@example.org"
    assert make_mail(to="ana@Bücher.example").to_email == "ana@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "ana@example.org, bob@example.org",
        "Ana <ana@example.org>",
        "ana@example.org\nBcc: bob@example.org",
        "ana@example.org\x00",
        f"{'a' * 250}@example.org",
        "ana@" + "ü" * 70 + ".example",
    ],
)
def test_what_is_no_address_is_refused_without_being_repeated(make_mail: MakeMail, address: str) -> None:
    with pytest.raises(InvalidAddressError) as refusal:
        make_mail(to=address)
    assert "ana" not in str(refusal.value)
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    "parts",
    [
        {"subject": "Hello\nBcc: bob@example.org"},
        {"subject": "Hello\r\n\r\nText"},
        {"subject": "Hello\x85you"},
        {"subject": "x" * 256},
        {"to_name": "Ana\nBcc: bob@example.org"},
        {"from_name": "Ana\x00"},
        {"headers": {"X-Group": "1\nBcc: bob@example.org"}},
        {"headers": {"X-Group: 1\nBcc": "bob@example.org"}},
        {"headers": {"Bcc": "bob@example.org"}},
        {"headers": {"list-unsubscribe": "<https://example.org>"}},
        {"text": "   "},
        {"text": "a\x00b"},
        {"html": "<p>\x00</p>"},
    ],
)
def test_nothing_can_be_injected_into_the_message(make_mail: MakeMail, parts: dict[str, Any]) -> None:
    with pytest.raises(InvalidMailError):
        make_mail(**parts)
    assert not OutgoingMail.objects.exists()


def test_an_answer_address_is_checked_too(make_mail: MakeMail) -> None:
    with pytest.raises(InvalidAddressError):
        make_mail(reply_to="bob@example.org\nBcc: carol@example.org")


def test_the_same_key_makes_one_mail(make_mail: MakeMail) -> None:
    first = make_mail(key="watch:5:told")
    again = make_mail(key="watch:5:told", subject="Other")
    assert again == first
    assert again.subject == "Hello"
    assert OutgoingMail.objects.count() == 1


def test_the_message_id_is_derived_from_the_key_and_tells_nothing_of_it(make_mail: MakeMail) -> None:
    mail = make_mail(key="invitation of alice@example.org")
    assert "alice" not in mail.message_id
    assert mail.message_id.endswith("@network.example>")
    mail.delete()
    assert make_mail(key="invitation of alice@example.org").message_id == mail.message_id
    assert make_mail(key="another").message_id != mail.message_id


def test_sign_in_codes_go_before_everything_else(make_mail: MakeMail) -> None:
    assert make_mail(is_transactional=True).priority == Priority.NOW
    assert make_mail(is_transactional=True, priority=Priority.SOON).priority == Priority.NOW


def test_what_many_are_owed_waits_for_its_turn(make_mail: MakeMail) -> None:
    assert make_mail(is_transactional=True, priority=Priority.BULK).priority == Priority.BULK


# --- Suppression ----------------------------------------------------------------------------------------------


def test_a_suppressed_address_gets_a_row_that_is_never_sent(make_mail: MakeMail, settings: Settings) -> None:
    settings.MAIL_KEEP_BODIES = False
    suppress(address="Alice@example.org", scope="group:17", reason=UNSUBSCRIBED)
    mail = make_mail(scope="group:17")
    assert (mail.state, mail.text) == (MailState.SUPPRESSED, "")
    assert make_mail(scope="group:18").state == MailState.QUEUED
    assert make_mail(scope="group:18", wider_scopes=["group:17"]).state == MailState.SUPPRESSED


def test_what_the_person_asks_for_right_now_goes_out_all_the_same(make_mail: MakeMail) -> None:
    suppress(address="alice@example.org", scope=EVERYTHING, reason=SuppressionReason.COMPLAINED)
    assert make_mail(scope="group:17").state == MailState.SUPPRESSED
    assert make_mail(scope="account", is_transactional=True).state == MailState.QUEUED


def test_suppressing_twice_is_once_and_the_weightiest_reason_stays() -> None:
    early, late = timezone.now() - timedelta(days=1), timezone.now()
    assert suppress(address="a@example.org", scope="", reason=SuppressionReason.COMPLAINED, now=late)
    assert not suppress(address="a@example.org", scope="", reason=UNSUBSCRIBED, now=late)
    assert not suppress(address="a@example.org", scope="", reason=SuppressionReason.COMPLAINED, now=early)
    row = _only_suppression()
    assert (row.reason, row.at) == (SuppressionReason.COMPLAINED, early)


def test_only_ones_own_unsubscribe_can_be_taken_back() -> None:
    suppress(address="a@example.org", scope="group:1", reason=UNSUBSCRIBED)
    suppress(address="a@example.org", scope="", reason=SuppressionReason.BOUNCED)
    assert resubscribe(address="A@example.org", scope="group:1")
    assert not resubscribe(address="a@example.org", scope="group:1")
    assert not resubscribe(address="a@example.org", scope="")
    assert is_suppressed("a@example.org", "group:1")


def _only_suppression() -> Any:
    from foundation.mail.models import Suppression

    return Suppression.objects.get()


# --- The doorbell ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_doorbell_rings_once_after_the_commit(make_mail: MakeMail, doorbells: Queue) -> None:
    with transaction.atomic():
        for number in range(5):
            make_mail(to=f"p{number}@example.org")
        assert doorbells.count == 0
    assert doorbells.count == 1
    make_mail()
    assert doorbells.count == 1  # the job on its way will see it
    cache.delete(DOORBELL)
    make_mail()
    assert doorbells.count == 2


@pytest.mark.django_db(transaction=True)
def test_a_mail_of_a_transaction_that_fails_is_neither_kept_nor_announced(
    make_mail: MakeMail, doorbells: Queue
) -> None:
    with transaction.atomic():
        make_mail()
        transaction.set_rollback(True)
    assert (doorbells.count, OutgoingMail.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_the_job_names_nobody(make_mail: MakeMail, doorbells: Queue) -> None:
    make_mail()
    [job] = doorbells.jobs
    assert (job.func_name, job.args, job.kwargs) == ("foundation.mail.jobs.deliver_mail", (), {})


# --- Held mails -----------------------------------------------------------------------------------------------


def _held(mail: OutgoingMail) -> OutgoingMail:
    now = timezone.now()
    OutgoingMail.objects.filter(pk=mail.pk).update(state=MailState.UNKNOWN, went_out_at=now, attempts=1)
    return mail


def test_somebody_may_send_a_held_mail_again(make_mail: MakeMail) -> None:
    mail = _held(make_mail())
    again = resend(mail=mail, actor=make_user())
    assert (again.state, again.went_out_at, again.message_id) == (MailState.QUEUED, None, mail.message_id)
    assert AuditEntry.objects.get().action == "resent mail"


def test_somebody_may_give_up_a_held_mail(make_mail: MakeMail, settings: Settings) -> None:
    settings.MAIL_KEEP_BODIES = False
    given_up = give_up(mail=_held(make_mail()), actor=make_user())
    assert (given_up.state, given_up.text) == (MailState.FAILED, "")
    assert AuditEntry.objects.get().action == "gave up mail"
    with pytest.raises(MailStateError):
        resend(mail=given_up, actor=make_user())  # its body is gone


@pytest.mark.parametrize("decide", [resend, give_up])
def test_a_mail_that_is_not_held_cannot_be_decided_about(make_mail: MakeMail, decide: Any) -> None:
    with pytest.raises(MailStateError):
        decide(mail=make_mail(), actor=make_user())
    assert not AuditEntry.objects.exists()


def test_held_mails_are_found_and_count_as_unfinished(make_mail: MakeMail) -> None:
    held = _held(make_mail())
    queued = make_mail()
    suppress(address="b@example.org", scope="", reason=UNSUBSCRIBED)
    make_mail(to="b@example.org")
    assert list(OutgoingMail.objects.held()) == [held]
    assert set(OutgoingMail.objects.unfinished()) == {held, queued}


def test_what_is_called_off_is_not_sent_and_what_is_going_out_is(make_mail: MakeMail) -> None:
    going, claimed, waiting = (make_mail(purpose="message", scope="group:1") for _ in range(3))
    others = [make_mail(purpose="message", scope="group:2"), make_mail(purpose="other", scope="group:1")]
    claim_due(claim="worker/1", limit=2)
    assert mark_going_out(going, "worker/1")
    assert call_off(purpose="message", scope="group:1") == 2
    states = [OutgoingMail.objects.get(pk=mail.pk).state for mail in (going, claimed, waiting, *others)]
    assert states == ["claimed", "suppressed", "suppressed", "queued", "queued"]
    assert not mark_going_out(claimed, "worker/1")
    assert call_off(purpose="message", scope="group:1") == 0
