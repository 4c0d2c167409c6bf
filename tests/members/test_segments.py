"""Segments: whom each rule finds, how it reads, what is refused, and the pages."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from affiliates.models import JoinedBy, RosterEntry
from foundation.accounts.models import StaffTask
from foundation.audit.models import AuditEntry
from foundation.mail.models import SuppressionReason
from foundation.mail.suppression import suppress
from foundation.places.models import Area, AreaZipCode
from members.models import ActivityKind, ConsentPurpose, Segment, Tag
from members.segments import Condition, RulesError, in_words, people_of, read_rules, stored_rules
from members.tags import put_tag_on
from tests.factories import make_group, make_staff
from tests.signing_in import sign_in

from .making import DAY, NOW, agreed, did, make_person

pytestmark = pytest.mark.django_db


def found(*rules: dict[str, Any], now: datetime.datetime = NOW) -> set[str]:
    """The given names of those whom these rules find."""
    people = people_of(read_rules(list(rules)), now=now)
    return {person.given_name for person in people}


def words(*rules: dict[str, Any]) -> str:
    return in_words(read_rules(list(rules)))


def check(rule: dict[str, Any], *, expected: set[str], others: set[str]) -> None:
    """The rule finds these, and its negation everybody else."""
    assert found(rule) == expected
    assert found({**rule, "not": True}) == others


# --- each rule ------------------------------------------------------------------------------------------------


def test_places_find_who_lives_there_and_their_negation_also_who_lives_nowhere_known() -> None:
    make_person("Cambridge X", near="02139")
    make_person("Boston X", near="02118")
    make_person("Akron X", near="44305")
    make_person("Nowhere X", near="")
    area = Area.objects.create(kind="custom", name="East", slug="east")
    AreaZipCode.objects.create(area=area, zip_code_id="02139")
    check({"kind": "near", "zip": "02139", "miles": 25}, expected={"Cambridge", "Boston"}, others={"Akron", "Nowhere"})
    check({"kind": "near", "zip": "02139", "miles": 1}, expected={"Cambridge"}, others={"Boston", "Akron", "Nowhere"})
    check({"kind": "states", "states": ["OH", "NY"]}, expected={"Akron"}, others={"Cambridge", "Boston", "Nowhere"})
    check({"kind": "zips", "zips": ["02118", "44305"]}, expected={"Boston", "Akron"}, others={"Cambridge", "Nowhere"})
    check({"kind": "area", "area": area.pk}, expected={"Cambridge"}, others={"Boston", "Akron", "Nowhere"})
    assert found({"kind": "area", "area": area.pk + 1}) == set()


def test_bases_count_while_they_are_in_effect_and_since_a_day() -> None:
    did(make_person("Early X"), at=NOW - 400 * DAY)
    did(make_person("Late X"), ActivityKind.CALL, at=NOW)
    did(make_person("Giver X"), ActivityKind.DONATION, at=NOW)
    did(make_person("Signer X"), ActivityKind.SIGN_UP, at=NOW)
    make_person("Nobody X")
    check({"kind": "member"}, expected={"Early", "Late", "Giver"}, others={"Signer", "Nobody"})
    check({"kind": "basis", "basis": "donation"}, expected={"Giver"}, others={"Early", "Late", "Signer", "Nobody"})
    check(
        {"kind": "basis", "basis": "attendance", "since": "2026-06-01"},
        expected={"Late"},
        others={"Early", "Giver", "Signer", "Nobody"},
    )
    check({"kind": "active", "since": "2026-06-01"}, expected={"Late", "Giver", "Signer"}, others={"Early", "Nobody"})


def test_activity_is_counted_and_scored_as_of_today() -> None:
    often = make_person("Often X")
    for _number in range(3):
        did(often)
    did(make_person("Once X"))
    make_person("Nobody X")
    check({"kind": "attended", "times": 2}, expected={"Often"}, others={"Once", "Nobody"})
    check({"kind": "score", "score": 7.9}, expected={"Often", "Once"}, others={"Nobody"})
    assert found({"kind": "score", "score": 7.9}, now=NOW + 180 * DAY) == {"Often"}


def test_tags_languages_and_rosters_find_theirs() -> None:
    tag, group = Tag.objects.create(name="Driver"), make_group("Akron People")
    ada = make_person("Ada X", language="es")
    put_tag_on(tag=tag, person=ada, actor=make_staff(), now=NOW)
    RosterEntry.objects.create(group=group, person=ada, joined_at=NOW, how=JoinedBy.FORM, source="sign_up:1")
    make_person("Bea X")
    for rule in (
        {"kind": "tag", "tag": tag.pk},
        {"kind": "language", "language": "es"},
        {"kind": "filter", "filter": "group", "value": str(group.pk)},
    ):
        check(rule, expected={"Ada"}, others={"Bea"})


def test_who_may_be_sent_mail_agreed_and_is_not_suppressed() -> None:
    agreed(make_person("Yes X"))
    agreed(make_person("Bounced X", email="bounced@example.org"))
    suppress(address="bounced@example.org", scope="", reason=SuppressionReason.BOUNCED, now=NOW)
    agreed(make_person("Texts X"), ConsentPurpose.SMS)
    make_person("Silent X")
    check({"kind": "consent", "purpose": "promotions"}, expected={"Yes"}, others={"Bounced", "Texts", "Silent"})
    check({"kind": "consent", "purpose": "sms"}, expected={"Texts"}, others={"Yes", "Bounced", "Silent"})


def test_all_rules_must_hold() -> None:
    did(make_person("Both X"))
    did(make_person("Far X", near="44305"))
    make_person("Near X")
    assert found({"kind": "near", "zip": "02139", "miles": 5}, {"kind": "member"}) == {"Both"}
    assert found({"kind": "near", "zip": "02139", "miles": 5}, {"kind": "member", "not": True}) == {"Near"}


# --- in words -------------------------------------------------------------------------------------------------


def test_rules_read_as_a_sentence() -> None:
    assert (
        words(
            {"kind": "near", "zip": "02139", "miles": 25},
            {"kind": "basis", "basis": "attendance", "since": "2026-06-01"},
        )
        == "Lives within 25 miles of 02139 and came to an event since June 2026"
    )
    assert (
        words({"kind": "states", "states": ["MA", "NH", "VT"], "not": True}, {"kind": "active", "since": "2026-06-15"})
        == "Does not live in Massachusetts, New Hampshire or Vermont and was active since June 15, 2026"
    )
    assert words({"kind": "tag", "tag": 999}) == "Has the tag “a tag that is gone”"
    assert words({"kind": "zips", "zips": [f"0213{n}" for n in range(8)]}).endswith("02134 or 3 more")


# --- what is stored -------------------------------------------------------------------------------------------

BROKEN: list[object] = [
    None, {}, [], "near", [1], [{}], [{"kind": "nothing"}], [{"kind": ["near"]}], [{"kind": "near"}],
    [{"kind": "near", "zip": "02139"}], [{"kind": "near", "zip": 2139, "miles": 5}],
    [{"kind": "near", "zip": "02139", "miles": "5"}], [{"kind": "near", "zip": "02139", "miles": 501}],
    [{"kind": "near", "zip": "02139", "miles": 5, "more": 1}], [{"kind": "near", "zip": "٠٢١٣٩", "miles": 5}],
    [{"kind": "states", "states": []}], [{"kind": "states", "states": ["ZZ"]}], [{"kind": "states", "states": "MA"}],
    [{"kind": "zips", "zips": ["1"]}], [{"kind": "area", "area": True}], [{"kind": "basis", "basis": "rsvp"}],
    [{"kind": "basis", "basis": "donation", "since": "June"}], [{"kind": "active", "since": None}],
    [{"kind": "attended", "times": 0}], [{"kind": "score", "score": -1}], [{"kind": "tag", "tag": "1"}],
    [{"kind": "consent", "purpose": "group_mail"}], [{"kind": "language", "language": "xx"}],
    [{"kind": "filter", "filter": "tag", "value": "1"}], [{"kind": "filter", "filter": "group", "value": "x"}],
    [{"kind": "member", "not": "yes"}], [{"kind": "member"}, {"kind": "member"}],
]  # fmt: skip


@pytest.mark.parametrize("stored", BROKEN)
def test_what_the_form_would_not_have_made_is_refused(stored: object) -> None:
    with pytest.raises(RulesError):
        read_rules(stored)


def test_what_is_read_is_stored_the_same() -> None:
    stored = [
        {"kind": "near", "zip": "02139", "miles": 25},
        {"kind": "states", "states": ["MA"], "not": True},
        {"kind": "basis", "basis": "donation", "since": None},
        {"kind": "member"},
    ]
    conditions = read_rules(stored)
    assert isinstance(conditions[0], Condition)
    assert stored_rules(conditions) == stored


def test_a_segment_has_a_name_of_its_own() -> None:
    Segment.objects.create(name="Drivers", rules=[])
    with pytest.raises(IntegrityError, match="segment_once"):
        Segment.objects.create(name="drivers", rules=[])


def test_a_segment_is_not_nameless() -> None:
    with pytest.raises(IntegrityError, match="segment_has_name"):
        Segment.objects.create(name="", rules=[])


# --- the pages ------------------------------------------------------------------------------------------------

NEW = "/national/people/segments/new/"


@pytest.fixture
def staff_page(client: Client) -> Client:
    sign_in(client, make_staff(StaffTask.PEOPLE))
    return client


def test_a_segment_is_made_shown_changed_and_deleted(staff_page: Client) -> None:
    did(make_person("Ada Lovelace"))
    make_person("Grace Hopper")
    data = {"name": "Members nearby", "near_zip": "02139", "near_miles": "25", "member_member": "on"}
    page = staff_page.post(NEW, data, follow=True).content.decode()
    segment = Segment.objects.get()
    assert segment.rules == [{"kind": "near", "zip": "02139", "miles": 25.0}, {"kind": "member"}]
    assert "Lives within 25 miles of 02139 and is a member" in page
    assert "1 person" in page
    assert "Ada Lovelace" in page
    assert "Grace Hopper" not in page

    change = reverse("segment_change", args=[segment.pk])
    assert 'value="02139"' in staff_page.get(change).content.decode()
    page = staff_page.post(change, {**data, "member_not": "on"}, follow=True).content.decode()
    assert "Grace Hopper" in page
    assert "Ada Lovelace" not in page
    assert "is not a member" in staff_page.get(reverse("segment_list")).content.decode()

    staff_page.post(reverse("segment_delete", args=[segment.pk]))
    assert not Segment.objects.exists()
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "created segment", "changed segment", "deleted segment",
    ]  # fmt: skip


def test_every_rule_of_the_form_comes_back_to_it(staff_page: Client) -> None:
    tag, group = Tag.objects.create(name="Driver"), make_group(slug="akron-people")
    area = Area.objects.create(kind="district", name="Massachusetts 7", slug="ma-07", code="MA-07", edition="119")
    data = {
        "name": "All", "near_zip": "02139", "near_miles": "2.5", "states_states": "ma, NH", "zips_zips": "02139\n02118",
        "area_area": "ma-07", "basis_basis": "attendance", "basis_since": "2026-06-01", "active_since": "2026-06-02",
        "attended_times": "2", "score_score": "8", "tag_tag": str(tag.pk), "consent_purpose": "promotions",
        "language_language": "es", "filter_group_value": "akron-people", "filter_group_not": "on",
    }  # fmt: skip
    assert staff_page.post(NEW, data).status_code == 302
    segment = Segment.objects.get()
    assert len(segment.rules) == 12
    assert {"kind": "area", "area": area.pk} in segment.rules
    assert {"kind": "filter", "filter": "group", "value": str(group.pk), "not": True} in segment.rules
    assert staff_page.get(segment.get_absolute_url()).status_code == 200
    form = staff_page.get(reverse("segment_change", args=[segment.pk])).context["form"]
    again = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    again = {name: value for name, value in again.items() if value not in (None, False, "")}
    assert staff_page.post(reverse("segment_change", args=[segment.pk]), again).status_code == 302
    assert Segment.objects.get().rules == segment.rules


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Fill in at least one rule."),
        ({"near_zip": "02139"}, "Fill this in too, or leave the whole rule empty."),
        ({"tag_not": "on"}, "Fill this in too, or leave the whole rule empty."),
        ({"near_zip": "00000", "near_miles": "5"}, "There is no ZIP code 00000."),
        ({"near_zip": "2139", "near_miles": "5"}, "A ZIP code has five digits"),
        ({"states_states": "MA, Ohio"}, "“OHIO” is no state."),
        ({"zips_zips": "02139 x"}, "“x” is no ZIP code."),
        ({"area_area": "MA-99"}, "There is no area “MA-99”."),
        ({"filter_group_value": "nowhere"}, "There is no group “nowhere”."),
        ({"basis_since": "2026-06-01"}, "Fill this in too, or leave the whole rule empty."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(staff_page: Client, data: dict[str, str], message: str) -> None:
    answer = staff_page.post(NEW, {"name": "All", **data})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert message in page
    assert "<title>Error:" in page
    assert not Segment.objects.exists()


def test_two_segments_of_one_name_are_refused(staff_page: Client) -> None:
    Segment.objects.create(name="Members", rules=[{"kind": "member"}])
    answer = staff_page.post(NEW, {"name": "MEMBERS", "member_member": "on"})
    assert answer.status_code == 422
    assert b"There is a segment of this name." in answer.content


def test_a_segment_whose_rules_cannot_be_read_says_so_and_can_be_entered_anew(staff_page: Client) -> None:
    segment = Segment.objects.create(name="Broken", rules=[{"kind": "gone"}])
    for address in (segment.get_absolute_url(), reverse("segment_list")):
        assert b"cannot be read" in staff_page.get(address).content
    assert staff_page.get(reverse("segment_tag", args=[segment.pk])).status_code == 404
    staff_page.post(reverse("segment_change", args=[segment.pk]), {"name": "Mended", "member_member": "on"})
    assert Segment.objects.get().rules == [{"kind": "member"}]


def test_a_segment_is_paged_and_takes_a_fixed_number_of_queries(
    staff_page: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    segment = Segment.objects.create(name="Here", rules=[{"kind": "near", "zip": "02139", "miles": 5}])
    for number in range(51):
        make_person(f"Given{number:02} James")
    with django_assert_max_num_queries(9):
        page = staff_page.get(segment.get_absolute_url()).content
    assert b"51 people" in page
    assert b"Given49" in page
    assert b"Given50" not in page
    assert b"Given50" in staff_page.get(segment.get_absolute_url(), {"page": "2"}).content


def test_all_of_a_segment_are_tagged(staff_page: Client) -> None:
    make_person()
    tag = Tag.objects.create(name="Driver")
    segment = Segment.objects.create(name="Here", rules=[{"kind": "near", "zip": "02139", "miles": 5}])
    address = reverse("segment_tag", args=[segment.pk])
    answer = staff_page.post(address, {"tag": tag.pk, "act": "on", "count": "1"})
    assert answer.headers["Location"] == segment.get_absolute_url()
    assert tag.people.count() == 1
    assert AuditEntry.objects.get().details == {"found_by": f"segment:{segment.pk}", "people": 1}
