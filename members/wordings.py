"""What people are asked when they are asked for their consent, word for word.

A wording that somebody has answered is never changed here: a new one gets the next version, and the old one stays in
the database (ConsentWording) with the answers to it. `{network}` and `{group}` stand for the names.
"""

from collections.abc import Collection

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from foundation.accounts.language import present_language

from .models import ConsentPurpose, ConsentWording

# Purpose -> (version, words).
WORDINGS: dict[ConsentPurpose, tuple[int, Promise]] = {
    ConsentPurpose.NETWORK_MAIL: (1, _("Send me news from {network} by e-mail.")),
    ConsentPurpose.PROMOTIONS: (1, _("Send me invitations to events near me by e-mail.")),
    ConsentPurpose.GROUP_MAIL: (1, _("{group} may write to me by e-mail.")),
    ConsentPurpose.SHARING: (
        1,
        _("Show my name, e-mail address, phone number and ZIP code to the organizers of {group}."),
    ),
    ConsentPurpose.SMS: (1, _("Send me text messages about {network}. Message and data rates may apply.")),
}


def consent_question(purpose: ConsentPurpose, *, group: str = "") -> str:
    """The question for `purpose` in the active language, with the names in their places."""
    return fill_wording(str(WORDINGS[purpose][1]), group=group)


def fill_wording(text: str, *, group: str = "") -> str:
    """The words of a ConsentWording as people read them."""
    return text.replace("{network}", settings.NETWORK_NAME).replace("{group}", group)


def present_wording(purpose: ConsentPurpose, language: str = "") -> ConsentWording:
    """The row of today's words for `purpose` in this language (by default the active one), for the ledger."""
    version, words = WORDINGS[purpose]
    language = language or present_language()
    with override(language):
        text = str(words)
    wording, _is_new = ConsentWording.objects.get_or_create(
        purpose=purpose, version=version, language=language, defaults={"text": text}
    )
    return wording


def present_wordings(purposes: Collection[ConsentPurpose]) -> dict[str, ConsentWording]:
    """The rows of today's words in the active language, by purpose: as `present_wording`, in one query."""
    known = ConsentWording.objects.filter(language=present_language(), purpose__in=set(purposes))
    rows = {row.purpose: row for row in known if row.version == WORDINGS[ConsentPurpose(row.purpose)][0]}
    return {purpose: rows.get(purpose) or present_wording(purpose) for purpose in purposes}
