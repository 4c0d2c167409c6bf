"""Taking everything about a person out of the outbox, when they are deleted on their own wish.

The rows stay, so that a round of mails still adds up; what tells of the person goes. Their suppressions go too: an
address that nobody knows gets no mail, and its owner, should they come back, says anew what they want.
"""

import re
from collections.abc import Collection

from django.db.models import Case, CharField, Func, Model, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from .models import MailState, OutgoingMail, Suppression

# RFC 2606: never anybody's.
_NOBODY = "@erased.invalid"
_NOT_SENT_YET = (MailState.QUEUED, MailState.CLAIMED)


def forget_addresses(addresses: Collection[str]) -> int:
    """Forget the mails to, from and about these normalised addresses, and their suppressions.

    What was not sent is not sent any more. Runs in the caller's transaction; returns how many rows it emptied.
    """
    Suppression.objects.filter(address__in=addresses).delete()
    speaks = Q()
    for address in addresses:
        pattern = in_a_text(address)
        speaks |= Q(text__iregex=pattern) | Q(html__iregex=pattern) | Q(subject__iregex=pattern)
    about = Q(reply_to__in=addresses) | (speaks & ~Q(text=""))
    own = forget_mails(OutgoingMail.objects.filter(to_email__in=addresses))
    if not addresses:
        return own
    return own + OutgoingMail.objects.filter(about).update(reply_to="", **_emptied())


def in_a_text(contact: str) -> str:
    """A regular expression of Postgres that finds this contact in a text, and not as part of a longer one."""
    return rf"(?<![a-z0-9._%+-]){re.escape(contact)}(?![a-z0-9-]|\.[a-z0-9])"


def blot_out(contact: str, *texts: type[Model]) -> None:
    """Make this address or number illegible in the `text` of all rows of these models, where somebody wrote it."""
    pattern = in_a_text(contact)
    legible = Func("text", Value(pattern), Value("[…]"), Value("gi"), function="regexp_replace")
    for model in texts:
        model._default_manager.filter(text__iregex=pattern).update(text=legible)


def forget_mails(mails: "QuerySet[OutgoingMail]") -> int:
    """Take out of these rows whom they went to and what they said; returns how many."""
    nobody = Concat(Value("erased-"), Cast("pk", CharField()), Value(_NOBODY))
    return mails.update(to_email=nobody, to_name="", reply_to="", provider_id="", **_emptied())


def _emptied() -> dict[str, object]:
    """The columns of a row that says nothing any more and is not sent any more."""
    return {
        "state": Case(When(state__in=_NOT_SENT_YET, then=Value(MailState.SUPPRESSED.value)), default="state"),
        "claimed_by": Case(When(state=MailState.CLAIMED, then=Value("")), default="claimed_by"),
        "lease_until": None,
        "subject": "erased",
        "text": "",
        "html": "",
        "headers": {},
        "error": "",
    }
