"""What happened with a person, newest first: what they did, gave and agreed to, what was sent to them and noted.

Each source reads its own rows from a moment back; the page is the newest of all of them. An app above adds a source
of its own in its `ready()`.
"""

import datetime
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from foundation.mail.unsubscribe import describe_scope

from .models import Activity, ActivityKind, Consent, ConsentPurpose, Donation, Merge, Person, PersonNote

PAGE_SIZE = 30
OPENED = "opened person"
"""The audit entry of a look at a person's page; shown only to whoever asks for it, as looking makes one."""


class Entry(NamedTuple):
    """One thing that happened. `note` is set where it is a note that its author may delete."""

    at: datetime.datetime
    pk: int
    title: str
    text: str = ""
    note: PersonNote | None = None


class Moment(NamedTuple):
    """A place in the timeline: everything behind it is older. `order` is the source's, `pk` its row's."""

    at: datetime.datetime
    order: int
    pk: int

    def __str__(self) -> str:
        return f"{self.at:%Y%m%dT%H%M%S.%f}-{self.order}-{self.pk}"

    @classmethod
    def read(cls, text: str) -> Self:
        """`str` turned round. Raises ValueError."""
        at, order, pk = text.split("-")
        moment = datetime.datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=datetime.UTC)
        return cls(moment, int(order), int(pk))


type ReadRows = Callable[[Person], QuerySet[Any]]
type MakeEntry = Callable[[Any], Entry]


@dataclass(frozen=True)
class Source:
    """Rows of one model as entries. `at` names the field with the time."""

    key: str
    label: str | Promise
    rows: ReadRows
    entry: MakeEntry
    at: str = "at"
    is_always_shown: bool = True

    def newest(self, person: Person, order: int, before: Moment | None, limit: int) -> list[Entry]:
        """The newest entries of this source behind `before`."""
        rows = self.rows(person)
        if before:
            older = Q(**{f"{self.at}__lt": before.at})
            if order == before.order:
                older |= Q(**{self.at: before.at, "pk__lt": before.pk})
            elif order > before.order:
                older |= Q(**{self.at: before.at})
            rows = rows.filter(older)
        return [self.entry(row) for row in rows.order_by(f"-{self.at}", "-pk")[:limit]]


class TimelinePage(NamedTuple):
    """Entries with the label of their source, and where the next page begins (None: there is none)."""

    entries: list[tuple[str, Entry]]
    next: Moment | None


def register_timeline_source(source: Source) -> None:
    """Add a source. Its entries' `at` and `pk` are those of its rows; the same key again replaces it."""
    _sources[source.key] = source


def timeline_sources() -> list[Source]:
    """All sources, in the order in which they were registered."""
    return list(_sources.values())


def timeline(
    person: Person, *, only: Collection[str] = (), before: Moment | None = None, size: int = PAGE_SIZE
) -> TimelinePage:
    """One page of what happened, newest first; `only` these sources (by key). One query a source, and no more."""
    found: list[tuple[Moment, str, Entry]] = []
    for order, source in enumerate(_sources.values()):
        if source.key in only or (not only and source.is_always_shown):
            entries = source.newest(person, order, before, size + 1)
            found += [(Moment(entry.at, order, entry.pk), str(source.label), entry) for entry in entries]
    found.sort(key=lambda one: (one[0].order, -one[0].pk))
    found.sort(key=lambda one: one[0].at, reverse=True)
    shown = found[:size]
    return TimelinePage(
        [(label, entry) for _moment, label, entry in shown], shown[-1][0] if len(found) > size else None
    )


def _lines(parts: Iterable[object]) -> str:
    return " · ".join(str(part) for part in parts if part)


# --- what this floor knows ------------------------------------------------------------------------------------


def _activity(activity: Activity) -> Entry:
    taken_back = activity.withdrawn_at and _("taken back: %(reason)s") % {"reason": activity.withdrawn_because}
    kind = activity.get_kind_display()
    return Entry(
        activity.at,
        activity.pk,
        kind[:1].upper() + kind[1:],
        _lines([activity.details.get("title"), activity.details.get("place"), taken_back]),
    )


def _donation(donation: Donation) -> Entry:
    amount = f"{donation.amount} {donation.currency}"
    return Entry(
        donation.paid_at or donation.recorded_at,
        donation.pk,
        _("Gave %(amount)s") % {"amount": amount},
        _lines([
            donation.is_recurring and _("every month"),
            donation.page,
            donation.get_source_display(),
            donation.refunded_at and _("given back"),
        ]),
    )  # fmt: skip


def _consent(consent: Consent) -> Entry:
    words = _("Agreed: %(purpose)s") if consent.is_given else _("No longer agreed: %(purpose)s")
    purpose = ConsentPurpose(consent.purpose).label
    scope = "" if consent.scope == "network" else describe_scope(consent.scope)
    return Entry(consent.at, consent.pk, words % {"purpose": purpose}, _lines([scope, consent.source]))


def _mail(mail: OutgoingMail) -> Entry:
    return Entry(mail.created_at, mail.pk, mail.subject, mail.get_state_display())


def _note(note: PersonNote) -> Entry:
    author = _("Note by %(author)s") % {"author": note.author} if note.author else _("Note")
    return Entry(note.at, note.pk, author, note.text, note)


def _merge(merge: Merge) -> Entry:
    title = _("Merged with person %(id)s") % {"id": merge.gone_id}
    return Entry(merge.merged_at, merge.pk, title, _lines([merge.merged_by, merge.undone_at and _("undone")]))


def _act(entry: AuditEntry) -> Entry:
    return Entry(entry.at, entry.pk, entry.action[:1].upper() + entry.action[1:], entry.actor)


def _acts(person: Person) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(subject=f"person:{person.pk}")


BUILT_IN = (
    Source(
        "activity",
        gettext_lazy("Activity"),
        lambda person: person.activities.exclude(kind=ActivityKind.DONATION),
        _activity,
    ),
    Source(
        "donation",
        gettext_lazy("Donation"),
        lambda person: person.donations.filter(paid_at__isnull=False),
        _donation,
        at="paid_at",
    ),
    Source("consent", gettext_lazy("Consent"), lambda person: person.consents.all(), _consent),
    Source(
        "mail",
        gettext_lazy("Mail"),
        lambda person: OutgoingMail.objects.filter(to_email__in=[email.address for email in person.emails.all()]),
        _mail,
        at="created_at",
    ),
    Source("note", gettext_lazy("Note"), lambda person: person.notes.select_related("author"), _note),
    Source(
        "merge",
        gettext_lazy("Merge"),
        lambda person: person.merges.select_related("merged_by").defer("undo"),
        _merge,
        at="merged_at",
    ),
    Source("staff", gettext_lazy("Staff"), lambda person: _acts(person).exclude(action=OPENED), _act),
    Source(
        "looks",
        gettext_lazy("Looked at"),
        lambda person: _acts(person).filter(action=OPENED),
        _act,
        is_always_shown=False,
    ),
)
_sources: dict[str, Source] = {source.key: source for source in BUILT_IN}
