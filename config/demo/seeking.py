"""The demo's office seekers: who thinks of running, how far they are, and what staff agreed with them."""

import datetime
import random
from collections.abc import Sequence

from endorsements.models import Level, OfficeSeeker, SeekerFollowUp, SeekerStage
from foundation.accounts.models import User
from members.models import Person

SEEKERS = 240
DAY = datetime.timedelta(days=1)

OFFICES = {
    Level.LOCAL: ("School board", "City council", "Library trustee", "County commissioner", "Water board", ""),
    Level.STATE: ("State house", "State senate", ""),
    Level.FEDERAL: ("House of Representatives", ""),
    Level.PARTY: ("County committee", "Precinct captain", "Delegate to the convention", ""),
    "": ("",),
}
LEVEL_WEIGHTS = (55, 14, 3, 18, 10)
STAGES = (SeekerStage.NEW, SeekerStage.IN_TOUCH, SeekerStage.DECIDED, SeekerStage.FILED, SeekerStage.NOT_NOW)
STAGE_WEIGHTS = (20, 40, 14, 8, 18)
WORDS = (
    "I have been to every meeting of the board for two years. It is time to sit on the other side.",
    "I run a bakery, and I know everybody’s name. What does it cost?",
    "My neighbors ask me to. I would need somebody who knows the forms.",
    "",
    "",
)
NOTES = (
    "Called: wants to talk with the family first.",
    "Sent the calendar of the county, and the name of the clerk.",
    "Comes to the training for candidates.",
    "Needs a treasurer. Asked two groups nearby.",
)


def load_seekers(*, staff: User, volunteer: Person, now: datetime.datetime) -> None:
    """Put people of the network who live in the states down as seekers, and the demo volunteer as one of them."""
    if OfficeSeeker.objects.exists():
        return
    rng = random.Random("seekers")
    people = list(_some_people(rng))
    seekers = [_seeker(person, rng, staff, now) for person in people]
    if volunteer.zip_code:
        own = OfficeSeeker(
            person=volunteer, zip_code=volunteer.zip_code, state=volunteer.zip_code.state, level=Level.LOCAL,
            office="Library trustee", words=WORDS[2], stage=SeekerStage.IN_TOUCH, in_hands_of=staff,
            follow_up_on=now.date() + 4 * DAY, at=now - 9 * DAY, confirmed_at=now - 9 * DAY,
        )  # fmt: skip
        seekers.append(own)
    made = OfficeSeeker.objects.bulk_create(seekers)
    SeekerFollowUp.objects.bulk_create(_follow_ups(made, rng, staff, now))


def _some_people(rng: random.Random) -> Sequence[Person]:
    """People with a ZIP code, from all over: ids drawn by chance, which takes no walk through all of them."""
    ends = Person.objects.order_by("pk").values_list("pk", flat=True)
    first, last = ends.first(), ends.last()
    if first is None or last is None:
        return []
    drawn = rng.sample(range(first, last + 1), min(2 * SEEKERS, last - first + 1))
    known = Person.objects.filter(pk__in=drawn, zip_code__isnull=False, user__isnull=True)
    return list(known.select_related("zip_code").defer("position").order_by("pk")[:SEEKERS])


def _seeker(person: Person, rng: random.Random, staff: User, now: datetime.datetime) -> OfficeSeeker:
    [level], [stage] = rng.choices(tuple(OFFICES), LEVEL_WEIGHTS), rng.choices(STAGES, STAGE_WEIGHTS)
    at = now - DAY * (200 * rng.random() ** 2)
    is_followed = stage in (SeekerStage.IN_TOUCH, SeekerStage.DECIDED)
    return OfficeSeeker(
        person=person, zip_code=person.zip_code, state=person.zip_code.state if person.zip_code else "",
        level=level, office=rng.choice(OFFICES[level]), words=rng.choice(WORDS), stage=stage,
        in_hands_of=staff if stage != SeekerStage.NEW and rng.random() < 0.4 else None,
        follow_up_on=now.date() + rng.randint(-6, 40) * DAY if is_followed else None, at=at, confirmed_at=at,
    )  # fmt: skip


def _follow_ups(
    seekers: Sequence[OfficeSeeker], rng: random.Random, staff: User, now: datetime.datetime
) -> list[SeekerFollowUp]:
    return [
        SeekerFollowUp(seeker=seeker, text=text, by=staff, at=seeker.at + (now - seeker.at) * rng.random())
        for seeker in seekers
        if seeker.stage != SeekerStage.NEW
        for text in rng.sample(NOTES, rng.randint(1, 2))
    ]
