"""Races: written down, proposed, changed, confirmed, declined."""

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from affiliates.models import Group
from endorsements.elections import days_left, days_left_in_words, general_election_day
from endorsements.models import Level, Nomination, Race
from endorsements.nominations import nominate
from endorsements.races import (
    KnownRaceError,
    RaceError,
    RacePlan,
    StaleRaceError,
    change_race,
    confirm_race,
    decline_race,
    make_race,
    plan_of,
    set_area,
)
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_staff

from . import making
from .making import ELECTION, NOW, make_area, make_candidate

pytestmark = pytest.mark.django_db

MAYOR = RacePlan(
    office="Mayor", district="Cambridge", level=Level.LOCAL, state="MA", election_date=ELECTION,
    primary_date=datetime.date(2026, 9, 8), filing_deadline=datetime.date(2026, 7, 1),
)  # fmt: skip


@pytest.fixture
def staff(db: None) -> User:
    return make_staff(StaffTask.ENDORSEMENTS)


@pytest.fixture
def make(staff: User) -> Callable[..., Race]:
    """`make(office=…)` writes MAYOR down, with these changes."""

    def make_it(group: Group | None = None, **changes: Any) -> Race:
        return make_race(plan=replace(MAYOR, **changes), actor=staff, now=NOW, group=group)

    return make_it


# --- days -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "day"), [(2016, 8), (2022, 8), (2023, 7), (2024, 5), (2026, 3), (2028, 7), (2032, 2)])
def test_the_general_election_is_the_tuesday_after_the_first_monday_of_november(year: int, day: int) -> None:
    assert general_election_day(year) == datetime.date(year, 11, day)
    assert general_election_day(year).weekday() == 1


def test_days_left_are_counted_to_the_day_itself() -> None:
    today = datetime.date(2026, 6, 1)
    assert days_left(datetime.date(2026, 6, 1), today) == 0
    assert days_left(datetime.date(2026, 6, 13), today) == 12
    assert days_left(datetime.date(2026, 5, 31), today) is None
    assert days_left(None, today) is None
    words = [days_left_in_words(today + datetime.timedelta(days=days), today) for days in (-1, 0, 1, 12)]
    assert words == ["past", "today", "tomorrow", "in 12 days"]
    assert days_left_in_words(None, today) == ""


# --- writing down ---------------------------------------------------------------------------------------------


def test_staff_write_a_race_down_that_the_public_sees(make: Callable[..., Race], staff: User) -> None:
    race = make()
    assert (race.slug, race.key, race.confirmed_at) == ("ma-mayor-cambridge-2026", "mayor cambridge", NOW)
    assert race.area
    assert race.area.name == "Cambridge, MA"
    assert race.area.contains("02139")
    entry = AuditEntry.objects.get(action="made race")
    assert (entry.subject, entry.actor) == (race.subject, f"user:{staff.pk}")
    assert plan_of(race) == replace(MAYOR, area_id=race.area_id)


def test_a_chosen_area_is_not_looked_for(make: Callable[..., Race]) -> None:
    area = make_area("02143")
    assert make(area_id=area.pk).area == area


def test_the_same_race_is_known_however_it_is_spelt(make: Callable[..., Race]) -> None:
    race = make()
    with pytest.raises(KnownRaceError) as known:
        make(office="MAYOR ", district="cambridge.")
    assert known.value.race == race
    other_year = make(election_date=datetime.date(2028, 11, 7), primary_date=None, filing_deadline=None)
    assert other_year.slug == "ma-mayor-cambridge-2028"


def test_two_races_of_one_address_get_a_number(make: Callable[..., Race]) -> None:
    make()
    special = make(election_date=datetime.date(2026, 12, 1))
    assert special.slug == "ma-mayor-cambridge-2026-2"


def test_a_name_in_another_script_still_gets_an_address(make: Callable[..., Race]) -> None:
    assert make(office="市長", district="剣橋").slug == "ma-2026"


@pytest.mark.parametrize(
    ("changes", "about", "words"),
    [
        ({"office": " ! "}, "office", "which office"),
        ({"level": "galactic"}, "level", "which level"),
        ({"state": "ZZ"}, "state", "no ZZ"),
        ({"state": ""}, "state", "which state"),
        ({"level": Level.PARTY}, "party", "whose party"),
        ({"election_date": datetime.date(1812, 11, 3), "primary_date": None}, "election_date", "year"),
        ({"primary_date": datetime.date(2026, 11, 4)}, "primary_date", "primary"),
        ({"filing_deadline": datetime.date(2026, 11, 4)}, "filing_deadline", "last day to file"),
    ],
)
def test_what_contradicts_itself_is_refused_in_words(
    make: Callable[..., Race], changes: dict[str, Any], about: str, words: str
) -> None:
    with pytest.raises(RaceError, match=words) as error:
        make(**changes)
    assert error.value.about == about
    assert not Race.objects.exists()


def test_an_office_of_the_whole_country_has_no_state(make: Callable[..., Race]) -> None:
    race = make(office="President", district="", level=Level.FEDERAL, state="")
    assert race.area
    assert race.area.contains("99501")
    assert not race.area.contains("00901")


# --- changing -------------------------------------------------------------------------------------------------


def test_a_change_is_written_and_the_address_stays(make: Callable[..., Race], staff: User) -> None:
    race = make()
    plan = replace(plan_of(race), office="City Council", is_open_seat=True)
    changed = change_race(race=race, plan=plan, revision=0, actor=staff, now=NOW)
    assert (changed.office, changed.key, changed.slug) == (
        "City Council", "city council cambridge", "ma-mayor-cambridge-2026",
    )  # fmt: skip
    assert changed.revision == 1
    assert AuditEntry.objects.get(action="changed race").details == {"changed": ["office", "is_open_seat"]}


def test_no_change_writes_nothing(make: Callable[..., Race], staff: User) -> None:
    race = make()
    assert change_race(race=race, plan=plan_of(race), revision=0, actor=staff, now=NOW).revision == 0
    assert not AuditEntry.objects.filter(action="changed race").exists()


def test_of_two_who_change_it_the_second_is_told(make: Callable[..., Race], staff: User) -> None:
    race = make()
    plan = replace(plan_of(race), about="An open seat.")
    change_race(race=race, plan=plan, revision=0, actor=staff, now=NOW)
    with pytest.raises(StaleRaceError):
        change_race(race=race, plan=replace(plan, about="Another word."), revision=0, actor=staff, now=NOW)
    assert Race.objects.get().about == "An open seat."


def test_a_race_does_not_become_another_one(make: Callable[..., Race], staff: User) -> None:
    make()
    other = make(district="Somerville")
    with pytest.raises(KnownRaceError):
        change_race(race=other, plan=replace(plan_of(other), district="Cambridge"), revision=0, actor=staff, now=NOW)


def open_poll_of(race: Race) -> None:
    """An open poll, past the ledger's guards: what is tested here is what it keeps from changing."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        now = timezone.now()
        race.polls.create(
            state="open", slug="p", words="Whom?", closes_at=now + datetime.timedelta(days=1), opened_at=now,
            eligible=1, snapshot="{}", snapshot_hash="0" * 64, head="0" * 64,
        )  # fmt: skip
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_while_a_poll_is_open_the_race_stays_the_same_one(make: Callable[..., Race], staff: User) -> None:
    race = make()
    open_poll_of(race)
    with pytest.raises(RaceError, match="poll of this race is open"):
        change_race(race=race, plan=replace(plan_of(race), district="Boston"), revision=0, actor=staff, now=NOW)
    change_race(race=race, plan=replace(plan_of(race), about="More words."), revision=0, actor=staff, now=NOW)


def test_staff_set_the_area_and_take_it_away(make: Callable[..., Race], staff: User) -> None:
    race, area = make(), make_area("02143")
    race = set_area(race=race, area=area, revision=0, actor=staff, now=NOW)
    assert (race.area, race.revision) == (area, 1)
    assert set_area(race=race, area=area, revision=1, actor=staff, now=NOW).revision == 1
    with pytest.raises(StaleRaceError):
        set_area(race=race, area=None, revision=0, actor=staff, now=NOW)
    assert set_area(race=race, area=None, revision=1, actor=staff, now=NOW).area is None
    assert AuditEntry.objects.filter(action="set area of race", subject=race.subject).count() == 2


# --- proposals ------------------------------------------------------------------------------------------------


def test_a_group_proposes_and_staff_confirm(make: Callable[..., Race], staff: User) -> None:
    group = make_group()
    race = make(group)
    assert (race.confirmed_at, race.proposed_by) == (None, group)
    assert list(Race.objects.proposed()) == [race]
    confirmed = confirm_race(race=race, actor=staff, now=NOW)
    assert confirmed.confirmed_at == NOW
    assert confirm_race(race=race, actor=staff, now=NOW + datetime.timedelta(days=1)).confirmed_at == NOW
    assert AuditEntry.objects.filter(action="confirmed race").count() == 1
    assert list(Race.objects.known()) == [confirmed]


def test_a_declined_race_goes_and_the_groups_are_told_why(make: Callable[..., Race], staff: User) -> None:
    group = make_group("Cambridge First")
    contact = make_contact(group, "ada@example.org")
    race = make(group)
    candidate = make_candidate(race, "Ann Lee", confirmed_at=None)
    nominate(group=group, candidate=candidate, reason="She listens.", actor=contact, now=NOW)
    decline_race(race=race, because="There is no such office.", actor=staff, now=NOW)
    assert not Race.objects.exists()
    assert not Nomination.objects.exists()
    mail = OutgoingMail.objects.get()
    assert (mail.to_email, mail.scope, mail.is_transactional) == ("ada@example.org", group.scope, True)
    assert "There is no such office." in mail.text
    assert "Mayor (Cambridge, MA)" in mail.subject
    assert AuditEntry.objects.get(action="declined race").actor == f"user:{staff.pk}"


def test_a_race_is_declined_with_a_reason_and_only_before_it_is_confirmed(
    make: Callable[..., Race], staff: User
) -> None:
    race = make(make_group())
    with pytest.raises(RaceError, match="Say why"):
        decline_race(race=race, because=" ", actor=staff, now=NOW)
    confirm_race(race=race, actor=staff, now=NOW)
    with pytest.raises(RaceError, match="confirmed"):
        decline_race(race=race, because="No.", actor=staff, now=NOW)


def test_the_helper_of_tests_makes_the_key_that_the_domain_makes() -> None:
    race = making.make_race(office="City Council")
    assert race.key == plan_of(race).key
