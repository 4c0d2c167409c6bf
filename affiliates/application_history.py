"""The history of an application in words: one for both sides, but for what staff note to themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .application_tasks import AskedChange, asked_in
from .models import Application, ApplicationEvent, Side

_WORDS: Mapping[str, str | Promise] = {
    "started": _("The application was begun"),
    "filed": _("Filed: it went to national staff"),
    "filed again": _("Filed again, with the changes"),
    "changes asked": _("National staff asked for changes"),
    "approved": _("National staff approved it"),
    "accepted": _("The agreement is countersigned and in force"),
    "declined": _("National staff declined it"),
    "withdrawn": _("Withdrawn"),
    "reminded": _("We reminded the group of the unfinished application"),
    "call waived": _("National staff waived the organizing call"),
    "name dispute opened": _("A dispute about the name of the group was opened"),
    "name dispute settled": _("The dispute about the name of the group is settled"),
    "assigned": _("Assigned to"),
    "note": _("Note of national staff"),
}


@dataclass(frozen=True)
class PastEvent:
    """One thing that happened, to be read; `event` is its row."""

    event: ApplicationEvent

    @property
    def words(self) -> str | Promise:
        return _WORDS.get(self.event.kind, self.event.kind)

    @property
    def is_staffs(self) -> bool:
        return self.event.side == Side.STAFF

    @property
    def asked(self) -> list[AskedChange]:
        """What was to be changed, each at its question, in the order of the task list."""
        return asked_in(self.event)


def history(application: Application, *, for_staff: bool, after: int = 0) -> list[PastEvent]:
    """What happened, the newest first; `after` leaves out the event of this id and those before it. One query."""
    events = application.events.filter(pk__gt=after).select_related("actor").order_by("-pk")
    return [PastEvent(event) for event in (events if for_staff else events.filter(is_internal=False))]


def last_words(application: Application, kind: str) -> str:
    """What was written with the last event of this kind that both sides read: why it was declined, say."""
    event = application.events.filter(kind=kind, is_internal=False).order_by("-pk").first()
    return event.text if event else ""
