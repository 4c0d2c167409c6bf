"""The paper sheet: printed with names, lines for others, and the code at the door; entered from afterwards."""

import datetime
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.documents.kinds import Sheet, SubjectGoneError, Visitor, register_document
from foundation.web.context import site
from members.models import ConsentPurpose
from members.wordings import consent_question

from .door import DoorError, check_in, refuse_closed
from .door_codes import door_qr
from .door_list import answer_or_attendance, list_at_door
from .event_times import when_in_words
from .models import CheckedInBy, Event, Rsvp
from .permissions import can_check_in
from .walk_ins import WalkIn, inviting_group, note_walk_in

SIZES = {"letter": "sign_in_sheet_letter", "a4": "sign_in_sheet_a4"}
"""The kinds of documents by the size of the paper."""

_USES_LETTER = ("US", "CA", "MX", "PR", "PH", "CL", "CO", "CR", "GT", "NI", "PA", "SV", "VE", "DO")
BLANK_LINES = 24


def paper_of(event: Event) -> str:
    """The size of paper that printers hold where the event is."""
    return "letter" if event.country in _USES_LETTER else "a4"


# --- printed --------------------------------------------------------------------------------------------------


def register_sheets() -> None:
    """Called once, when the app is ready."""
    for size, kind in SIZES.items():
        register_document(
            kind,
            partial(build_sheet, size=size),
            title=gettext_lazy("Sign-in sheet"),
            file_name="sign-in-sheet",
            may_open=may_open_sheet,
            back=back_from_sheet,
            keep=datetime.timedelta(hours=12),
        )


def build_sheet(subject: str, *, size: str) -> Sheet:
    """The sheet of an event ("event:12") on this paper, in the active language. Raises SubjectGoneError."""
    event = _event_of(subject)
    if event is None:
        raise SubjectGoneError
    group = inviting_group(event)
    asked = [ConsentPurpose.SHARING, ConsentPurpose.GROUP_MAIL] if group else []
    context = {
        **site(),
        "event": event,
        "group": group,
        "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
        "names": [line for line in list_at_door(event) if not line.is_walk_in],
        "blank_lines": range(BLANK_LINES),
        "qr": door_qr(event),
        "consents": [consent_question(purpose, group=group.name) for purpose in asked if group],
    }
    return Sheet(
        title=_("Sign-in sheet: %(event)s") % {"event": event.title},
        html=render_to_string("events/door/sheet.html", context),
        css=render_to_string("events/door/sheet.css", {"size": size}),
        language=site()["LANGUAGE"],
    )


def may_open_sheet(user: Visitor, subject: str) -> bool:
    """Whoever checks people in at the event, for as long as they may."""
    event = _event_of(subject)
    return event is not None and isinstance(user, User) and can_check_in(user, event)


def back_from_sheet(subject: str) -> str:
    """The page on which the sheet is asked for."""
    return reverse("event_door_paper", args=[subject.partition(":")[2]])


def _event_of(subject: str) -> Event | None:
    key = subject.partition(":")[2]
    return Event.objects.select_related("group").defer("position").filter(pk=key).first()


# --- entered --------------------------------------------------------------------------------------------------


class Entered(NamedTuple):
    """How many were noted; and of the lines that were not, by their number, why."""

    noted: int
    problems: dict[int, str]


def enter_sheet(
    *,
    event: Event,
    ticked: Sequence[str],
    written: Mapping[int, WalkIn],
    actor: User,
    now: datetime.datetime,
) -> Entered:
    """Note those who are ticked on the sheet (lines of door_list) and those who wrote themselves on it, by line.

    Each is noted for itself: what cannot be noted leaves the others in place, and the same sheet again changes nothing.
    Raises DoorError where nobody can be noted at all.
    """
    refuse_closed(event, now, how=CheckedInBy.SHEET)
    noted, problems = 0, {}
    for who in ticked:
        answer = answer_or_attendance(event, who)
        if isinstance(answer, Rsvp):
            noted += _note_ticked(event, answer, actor, now)
    for line, walk_in in written.items():
        try:
            _attendance, problem = note_walk_in(
                event=event, walk_in=walk_in, how=CheckedInBy.SHEET, at=event.starts_at, actor=actor, now=now
            )
        except DoorError as refused:
            problem = str(refused)
        else:
            noted += 1
        if problem:
            problems[line] = problem
    return Entered(noted, problems)


def _note_ticked(event: Event, answer: Rsvp, actor: User, now: datetime.datetime) -> int:
    """1 where they were noted; 0 where their answer went, or its address may not be written down."""
    guests = answer.party_size - 1
    try:
        check_in(
            event=event, how=CheckedInBy.SHEET, at=event.starts_at, actor=actor, now=now, rsvp=answer, guests=guests
        )
    except DoorError:
        return 0
    return 1
