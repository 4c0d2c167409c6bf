"""The events of an agreement as people read them in the certificate of completion, in the active language."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .links import ChainLink

_KINDS: Mapping[str, str | Promise] = {
    "prepared": _("A copy was begun for the group"),
    "written out": _("The document was written out, to be read"),
    "understood": _("The questions about the text were answered"),
    "signed": _("Signed for the group"),
    "countersigned": _("Countersigned for the network"),
    "sealed": _("Sealed"),
}

# In the order in which they are told.
_NAMES: Mapping[str, str | Promise] = {
    "group": _("Group"),
    "name": _("Name"),
    "title": _("Title"),
    "actor": _("Account"),
    "template": _("Version of the text"),
    "template_sha256": _("SHA-256 of that text"),
    "language": _("Language of the document"),
    "binding_language": _("Language that binds"),
    "answers": _("Choices, by question"),
    "consent_words": _("Agreed to"),
    "authority_words": _("Said"),
    "act_words": _("Pressed under the words"),
    "sign_in_method": _("Signed in by"),
    "signed_in_at": _("Signed in at"),
    "ip": _("Internet address"),
    "user_agent": _("Browser"),
    "shown_sha256": _("SHA-256 of the document that they saw"),
    "pdf_sha256": _("SHA-256 of the document as it was shown and signed"),
    "sealed_sha256": _("SHA-256 of the sealed document"),
}


class ToldRow(NamedTuple):
    """One thing that is known of an event."""

    name: str | Promise
    value: str
    is_hash: bool


class ToldEvent(NamedTuple):
    """One event. What has no words here stands as it is in the chain: nothing is left out."""

    number: int
    title: str | Promise
    at: str
    rows: list[ToldRow]
    sha256: str


def tell(links: Iterable[ChainLink]) -> list[ToldEvent]:
    """The events of a chain, in their order."""
    return [
        ToldEvent(link.number, _KINDS.get(link.kind, link.kind), _moment(link.at), _rows(link.data), link.sha256)
        for link in links
    ]


def _rows(data: Mapping[str, Any]) -> list[ToldRow]:
    names = [*(name for name in _NAMES if name in data), *(name for name in data if name not in _NAMES)]
    return [
        ToldRow(_NAMES.get(name, name), _VALUES.get(name, str)(data[name]), name.endswith("sha256")) for name in names
    ]


def _moment(iso: str) -> str:
    """ "June 1, 2026, 12:06:00 UTC"."""
    if not iso:
        return ""
    moment = datetime.datetime.fromisoformat(iso).astimezone(datetime.UTC)
    return f"{date_format(moment, 'DATE_FORMAT')}, {moment:%H:%M:%S} UTC"


def _language(code: str) -> str:
    return translation.gettext(translation.get_language_info(code)["name"])


def _answers(answers: Mapping[str, int]) -> str:
    """The number of each choice, from 1."""
    return ", ".join(f"{key}: {choice + 1}" for key, choice in answers.items())


_VALUES: Mapping[str, Callable[[Any], str]] = {
    "signed_in_at": _moment,
    "language": _language,
    "binding_language": _language,
    "answers": _answers,
}
