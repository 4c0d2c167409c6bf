"""Staff decide about the mails whose fate nobody knows."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from foundation.accounts.models import StaffTask
from foundation.audit.models import AuditEntry
from foundation.mail import pace
from foundation.mail.models import MailState, OutgoingMail
from foundation.mail.outbox import queue_mail
from tests.factories import make_staff
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
PATH = "/national/mail/held/"


def make_held(subject: str = "Hello") -> OutgoingMail:
    mail = queue_mail(to="ada@example.org", subject=subject, text="Hello there.", purpose="test", language="en")
    OutgoingMail.objects.filter(pk=mail.pk).update(state=MailState.UNKNOWN, went_out_at=timezone.now(), attempts=1)
    return mail


def state_of(mail: OutgoingMail) -> str:
    return OutgoingMail.objects.get(pk=mail.pk).state


@pytest.fixture
def staff(client: Client) -> Client:
    sign_in(client, make_staff(StaffTask.PROMOTIONS))
    return client


def test_held_mails_are_listed_with_what_tells_whether_they_went_out(staff: Client) -> None:
    mail = make_held()
    queue_mail(to="bob@example.org", subject="Waits", text="x", purpose="test")
    shown = staff.get(PATH).content.decode()
    assert mail.message_id.strip("<>") in shown
    assert "ada@example.org" in shown
    assert "bob@example.org" not in shown
    assert "<dt>waiting to be sent</dt><dd>1</dd>" in shown


def test_nothing_held_says_so(staff: Client) -> None:
    assert "Nothing is held" in staff.get(PATH).content.decode()


def test_a_mail_is_sent_again_or_not_and_the_log_says_who_decided(staff: Client) -> None:
    again, never = make_held(), make_held()
    staff.post(f"{PATH}{again.pk}/", {"do": "resend"})
    staff.post(f"{PATH}{never.pk}/", {"do": "give_up"})
    assert (state_of(again), state_of(never)) == (MailState.QUEUED, MailState.FAILED)
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"resent mail", "gave up mail"}


@pytest.mark.parametrize("do", ["resend", "give_up"])
def test_the_second_of_two_deciders_is_told(staff: Client, do: str) -> None:
    mail = make_held()
    staff.post(f"{PATH}{mail.pk}/", {"do": "resend"})
    answer = staff.post(f"{PATH}{mail.pk}/", {"do": do}, follow=True)
    assert "Somebody has decided about this mail already" in answer.content.decode()
    assert state_of(mail) == MailState.QUEUED


def test_a_mail_whose_text_is_gone_can_only_be_given_up(staff: Client) -> None:
    mail = make_held()
    OutgoingMail.objects.filter(pk=mail.pk).update(text="", html="")
    shown = staff.get(PATH).content.decode()
    assert "Send again" not in shown
    assert "Do not send" in shown
    staff.post(f"{PATH}{mail.pk}/", {"do": "resend"})
    assert state_of(mail) == MailState.UNKNOWN


def test_a_press_of_no_button_changes_nothing(staff: Client) -> None:
    mail = make_held()
    staff.post(f"{PATH}{mail.pk}/", {"do": "odd"})
    assert state_of(mail) == MailState.UNKNOWN


def test_a_pause_under_way_is_told(staff: Client, settings: Settings) -> None:
    pace.pause()
    assert "The mail server has refused us." in staff.get(PATH).content.decode()
