"""Making the message that goes out from an outbox row."""

from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import EmailPolicy, Policy, default
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import override

from .models import MailBody, OutgoingMail
from .rendering import inline_css
from .return_path import return_path_of
from .unsubscribe import describe_scope, unsubscribe_url

GREETING_MARK = "GREETING-OF-ROW"
"""Where the greeting of each mail stands in the text and in the HTML of a body that many share."""
NAME_MARK = "NAME-OF-ROW"
"""Where the name stands in the body's `greeting_by_name`."""

# Where the layout wants the unsubscribe link; without it the link goes to the end.
HTML_MARK, HTML_MARK_END = "<!-- unsubscribe -->", "<!-- /unsubscribe -->"
_LINK, _LABEL = "https://link.invalid/", "LABEL-OF-SCOPE"


def build_message(mail: OutgoingMail) -> "OutgoingMessage":
    """The message of this row, the same at every attempt. Mails nobody asked for get their unsubscribe link here,
    in the headers of RFC 8058 and in both bodies, so that none can go without.

    Raises ValueError where the row's addresses or headers make no valid message.
    """
    text, html = words_of(mail)
    headers = {**mail.headers, "Message-ID": mail.message_id}
    if not mail.is_transactional:
        url = unsubscribe_url(mail)
        headers |= {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        text, html = with_unsubscribe_link(mail, text, html, url)
    return_path = return_path_of(mail)
    if return_path:
        headers["From"] = _sender(mail)  # Django takes `from_email` for the envelope only, then
    message = OutgoingMessage(
        subject=mail.subject,
        body=text,
        from_email=return_path or _sender(mail),
        to=[mailbox(mail.to_name, mail.to_email)],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=headers,
    )
    if html:
        message.attach_alternative(html, "text/html")
    message.metadata = {"mail": str(mail.pk)}  # type: ignore[attr-defined]  # for anymail: webhooks give it back
    return message


def words_of(mail: OutgoingMail) -> tuple[str, str]:
    """Its text and its HTML: its own, or those of the body that it shares with many, with its own greeting."""
    body = mail.body
    if mail.text or body is None:
        return mail.text, mail.html
    greeting = greeting_of(mail, body)
    html = body.html.replace(GREETING_MARK, escaped(greeting), 1)
    return body.text.replace(GREETING_MARK, greeting, 1), html


def greeting_of(mail: OutgoingMail, body: MailBody) -> str:
    """How this mail of `body` greets its reader, by name where it is known."""
    return body.greeting_by_name.replace(NAME_MARK, mail.to_name) if mail.to_name else body.greeting


def with_unsubscribe_link(mail: OutgoingMail, text: str, html: str, url: str) -> tuple[str, str]:
    """Both bodies with the line that says how to get no more of these."""
    with override(mail.language):
        label = describe_scope(mail.scope)
    text += _footer("txt", mail.language).replace(_LABEL, label).replace(_LINK, url)
    if not html:
        return text, ""
    footer = _footer("html", mail.language).replace(_LINK, url).replace(_LABEL, escaped(label))
    mark = HTML_MARK if HTML_MARK in html else "</body>"
    return text, html.replace(mark, footer + mark, 1)


class _OutgoingPolicy(EmailPolicy):
    """Writes the headers that programs read on one line, as they are (at most 998 characters: RFC 5322, 2.1.1).

    Python would cut a long link into encoded words, which no mailbox provider takes for a link. And it takes most of a
    sending worker's time to parse and fold headers, although mails that go out together have nearly all alike: those
    are remembered.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if hasattr(value, "name") or not isinstance(value, str):
            return super().header_store_parse(name, value)
        if self._is_whole(name, value):
            return name, value
        return _parsed(self, name, value)

    def fold(self, name: str, value: str) -> str:
        if self._is_whole(name, value):
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        if self._is_whole(name, value):
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return _folded(self, name, value)

    def _is_whole(self, name: str, value: str) -> bool:
        return name.lower() in _READ_BY_PROGRAMS and value.isascii() and not {"\r", "\n"} & set(value)


@lru_cache(maxsize=256)
def _parsed(policy: EmailPolicy, name: str, value: str) -> tuple[str, Any]:
    return EmailPolicy.header_store_parse(policy, name, value)


@lru_cache(maxsize=256)
def _folded(policy: EmailPolicy, name: str, value: str) -> bytes:
    """Of a parsed header, which is the same as another where its text is."""
    return EmailPolicy.fold_binary(policy, name, value)


_READ_BY_PROGRAMS = {"list-unsubscribe", "list-unsubscribe-post", "message-id"}
_POLICY = _OutgoingPolicy()


class OutgoingMessage(EmailMultiAlternatives):
    """Django's message, with its links whole."""

    def message(self, *, policy: "Policy[Message] | None" = default) -> EmailMessage:
        return super().message(policy=_ours(policy or default))


@cache
def _ours(policy: "Policy[Message]") -> "Policy[Message]":
    """Our policy with the line ends and limits of `policy`, of which there are two or three."""
    return _POLICY + policy


@cache
def _footer(kind: str, language: str) -> str:
    """Rendered once in a process for each language; the HTML with the look that it has within the layout."""
    with override(language):
        footer = render_to_string(f"mail/unsubscribe_footer.{kind}", {"link": _LINK, "label": _LABEL}).strip()
        if kind == "txt":
            return f"\n{footer}\n"
        page = render_to_string("mail/layout.html").replace(HTML_MARK, f"{HTML_MARK}{footer}{HTML_MARK_END}")
    return inline_css(page).partition(HTML_MARK)[2].partition(HTML_MARK_END)[0]


def escaped(label: str) -> str:
    """`label` as HTML shows it between its tags."""
    return label.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sender(mail: OutgoingMail) -> str:
    if not mail.from_name:
        return str(settings.DEFAULT_FROM_EMAIL)
    address = str(settings.DEFAULT_FROM_EMAIL).rpartition("<")[2].rstrip("> ")
    return mailbox(mail.from_name, address)


def mailbox(name: str, address: str) -> str:
    """`Name <address>`, the name in quotes where it must be. Raises ValueError for no address."""
    return str(Address(display_name=name, addr_spec=address)) if name else address
