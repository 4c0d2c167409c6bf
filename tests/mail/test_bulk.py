"""Many mails of one body: queued by one statement, each with its greeting and link, held and called off together."""

import datetime

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from foundation.mail import bulk, claims, refusals
from foundation.mail.bulk import BulkRecipient, keep_body, queue_many, states_about
from foundation.mail.delivery import deliver_until_idle
from foundation.mail.messages import GREETING_MARK, NAME_MARK, build_message
from foundation.mail.models import MailBody, MailState, OutgoingMail, Priority, SuppressionReason
from foundation.mail.outbox import InvalidMailError, resend
from foundation.mail.refusals import register_refusal
from foundation.mail.suppression import suppress
from tests.factories import make_staff

pytestmark = pytest.mark.django_db
ABOUT = "round:1"


def body(language: str = "en", **words: str) -> MailBody:
    values = {
        "subject": "A round",
        "text": f"{GREETING_MARK}\n\nCome to the round.\n",
        "html": f"<html><body><p>{GREETING_MARK}</p><p>Come to the round.</p></body></html>",
        "greeting_by_name": f"Hello {NAME_MARK},",
        "greeting": "Hello,",
    }
    return keep_body(about=ABOUT, language=language, **{**values, **words})


def queue(*recipients: BulkRecipient, now: datetime.datetime | None = None, **options: str) -> int:
    bodies = {language: body(language) for language in ("en", "es")}
    values = {"purpose": "round", "scope": "rounds", **options}
    return queue_many(bodies=bodies, recipients=recipients, now=now or timezone.now(), **values)


def some(count: int) -> list[BulkRecipient]:
    return [BulkRecipient(f"{ABOUT}:{n}", f"p{n}@example.org", f"Name{n}", "en") for n in range(count)]


def mails() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.order_by("pk"))


def states() -> dict[str, int]:
    return {str(state): count for state, count in states_about(ABOUT).items() if count}


def test_they_are_queued_in_their_order_behind_all_other_mail() -> None:
    assert queue(*some(3)) == 3
    assert [mail.to_email for mail in mails()] == ["p0@example.org", "p1@example.org", "p2@example.org"]
    assert {(mail.state, mail.priority, mail.purpose) for mail in mails()} == {("queued", Priority.BULK, "round")}
    assert len({mail.message_id for mail in mails()}) == 3


def test_the_same_keys_again_make_no_second_mail() -> None:
    queue(*some(2))
    assert queue(*some(3)) == 1
    assert len(mails()) == 3


def test_many_are_one_statement(django_assert_num_queries: object) -> None:
    bodies = {"en": body()}
    with django_assert_num_queries(1):  # type: ignore[operator]
        queue_many(bodies=bodies, recipients=some(500), purpose="round", scope="rounds", now=timezone.now())


def test_whoever_is_suppressed_already_is_written_down_and_never_sent_to() -> None:
    suppress(address="p1@example.org", scope="rounds", reason=SuppressionReason.UNSUBSCRIBED)
    suppress(address="p2@example.org", scope="group:9", reason=SuppressionReason.UNSUBSCRIBED)
    suppress(address="p3@example.org", scope="group:8", reason=SuppressionReason.UNSUBSCRIBED)
    queue(*some(4), wider_scopes=["group:9"])  # type: ignore[arg-type]
    assert [mail.state for mail in mails()] == ["queued", "suppressed", "suppressed", "queued"]


def test_each_has_its_own_greeting_and_the_words_of_its_language() -> None:
    body("es", text=f"{GREETING_MARK} Vengan.")
    recipients = [
        BulkRecipient("a", "a@example.org", "Ada", "en"),
        BulkRecipient("b", "b@example.org", "", "en"),
        BulkRecipient("c", "c@example.org", "<i>Eve</i>", "en"),
    ]
    queue(*recipients)
    built = [build_message(mail) for mail in mails()]
    assert [str(message.body).splitlines()[0] for message in built] == ["Hello Ada,", "Hello,", "Hello <i>Eve</i>,"]
    assert "Hello &lt;i&gt;Eve&lt;/i&gt;," in str(built[2].alternatives[0][0])
    assert built[0].to == ["Ada <a@example.org>"]


def test_a_name_with_a_line_break_stops_nobody() -> None:
    queue(BulkRecipient("a", "a@example.org", "Ada\r\nBcc: eve@example.org", "en"))
    assert build_message(mails()[0]).to == ['"Ada Bcc: eve@example.org" <a@example.org>']


def test_a_line_break_in_what_all_share_is_refused() -> None:
    with pytest.raises(InvalidMailError):
        queue(*some(1), from_name="Eve\nBcc: x")
    with pytest.raises(InvalidMailError):
        body(subject="Round\nBcc: x")


def test_a_language_without_a_body_is_refused() -> None:
    with pytest.raises(KeyError):
        queue(BulkRecipient("a", "a@example.org", "Ada", "fr"))


def test_words_that_are_written_again_are_those_of_mails_that_have_not_gone_out() -> None:
    queue(*some(2))
    OutgoingMail.objects.filter(pk=mails()[0].pk).update(
        state=MailState.SENT, sent_at=timezone.now(), went_out_at=timezone.now()
    )
    body(subject="Another day", text="Another day.")
    assert [mail.subject for mail in mails()] == ["A round", "Another day"]
    assert "Another day." in str(build_message(mails()[1]).body)


def test_they_are_sent_with_one_click_links_that_work(client: Client) -> None:
    queue(*some(2))
    deliver_until_idle(worker="test", seconds=10)
    assert states() == {"sent": 2}
    [header] = [build_message(mails()[0]).extra_headers["List-Unsubscribe"]]
    path = header.strip("<>").removeprefix("http://testserver")
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert OutgoingMail.objects.get(pk=mails()[0].pk).unsubscribed_at is not None


# --- held, called off, refused --------------------------------------------------------------------------------


def test_what_is_held_is_not_claimed_until_it_is_released() -> None:
    queue(*some(2))
    bulk.hold(ABOUT)
    assert claims.claim_due(claim=claims.new_claim("test"), limit=9) == []
    bulk.release(ABOUT)
    assert len(claims.claim_due(claim=claims.new_claim("test"), limit=9)) == 2


def test_they_are_called_off_all_or_of_some_addresses() -> None:
    queue(*some(3))
    assert bulk.call_off_about(ABOUT, to=["p1@example.org"]) == 1
    assert states() == {"queued": 2, "suppressed": 1}
    assert bulk.call_off_about(ABOUT) == 2
    assert bulk.call_off_about("round:2") == 0


def test_what_an_app_refuses_at_the_claim_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_refusals", {})
    register_refusal("round", "m.to_email = 'p1@example.org'")
    register_refusal("other", "true")
    queue(*some(3))
    deliver_until_idle(worker="test", seconds=10)
    assert states() == {"sent": 2, "suppressed": 1}


def test_a_purpose_that_would_break_the_claim_is_refused() -> None:
    with pytest.raises(ValueError, match="quote"):
        register_refusal("o'round", "true")


def test_a_held_one_can_be_sent_again_as_its_words_are_still_there() -> None:
    queue(*some(1))
    OutgoingMail.objects.update(state=MailState.UNKNOWN, went_out_at=timezone.now())
    resend(mail=mails()[0], actor=make_staff())
    assert states() == {"queued": 1}


def test_every_state_is_counted_also_those_of_none() -> None:
    assert states_about(ABOUT) == dict.fromkeys(MailState, 0)


def test_a_mail_without_words_or_body_is_refused_by_the_database() -> None:
    queue(*some(1))
    with pytest.raises(IntegrityError, match="outgoingmail_body_until_sent"):
        OutgoingMail.objects.update(body=None)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"text": ""}, "mailbody_says_something"),
        ({"about": ""}, "mailbody_says_something"),
        ({"subject": "a\nb"}, "mailbody_subject_is_one_line"),
    ],
)
def test_a_body_without_words_is_refused_by_the_database(values: dict[str, str], constraint: str) -> None:
    body()
    with pytest.raises(IntegrityError, match=constraint):
        MailBody.objects.update(**values)


def test_a_language_has_one_body() -> None:
    body()
    with pytest.raises(IntegrityError, match="mailbody_once_a_language"):
        MailBody.objects.create(about=ABOUT, language="en", subject="Twice", text="Twice.")
