"""The timeline of a person: every kind of thing in the order of time, page by page, and who looked."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from foundation.accounts.models import StaffTask
from foundation.audit.models import AuditEntry
from foundation.mail.outbox import queue_mail
from members.membership import withdraw_basis
from members.models import ActivityKind, Donation, Merge, Person
from members.notes import add_note
from members.timeline import Moment, timeline, timeline_sources
from tests.factories import make_staff
from tests.signing_in import sign_in

from .making import DAY, NOW, agreed, did, make_person

pytestmark = pytest.mark.django_db


def titles(person: Person, *only: str) -> list[str]:
    return [entry.title for _label, entry in timeline(person, only=only).entries]


def give(person: Person, at: datetime.datetime) -> None:
    Donation.objects.create(source="hand", line_item=str(at), person=person, amount=25, paid_at=at)


def test_everything_is_there_newest_first() -> None:
    person, staff = make_person(email="ada@example.org"), make_staff()
    did(person, at=NOW, title="Town hall")
    give(person, NOW - 2 * DAY)
    agreed(person)
    person.consents.create(
        purpose="promotions", scope="network", is_given=False, source="unsubscribe link", at=NOW + DAY
    )
    add_note(person=person, text="Offers her garage.", actor=staff, now=NOW - DAY)
    Merge.objects.create(kept=person, gone_id=person.pk + 1, merged_by=staff, merged_at=NOW - 3 * DAY, undo_until=NOW)
    queue_mail(to="ada@example.org", subject="News of June", text="Hello.", purpose="test", scope="network")
    found = timeline(person).entries
    assert [entry.at for _label, entry in found] == sorted((entry.at for _label, entry in found), reverse=True)
    words = " | ".join(f"{entry.title}: {entry.text}" for _label, entry in found)
    for part in (
        "Came to an event: Town hall",
        "Gave 25.00 USD",
        "Agreed: invitations",
        "No longer agreed: invitations to events nearby: unsubscribe link",
        "Offers her garage.",
        f"Merged with person {person.pk + 1}",
        "News of June: waiting to be sent",
        "Added note",
    ):
        assert part in words, part


def test_what_was_taken_back_says_why() -> None:
    person = make_person()
    basis = did(person, title="Town hall")
    withdraw_basis(source=basis.source, because="wrong person", now=NOW)
    assert timeline(person).entries[0][1].text == "Town hall · taken back: wrong person"


def test_a_donation_is_told_once() -> None:
    person = make_person()
    did(person, ActivityKind.DONATION)
    give(person, NOW)
    assert titles(person) == ["Gave 25.00 USD"]


def test_one_kind_can_be_shown_alone() -> None:
    person = make_person()
    did(person)
    agreed(person)
    assert titles(person, "activity") == ["Came to an event"]
    assert titles(person, "consent") == ["Agreed: invitations to events nearby"]
    assert titles(person, "note") == []


def test_pages_run_through_entries_of_one_moment_without_gap_or_repetition() -> None:
    person = make_person()
    for _number in range(7):
        did(person, at=NOW)
        agreed(person)
        give(person, NOW + _number * DAY)
    seen, before = [], None
    while True:
        page = timeline(person, before=before, size=4)
        seen += [(label, entry.pk) for label, entry in page.entries]
        if page.next is None:
            break
        before = Moment.read(str(page.next))
    assert len(seen) == len(set(seen)) == 21


def test_a_page_takes_one_query_a_source_however_much_there_is(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    person, staff = make_person(), make_staff()
    for number in range(40):
        did(person, at=NOW - number * DAY)
        add_note(person=person, text="Hello", actor=staff, now=NOW)
    shown = [source for source in timeline_sources() if source.is_always_shown]
    person = Person.objects.prefetch_related("emails").get()
    with django_assert_num_queries(len(shown)):
        assert len(timeline(person).entries) == 30


# --- the page -----------------------------------------------------------------------------------------------------


@pytest.fixture
def staff_page(client: Client) -> Client:
    sign_in(client, make_staff(StaffTask.PEOPLE))
    return client


def test_each_look_is_in_the_audit_log_and_in_the_timeline_of_looks(staff_page: Client) -> None:
    person = make_person()
    address = reverse("person_page", args=[person.pk])
    for _look in range(2):
        assert staff_page.get(address).status_code == 200
    assert AuditEntry.objects.filter(action="opened person", subject=f"person:{person.pk}").count() == 2
    assert b"Opened person" not in staff_page.get(address).content
    assert b"Opened person" in staff_page.get(address, {"only": "looks"}).content


def test_the_page_shows_what_is_known_and_its_title_names_nobody(staff_page: Client) -> None:
    person = make_person("Ada Lovelace", email="ada@example.org", phone="+16175550123")
    did(person, title="Town hall")
    agreed(person)
    page = staff_page.get(reverse("person_page", args=[person.pk])).content.decode()
    for text in ("ada@example.org", "+1 617-555-0123", "Cambridge, MA", "June 15, 2026", "Town hall", "invitations"):
        assert text in page, text
    assert "Lovelace" not in page.partition("</title>")[0]


@pytest.mark.parametrize("query", [{"before": "x"}, {"before": "1-2-3"}, {"only": "nothing"}, {"before": "99999-0-0"}])
def test_what_is_no_place_in_the_timeline_shows_its_beginning(staff_page: Client, query: dict[str, str]) -> None:
    person = make_person()
    did(person, title="Town hall")
    assert b"Town hall" in staff_page.get(reverse("person_page", args=[person.pk]), query).content


def test_older_entries_are_a_link_away(staff_page: Client) -> None:
    person = make_person()
    for number in range(31):
        did(person, at=NOW - number * DAY, title=f"Evening {number}.")
    address = reverse("person_page", args=[person.pk])
    first = staff_page.get(address)
    assert b"Evening 30." not in first.content
    query = first.content.decode().partition("?before=")[2].partition('"')[0]
    assert b"Evening 30." in staff_page.get(f"{address}?before={query}").content
