"""Letters say what the long way through Python's email package says, to whomever they go."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.core.mail import mailers
from django.utils import timezone
from pytest_django import Settings

from foundation.mail.bulk import BulkRecipient, keep_body, queue_many
from foundation.mail.delivery import Courier, deliver_until_idle
from foundation.mail.letters import Letter, Letters
from foundation.mail.messages import GREETING_MARK, NAME_MARK, build_message
from foundation.mail.models import MailState, OutgoingMail
from foundation.mail.return_path import mail_of_return_path
from foundation.mail.smtp import SMTPBackend

from .conftest import MakeMail
from .sink import Sink

pytestmark = pytest.mark.django_db

NAMES = [
    "", "Ana", "Ana María Muñoz", "O'Neil-Smith", "李小龙", "🎉 Party 🎉", 'Bob "the Hat" Smith', "Smith, John",
    "a@b.example", "back\\slash", "<b>Bold</b> & sons", "x = 1?", "=?utf-8?q?fake?=", ".", "dot.", "a=b", "=20",
    "trailing =", "M" * 200, "ñ" * 200, "Anna " * 39 + "Anna", "%(greeting)s {link}", GREETING_MARK, "</body>", "مريم",
    "e\u0301", "a\u00a0b", "\x7f",
]  # fmt: skip
TEXT = f"{GREETING_MARK}\n\nCome to the round. " + "Às nove. " * 60 + "\n.\nFrom here on \n\n\ttab \nlast\n"
HTML = (
    f"<html><head><style>p {{ color: red }}</style></head><body><p title='=3D'>{GREETING_MARK}</p>"
    f"<p>¡Vengan! {'x' * 300}</p>\n<!-- unsubscribe -->\n</body></html>"
)


def queued(name: str = "Ana", *, to: str = "ana@example.org", **words: str) -> OutgoingMail:
    """One of many mails, as it is claimed."""
    sender: dict[str, Any] = {key: words.pop(key) for key in ("from_name", "reply_to", "scope") if key in words}
    values: dict[str, Any] = {"subject": "A round, ¡sí! " + "y más " * 20, "text": TEXT, "html": HTML, **words}
    greetings = {"greeting_by_name": f"¡Hola, {NAME_MARK}!  ", "greeting": "Hola:"}
    body = keep_body(about="round:1", language="es", **{**greetings, **values})
    options: dict[str, Any] = {"purpose": "round", "scope": "network", "from_name": "Grupo · Red", **sender}
    recipient = BulkRecipient(uuid4().hex, to, name, "es")
    queue_many(bodies={"es": body}, recipients=[recipient], now=timezone.now(), **options)
    return OutgoingMail.objects.select_related("body").latest("pk")


def letter_of(mail: OutgoingMail) -> Letter:
    letter = Letters().write(mail)
    assert letter
    return letter


def parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def words_in(message: EmailMessage) -> dict[str, Any]:
    """All that a mail program makes of it; the moment and the boundary are each message's own."""
    headers = {name.lower(): str(value) for name, value in message.items()}
    assert len(headers) == len(message.items())
    for own in ("date", "content-type", "content-transfer-encoding"):
        headers.pop(own, None)
    parts = [(part.get_content_type(), part.get_content()) for part in message.walk() if not part.is_multipart()]
    defects = [defect for part in message.walk() for defect in part.defects]
    people = [(one.display_name, one.addr_spec) for one in message["To"].addresses]
    return {"headers": headers, "parts": parts, "type": message.get_content_type(), "defects": defects, "to": people}


def the_long_way(mail: OutgoingMail) -> tuple[str, EmailMessage]:
    built, backend = build_message(mail), mailers.default
    assert isinstance(backend, SMTPBackend)
    return backend.prep_address(built.from_email), parsed(built.message(policy=policy.SMTP).as_bytes())


def assert_alike(mail: OutgoingMail) -> None:
    with patch("django.core.signing.time.time", return_value=1e9):
        letter, (sender, message) = letter_of(mail), the_long_way(mail)
    assert words_in(parsed(letter.content)) == words_in(message)
    assert (letter.sender, letter.recipient) == (sender, mail.to_email)


@pytest.fixture(autouse=True)
def by_smtp(settings: Settings) -> None:
    settings.MAILERS = {"default": {"BACKEND": "foundation.mail.smtp.SMTPBackend", "OPTIONS": {"host": "127.0.0.1"}}}


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_says_what_the_long_way_says_whatever_the_name(name: str) -> None:
    assert_alike(queued(name))


@pytest.mark.parametrize(
    "words",
    [
        {"html": ""},
        {"html": "", "text": GREETING_MARK},
        {"text": f"No greeting {'at all ' * 40}"},
        {"text": f"{GREETING_MARK}{GREETING_MARK}\r\nlines\rof all\n\n kinds \n\n\n"},
        {"html": f"<p>{GREETING_MARK}</p><p>no end"},
        {"greeting_by_name": NAME_MARK},
        {"greeting_by_name": f"{'long ' * 15}{NAME_MARK}"},
        {"text": f"{'x' * 75}{GREETING_MARK}{'y' * 76}\n{'z' * 77}\n"},
        {"from_name": "", "reply_to": "group@example.org"},
        {"from_name": "ñ" * 200},
        {"scope": "account"},
        {"subject": "S" * 255},
    ],
)
def test_a_letter_says_what_the_long_way_says_whatever_the_words(words: dict[str, str]) -> None:
    assert_alike(queued(**words))
    assert_alike(queued("Zoë 🎉", to="zoe@example.org", **words))


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_of_a_letter_are_as_the_mail_standards_want_them(name: str) -> None:
    content = letter_of(queued(name, text=f"{'x' * 75}{GREETING_MARK}{'y' * 76}\n{'ñ' * 99}\n")).content
    head, _, body = content.partition(b"\r\n\r\n")
    assert content.isascii()
    assert content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert max(len(line) for line in head.split(b"\r\n") if not line.startswith(b"List-")) <= max(78, len(name) + 1)
    assert all(not line.endswith((b" ", b"\t")) for line in body.split(b"\r\n"))


def test_letters_of_one_writer_do_not_mix(settings: Settings) -> None:
    settings.MAIL_RETURN_PATH = "bounces@network.example"
    writer = Letters()
    mails = [
        queued("Ana"),
        queued("Bo", to="bo@example.org", from_name="Other"),
        queued("Cy", to="cy@example.org", html=""),
    ]
    for mail in [*mails, *mails]:
        letter = writer.write(mail)
        assert letter
        message = parsed(letter.content)
        assert (message["Message-ID"], mail_of_return_path(letter.sender)) == (mail.message_id, mail)
        assert message["To"].addresses[0].addr_spec == letter.recipient == mail.to_email
        assert message["Date"].datetime
        assert_alike(mail)


def test_words_that_are_written_again_are_in_the_next_letter() -> None:
    writer, mail = Letters(), queued()
    writer.write(mail)
    letter = writer.write(queued(to="bo@example.org", text="Another day."))
    assert letter
    assert b"Another day." in letter.content


@pytest.mark.parametrize(
    "address", ["josé@example.org", "bo@exämple.org", '"bo x"@example.org', "bo@[127.0.0.1]", "bo"]
)
def test_an_address_out_of_the_ordinary_takes_the_long_way(address: str) -> None:
    mail = queued()
    mail.to_email = address
    assert Letters().write(mail) is None


def test_mails_of_their_own_words_take_the_long_way(make_mail: MakeMail) -> None:
    assert Letters().write(make_mail()) is None


def test_other_backends_get_djangos_message(settings: Settings) -> None:
    assert Courier("test").letters
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    assert Courier("test").letters is None
    settings.MAILERS = {"default": {"BACKEND": "nowhere.at.all"}}
    assert Courier("test").letters is None


def test_they_arrive(sink: Sink, settings: Settings) -> None:
    settings.MAIL_RETURN_PATH = "bounces@network.example"
    mails = [queued(name, to=f"p{number}@example.org") for number, name in enumerate(NAMES)]
    with patch("foundation.mail.delivery.build_message") as long_way:
        done = deliver_until_idle(worker="test", seconds=30)
    assert (done.states, long_way.called) == ({MailState.SENT: len(NAMES)}, False)
    assert [message["Message-ID"] for message in sink.messages] == [mail.message_id for mail in mails]
    assert [mail_of_return_path(sender) for sender in sink.senders] == mails
    texts = [message.get_body(("plain",)) for message in sink.messages]
    assert all(text and "." in text.get_content().splitlines() for text in texts)
