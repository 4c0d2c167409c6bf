"""Sending into a real SMTP server, and what each of its answers leads to."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from foundation.mail import claims, pace
from foundation.mail.delivery import Courier, _worth_a_second, deliver_due, deliver_until_idle
from foundation.mail.models import MailState, OutgoingMail, Priority, SendingPace, Suppression, SuppressionReason
from foundation.mail.outbox import call_off
from foundation.mail.suppression import is_suppressed, suppress

from .conftest import MakeMail, smtp_mailers
from .sink import Sink

pytestmark = pytest.mark.django_db


def deliver(**options: Any) -> Any:
    return deliver_due(worker="test", **options)


def fresh(mail: OutgoingMail) -> OutgoingMail:
    return OutgoingMail.objects.get(pk=mail.pk)


def later(**time: float) -> Any:
    return timezone.now() + timedelta(**time)


# --- All well -------------------------------------------------------------------------------------------------


def test_a_mail_arrives_as_it_was_queued(sink: Sink, make_mail: MakeMail) -> None:
    mail = make_mail(
        to_name="Ana Muñoz, Jr.",
        from_name="Akron Food Bank",
        subject="¡Hola! 你好",
        text="Línea uno",
        html="<html><body><p>Línea uno</p></body></html>",
        reply_to="bob@example.org",
        headers={"X-Group": "17"},
        scope="network",
    )
    deliver()
    [message] = sink.messages
    assert message["Subject"] == "¡Hola! 你好"
    assert message["To"].addresses[0].display_name == "Ana Muñoz, Jr."
    assert message["To"].addresses[0].addr_spec == "alice@example.org"
    assert str(message["From"]) == "Akron Food Bank <hello@network.example>"
    assert (message["Reply-To"], message["X-Group"]) == ("bob@example.org", "17")
    assert message["Message-ID"] == mail.message_id
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text
    assert html
    assert text.get_content().startswith("Línea uno")
    assert "<p>Línea uno</p>" in html.get_content()


def test_a_sent_mail_says_when_and_keeps_no_body(sink: Sink, make_mail: MakeMail, settings: Settings) -> None:
    settings.MAIL_KEEP_BODIES = False
    mail = make_mail(html="<p>Hello</p>")
    done = deliver()
    mail = fresh(mail)
    assert (done.claimed, done.states) == (1, {MailState.SENT: 1})
    assert (mail.state, mail.attempts, mail.text, mail.html) == (MailState.SENT, 1, "", "")
    assert mail.went_out_at
    assert mail.sent_at
    assert mail.sent_at >= mail.went_out_at


def test_one_connection_serves_a_batch(sink: Sink, make_mail: MakeMail) -> None:
    for number in range(7):
        make_mail(to=f"p{number}@example.org")
    deliver()
    assert (len(sink.messages), sink.connections) == (7, 1)


def test_one_connection_serves_several_batches(sink: Sink, make_mail: MakeMail) -> None:
    for number in range(6):
        make_mail(to=f"p{number}@example.org")
    with Courier("test") as courier:
        for _ in range(3):
            courier.deliver_due(limit=2)
    assert (len(sink.messages), sink.connections) == (6, 1)


def test_who_waits_is_served_first_and_the_rest_by_age(sink: Sink, make_mail: MakeMail) -> None:
    make_mail(to="bulk@example.org", priority=Priority.BULK)
    make_mail(to="second@example.org")
    make_mail(to="first@example.org", now=later(hours=-1))
    make_mail(to="code@example.org", is_transactional=True)
    deliver()
    assert [str(m["To"]).partition("@")[0] for m in sink.messages] == ["code", "first", "second", "bulk"]


def test_a_mail_is_not_sent_before_it_is_due(sink: Sink, make_mail: MakeMail) -> None:
    make_mail(now=later(minutes=5))
    assert deliver().claimed == 0
    assert deliver(now=later(minutes=6)).claimed == 1


def test_a_sweeper_takes_only_what_is_overdue(sink: Sink, make_mail: MakeMail) -> None:
    make_mail()
    assert deliver(overdue_by=timedelta(seconds=10)).claimed == 0
    assert deliver(overdue_by=timedelta(seconds=10), now=later(seconds=11)).claimed == 1


def test_a_message_takes_a_fixed_number_of_statements(sink: Sink, make_mail: MakeMail) -> None:
    for number in range(4):
        make_mail(to=f"p{number}@example.org")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        deliver()
    # The pause, the claim, one between two mails, one before the first and one behind the last, the end of any pause.
    assert len(queries) == 1 + 1 + (4 + 1) + 1


def test_a_mail_that_is_called_off_behind_another_is_not_sent_and_the_other_is_written(
    sink: Sink, make_mail: MakeMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [make_mail(to=f"p{number}@example.org") for number in range(3)]
    send = Courier._send

    def send_and_call_off_the_second(courier: Courier, message: Any) -> Any:
        call_off(scope="network", to=["p1@example.org"])
        return send(courier, message)

    monkeypatch.setattr(Courier, "_send", send_and_call_off_the_second)
    assert deliver().states == {MailState.SENT: 2}
    assert [fresh(mail).state for mail in mails] == [MailState.SENT, MailState.SUPPRESSED, MailState.SENT]
    assert fresh(mails[1]).went_out_at is None
    assert list(sink.recipients) == ["p0@example.org", "p2@example.org"]


def test_what_was_taken_is_written_also_where_the_next_one_fails(sink: Sink, make_mail: MakeMail) -> None:
    sent, broken, refused = make_mail(), make_mail(to="bob@example.org"), make_mail(to="carol@example.org")
    OutgoingMail.objects.filter(pk=broken.pk).update(to_email="böb@example.org")
    sink.answer_rcpt = lambda to: "421 4.7.0 too many" if to.startswith("carol") else None
    deliver()
    assert [fresh(mail).state for mail in (sent, broken, refused)] == ["sent", "failed", "queued"]


def test_what_was_taken_is_written_also_where_the_worker_is_interrupted(
    sink: Sink, make_mail: MakeMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TimeIsUpError(BaseException):
        pass

    sent, following = make_mail(), make_mail(to="bob@example.org")
    connect = Courier._connect

    def interrupted(courier: Courier) -> Any:
        if courier.taken:
            raise TimeIsUpError
        return connect(courier)

    monkeypatch.setattr(Courier, "_connect", interrupted)
    with pytest.raises(TimeIsUpError):
        deliver()
    assert [fresh(sent).state, fresh(following).state] == [MailState.SENT, MailState.CLAIMED]
    assert fresh(following).went_out_at is None


@pytest.mark.parametrize(("sent", "seconds", "following"), [(20, 4, 20), (20, 0.4, 50), (100, 0.1, 100), (0, 0, 20)])
def test_a_batch_is_a_seconds_work_so_that_a_sign_in_code_never_waits_long(
    sent: int, seconds: float, following: int
) -> None:
    assert _worth_a_second(sent, seconds) == following


def test_whoever_unsubscribed_after_the_mail_was_queued_is_left_out(
    sink: Sink, make_mail: MakeMail, settings: Settings
) -> None:
    settings.MAIL_KEEP_BODIES = False
    mail = make_mail(scope="group:17", wider_scopes=["promotions"])
    code = make_mail(scope="account", is_transactional=True)
    suppress(address=mail.to_email, scope="promotions", reason=SuppressionReason.UNSUBSCRIBED)
    deliver()
    assert (fresh(mail).state, fresh(mail).text) == (MailState.SUPPRESSED, "")
    assert fresh(code).state == MailState.SENT
    assert len(sink.messages) == 1


# --- Answers of the server ------------------------------------------------------------------------------------


def test_a_final_refusal_is_final(sink: Sink, make_mail: MakeMail) -> None:
    sink.answer_data = lambda to: "554 5.7.1 looks like spam"
    mail = make_mail()
    other = make_mail(to="bob@example.org")
    deliver()
    assert (fresh(mail).state, fresh(mail).error) == (MailState.FAILED, "554 5.7.1 looks like spam")
    assert fresh(other).state == MailState.FAILED
    assert not Suppression.objects.exists()  # it is about the message, not about the address
    assert deliver(now=later(days=3)).claimed == 0


@pytest.mark.parametrize(
    ("answer", "is_dead"),
    [
        ("550 5.1.1 no such user", True),
        ("550 5.1.10 null MX", True),
        ("550 5.7.1 you are on a block list", False),
        ("552 5.2.2 mailbox full", False),
    ],
)
def test_an_address_that_does_not_exist_gets_no_more_mail(
    sink: Sink, make_mail: MakeMail, answer: str, is_dead: bool
) -> None:
    sink.answer_rcpt = lambda to: answer
    make_mail()
    deliver()
    assert is_suppressed("alice@example.org", "anything") is is_dead


def test_a_passing_refusal_is_tried_again_later_and_later(sink: Sink, make_mail: MakeMail) -> None:
    sink.answer_rcpt = lambda to: "450 4.2.0 greylisted" if to.startswith("alice") else None
    mail = make_mail()
    bob = make_mail(to="bob@example.org")
    deliver()
    assert (fresh(mail).state, fresh(mail).went_out_at, fresh(mail).attempts) == (MailState.QUEUED, None, 1)
    assert fresh(bob).state == MailState.SENT  # the others of the batch go on
    assert deliver().claimed == 0
    first = fresh(mail).next_attempt_at
    deliver(now=first)
    assert fresh(mail).next_attempt_at - first > timedelta(seconds=20)
    sink.answer_rcpt = lambda to: None
    deliver(now=later(hours=1))
    assert (fresh(mail).state, fresh(mail).attempts) == (MailState.SENT, 3)


def test_after_two_days_of_passing_refusals_the_mail_has_failed(sink: Sink, make_mail: MakeMail) -> None:
    sink.answer_rcpt = lambda to: "450 4.2.0 greylisted"
    mail = make_mail()
    waits = sum(claims.RETRY_AFTER, timedelta())
    assert timedelta(days=1.9) < waits < timedelta(days=2.2)
    for _ in range(len(claims.RETRY_AFTER) + 1):
        assert fresh(mail).state == MailState.QUEUED
        deliver(now=later(days=1))
    assert fresh(mail).state == MailState.FAILED


def test_421_makes_all_workers_pause_and_the_rest_of_the_batch_goes_back(sink: Sink, make_mail: MakeMail) -> None:
    sink.answer_rcpt = lambda to: "421 4.7.0 too many connections"
    mails = [make_mail(to=f"p{number}@example.org") for number in range(3)]
    done = deliver()
    assert [fresh(mail).state for mail in mails] == [MailState.QUEUED] * 3
    assert [fresh(mail).attempts for mail in mails] == [1, 0, 0]
    assert 4 < done.wait <= pace.FIRST_PAUSE_SECONDS
    assert deliver_due(worker="another").wait > 4
    assert not sink.messages


def test_a_burst_of_421_ends_and_everything_arrives_once(sink: Sink, make_mail: MakeMail) -> None:
    refusals = iter(range(4))
    sink.answer_rcpt = lambda to: "421 4.3.2 busy" if next(refusals, None) is not None else None
    for number in range(30):
        make_mail(to=f"p{number}@example.org")
    pauses = []
    for _ in range(10):
        if wait := deliver(now=later(hours=1)).wait:
            pauses.append(round(wait))
            _end_pause()
    assert pauses == [5, 10, 20, 40]
    assert len(sink.recipients) == 30
    assert set(sink.recipients.values()) == {1}
    assert SendingPace.objects.get().pauses_in_a_row == 0


def test_a_pause_is_never_longer_than_a_minute() -> None:
    for _ in range(12):
        pace.pause()
        assert 0 < pace.pause_left() <= pace.LONGEST_PAUSE_SECONDS
        _end_pause()


def test_workers_refused_in_the_same_moment_count_as_one() -> None:
    pace.pause()
    pace.pause()
    assert SendingPace.objects.get().pauses_in_a_row == 1


def _end_pause() -> None:
    SendingPace.objects.update(paused_until=later(seconds=-1))


def test_a_server_that_is_away_costs_no_attempt(make_mail: MakeMail, settings: Settings, sink: Sink) -> None:
    working = settings.MAILERS
    settings.MAILERS = smtp_mailers(port=1)  # nobody listens there
    mail = make_mail()
    assert deliver().wait > 0
    assert (fresh(mail).state, fresh(mail).attempts, fresh(mail).claimed_by) == (MailState.QUEUED, 0, "")
    _end_pause()
    settings.MAILERS = working
    deliver()
    assert fresh(mail).state == MailState.SENT


def test_a_password_that_the_server_refuses_loses_no_mail(make_mail: MakeMail, settings: Settings, sink: Sink) -> None:
    settings.MAILERS["default"]["OPTIONS"] |= {"username": "someone", "password": "wrong"}
    mail = make_mail()
    assert deliver().wait > 0
    assert fresh(mail).state == MailState.QUEUED


def test_a_connection_lost_before_the_text_is_tried_again(sink: Sink, make_mail: MakeMail) -> None:
    mail = make_mail()
    sink.hang_up_at_rcpt = 1
    deliver()
    assert (fresh(mail).state, fresh(mail).went_out_at) == (MailState.QUEUED, None)
    _end_pause()
    deliver(now=later(minutes=1))
    assert fresh(mail).state == MailState.SENT
    assert len(sink.messages) == 1


def test_a_connection_lost_after_the_text_began_is_held_and_never_sent_again(sink: Sink, make_mail: MakeMail) -> None:
    sink.answer_data = lambda to: "hang up after taking it"
    mail = make_mail()
    deliver()
    assert fresh(mail).state == MailState.UNKNOWN
    assert len(sink.messages) == 1  # it had arrived; sending it again would be the second time
    sink.answer_data = lambda to: None
    _end_pause()
    deliver_due(worker="another", now=later(days=9))
    claims.recover_expired_claims()
    assert (fresh(mail).state, len(sink.messages)) == (MailState.UNKNOWN, 1)


def test_a_message_that_cannot_be_made_fails_alone(sink: Sink, make_mail: MakeMail) -> None:
    broken, whole = make_mail(), make_mail(to="bob@example.org")
    OutgoingMail.objects.filter(pk=broken.pk).update(to_email="böb@example.org")
    deliver()
    assert (fresh(broken).state, fresh(whole).state) == (MailState.FAILED, MailState.SENT)


def test_the_log_names_nobody(sink: Sink, make_mail: MakeMail, caplog: pytest.LogCaptureFixture) -> None:
    sink.answer_rcpt = lambda to: f"550 5.1.1 <{to}> is unknown"
    caplog.set_level(logging.DEBUG)
    make_mail(to="canary-person@example.org", subject="canary subject")
    deliver()
    ours = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("network"))
    assert "failed" in ours
    assert "canary" not in ours


# --- The shared rate ------------------------------------------------------------------------------------------


def test_all_workers_together_keep_to_the_rate(sink: Sink, make_mail: MakeMail, settings: Settings) -> None:
    settings.MAIL_RATE_PER_SECOND = 5
    for number in range(12):
        make_mail(to=f"p{number}@example.org")
    SendingPace.objects.create(mailer=pace.MAILER, tokens=5)
    first, second = deliver_due(worker="one"), deliver_due(worker="two")
    assert (first.claimed, second.claimed) == (5, 0)
    assert 0 < second.wait <= 0.2
    SendingPace.objects.update(refilled_at=later(seconds=-60))
    assert deliver_due(worker="two").claimed == 5  # a quiet minute is not made up for at once
    assert len(sink.messages) == 10


def test_a_slow_rate_adds_up(settings: Settings) -> None:
    settings.MAIL_RATE_PER_SECOND = 0.5
    assert pace.take(1).amount == 0
    SendingPace.objects.update(refilled_at=later(seconds=-1))
    assert pace.take(1).amount == 0
    SendingPace.objects.update(refilled_at=later(seconds=-1.1))
    assert pace.take(1).amount == 1


def test_what_no_mail_needed_is_given_back(sink: Sink, make_mail: MakeMail, settings: Settings) -> None:
    settings.MAIL_RATE_PER_SECOND = 0.001
    SendingPace.objects.create(mailer=pace.MAILER, tokens=1)
    assert deliver().claimed == 0
    make_mail()
    assert deliver().claimed == 1


def test_until_idle_sends_all_there_is(sink: Sink, make_mail: MakeMail) -> None:
    for number in range(45):
        make_mail(to=f"p{number}@example.org")
    done = deliver_until_idle(worker="test", seconds=60)
    assert (done.claimed, done.is_cut_short, sink.connections) == (45, False, 1)
    assert set(sink.recipients.values()) == {1}


def test_until_idle_says_when_time_was_too_short(sink: Sink, make_mail: MakeMail) -> None:
    make_mail()
    assert deliver_until_idle(worker="test", seconds=0).is_cut_short


# --- Other backends -------------------------------------------------------------------------------------------


def test_any_other_backend_of_django_sends_too(make_mail: MakeMail, mailoutbox: list[Any]) -> None:
    mail = make_mail()
    deliver()
    assert fresh(mail).state == MailState.SENT
    assert len(mailoutbox) == 1
