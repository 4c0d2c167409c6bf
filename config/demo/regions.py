"""The demo's regions, their monthly calls, and the organizing calls of the next weeks."""

import datetime
from collections.abc import Iterator
from typing import NamedTuple

from affiliates.call_times import a_month_later, moment_in
from affiliates.fundraising import load_offices
from affiliates.models import Call, CallKind, Group, Region, RegionPart
from affiliates.regions import Part, groups_of
from foundation.accounts.models import User

LINK = "https://calls.demo.example/"
HOUR = datetime.timedelta(hours=1)
EVENING = datetime.time(20)


class _Region(NamedTuple):
    name: str
    zone: str
    states: str


REGIONS = (
    _Region("Northeast", "America/New_York", "CT MA ME NH NJ NY PA RI VT"),
    _Region("Mid-Atlantic", "America/New_York", "DC DE MD VA WV"),
    _Region("South", "America/New_York", "AL FL GA KY MS NC SC TN PR VI"),
    _Region("South Central", "America/Chicago", "AR LA OK TX"),
    _Region("Midwest", "America/Chicago", "IA IL IN KS MI MN MO ND NE OH SD WI"),
    _Region("Mountain West", "America/Denver", "AZ CO ID MT NM NV UT WY"),
    _Region("Pacific", "America/Los_Angeles", "AK CA HI OR WA AS GU MP FM MH PW"),
)
ABROAD = _Region("Abroad", "UTC", "")

ASKED = (
    ("Can we borrow the banner for the county fair in August?", "Yes. Write to us two weeks before, and we send it."),
    ("Who translates our flyer into Spanish?", "The translators of the network do. Send the text by Friday."),
    ("How do other groups find rooms that cost nothing?", "Libraries and union halls. We put a list together."),
)
PROMISED = (("Send the list of free rooms to all groups", 21), ("Mail the banner to whoever asked", 7))


def load_regions(*, now: datetime.datetime) -> None:
    """All states and all countries of the demo's groups in a region each; calls behind and ahead of `now`; the
    fundraising guide. Needs the groups. The staff organizer comes with the logins (`give_regions`)."""
    load_offices()
    for region in (*REGIONS, ABROAD):
        made = Region.objects.create(name=region.name, slug=region.name.lower().replace(" ", "-"))
        RegionPart.objects.bulk_create(
            RegionPart(region=made, country=part.country, state=part.state) for part in _parts(region)
        )
        _load_calls_of(made, region.zone, now)
    _load_organizing_calls(now)


def give_regions(user: User) -> None:
    """Make `user` the organizer of every region that has none, and the host of its calls."""
    Call.objects.filter(host=None).update(host=user)
    Region.objects.filter(organizer=None).update(organizer=user)


def _parts(region: _Region) -> Iterator[Part]:
    if region is ABROAD:
        abroad = Group.objects.exclude(country="US").order_by("country").values_list("country", flat=True)
        yield from (Part(country) for country in abroad.distinct())
    yield from (Part("US", state) for state in region.states.split())


def _load_calls_of(region: Region, zone: str, now: datetime.datetime) -> None:
    """The call of last month with its answers, and the next one with two questions on its agenda."""
    last = moment_in(zone, (now - datetime.timedelta(days=24)).date(), EVENING)
    groups = list(groups_of(region).listed().defer("position").order_by("pk")[: len(ASKED)])
    past = _call(last, zone, now, region=region, announced_at=last - datetime.timedelta(days=7))
    coming = _call(a_month_later(last, zone), zone, now, region=region)
    for group, (question, answer) in zip(groups, ASKED, strict=False):
        past.questions.create(
            group=group, asked_at=last - 30 * HOUR, text=question, answer=answer, answered_at=last + HOUR
        )
    for what, days in PROMISED:
        due = (last + datetime.timedelta(days=days)).date()
        past.follow_ups.create(what=what, who="Stella Staff", due=due, created_at=last + HOUR)
    for group, (question, _answer) in zip(groups[:2], ASKED[1:], strict=False):
        coming.questions.create(group=group, asked_at=now, text=f"{question} And who helps?")


def _load_organizing_calls(now: datetime.datetime) -> None:
    """One a week, the second of them in Spanish."""
    for week, (zone, language) in enumerate(
        (
            ("America/New_York", "en"),
            ("America/Chicago", "es"),
            ("America/Los_Angeles", "en"),
            ("America/New_York", "en"),
        )
    ):
        day = (now + datetime.timedelta(days=3 + 7 * week)).date()
        _call(moment_in(zone, day, EVENING), zone, now, language=language, capacity=60)


def _call(starts_at: datetime.datetime, zone: str, now: datetime.datetime, **fields: object) -> Call:
    kind = CallKind.REGIONAL if "region" in fields else CallKind.ORGANIZING
    return Call.objects.create(
        kind=kind, starts_at=starts_at, ends_at=starts_at + HOUR, time_zone=zone, join_link=LINK,
        join_words="Or phone +1 617 555 0100, code 2026", created_at=now, **fields,
    )  # fmt: skip
