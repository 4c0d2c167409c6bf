"""Lists of participants of conferencing tools: read whatever they look like, looked at, confirmed, matched by hand."""

import datetime
from io import BytesIO

import pytest
from django.core.files.base import File
from django.db import IntegrityError, transaction

from affiliates.models import Call, JoinedBy
from affiliates.roster import enter_roster
from events import attendance_files
from events.attendance_files import (
    BadRow,
    Listed,
    MatchError,
    confirm_file,
    forget_old_files,
    match_participant,
    people_known_to,
    preview_of,
    read_participants,
    take_in_file,
)
from events.door_list import list_at_door
from events.models import Attendance, AttendanceFile, CheckedInBy, Event, EventState, FileParticipant
from events.presence_online import PresenceError, number_there
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.imports.opening import FileError
from foundation.imports.reading import ByteFile
from members.erasure import erase_person
from members.models import Membership, Person
from tests.affiliates.rosters import make_entry
from tests.factories import make_group, make_staff
from tests.members.making import make_person

from .making import NOW, make_guest, make_rsvp
from .test_attendance_codes import make_call_event, make_online

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
ZOOM = """\
Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
123 456,Organizing call,06/01/2026 12:00:00 PM,06/01/2026 01:00:00 PM,host@example.org,60,4

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest
Ada Díaz (Ada),Ada@Example.org,06/01/2026 12:00:00 PM,06/01/2026 12:20:00 PM,20,No
Bo Lee,,06/01/2026 12:01:00 PM,06/01/2026 12:04:00 PM,3,Yes
Ada Díaz (Ada),ada@example.org,06/01/2026 12:30:00 PM,06/01/2026 01:00:00 PM,30,No
"""
TEAMS = (
    "1. Summary\r\nMeeting title\tOrganizing call\r\nAttended participants\t2\r\n\r\n2. Participants\r\n"
    "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\r\n"
    "Ada Díaz\t6/1/26, 12:00:05 PM\t6/1/26, 1:02:08 PM\t1h 2m 3s\tada@example.org\tada@example.org\tOrganizer\r\n"
    "Bo Lee (Guest)\t6/1/26, 12:00:00 PM\t6/1/26, 12:00:40 PM\t40s\t\t\tPresenter\r\n\r\n"
    "3. In-Meeting Activities\r\nName\tJoin Time\tLeave Time\tDuration\tEmail\tRole\r\n"
    "Cy Young\t6/1/26, 12:00:05 PM\t6/1/26, 1:02:08 PM\t1h 2m 3s\tcy@example.org\tOrganizer\r\n"
)
MEET = """\
First name,Last name,Email,Duration,Time joined,Time exited
Ada,Díaz,ada@example.org,1 hr 2 min,12:00 PM,1:02 PM
Bo,,bo@example.org,59 min,11:50 PM,12:49 AM
"""


def upload(text: str, encoding: str = "utf-8") -> ByteFile:
    return File(BytesIO(text.encode(encoding)))


def read(text: str, encoding: str = "utf-8") -> list[tuple[str, str, int | None, int]]:
    people, bad, _digest = read_participants(upload(text, encoding))
    assert bad == []
    return [(one.name, one.email, one.minutes, one.rows) for one in people]


# --- reading ----------------------------------------------------------------------------------------------------


def test_a_list_below_a_summary_with_several_rows_a_person() -> None:
    assert read(ZOOM) == [("Ada Díaz (Ada)", "ada@example.org", 50, 2), ("Bo Lee", "", 3, 1)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_list_with_tabs_between_two_other_parts(encoding: str) -> None:
    assert read(TEAMS, encoding) == [("Ada Díaz", "ada@example.org", 62, 1), ("Bo Lee (Guest)", "", 0, 1)]


def test_first_and_last_names_and_times_of_day_over_midnight() -> None:
    assert read(MEET) == [("Ada Díaz", "ada@example.org", 62, 1), ("Bo", "bo@example.org", 59, 1)]


def test_semicolons_spanish_columns_and_an_older_encoding() -> None:
    text = "Nombre;Correo electrónico;Duración (minutos)\nJosé Peñasco;jose@example.org;61,5\n"
    assert read(text, "cp1252") == [("José Peñasco", "jose@example.org", 61, 1)]


def test_two_devices_at_once_count_once() -> None:
    text = (
        "Name,Email,Join time,Leave time\n"
        "Ada,ada@example.org,12:00:00,12:30:00\nAda,ada@example.org,12:10:00,12:20:00\n"
        "Ada,ada@example.org,12:25:00,12:40:00\nAda,ada@example.org,12:50:00,13:00:00\n"
    )
    assert read(text) == [("Ada", "ada@example.org", 50, 4)]


def test_without_times_the_durations_are_added_and_without_both_nothing_is_known() -> None:
    text = "Name,Email,Duration\nAda,ada@example.org,1:01:30\nAda,ada@example.org,30 min\nBo,bo@example.org,a while\n"
    assert read(text) == [("Ada", "ada@example.org", 91, 2), ("Bo", "bo@example.org", None, 1)]


def test_rows_without_an_address_join_the_only_one_of_their_name() -> None:
    text = "Name,Email\nADA DIAZ,\nAda Díaz,ada@example.org\nBo Lee,bo@example.org\nBo Lee,lee@example.org\nBo Lee,\n"
    people, _bad, _digest = read_participants(upload(text))
    assert [(one.line, one.email, one.rows) for one in people] == [
        (2, "ada@example.org", 2), (4, "bo@example.org", 1), (5, "lee@example.org", 1), (6, "", 1)
    ]  # fmt: skip


def test_names_in_other_scripts_are_told_apart() -> None:
    assert [name for name, *_rest in read("Name,Email\n李明,\nАнна,\n李明,\n")] == ["李明", "Анна"]


def test_bad_rows_are_told_by_line_and_reason_and_the_rest_is_read() -> None:
    good, bad_address, nobody = "Ada,ada@example.org,5", "Bo,bo at example,5", '"  ",,5'
    lines = ["Name,Email,Duration", good, bad_address, nobody, '"Cy,cy@example.org,5', "Di,di@example.org,5", ""]
    text = "\n".join(lines)
    people, bad, _digest = read_participants(upload(text))
    assert [one.email for one in people] == ["ada@example.org", "di@example.org"]
    assert [row.line for row in bad] == [3, 4, 5]
    assert bad[0] == BadRow(3, "This is no e-mail address.")
    assert bad[1] == BadRow(4, "This row has neither a name nor an e-mail address.")
    assert "quotation mark" in bad[2].reason


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("Fruit,Colour\napple,red\n", "No line of this file"),
        ("Name\nAda\n", "No line of this file"),
        ("", "empty"),
        ("Name,Email\n", "no rows"),
        ("%PDF-1.7\n1 0 obj\n", "not a CSV"),
        ("Name,Email\nA\0da,x\n", "NUL"),
        ("\n".join(["a,b"] * 70) + "\nName,Email\nAda,ada@example.org\n", "No line of this file"),
    ],
)
def test_what_is_no_list_of_participants_is_refused(text: str, because: str) -> None:
    with pytest.raises(FileError, match=because):
        read_participants(upload(text))


def test_a_list_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance_files, "MOST_ROWS", 2)
    with pytest.raises(FileError, match="more than 2 rows") as refused:
        read_participants(upload("Name,Email\nAda,a@example.org\nBo,b@example.org\nCy,c@example.org\n"))
    assert refused.value.status == 413


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("61", 61), ("0", 0), ("1:01:30", 61.5), ("1 hr 2 min", 62), ("1h 2m 30s", 62.5), ("2 hours, 5 minutes", 125),
        ("45 s", 0.75), ("1 h y 5 min", 65), ("", None), ("long", None), ("5 days", None),
    ],
)  # fmt: skip
def test_durations_as_tools_write_them(text: str, minutes: float | None) -> None:
    assert attendance_files._minutes(text) == minutes


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01 20:15:00", "2026-06-01T20:15:00Z", "2026-06-01 20:15:00.123 UTC", "06/01/2026 08:15:00 PM",
        "6/1/26, 8:15:00\u202fPM", "06/01/2026 20:15", "Jun 1, 2026 8:15:00 PM", "2026-06-01 20:15:00 EDT",
    ],
)  # fmt: skip
def test_times_as_tools_write_them(text: str) -> None:
    moment = attendance_files._moment(text)
    assert moment is not None
    assert moment.replace(second=0) == datetime.datetime(2026, 6, 1, 20, 15)  # noqa: DTZ001


@pytest.mark.parametrize("text", ["", "now", "32/13/2026 10:00"])
def test_times_that_are_none_are_unknown(text: str) -> None:
    assert attendance_files._moment(text) is None


def test_somebody_who_left_at_once_was_there_for_no_minute() -> None:
    moment = datetime.datetime(2026, 6, 1)  # noqa: DTZ001
    assert Listed(1, "Ada", "", stays=[(moment, moment)]).minutes == 0


# --- taken in and confirmed -------------------------------------------------------------------------------------


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.AGREEMENTS)


@pytest.fixture
def ada() -> Person:
    return make_person("Ada Díaz", email="ada@example.org")


def take(
    event: Event, staff: User, text: str = ZOOM, *, least: int = 0, now: datetime.datetime = NOW
) -> AttendanceFile:
    return take_in_file(event=event, upload=upload(text), name="list.csv", least_minutes=least, actor=staff, now=now)


def test_nobody_is_noted_before_somebody_has_looked_at_the_list(staff: User, ada: Person) -> None:
    event = make_call_event()
    file = take(event, staff)
    found = preview_of(file)
    assert [(row.email, person) for row, person in found.to_note] == [("ada@example.org", ada)]
    assert [row.name for row in found.unknown] == ["Bo Lee"]
    assert (found.noted, found.too_short, number_there(event)) == ([], [], 0)
    assert AuditEntry.objects.get(action="uploaded attendance").subject == event.scope


def test_confirming_notes_those_who_are_known_with_the_call(staff: User, ada: Person) -> None:
    event = make_call_event()
    file = take(event, staff)
    assert confirm_file(file=file, actor=staff, now=NOW + HOUR) == 1
    answer = Call.objects.get().answers.get()
    assert (answer.person, answer.attendance_by) == (ada, staff)
    assert Membership.objects.filter(person=ada).exists()
    assert [row.email for row, _person in preview_of(file).noted] == ["ada@example.org"]


def test_the_same_file_again_changes_nothing(staff: User, ada: Person) -> None:
    event = make_call_event()
    file = take(event, staff)
    confirm_file(file=file, actor=staff, now=NOW + HOUR)
    assert take(event, staff, now=NOW + 2 * HOUR) == file
    assert confirm_file(file=file, actor=staff, now=NOW + 2 * HOUR) == 0
    assert FileParticipant.objects.count() == 2
    assert AuditEntry.objects.filter(action="noted attendance by file").count() == 1


def test_the_same_file_with_another_least_time_is_looked_at_anew(staff: User, ada: Person) -> None:
    event = make_call_event()
    take(event, staff)
    file = take(event, staff, least=51)
    assert AttendanceFile.objects.get().least_minutes == 51
    assert preview_of(file).to_note == []


def test_the_same_file_of_another_event_is_another_list(staff: User) -> None:
    assert take(make_call_event(), staff) != take(make_online(), staff)


def test_whoever_was_there_too_shortly_is_not_noted(staff: User, ada: Person) -> None:
    make_person("Bo Lee", email="bo@example.org")
    text = "Name,Email,Duration\nAda,ada@example.org,10\nBo,bo@example.org,9\nCy,,\n"
    file = take(make_call_event(), staff, text, least=10)
    found = preview_of(file)
    assert [row.email for row, _person in found.to_note] == ["ada@example.org"]
    assert [row.email for row in found.too_short] == ["bo@example.org"]
    assert [row.name for row in found.unknown] == ["Cy"]
    assert confirm_file(file=file, actor=staff, now=NOW + HOUR) == 1


def test_two_addresses_of_one_person_are_one_attendance(staff: User, ada: Person) -> None:
    ada.emails.create(address="diaz@example.org")
    file = take(make_call_event(), staff, "Name,Email\nAda,ada@example.org\nA. D.,diaz@example.org\n")
    assert confirm_file(file=file, actor=staff, now=NOW + HOUR) == 1
    assert len(preview_of(file).noted) == 2


def test_who_was_noted_otherwise_is_not_noted_again(staff: User, ada: Person) -> None:
    event = make_online()
    make_rsvp(event, ada)
    first = take(event, staff)
    confirm_file(file=first, actor=staff, now=NOW + HOUR)
    assert Attendance.objects.get().how == CheckedInBy.FILE
    other = take(event, staff, "Name,Email\nAda,ada@example.org\n")
    assert [person for _row, person in preview_of(other).noted] == [ada]
    assert confirm_file(file=other, actor=staff, now=NOW + HOUR) == 0


def test_a_list_without_anybody_is_refused(staff: User) -> None:
    with pytest.raises(FileError, match="no participants"):
        take(make_call_event(), staff, "Name,Email\n3. Activities\n")


def test_nobody_is_noted_by_the_list_of_an_event_that_was_cancelled(staff: User, ada: Person) -> None:
    event = make_online()
    make_rsvp(event, ada)
    file = take(event, staff)
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED, cancelled_at=NOW)
    with pytest.raises(PresenceError, match="cancelled"):
        confirm_file(file=file, actor=staff, now=NOW + HOUR)
    assert preview_of(file).noted == []


# --- to hosts a file tells nothing new --------------------------------------------------------------------------


def test_hosts_match_only_those_who_answered_and_those_on_their_roster(staff: User) -> None:
    group, joined = make_group(), make_group()
    event = make_online(group=group)
    event.cohosts.create(group=joined, asked_at=NOW, accepted_at=NOW)
    answered = make_rsvp(event).person
    on_roster, beside = make_entry(group).person, make_entry(joined).person
    make_entry(make_group())
    make_person("Ada Díaz", email="ada@example.org")
    assert set(people_known_to(event)) == {answered, on_roster, beside}
    assert preview_of(take(event, staff)).to_note == []


def test_staff_match_everybody_for_calls_and_national_events(ada: Person) -> None:
    for event in (make_call_event(), make_online()):
        assert set(people_known_to(event)) == {ada}


def test_groups_that_hold_a_national_event_too_learn_of_nobody_they_do_not_know(ada: Person, staff: User) -> None:
    event, joined, asked = make_online(), make_group(), make_group()
    event.cohosts.create(group=joined, asked_at=NOW, accepted_at=NOW)
    event.cohosts.create(group=asked, asked_at=NOW)
    on_roster = make_entry(joined).person
    make_entry(asked)
    assert set(people_known_to(event)) == {on_roster}
    assert preview_of(take(event, staff)).to_note == []


# --- matched by hand --------------------------------------------------------------------------------------------


def unknown_row(event: Event, staff: User) -> FileParticipant:
    return preview_of(take(event, staff)).unknown[-1]


def test_hosts_see_the_name_on_the_list_and_not_what_the_owner_of_an_address_is_called(staff: User) -> None:
    event = make_online(group=make_group())
    owner = make_person("Secret", email="owner@example.org")
    match_participant(participant=unknown_row(event, staff), email="owner@example.org", actor=staff, now=NOW + HOUR)
    assert [line.name for line in list_at_door(event)] == ["Bo Lee"]
    owner.refresh_from_db()
    assert owner.full_name == "Secret"  # nor does the list fill in what is not known of them


def test_hosts_see_the_name_on_the_list_of_those_who_do_not_share_theirs(staff: User, ada: Person) -> None:
    event = make_online(group=make_group())
    assert event.group
    Person.objects.filter(pk=ada.pk).update(given_name="Secret", family_name="")
    enter_roster(group=event.group, person=ada, how=JoinedBy.EVENT, source="rsvp:1", now=NOW)
    confirm_file(file=take(event, staff), actor=staff, now=NOW + HOUR)
    assert [line.name for line in list_at_door(event)] == ["Ada Díaz (Ada)"]


def test_a_name_is_matched_with_somebody_who_answered(staff: User) -> None:
    event = make_online(group=make_group())
    person = make_guest()
    make_rsvp(event, person)
    row = unknown_row(event, staff)
    match_participant(participant=row, person=person, actor=staff, now=NOW + HOUR)
    assert Attendance.objects.get().person == person
    assert [(one.pk, who) for one, who in preview_of(row.file).noted] == [(row.pk, None)]
    assert AuditEntry.objects.get(action="matched attendance").details["line"] == row.line


def test_an_address_is_noted_whether_the_network_knew_it_or_not(staff: User) -> None:
    known = make_person("Bo Known", email="bo@example.org")
    for email in ("bo@example.org", "new@example.org"):
        event = make_online(group=make_group())
        person = match_participant(participant=unknown_row(event, staff), email=email, actor=staff, now=NOW + HOUR)
        assert number_there(event) == 1
    known.refresh_from_db()
    assert known.full_name == "Bo Known"
    assert (person.full_name, person.emails.get().verified_at) == ("Bo Lee", None)


def test_a_row_is_matched_once(staff: User, ada: Person) -> None:
    row = unknown_row(make_call_event(), staff)
    match_participant(participant=row, person=ada, actor=staff, now=NOW + HOUR)
    with pytest.raises(MatchError, match="already"):
        match_participant(participant=row, email="bo@example.org", actor=staff, now=NOW + HOUR)
    assert not Person.objects.filter(emails__address="bo@example.org").exists()
    with pytest.raises(ValueError, match="with somebody"):
        match_participant(participant=row, actor=staff, now=NOW + HOUR)


def test_whoever_was_deleted_at_their_own_wish_is_not_brought_back(staff: User, ada: Person) -> None:
    erase_person(person=ada, actor=staff, now=NOW)
    row = unknown_row(make_call_event(), staff)
    with pytest.raises(MatchError, match="asked to be deleted"):
        match_participant(participant=row, email="ada@example.org", actor=staff, now=NOW + HOUR)


# --- forgotten --------------------------------------------------------------------------------------------------


def test_lists_are_kept_for_two_weeks_and_the_attendance_stays(staff: User, ada: Person) -> None:
    file = take(make_call_event(), staff)
    confirm_file(file=file, actor=staff, now=NOW + HOUR)
    assert forget_old_files(now=NOW + datetime.timedelta(days=14)) == 0
    assert forget_old_files(now=NOW + datetime.timedelta(days=14, seconds=1)) == 1
    assert not FileParticipant.objects.exists()
    assert Call.objects.get().answers.attended().count() == 1


def test_whoever_is_deleted_is_on_no_list(staff: User, ada: Person) -> None:
    take(make_call_event(), staff)
    erase_person(person=ada, actor=staff, now=NOW)
    assert [row.name for row in FileParticipant.objects.all()] == ["Bo Lee"]


def test_the_database_refuses_nobody_and_two_of_one_line(staff: User) -> None:
    file = take(make_call_event(), staff)
    with pytest.raises(IntegrityError, match="fileparticipant_is_somebody"), transaction.atomic():
        file.participants.create(line=99)
    with pytest.raises(IntegrityError, match="fileparticipant_once_a_line"), transaction.atomic():
        file.participants.create(line=5, name="Ada")
