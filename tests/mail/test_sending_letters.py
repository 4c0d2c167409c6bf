"""Letters on their way: the envelope goes out while the database writes, with servers that take it so and with others.

In real transactions, so that the statement between two mails is really under way while the server answers.
"""

import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from foundation.mail import claims, pace
from foundation.mail.bulk import BulkRecipient, keep_body, queue_many
from foundation.mail.delivery import deliver_due, deliver_until_idle
from foundation.mail.models import MailState, OutgoingMail, Priority, Suppression
from foundation.mail.underway import Underway

from .conftest import some_mail
from .sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "Hello\n.\n..\n.hidden\nlast."
PEOPLE = [f"person{number}@example.org" for number in range(6)]
SECOND = PEOPLE[1]


@pytest.fixture(autouse=True, params=[True, False], ids=["pipelining", "one by one"])
def _server(sink: Sink, request: pytest.FixtureRequest) -> None:
    sink.says_pipelining = request.param
    pace.resume()


def queue() -> None:
    """One letter to each of PEOPLE."""
    words = {"greeting_by_name": "", "greeting": "Hello"}
    body = keep_body(about="round:1", language="en", subject="A round", text=TEXT, html="", **words)
    recipients = [BulkRecipient(address, address, "", "en") for address in PEOPLE]
    queue_many(bodies={"en": body}, recipients=recipients, now=timezone.now(), purpose="round", scope="network")


def states() -> list[str]:
    return list(OutgoingMail.objects.order_by("to_email").values_list("state", flat=True))


def others_than_second(state: MailState) -> list[str]:
    return [state if address == SECOND else MailState.SENT for address in PEOPLE]


def only_to_second(answer: str) -> Callable[[str], str | None]:
    return lambda recipient: answer if recipient == SECOND else None


def with_once(act: Callable[[], object], recipient: str = SECOND) -> Callable[[str], None]:
    """An answer that takes the mail, and has `act` done before the first to `recipient`, over another connection."""
    done: list[bool] = []

    def in_a_thread() -> None:
        act()
        connections.close_all()

    def answer(asked: str) -> None:
        if asked == recipient and not done:
            done.append(True)
            thread = threading.Thread(target=in_a_thread)
            thread.start()
            thread.join(30)

    return answer


def test_each_arrives_once_over_one_connection_with_its_dots(sink: Sink) -> None:
    queue()
    assert deliver_due(worker="test").states == {MailState.SENT: 6}
    assert sorted(sink.recipients.elements()) == PEOPLE
    assert sink.connections == 1
    said = sink.messages[0].get_body()
    assert said
    assert TEXT in said.get_content().replace("\r\n", "\n")


@pytest.mark.parametrize("words", ["550 5.1.1 nobody", "552 5.2.2 full"])
def test_a_recipient_that_is_refused_keeps_back_nobody_else(sink: Sink, words: str) -> None:
    queue()
    sink.answer_rcpt = only_to_second(words)
    deliver_due(worker="test")
    assert states() == others_than_second(MailState.FAILED)
    assert Suppression.objects.filter(address=SECOND).exists() is ("5.1.1" in words)
    assert sink.connections == 1


def test_a_text_that_is_refused_keeps_back_nobody_else(sink: Sink) -> None:
    queue()
    sink.answer_data = only_to_second("554 5.7.1 no")
    deliver_due(worker="test")
    assert states() == others_than_second(MailState.FAILED)
    assert sink.connections == 1


def test_a_recipient_for_later_comes_later(sink: Sink) -> None:
    queue()
    sink.answer_rcpt = only_to_second("450 4.2.0 later")
    deliver_due(worker="test")
    assert states() == others_than_second(MailState.QUEUED)


def test_a_server_that_closes_stops_all_of_us_and_loses_nothing(sink: Sink) -> None:
    queue()
    sink.answer_rcpt = only_to_second("421 4.7.0 busy")
    assert deliver_due(worker="test").wait > 0
    assert sorted(states()) == [*[MailState.QUEUED] * 5, MailState.SENT]
    pace.resume()
    sink.answer_rcpt = lambda recipient: None
    OutgoingMail.objects.update(next_attempt_at=timezone.now())
    deliver_until_idle(worker="test", seconds=30)
    assert sorted(sink.recipients.elements()) == PEOPLE


def test_a_connection_that_breaks_before_the_text_is_tried_again(sink: Sink) -> None:
    queue()
    sink.hang_up_at_rcpt = 1
    deliver_due(worker="test")
    assert states() == [MailState.QUEUED] * 6


def test_a_connection_that_breaks_after_the_text_is_held(sink: Sink) -> None:
    queue()
    sink.answer_data = only_to_second("hang up after taking it")
    deliver_due(worker="test")
    assert states()[1] == MailState.UNKNOWN


def test_a_claim_that_is_lost_while_the_envelope_is_out_sends_nothing(sink: Sink) -> None:
    def lose() -> None:
        OutgoingMail.objects.filter(to_email=SECOND).update(state=MailState.QUEUED, claimed_by="", lease_until=None)

    queue()
    sink.answer_data = with_once(lose, recipient=PEOPLE[0])
    assert deliver_due(worker="test").states == {MailState.SENT: 5}
    assert SECOND not in sink.recipients
    deliver_until_idle(worker="the next", seconds=30)
    assert sorted(sink.recipients.elements()) == PEOPLE


def test_after_a_connection_was_cut_a_broken_one_still_holds_what_may_have_gone_out(sink: Sink) -> None:
    """The next mail is none of many: Django's backend sends it, over a connection that it did not open itself."""

    def lose() -> None:
        OutgoingMail.objects.filter(to_email=PEOPLE[-1]).update(
            state=MailState.SUPPRESSED, claimed_by="", lease_until=None
        )

    queue()
    plain = some_mail("plain@example.org", priority=Priority.BULK)
    lost = with_once(lose, recipient=PEOPLE[-2])
    sink.answer_data = lambda to: lost(to) or ("hang up after taking it" if to == "plain@example.org" else None)
    deliver_due(worker="test")
    plain.refresh_from_db()
    assert (plain.state, sink.recipients["plain@example.org"]) == (MailState.UNKNOWN, 1)


@pytest.mark.parametrize("at", ["answer_rcpt", "answer_data"])
def test_a_database_that_goes_away_in_between_is_asked_again(sink: Sink, at: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()[0]

    def end_our_connection() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])

    queue()
    setattr(sink, at, with_once(end_our_connection))
    assert deliver_due(worker="test").states == {MailState.SENT: 6}
    assert states() == [MailState.SENT] * 6
    assert sorted(sink.recipients.elements()) == PEOPLE


# --- the statement ----------------------------------------------------------------------------------------------


def test_a_statement_under_way_is_answered_when_it_is_asked_for() -> None:
    assert Underway("SELECT %(is_so)s AND pg_sleep(0.01) IS NOT NULL", {"is_so": True}).answer() is True
    assert Underway("SELECT %(is_so)s::boolean", {"is_so": False}).answer() is False


def test_a_statement_that_fails_says_so_and_leaves_the_connection_usable() -> None:
    underway = Underway("SELECT 1 / %(zero)s = 1", {"zero": 0})
    with pytest.raises(Exception, match="division by zero"):
        underway.answer()
    assert Underway("SELECT true", {}).answer()


def test_a_connection_that_ends_meanwhile_is_an_operational_error() -> None:
    underway = Underway("SELECT pg_terminate_backend(pg_backend_pid())", {})
    with pytest.raises(OperationalError):
        underway.answer()
    connection.close()
    assert Underway("SELECT true", {}).answer()


def test_the_one_that_was_sent_is_written_though_the_next_is_not_ours() -> None:
    queue()
    claim = claims.new_claim("test")
    first, second = claims.claim_due(claim=claim, limit=2)
    claims.mark_going_out(first, claim)
    OutgoingMail.objects.filter(pk=second.pk).update(claimed_by="somebody/else")
    assert claims.write_sent_and_mark(first, second, claim).answer() is False
    assert OutgoingMail.objects.get(pk=first.pk).state == MailState.SENT
