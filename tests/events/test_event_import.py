"""Events from a CSV file."""

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from affiliates.models import Group, GroupStatus
from events import objections
from events.event_import import EventImporter
from events.models import Event, EventKind, EventReport, EventState, NoticeKind, RsvpState
from events.slugs import slugs_for
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.imports.importers import CheckedRow
from foundation.imports.models import ImportJob, ImportState
from tests.factories import make_group, make_staff
from tests.importing import Import, counts_of, import_file, reasons_of
from tests.signing_in import sign_in

from .making import make_event, make_rsvp

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
SHARED_FILE = Path(site.BASE_DIR).parent / "shared" / "data" / "events.csv"
HEADER = "name,venue_zip,start"
PARTY = "House party,44305,2015-07-29 19:00:00"
# Imports run on the clock of the machine: what is to come lies far ahead.
COMING = "Canvass,44305,2090-05-09 10:00"


@pytest.fixture
def staff(db: None) -> User:
    return make_staff(StaffTask.PROMOTIONS)


@pytest.fixture
def load(staff: User, settings: Any, tmp_path: Path) -> Import:
    """`load(content)` imports it; with `dry=True` only the dry run is made."""
    settings.MEDIA_ROOT = tmp_path

    def load_file(content: str | bytes, *, dry: bool = False) -> ImportJob:
        return import_file(content, kind="events", actor=staff, now=NOW, dry=dry)

    return load_file


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=datetime.UTC)  # type: ignore[misc, arg-type]


# --- Real events --------------------------------------------------------------------------------------------


@pytest.mark.skipif(not SHARED_FILE.exists(), reason="the shared file is not there")
def test_the_real_events_load_and_again_change_nothing(load: Import) -> None:
    job = load(SHARED_FILE.read_bytes())
    assert (job.state, counts_of(job)) == (ImportState.DONE, (1294, 0, 2))
    assert reasons_of(job) == [
        (484, "09777 is a military post office abroad. Plan this event by hand, with the place where it is."),
        (1043, "The title has 128 characters, and 120 fit. Shorten it."),
    ]
    assert Event.objects.filter(state=EventState.APPROVED, latitude__isnull=False).count() == 1294
    assert Event.objects.values("time_zone").distinct().count() > 6
    assert Event.objects.filter(capacity__isnull=True).count() == 231
    assert EventReport.objects.filter(head_count__gt=0).count() > 1000
    before = list(Event.objects.order_by("pk").values())
    again = load(SHARED_FILE.read_bytes())
    assert counts_of(again) == (0, 1294, 2)
    assert list(Event.objects.order_by("pk").values()) == before


def test_checking_a_batch_costs_no_query_a_row(load: Import) -> None:
    importer = EventImporter()
    queries = []
    for count in (5, 50):
        codes = ["02139", "44305", "10001", "60601", "94110"]
        rows = [row_of(importer, line, title=f"Event {line}", zip=codes[line % 5]) for line in range(2, 2 + count)]
        with CaptureQueriesContext(connection) as asked:
            importer.check_batch(rows)
        queries.append(len(asked))
    assert queries[0] == queries[1] <= 3


def test_loading_new_rows_costs_no_query_a_row(load: Import, staff: User) -> None:
    importer = EventImporter()
    queries = []
    for first, count in ((2, 5), (100, 50)):
        rows = [row_of(importer, line, title=f"Event {line}", zip="44305") for line in range(first, first + count)]
        with CaptureQueriesContext(connection) as asked:
            importer.load_batch(rows, actor=staff, options={}, now=NOW)
        queries.append(len(asked))
    assert queries[0] == queries[1]


def row_of(importer: EventImporter, line: int, **values: str) -> Any:
    row = importer.check_row({"start": "2015-07-29 19:00", "head_count": "3", **values}, line)
    return CheckedRow(line, importer.numbered(row, 1))


# --- One row ------------------------------------------------------------------------------------------------


def test_a_row_becomes_an_approved_event(load: Import, staff: User) -> None:
    load(
        "title,zip,start,end,capacity,head_count,kind,about,venue_name,address\n"
        "Launch party,44305-1234,2015-07-29 19:00,2015-07-29 22:30,24,31,Watch party,We watch.,Our porch,1 Elm St\n"
    )
    event = Event.objects.get()
    assert (event.title, event.slug, event.group) == ("Launch party", "launch-party-2015-07-29", None)
    assert (event.starts_at, event.ends_at) == (utc(2015, 7, 29, 23), utc(2015, 7, 30, 2, 30))
    assert (event.time_zone, event.zip_code_id, event.place_name) == ("America/New_York", "44305", "Akron, OH")
    assert (event.kind, event.about, event.capacity) == (EventKind.WATCH_PARTY, "We watch.", 24)
    assert (event.venue_name, event.address) == ("Our porch", "1 Elm St")
    assert (event.state, event.made_by) == (EventState.APPROVED, staff)
    assert (event.report.head_count, event.report.by) == (31, staff)
    assert AuditEntry.objects.filter(action="imported event", subject=event.scope, actor=f"user:{staff.pk}").exists()


def test_what_the_row_does_not_say(load: Import) -> None:
    load(f"{HEADER}\n{PARTY}\n")
    event = Event.objects.get()
    assert event.ends_at - event.starts_at == datetime.timedelta(hours=2)
    assert (event.kind, event.capacity, event.is_address_public) == (EventKind.MEETING, None, True)
    assert not EventReport.objects.exists()


@pytest.mark.parametrize(
    ("public", "is_public"), [("", False), ("no", False), ("Yes", True)], ids=["unsaid", "no", "yes"]
)
def test_an_address_is_for_those_who_answered_unless_the_file_says_so(
    load: Import, public: str, *, is_public: bool
) -> None:
    load(f"{HEADER},address,address_public\n{PARTY},1 Elm St,{public}\n")
    assert Event.objects.get().is_address_public == is_public


def test_the_clocks_are_those_of_the_zip_code(load: Import) -> None:
    codes = {"02139": 23, "60601": 0, "85711": 2, "96813": 5}  # hours UTC at 7 p.m. there
    load(HEADER + "\n" + "".join(f"Party,{code},2015-07-29 19:00\n" for code in codes))
    assert {event.zip_code_id: event.starts_at.hour for event in Event.objects.all()} == codes


def test_a_zip_code_without_a_point_lies_where_a_search_for_it_leads(load: Import) -> None:
    from foundation.places.models import ZipCode
    from foundation.places.search import find_place

    code = ZipCode.objects.filter(latitude=None, state="OH").order_by("code").values_list("code", flat=True)[0]
    load(f"{HEADER}\nParty,{code},2015-07-29 19:00\n")
    event, place = Event.objects.get(), find_place(code)
    assert (event.latitude, event.longitude, event.zip_code_id) == (place.latitude, place.longitude, code)
    assert event.time_zone == "America/New_York"


@pytest.mark.parametrize(
    "start",
    [
        "2015-07-29 19:00:00", "2015-07-29T19:00", "7/29/2015 19:00", "07/29/2015 7:00 PM", "7/29/2015, 7:00pm",
        "7/29/2015 7:00:00 p.m.",
    ],
)  # fmt: skip
def test_times_are_read_as_files_have_them(load: Import, start: str) -> None:
    load(f'{HEADER}\nParty,44305,"{start}"\n')
    assert Event.objects.get().starts_at == utc(2015, 7, 29, 23)


def test_of_a_time_that_the_clocks_show_twice_the_first_is_taken(load: Import) -> None:
    load(f"{HEADER},end\nNight,44305,2015-11-01 01:30,2015-11-01 01:15\n")
    event = Event.objects.get()
    assert event.starts_at == utc(2015, 11, 1, 5, 30)
    assert event.ends_at == utc(2015, 11, 1, 6, 15)  # the second one, or it would end before it begins


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        (HEADER, ",44305,2015-07-29 19:00", "The title is missing."),
        (HEADER, f"{'x' * 121},44305,2015-07-29 19:00", "The title has 121 characters"),
        (HEADER, "Party,,2015-07-29 19:00", "The ZIP code is missing."),
        (HEADER, "Party,00000,2015-07-29 19:00", "There is no ZIP code 00000."),
        (HEADER, "Party,2139,2015-07-29 19:00", "write 02139"),
        (HEADER, "Party,09005,2015-07-29 19:00", "military post office"),
        (HEADER, "Party,44305,", "The start is missing."),
        (HEADER, "Party,44305,2015-07-29", "is no local time"),
        (HEADER, "Party,44305,2015-07-29 19:00Z", "without a zone"),
        (HEADER, "Party,44305,2015-02-30 19:00", "is no local time"),
        (HEADER, "Party,44305,0215-07-29 19:00", "The year 215 cannot be right."),
        (HEADER, "Party,44305,2015-03-08 02:30", "the clocks are put forward over it"),
        (f"{HEADER},end", "Party,44305,2015-03-08 01:00,2015-03-08 02:30", "the clocks are put forward over it"),
        (f"{HEADER},end", f"{PARTY},2015-07-29 19:00", "ends before it begins"),
        (f"{HEADER},end", f"{PARTY},2015-08-29 19:00", "14 days at most"),
        (f"{HEADER},capacity", f"{PARTY},-1", "is no whole number from 0 to 100,000"),
        (f"{HEADER},capacity", f"{PARTY},100001", "is no whole number from 0 to 100,000"),
        (f"{HEADER},attendee_count", f"{PARTY},many", "is no whole number from 0 to 1,000,000"),
        (f"{HEADER},attendee_count", f"{COMING},5", "still to come"),
        (f"{HEADER},kind", f"{PARTY},seance", "Write one of: meeting, training"),
        (f"{HEADER},about", f"{PARTY},{'x' * 4001}", "more than 4,000 characters"),
        (f"{HEADER},venue", f"{PARTY},{'x' * 121}", "more than 120 characters"),
        (f"{HEADER},address", f"{PARTY},{'x' * 201}", "more than 200 characters"),
        (f"{HEADER},address_public", f"{PARTY},perhaps", "neither yes nor no"),
        (f"{HEADER},group", f"{PARTY},nobody", "There is no group at the address “nobody”."),
    ],
)
def test_a_bad_row_says_what_is_wrong(load: Import, header: str, row: str, reason: str) -> None:
    job = load(f"{header}\n{row}\n")
    assert counts_of(job) == (0, 0, 1)
    assert reason in reasons_of(job)[0][1]
    assert not Event.objects.exists()


def test_bad_rows_are_told_by_their_line_and_the_others_load(load: Import) -> None:
    job = load(f"{HEADER}\n{PARTY}\nParty,00000,2015-07-29 19:00\n\nTalk 🌻,02139,2015-07-29 19:00\nTalk,02139,\n")
    assert [line for line, _reason in reasons_of(job)] == [3, 6]
    assert counts_of(job) == (2, 0, 2)


def test_a_dry_run_writes_nothing(load: Import) -> None:
    assert counts_of(load(f"{HEADER}\n{PARTY}\n", dry=True)) == (1, 0, 0)
    assert not Event.objects.exists()


# --- Addresses ------------------------------------------------------------------------------------------------


def test_equal_titles_on_one_day_get_addresses_of_their_own(load: Import) -> None:
    make_event(slug="house-party-2015-07-29")
    make_event(slug="house-party-2015-07-29-3")
    make_event(slug="house-party-2015-07-290")  # none of theirs
    load(HEADER + "\n" + "".join(f"House party,{code},2015-07-29 19:00\n" for code in ("02139", "44305", "60601")))
    slugs = Event.objects.exclude(import_key=None).order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == [f"house-party-2015-07-29-{number}" for number in (2, 4, 5)]


def test_many_addresses_are_as_one_by_one() -> None:
    day, other = datetime.datetime(2026, 6, 9), datetime.datetime(2026, 6, 10)  # noqa: DTZ001 - told locally
    assert slugs_for([("A", day), ("B", day), ("A", day), ("A", other), ("", day)]) == [
        "a-2026-06-09", "b-2026-06-09", "a-2026-06-09-2", "a-2026-06-10", "event-2026-06-09",
    ]  # fmt: skip
    assert slugs_for([]) == []


# --- Groups ---------------------------------------------------------------------------------------------------


def test_a_group_that_holds_what_is_to_come_has_it_as_its_next_event(load: Import) -> None:
    group = make_group("Akron", near="44305", slug="akron")
    load(f"{HEADER},group\n{COMING},akron\n{PARTY},/Akron/\n")
    group.refresh_from_db()
    assert Event.objects.filter(group=group).count() == 2
    assert group.next_event_at == utc(2090, 5, 9, 14)


@pytest.mark.parametrize("status", [GroupStatus.ENDED, GroupStatus.FORMING])
def test_a_group_out_of_force_holds_nothing_to_come_but_has_its_history(load: Import, status: str) -> None:
    group = make_group("Akron", near="44305", slug="akron", status=status)
    job = load(f"{HEADER},group\n{COMING},akron\n{PARTY},akron\n")
    assert reasons_of(job) == [(2, "The agreement of the group is not in force.")]
    assert Event.objects.get().group == group


def test_what_speaks_against_an_event_keeps_it_out_while_it_is_to_come(
    load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objections, "_checks", {"x": lambda event: f"Not {event.title}."})
    assert reasons_of(load(f"{HEADER}\n{PARTY}\n{COMING}\n")) == [(3, "Not Canvass.")]


# --- The same event -------------------------------------------------------------------------------------------


def test_equal_rows_are_as_many_events_and_again_no_more(load: Import) -> None:
    content = f"{HEADER},capacity\n{PARTY},10\n{PARTY},20\n"
    assert counts_of(load(content)) == (2, 0, 0)
    assert counts_of(load(content)) == (0, 2, 0)
    assert set(Event.objects.values_list("capacity", flat=True)) == {10, 20}


def test_equal_rows_are_numbered_over_the_batches(load: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EventImporter, "batch_size", 2)
    content = f"{HEADER}\n" + f"{PARTY}\n" * 5
    assert counts_of(load(content)) == (5, 0, 0)
    assert counts_of(load(content)) == (0, 5, 0)


@pytest.mark.parametrize(
    "other", ["House party,44303,2015-07-29 19:00:00,", "House party,44305,2015-07-29 20:00:00,", f"{PARTY},akron"]
)
def test_another_place_time_or_group_is_another_event(load: Import, other: str) -> None:
    make_group("Akron", near="44305", slug="akron")
    load(f"{HEADER},group\n{PARTY},\n")
    assert counts_of(load(f"{HEADER},group\n{other}\n")) == (1, 0, 0)
    assert Event.objects.count() == 2


@pytest.mark.parametrize("row", [PARTY, COMING], ids=["past", "coming"])
def test_a_row_that_differs_changes_only_what_it_gives(load: Import, row: str) -> None:
    load(f"{HEADER},end,capacity,kind,about,venue,address\n{row},,24,rally,We meet.,Hall,1 Elm St\n")
    before = Event.objects.values().get()
    job = load(f"{HEADER},end,capacity,kind,about,venue,address\n{row},,,,We gather.,,\n")
    assert counts_of(job) == (1, 0, 0)
    after = Event.objects.values().get()
    assert after == {**before, "about": "We gather.", "revision": before["revision"] + 1}


@pytest.mark.parametrize("row", [PARTY, COMING], ids=["past", "coming"])
def test_all_that_a_row_gives_is_changed(load: Import, row: str) -> None:
    load(f"{HEADER}\n{row}\n")
    columns = "end,capacity,kind,about,venue,address"
    end = row.rpartition(",")[2][:10] + " 23:00"
    content = f"{HEADER},{columns}\n{row},{end},24,rally,We meet.,Hall,1 Elm St\n"
    assert counts_of(load(content)) == (1, 0, 0)
    event = Event.objects.get()
    assert (event.local_end.hour, event.capacity, event.kind) == (23, 24, EventKind.RALLY)
    assert (event.about, event.venue_name, event.address) == ("We meet.", "Hall", "1 Elm St")
    assert not event.is_address_public
    assert counts_of(load(content)) == (0, 1, 0)


def test_0_places_lift_the_limit(load: Import) -> None:
    load(f"{HEADER},capacity\n{PARTY},24\n")
    load(f"{HEADER},capacity\n{PARTY},0\n")
    assert Event.objects.get().capacity is None


def test_a_head_count_is_put_right_and_the_words_of_the_report_stay(load: Import) -> None:
    load(f"{HEADER},attendee_count\n{PARTY},24\n")
    EventReport.objects.update(text="It was good.")
    assert counts_of(load(f"{HEADER},attendee_count\n{PARTY},30\n")) == (1, 0, 0)
    report = EventReport.objects.get()
    assert (report.head_count, report.text) == (30, "It was good.")
    assert counts_of(load(f"{HEADER},attendee_count\n{PARTY},\n")) == (0, 1, 0)


def test_a_head_count_of_0_says_nothing_of_what_is_to_come(load: Import) -> None:
    content = f"{HEADER},attendee_count\n{COMING},0\n"
    assert counts_of(load(content)) == (1, 0, 0)
    assert counts_of(load(content)) == (0, 1, 0)
    assert not EventReport.objects.exists()
    assert "still to come" in reasons_of(load(f"{HEADER},attendee_count\n{COMING},7\n"))[0][1]


def test_those_who_answered_are_told_of_another_venue_and_wait_no_longer_than_they_must(load: Import) -> None:
    load(f"{HEADER},capacity\n{COMING},1\n")
    event = Event.objects.get()
    make_rsvp(event)
    waiting = make_rsvp(event, state=RsvpState.WAITING)
    load(f"{HEADER},capacity,venue\n{COMING},2,Town hall\n")
    waiting.refresh_from_db()
    assert waiting.state == RsvpState.GOING
    assert [notice.kind for notice in event.notices.all()] == [NoticeKind.MOVED]


def test_nobody_is_told_of_a_venue_that_is_put_right_afterwards(load: Import) -> None:
    load(f"{HEADER}\n{PARTY}\n")
    make_rsvp(Event.objects.get())
    load(f"{HEADER},venue\n{PARTY},Town hall\n")
    event = Event.objects.get()
    assert (event.venue_name, event.notices.count(), event.moved_at) == ("Town hall", 0, None)


@pytest.mark.parametrize("row", [PARTY, COMING], ids=["past", "coming"])
def test_fewer_places_than_are_taken_are_refused_before_and_while_loading(load: Import, row: str) -> None:
    load(f"{HEADER},capacity\n{row},10\n")
    make_rsvp(Event.objects.get(), party_size=4)
    for dry in (True, False):
        job = load(f"{HEADER},capacity\n{row},3\n", dry=dry)
        assert reasons_of(job) == [(2, "4 places are taken already.")]
    assert Event.objects.get().capacity == 10


def test_what_its_host_has_moved_stays_moved(load: Import) -> None:
    content = f"{HEADER},end,venue\n{COMING},2090-05-09 12:00,Hall\n"
    load(content)
    Event.objects.update(
        title="Canvass, later", starts_at=utc(2090, 5, 10, 14), ends_at=utc(2090, 5, 10, 18), zip_code="02139",
        venue_name="Library",
    )  # fmt: skip
    before = Event.objects.values().get()
    assert counts_of(load(content)) == (0, 1, 0)
    assert Event.objects.values().get() == before


def test_a_cancelled_event_is_not_changed(load: Import) -> None:
    load(f"{HEADER}\n{COMING}\n")
    Event.objects.update(state=EventState.CANCELLED, cancelled_at=NOW)
    assert counts_of(load(f"{HEADER}\n{COMING}\n")) == (0, 1, 0)
    assert reasons_of(load(f"{HEADER},about\n{COMING},We meet.\n")) == [(2, "This event was cancelled.")]


def test_a_change_that_is_refused_while_it_is_written_leaves_the_rest(
    load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(f"{HEADER},about\n{COMING},\n{PARTY},\n")
    monkeypatch.setattr(objections, "_checks", {"x": lambda event: "No." if "against" in event.about else ""})
    job = load(f"{HEADER},about\n{COMING},Vote against.\n{PARTY},We met.\n")
    assert reasons_of(job) == [(2, "No.")]
    assert set(Event.objects.values_list("about", flat=True)) == {"", "We met."}


# --- Who may --------------------------------------------------------------------------------------------------


def test_only_staff_who_review_events_import_them(staff: User) -> None:
    importer = EventImporter()
    assert importer.may_import(staff)
    assert not importer.may_import(make_staff(StaffTask.AGREEMENTS))


def test_the_queue_of_events_leads_to_the_import(client: Client, staff: User) -> None:
    sign_in(client, staff)
    address = reverse("import_start", args=["events"])
    assert address in client.get(reverse("national_events")).content.decode()
    assert client.get(address).status_code == 200


def test_an_import_whose_owner_is_gone_goes_on(staff: User) -> None:
    importer = EventImporter()
    rows = [row_of(importer, 2, title="Talk", zip="44305")]
    importer.load_batch(rows, actor=None, options={}, now=NOW)
    changed = [row_of(importer, 2, title="Talk", zip="44305", about="We talk.", head_count="9")]
    assert importer.load_batch(changed, actor=None, options={}, now=NOW).loaded == 1
    event = Event.objects.get()
    assert (event.about, event.made_by, event.report.head_count) == ("We talk.", None, 9)
    assert Group.objects.count() == 0
