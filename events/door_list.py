"""The list at the door: those who answered, whether they came, and those who came without an answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation.places.keys import name_key
from members.models import PersonEmail

from .models import Attendance, Event, Rsvp


@dataclass(frozen=True)
class AtDoor:
    """One line of the list. `who` is what a press refers to ("rsvp:5", "attendance:7"); `party` the guests answered."""

    who: str
    name: str
    sort_key: str
    party: int
    attendance: Attendance | None

    @property
    def search_key(self) -> str:
        """The name without accents, as the search compares it."""
        return name_key(self.name)

    @property
    def checked_in(self) -> str:
        """ "checked in 6:02 p.m."; empty for whoever has not come."""
        return checked_in_words(self.attendance) if self.attendance else ""

    @property
    def is_walk_in(self) -> bool:
        return self.who.startswith("attendance:")


class DoorCount(NamedTuple):
    """`came` is people, their `guests` apart; `walk_ins` are those of them who had not answered."""

    came: int
    guests: int
    answered: int
    walk_ins: int


def checked_in_words(attendance: Attendance) -> str:
    """ "checked in 6:02 p.m." on the clocks of the event."""
    local = attendance.at.astimezone(attendance.event.zone)
    return _("checked in %(time)s") % {"time": date_format(local, "TIME_FORMAT")}


def list_at_door(event: Event) -> list[AtDoor]:
    """Everybody who said that they come, or may, or wait; and whoever came besides. By family name. Four queries."""
    answers = list(event.rsvps.coming().select_related("person").defer("person__position").order_by("pk"))
    present = event.attendances.in_effect().select_related("person").defer("person__position")
    by_person = {attendance.person_id: attendance for attendance in present}
    owners = _owners_of(answer.email for answer in answers if answer.email)
    lines, answered = [], set()
    for answer in answers:
        person = answer.person_id or owners.get(answer.email)
        if person in answered:  # one who answered and also typed an address that they have not confirmed
            continue
        if person:
            answered.add(person)
        lines.append(_line_of_answer(answer, by_person.get(person) if person else None))
    lines += [_line_of_walk_in(one) for key, one in by_person.items() if key not in answered]
    return sorted(lines, key=lambda line: (line.sort_key, line.who))


def _owners_of(addresses: Iterable[str]) -> dict[str, int]:
    """Whose these addresses are, as far as the network knows."""
    return dict(PersonEmail.objects.filter(address__in=list(addresses)).values_list("address", "person"))


def _line_of_answer(answer: Rsvp, attendance: Attendance | None) -> AtDoor:
    named = answer.person or answer
    name = f"{named.given_name} {named.family_name}".strip()
    sort_key = name_key(f"{named.family_name} {named.given_name}")
    return AtDoor(f"rsvp:{answer.pk}", name, sort_key, answer.party_size - 1, attendance)


def _line_of_walk_in(attendance: Attendance) -> AtDoor:
    name = attendance.shown_name
    return AtDoor(f"attendance:{attendance.pk}", name, name_key(name), 0, attendance)


def matching(lines: Iterable[AtDoor], words: str) -> list[AtDoor]:
    """Those whose name holds every one of these words; accents, case and punctuation don't matter."""
    wanted = name_key(words).split()
    return [line for line in lines if all(word in line.search_key for word in wanted)]


def count_at_door(lines: Iterable[AtDoor]) -> DoorCount:
    """How many came and answered, of the whole list."""
    everybody = list(lines)
    came = [line.attendance for line in everybody if line.attendance]
    return DoorCount(
        came=len(came),
        guests=sum(attendance.guests for attendance in came),
        answered=sum(not line.is_walk_in for line in everybody),
        walk_ins=sum(line.is_walk_in for line in everybody),
    )


def answer_or_attendance(event: Event, who: str) -> Rsvp | Attendance | None:
    """What a press on a line of this event's list refers to; None where it is gone, or of another event."""
    kind, _colon, key = who.partition(":")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    match kind:
        case "rsvp":
            return event.rsvps.select_related("person").filter(pk=int(key)).first()
        case "attendance":
            return event.attendances.select_related("person").filter(pk=int(key)).first()
    return None


def attendance_of(found: Rsvp | Attendance) -> Attendance | None:
    """Whether whoever gave this answer was noted; an attendance is itself."""
    if isinstance(found, Attendance):
        return found
    person = found.person_id or _owners_of([found.email]).get(found.email)
    event: Event = found.event
    return event.attendances.select_related("person").filter(person=person).first() if person else None
