"""Making the message that goes out from an outbox row."""

from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import EmailPolicy, Policy, default
from functools import cache

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import override

from .models import OutgoingMail
from .rendering import inline_css
from .unsubscribe import describe_scope, unsubscribe_url

# Where the layout wants the unsubscribe link; without it the link goes to the end.
HTML_MARK, HTML_MARK_END = "<!-- unsubscribe -->", "<!-- /unsubscribe -->"
_LINK, _LABEL = "https://link.invalid/", "LABEL-OF-SCOPE"


def build_message(mail: OutgoingMail) -> "OutgoingMessage":
    """The message of this row, the same at every attempt. Mails nobody asked for get their unsubscribe link here,
    in the headers of RFC 8058 and in both bodies, so that none can go without.

    Raises ValueError where the row's addresses or headers make no valid message.
    """
    text, html = mail.text, mail.html
    headers = {**mail.headers, "Message-ID": mail.message_id}
    if not mail.is_transactional:
        url = unsubscribe_url(mail)
        headers |= {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        text, html = with_unsubscribe_link(mail, url)
    message = OutgoingMessage(
        subject=mail.subject,
        body=text,
        from_email=_sender(mail),
        to=[_mailbox(mail.to_name, mail.to_email)],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=headers,
    )
    if html:
        message.attach_alternative(html, "text/html")
    message.metadata = {"mail": str(mail.pk)}  # type: ignore[attr-defined]  # for anymail: webhooks give it back
    return message


def with_unsubscribe_link(mail: OutgoingMail, url: str) -> tuple[str, str]:
    """Both bodies with the line that says how to get no more of these."""
    with override(mail.language):
        label = describe_scope(mail.scope)
    text = _footer("txt", mail.language).replace(_LABEL, label).replace(_LINK, url)
    if not mail.html:
        return mail.text + text, ""
    html = _footer("html", mail.language).replace(_LINK, url).replace(_LABEL, _escaped(label))
    mark = HTML_MARK if HTML_MARK in mail.html else "</body>"
    return mail.text + text, mail.html.replace(mark, html + mark, 1)


class _WholeLinks(EmailPolicy):
    """Writes the headers that programs read on one line, as they are (at most 998 characters: RFC 5322, 2.1.1).

    Python would cut a long link into encoded words, which no mailbox provider takes for a link.
    """

    def fold(self, name: str, value: str) -> str:
        return self._whole(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        whole = self._whole(name, value)
        return whole.encode("ascii") if whole else super().fold_binary(name, value)

    def _whole(self, name: str, value: str) -> str:
        is_read_by_programs = name.lower() in _READ_BY_PROGRAMS and value.isascii()
        return f"{name}: {value}{self.linesep}" if is_read_by_programs else ""


_READ_BY_PROGRAMS = {"list-unsubscribe", "list-unsubscribe-post", "message-id"}
_WHOLE_LINKS = _WholeLinks()


class OutgoingMessage(EmailMultiAlternatives):
    """Django's message, with its links whole."""

    def message(self, *, policy: "Policy[Message] | None" = default) -> EmailMessage:
        return super().message(policy=_WHOLE_LINKS + (policy or default))  # `policy` gives its line ends and limits


@cache
def _footer(kind: str, language: str) -> str:
    """Rendered once in a process for each language; the HTML with the look that it has within the layout."""
    with override(language):
        footer = render_to_string(f"mail/unsubscribe_footer.{kind}", {"link": _LINK, "label": _LABEL}).strip()
        if kind == "txt":
            return f"\n{footer}\n"
        page = render_to_string("mail/layout.html").replace(HTML_MARK, f"{HTML_MARK}{footer}{HTML_MARK_END}")
    return inline_css(page).partition(HTML_MARK)[2].partition(HTML_MARK_END)[0]


def _escaped(label: str) -> str:
    return label.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sender(mail: OutgoingMail) -> str:
    if not mail.from_name:
        return str(settings.DEFAULT_FROM_EMAIL)
    address = str(settings.DEFAULT_FROM_EMAIL).rpartition("<")[2].rstrip("> ")
    return _mailbox(mail.from_name, address)


def _mailbox(name: str, address: str) -> str:
    return str(Address(display_name=name, addr_spec=address)) if name else address
