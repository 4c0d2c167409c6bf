"""The demo network: complete or absent, reproducible, within every constraint, spread like people."""

import datetime
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from affiliates.models import Agreement, Group, GroupLink, GroupStatus
from config.demo import network
from config.demo.homes import Home
from config.demo.placing import choose_homes
from foundation.places.states import STATES, StateKind
from members.consent import mailable
from members.duplicates import find_duplicates
from members.models import (
    Activity,
    ActivityKind,
    Consent,
    ConsentPurpose,
    Donation,
    Duplicate,
    Membership,
    Person,
    PersonEmail,
    PersonNote,
    PersonPhone,
    PersonTag,
    Segment,
)
from members.segments import people_of, read_rules

# One worker makes the large network once.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo network")]

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
RESERVED_DOMAINS = {"example.com", "example.net", "example.org"}

# In thousands, from the 2020 census: a source that the demo network does not use.
CENSUS = {
    "AK": 733, "AL": 5024, "AR": 3012, "AZ": 7152, "CA": 39538, "CO": 5774, "CT": 3606, "DC": 690, "DE": 990,
    "FL": 21538, "GA": 10712, "HI": 1455, "IA": 3190, "ID": 1839, "IL": 12813, "IN": 6786, "KS": 2938, "KY": 4506,
    "LA": 4658, "MA": 7030, "MD": 6177, "ME": 1362, "MI": 10077, "MN": 5706, "MO": 6155, "MS": 2961, "MT": 1084,
    "NC": 10439, "ND": 779, "NE": 1962, "NH": 1378, "NJ": 9289, "NM": 2118, "NV": 3105, "NY": 20201, "OH": 11799,
    "OK": 3959, "OR": 4237, "PA": 13003, "RI": 1097, "SC": 5118, "SD": 887, "TN": 6911, "TX": 29146, "UT": 3272,
    "VA": 8631, "VT": 643, "WA": 7705, "WI": 5894, "WV": 1794, "WY": 577,
}  # fmt: skip


class Rows(NamedTuple):
    """What a load left in the database."""

    groups: list[Group]
    links: list[GroupLink]
    people: list[Person]
    emails: list[PersonEmail]
    phones: list[PersonPhone]
    activities: list[Activity]
    donations: list[Donation]
    consents: list[Consent]
    tags: list[PersonTag]
    notes: list[PersonNote]
    pairs: list[Duplicate]

    def without_ids(self) -> list[list[dict[str, Any]]]:
        """All values, but for ids and the positions that the database computes."""
        return [[{k: without_key(v) for k, v in vars(row).items() if is_value(k)} for row in rows] for rows in self]


def without_key(value: Any) -> Any:
    """What names another row by its key ("rsvp:12"), without that key."""
    if isinstance(value, dict):
        return {name: without_key(part) for name, part in value.items() if name != "event"}
    return re.sub(r"^(rsvp|attendance):\d+$", r"\1", value) if isinstance(value, str) else value


def is_value(name: str) -> bool:
    """Not a key that the database has given out ("zip_code_id" is the ZIP code itself), nor what it has worked out."""
    is_key = name == "id" or (name.endswith("_id") and name != "zip_code_id")
    return not is_key and name not in {"_state", "position", "recorded_at"}


def load(**changes: Any) -> None:
    network.load(**{"groups": 80, "people": 400, "seed": 7, "now": NOW, **changes})


def loaded_and_taken_back(**changes: Any) -> Rows:
    """The rows of a network that is gone again."""
    with transaction.atomic():
        load(**changes)
        rows = Rows(
            groups=list(Group.objects.order_by("pk")),
            links=list(GroupLink.objects.order_by("pk")),
            people=list(Person.objects.order_by("pk").select_related("zip_code")),
            emails=list(PersonEmail.objects.order_by("pk")),
            phones=list(PersonPhone.objects.order_by("pk")),
            activities=list(Activity.objects.order_by("pk")),
            donations=list(Donation.objects.order_by("pk")),
            consents=list(Consent.objects.exclude(purpose="sharing").order_by("pk").select_related("wording")),
            tags=list(PersonTag.objects.order_by("pk")),
            notes=list(PersonNote.objects.order_by("pk")),
            pairs=list(Duplicate.objects.order_by("pk").select_related("first", "second")),
        )
        transaction.set_rollback(True)
    return rows


@pytest.fixture(scope="module")
def large(django_db_setup: None, django_db_blocker: Any) -> Rows:
    """As many groups as `./dev run` shows, and a twentieth of the people."""
    with django_db_blocker.unblock():
        return loaded_and_taken_back(groups=network.GROUPS, people=network.PEOPLE // 20)


@pytest.fixture(scope="module")
def homes(django_db_setup: None, django_db_blocker: Any) -> list[Home]:
    with django_db_blocker.unblock():
        return choose_homes(network.GROUPS, network.SEED)


def likeness_to_the_census(found: Counter[str]) -> float:
    """The rank correlation of the states' numbers with those of the census."""
    states = sorted(CENSUS)
    return statistics.correlation([found[s] for s in states], [CENSUS[s] for s in states], method="ranked")


def scripts_of(texts: Iterable[str]) -> set[str]:
    """The first words of the Unicode names of all letters, such as LATIN, CJK and HEBREW."""
    return {unicodedata.name(letter).split()[0] for text in texts for letter in text if letter.isalpha()}


def test_the_same_seed_gives_the_same_network() -> None:
    assert loaded_and_taken_back().without_ids() == loaded_and_taken_back().without_ids()


def test_another_seed_gives_other_groups_and_people() -> None:
    one, other = loaded_and_taken_back().without_ids(), loaded_and_taken_back(seed=8).without_ids()
    assert all(rows != others for rows, others in zip(one, other, strict=True) if rows or others)


def test_a_load_is_noticed(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert not network.is_loaded()
    load()
    with django_assert_num_queries(1):
        assert network.is_loaded()


def test_a_second_load_is_refused_and_changes_nothing() -> None:
    load()
    with pytest.raises(IntegrityError), transaction.atomic():
        load(seed=8)
    assert Group.objects.count() == 80


def test_an_interrupted_load_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: Any) -> None:
        assert Group.objects.exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(network, "load_people", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load()
    assert not network.is_loaded()
    assert not Group.objects.exists()


def test_rows_made_after_a_load_get_ids_of_their_own() -> None:
    load()
    last = Person.objects.order_by("-pk").values_list("pk", flat=True)[0]
    assert Person.objects.create(given_name="Next").pk > last


def test_there_are_as_many_groups_and_people_as_asked_for(large: Rows) -> None:
    assert len(large.groups) == 1_200
    assert len(large.people) == len(large.emails) == 10_000
    assert 3_800 < len(large.phones) < 4_200


def test_all_rows_pass_the_checks_of_forms(large: Rows) -> None:
    for row in [*large.groups, *large.emails[:300], *large.phones[:300]]:
        row.full_clean(validate_constraints=False, exclude=["person"])
    for person in large.people[:300]:
        person.full_clean(validate_constraints=False)


def test_people_are_at_the_point_of_their_zip_code_and_in_its_zone(large: Rows) -> None:
    for person in large.people:
        assert person.zip_code
        assert person.point == person.zip_code.point
        assert person.time_zone == person.zip_code.time_zone


def test_all_addresses_are_in_domains_that_reach_nobody(large: Rows) -> None:
    addresses = [*(email.address for email in large.emails), *(group.contact_email for group in large.groups)]
    assert {address.partition("@")[2] for address in addresses} == RESERVED_DOMAINS
    assert {link.url.split("/")[2] for link in large.links} == RESERVED_DOMAINS


def test_phone_numbers_are_those_of_films(large: Rows) -> None:
    numbers = [str(phone.number) for phone in large.phones]
    assert {number[:2] + number[5:8] for number in numbers} == {"+1555"}
    assert not any(number.endswith("5551212") for number in numbers)


def test_people_are_spread_like_the_population(large: Rows) -> None:
    assert likeness_to_the_census(Counter(p.zip_code.state for p in large.people if p.zip_code)) > 0.9


def test_groups_are_spread_like_the_population(homes: list[Home]) -> None:
    assert likeness_to_the_census(Counter(home.state for home in homes)) > 0.9


def test_there_are_groups_in_each_state_the_territories_and_abroad(homes: list[Home]) -> None:
    uninhabited = {StateKind.MILITARY, StateKind.FREELY_ASSOCIATED}
    expected = {state.code for state in STATES.values() if state.kind not in uninhabited}
    assert {home.state for home in homes if home.country == "US"} == expected
    assert len({home.country for home in homes}) >= 20


def test_hardly_any_two_groups_share_a_zip_code(homes: list[Home]) -> None:
    shared = Counter(home.zip_code for home in homes if home.zip_code)
    assert sum(count > 1 for count in shared.values()) < 20
    assert max(shared.values()) == 2


def test_a_small_network_covers_every_state_too() -> None:
    assert {home.state for home in choose_homes(80, 3)} >= CENSUS.keys()


def test_group_names_are_varied_and_differ_within_a_state(large: Rows) -> None:
    assert max(Counter((group.name, group.state) for group in large.groups).values()) == 1
    endings = Counter(group.name.split()[-1] for group in large.groups)
    assert max(endings.values()) < len(large.groups) / 8


def test_group_names_are_written_in_many_scripts(large: Rows) -> None:
    scripts = scripts_of(group.name for group in large.groups)
    assert scripts >= {"LATIN", "CJK", "HANGUL", "HIRAGANA", "ARABIC", "HEBREW", "CYRILLIC", "CHEROKEE", "DEVANAGARI"}


def test_some_people_write_their_names_in_their_own_script(large: Rows) -> None:
    scripts = scripts_of(person.given_name for person in large.people)
    assert scripts >= {"LATIN", "CJK", "HANGUL", "ARABIC", "HEBREW", "CYRILLIC", "DEVANAGARI"}
    others = sum(scripts_of([person.given_name]) != {"LATIN"} for person in large.people)
    assert 0.01 < others / len(large.people) < 0.06


def test_texts_say_something_of_their_own_and_leave_no_blank_to_fill(large: Rows) -> None:
    for group in large.groups:
        assert len(group.about) > 100
        assert len(group.plan) > 300
        assert not {"{", "}"} & set(group.name + group.about + group.plan)
    assert len({group.about for group in large.groups}) > 1_150


def test_most_groups_are_listed_and_some_are_forming_or_have_ended(large: Rows) -> None:
    found = Counter(group.status for group in large.groups)
    assert found[GroupStatus.LISTED] > 1_100
    assert 20 < found[GroupStatus.FORMING] < 60
    assert 10 < found[GroupStatus.ENDED] < 45


def test_groups_were_active_within_the_last_year_or_never(large: Rows) -> None:
    year_ago = NOW - datetime.timedelta(days=366)
    last_active = [group.last_active_at for group in large.groups if group.is_listed]
    assert all(year_ago < moment <= NOW for moment in last_active if moment)
    assert 20 < last_active.count(None) < 90


def test_nothing_happened_after_the_load(large: Rows) -> None:
    assert all(person.created_at <= NOW for person in large.people)
    assert all(email.verified_at <= NOW for email in large.emails if email.verified_at)
    assert all(group.created_at <= NOW for group in large.groups)
    assert all(activity.at <= NOW for activity in large.activities)
    assert all(word.at <= NOW for word in large.consents)
    assert all(tag.at <= NOW for tag in large.tags)
    assert all(note.at <= NOW for note in large.notes)


def test_who_has_ended_had_an_agreement_and_all_numbers_are_those_of_the_seed() -> None:
    def agreements() -> list[tuple[str, str, str]]:
        with transaction.atomic():
            load(groups=200)
            found = Agreement.objects.order_by("group").values_list("group__status", "state", "reference")
            told = list(found)
            transaction.set_rollback(True)
        return told

    first = agreements()
    assert {(status, state) for status, state, _reference in first} == {("listed", "in_force"), ("ended", "ended")}
    assert agreements() == first


def test_nobody_is_told_of_a_demo_group_as_if_it_were_new(large: Rows) -> None:
    assert all(group.watchers_told_at for group in large.groups if group.is_listed)


def test_the_first_group_is_listed_and_at_home_in_cambridge(large: Rows) -> None:
    first = large.groups[0]
    assert (first.name, first.zip_code_id, first.is_listed) == ("Cambridge Many Hands", "02139", True)


def test_three_of_ten_people_did_something_and_every_sixth_is_a_member(large: Rows) -> None:
    assert 0.28 < len({activity.person_id for activity in large.activities}) / len(large.people) < 0.32
    members = {activity.person_id for activity in large.activities if activity.is_basis}
    assert 0.16 < len(members) / len(large.people) < 0.19
    assert {activity.kind for activity in large.activities} == set(ActivityKind.values)


def test_nobody_did_anything_before_the_network_knew_them(large: Rows) -> None:
    since = {person.pk: person.created_at for person in large.people}
    assert [vars(one) for one in large.activities if one.at < since[one.person_id]] == []
    assert [vars(one) for one in large.consents if one.at < since[one.person_id]] == []


def test_every_donation_of_the_last_year_is_a_basis_unless_it_was_refunded(large: Rows) -> None:
    gifts = {gift.activity_source: gift for gift in large.donations}
    found = {activity.source: activity for activity in large.activities if activity.kind == ActivityKind.DONATION}
    assert gifts.keys() == found.keys()
    assert all(gift.paid_at and gift.paid_at > NOW - datetime.timedelta(days=366) for gift in large.donations)
    refunded = {source for source, gift in gifts.items() if gift.refunded_at}
    assert refunded == {source for source, activity in found.items() if not activity.is_basis}
    assert 0.005 < len(refunded) / len(gifts) < 0.04


def test_consents_are_given_to_words_in_the_persons_language(large: Rows) -> None:
    languages = {person.pk: person.language for person in large.people}
    given = [word for word in large.consents if word.is_given]
    assert all(word.wording and word.wording.language == languages[word.person_id] for word in given)
    assert {word.purpose for word in given} == {"network_mail", "promotions", "sms"}
    assert len(given) < len(large.consents)


def test_membership_mail_and_segments_work_on_the_demo() -> None:
    load(people=3_000)
    assert Membership.objects.count() > 400
    assert mailable(Person.objects.all(), ConsentPurpose.PROMOTIONS).count() > 400
    sizes = [people_of(read_rules(segment.rules), now=NOW).count() for segment in Segment.objects.all()]
    assert len(sizes) == 3
    assert max(sizes) > 10


def test_some_signed_up_twice_and_the_daily_search_would_find_them(large: Rows) -> None:
    assert len(large.pairs) >= 2
    assert all(pair.first.zip_code_id == pair.second.zip_code_id for pair in large.pairs)
    for pair in large.pairs:
        Duplicate.objects.all().delete()
        Person.objects.all().delete()
        for one in (pair.first, pair.second):
            Person.objects.create(given_name=one.given_name, family_name=one.family_name, zip_code=one.zip_code)
        assert find_duplicates() == 1
        assert Duplicate.objects.get().reason == pair.reason


def test_the_first_run_has_nobody_left_to_compare() -> None:
    load()
    assert find_duplicates() == 0
