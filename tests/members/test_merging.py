"""Two rows of one human become one, with all that refers to them, and two again for 30 days."""

import datetime
import threading
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import IntegrityError, connection, connections, transaction

from affiliates.models import CallAnswer, Introduction, JoinedBy, RosterEntry, SignUp
from endorsements.models import MemberVote, OfficeSeeker
from events.models import Attendance, CalendarFeed
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from members.consent import give_consent, has_consent, withdraw_consent
from members.membership import hold_present, record_activity, record_basis
from members.merging import (
    CHOICES,
    MergeError,
    differences,
    forget_old_merges,
    merge_people,
    proposed_to_keep,
    undo_merge,
)
from members.models import (
    Activity,
    ActivityKind,
    ActivityScore,
    Consent,
    ConsentPurpose,
    Donation,
    Duplicate,
    DuplicateReason,
    DuplicateState,
    Membership,
    Merge,
    Person,
    PersonEmail,
    PersonNote,
    PersonPhone,
    PersonTag,
    PersonToCompare,
    Tag,
)
from members.people import home_of, note_duplicate
from members.references import DERIVED, references
from members.wordings import present_wording
from tests.affiliates.calling import make_call
from tests.endorsements.polling import make_draft
from tests.events.making import make_event, make_rsvp
from tests.events.promotions import make_promotion
from tests.factories import make_group, make_user

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def make_person(address: str = "", **fields: Any) -> Person:
    person = Person.objects.create(**fields)
    if address:
        PersonEmail.objects.create(person=person, address=address, is_primary=True)
    return person


@pytest.fixture
def staff(db: None) -> User:
    return make_user(is_staff=True)


@pytest.fixture
def kept(db: None) -> Person:
    return make_person("ada@example.org", given_name="Ada", family_name="Diaz", created_at=NOW - 9 * DAY)


@pytest.fixture
def gone(db: None) -> Person:
    return make_person("ada.d@example.org", given_name="Ada", family_name="Díaz", created_at=NOW - 8 * DAY)


def merge(kept: Person, gone: Person, staff: User, *choices: str, now: datetime.datetime = NOW) -> Merge:
    return merge_people(kept=kept, gone=gone, choices=choices, actor=staff, now=now)


def undo(merged: Merge, staff: User, *, now: datetime.datetime = NOW + DAY) -> Person:
    return undo_merge(merge=merged, actor=staff, now=now)


def fill(person: Person, other: Person, staff: User) -> None:
    """A row of everything that can refer to a person, and for some of them its like for `other`."""
    group, tag = make_group(), Tag.objects.create(name=f"choir {person.pk}")
    call, event = make_call(), make_event()
    wording = present_wording(ConsentPurpose.PROMOTIONS)
    PersonEmail.objects.create(person=person, address=f"second{person.pk}@example.org", verified_at=NOW)
    PersonPhone.objects.create(person=person, number=f"+1617555{person.pk % 10000:04}")
    PersonNote.objects.create(person=person, author=staff, text="Likes to cook.")
    record_basis(
        person=person, kind=ActivityKind.ATTENDANCE, source=f"attendance:{person.pk}", at=NOW, details={"title": "Soup"}
    )
    give_consent(person=person, purpose=ConsentPurpose.PROMOTIONS, wording=wording, source="me", now=NOW)
    Donation.objects.create(source="hand", line_item=f"l{person.pk}", person=person, amount="12.34", paid_at=NOW)
    note_duplicate(person.pk, other.pk, DuplicateReason.PHONE)
    note_duplicate(person.pk, make_person().pk, DuplicateReason.SPELLING)
    note_duplicate(make_person().pk, person.pk, DuplicateReason.NAME_AND_ZIP)
    merged = merge(person, make_person(f"third{person.pk}@example.org"), staff)
    assert merged.kept == person
    SignUp.objects.create(person=person, language="en", created_at=NOW, confirmed_at=NOW)
    OfficeSeeker.objects.create(person=person, stage="new", confirmed_at=NOW).follow_ups.create(text="Called.", at=NOW)
    vote = MemberVote.objects.create(poll=make_draft(), group=group, opened_at=NOW, closes_at=NOW + DAY)
    promotion, chosen_at = make_promotion(make_event(group)), NOW + person.pk % 100 * 14 * DAY
    for one in (person, other):
        number = promotion.recipients.count() + 1
        promotion.recipients.create(
            number=number, person=one, score=1, miles=1, chosen_at=chosen_at, cools_until=chosen_at + 14 * DAY
        )
        PersonTag.objects.create(person=one, tag=tag)
        entry = RosterEntry.objects.create(
            group=group, person=one, joined_at=NOW, how=JoinedBy.FORM, source="sign_up:1"
        )
        entry.notes.create(author=staff, at=NOW, text=f"Drives, says {one.pk}.")
        both, _is_new = group.roster_tags.get_or_create(name="driver")
        entry.tags.add(both, group.roster_tags.create(name=f"only {one.pk}"))
        Introduction.objects.create(group=group, person=one, at=NOW)
        CallAnswer.objects.create(call=call, person=one, answered_at=NOW)
        make_rsvp(event, one, now=NOW)
        Attendance.objects.create(event=event, person=one, at=NOW, how="list", recorded_at=NOW)
        CalendarFeed.objects.get_or_create(person=one, defaults={"made_at": NOW})
        vote.voters.create(person=one)


def state_of_the_database() -> dict[str, list[Any]]:
    """Every row of every table but those that say that there was a merge, or that somebody is to be compared."""
    tables = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and model not in {Merge, AuditEntry, ActivityScore, PersonToCompare}:
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT to_jsonb(t)::text FROM "{model._meta.db_table}" t ORDER BY 1')
                tables[model._meta.label] = cursor.fetchall()
    return tables


def scores() -> dict[int, tuple[float, datetime.datetime, int]]:
    """Rounded: a sum of floats depends in its last digits on the order of its terms."""
    return {row.pk: (round(row.score, 9), row.last_at, row.attendances) for row in ActivityScore.objects.all()}


def test_everything_that_can_refer_to_a_person_is_known(kept: Person, gone: Person, staff: User) -> None:
    """A new model with a foreign key to Person belongs into `fill`: then the round trip covers it."""
    fill(gone, kept, staff)
    without = [one.key for one in references() if not one.model._base_manager.filter(**{one.field: gone}).exists()]
    assert without == []


def test_a_merge_moves_all_and_leaves_nothing_behind(kept: Person, gone: Person, staff: User) -> None:
    fill(gone, kept, staff)
    merged = merge(kept, gone, staff)
    assert not Person.objects.filter(pk=gone.pk).exists()
    for one in references():
        assert not one.model._base_manager.filter(**{one.field: gone.pk}).exists(), one.key
    assert set(kept.emails.values_list("address", flat=True)) >= {"ada@example.org", "ada.d@example.org"}
    assert kept.emails.get(is_primary=True).address == "ada@example.org"
    assert Membership.objects.get(person=kept).since == NOW
    assert ActivityScore.objects.get(person=kept).attendances == 1
    assert not ActivityScore.objects.filter(pk=gone.pk).exists()
    assert has_consent(kept, ConsentPurpose.PROMOTIONS)
    assert str(kept.donations.get().amount) == "12.34"
    assert (kept.person_tags.count(), RosterEntry.objects.filter(person=kept).count()) == (1, 1)
    assert merged.undo_until == NOW + 30 * DAY


@pytest.mark.parametrize("choices", [(), tuple(CHOICES)])
def test_what_was_merged_and_undone_is_as_it_was_in_every_table(
    kept: Person, gone: Person, staff: User, choices: tuple[str, ...]
) -> None:
    fill(gone, kept, staff)
    fill(kept, gone, staff)
    Person.objects.filter(pk=gone.pk).update(**home_of("02139"), user=make_user(), language="es")
    Duplicate.objects.filter(reason=DuplicateReason.SPELLING).update(
        state=DuplicateState.DISMISSED, decided_at=NOW, decided_by=staff
    )
    before, scores_before = state_of_the_database(), scores()
    merged = merge(kept, gone, staff, *choices)
    assert state_of_the_database() != before
    undo(merged, staff)
    after = state_of_the_database()
    assert {label: rows for label, rows in after.items() if rows != before[label]} == {}
    assert scores() == scores_before


def test_both_acts_are_in_the_audit_log_without_names(kept: Person, gone: Person, staff: User) -> None:
    undo(merge(kept, gone, staff), staff)
    entries = AuditEntry.objects.filter(subject=f"person:{kept.pk}").order_by("pk")
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("merged people", f"user:{staff.pk}"),
        ("undid merge", f"user:{staff.pk}"),
    ]
    assert not any("Ada" in str(entry.details) or "example.org" in str(entry.details) for entry in entries)


# --- what the one who stays learns ------------------------------------------------------------------------------


def test_only_what_differs_is_asked(kept: Person, gone: Person) -> None:
    assert differences(kept, gone) == ["family_name", "primary_email"]
    assert differences(kept, make_person()) == []


def test_what_staff_choose_is_taken_from_the_one_who_goes(kept: Person, gone: Person, staff: User) -> None:
    merge(kept, gone, staff, "family_name", "primary_email")
    kept.refresh_from_db()
    assert kept.full_name == "Ada Díaz"
    assert kept.primary_email
    assert kept.primary_email.address == "ada.d@example.org"


def test_what_the_kept_one_has_no_word_about_is_taken_unasked(staff: User) -> None:
    kept = make_person(family_name="Diaz", created_at=NOW)
    gone = make_person("a@example.org", given_name="Ada", created_at=NOW - DAY, **home_of("02139"))
    merge(kept, gone, staff)
    kept.refresh_from_db()
    assert (kept.full_name, kept.zip_code_id, kept.time_zone) == ("Ada Diaz", "02139", "America/New_York")
    assert kept.latitude == gone.latitude
    assert kept.created_at == NOW - DAY
    assert kept.primary_email
    assert kept.primary_email.address == "a@example.org"


def test_a_choice_that_there_is_not_is_a_mistake(kept: Person, gone: Person, staff: User) -> None:
    with pytest.raises(ValueError, match="no such choice"):
        merge(kept, gone, staff, "user")


def test_who_has_a_login_is_proposed_and_else_the_older(kept: Person, gone: Person) -> None:
    assert proposed_to_keep(gone, kept) == kept
    gone.user = make_user()
    gone.save(update_fields=["user"])
    assert proposed_to_keep(kept, gone) == gone


def test_a_login_moves_with_the_merge_and_back(kept: Person, gone: Person, staff: User) -> None:
    gone.user = make_user()
    gone.save(update_fields=["user"])
    merged = merge(kept, gone, staff)
    kept.refresh_from_db()
    assert kept.user == gone.user
    assert undo(merged, staff).user == gone.user
    kept.refresh_from_db()
    assert kept.user is None


def test_two_with_a_login_each_are_not_merged(kept: Person, gone: Person, staff: User) -> None:
    for person in (kept, gone):
        person.user = make_user()
        person.save(update_fields=["user"])
    with pytest.raises(MergeError, match="login"):
        merge(kept, gone, staff)
    assert Person.objects.filter(pk__in=[kept.pk, gone.pk]).count() == 2


def test_nobody_is_merged_with_themselves(kept: Person, staff: User) -> None:
    with pytest.raises(MergeError):
        merge(kept, Person.objects.get(pk=kept.pk), staff)


# --- what the ledgers say afterwards ----------------------------------------------------------------------------


def test_the_last_word_about_a_consent_counts_whoever_of_the_two_said_it(
    kept: Person, gone: Person, staff: User
) -> None:
    wording = present_wording(ConsentPurpose.NETWORK_MAIL)
    for person in (kept, gone):
        give_consent(person=person, purpose=ConsentPurpose.NETWORK_MAIL, wording=wording, source="me", now=NOW)
    withdraw_consent(person=gone, purpose=ConsentPurpose.NETWORK_MAIL, source="me", now=NOW)
    merged = merge(kept, gone, staff)
    assert not has_consent(kept, ConsentPurpose.NETWORK_MAIL)
    undo(merged, staff)
    assert has_consent(kept, ConsentPurpose.NETWORK_MAIL)


def test_after_a_merge_the_consent_ledger_is_closed_again(kept: Person, gone: Person, staff: User) -> None:
    wording = present_wording(ConsentPurpose.NETWORK_MAIL)
    give_consent(person=gone, purpose=ConsentPurpose.NETWORK_MAIL, wording=wording, source="me", now=NOW)
    merge(kept, gone, staff)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Consent.objects.update(person=staff.pk)


def test_pairs_go_over_to_the_one_who_stays(kept: Person, gone: Person, staff: User) -> None:
    third, fourth = make_person(), make_person()
    note_duplicate(gone.pk, third.pk, DuplicateReason.PHONE)
    note_duplicate(gone.pk, fourth.pk, DuplicateReason.PHONE)
    note_duplicate(kept.pk, fourth.pk, DuplicateReason.SPELLING)
    Duplicate.objects.filter(second=third).update(state=DuplicateState.DISMISSED, decided_at=NOW)
    merge(kept, gone, staff)
    pairs = Duplicate.objects.order_by("second").values_list("first", "second", "reason", "state")
    assert list(pairs) == [
        (kept.pk, third.pk, "phone", "dismissed"),
        (kept.pk, fourth.pk, "spelling", "open"),
    ]


def test_a_groups_tags_and_notes_on_both_stay_with_the_entry_that_is_kept(
    kept: Person, gone: Person, staff: User
) -> None:
    fill(kept, gone, staff)
    merge(kept, gone, staff)
    entry = RosterEntry.objects.get(person=kept)
    assert set(entry.notes.values_list("text", flat=True)) == {f"Drives, says {one.pk}." for one in (kept, gone)}
    assert set(entry.tags.values_list("name", flat=True)) == {"driver", f"only {kept.pk}", f"only {gone.pk}"}


# --- undoing ----------------------------------------------------------------------------------------------------


def test_what_came_after_the_merge_stays_with_the_one_kept(kept: Person, gone: Person, staff: User) -> None:
    give = {"kind": ActivityKind.DONATION, "at": NOW}
    record_basis(person=gone, source="donation:1", **give)  # type: ignore[arg-type]
    merged = merge(kept, gone, staff)
    record_basis(person=kept, source="donation:2", **give)  # type: ignore[arg-type]
    back = undo(merged, staff)
    assert back.activities.get().source == "donation:1"
    assert kept.activities.get().source == "donation:2"
    assert Membership.objects.count() == 2


def test_what_the_person_said_since_is_not_overwritten(kept: Person, gone: Person, staff: User) -> None:
    merged = merge(kept, gone, staff, "family_name")
    Person.objects.filter(pk=kept.pk).update(family_name="Lovelace")
    undo(merged, staff)
    kept.refresh_from_db()
    assert kept.family_name == "Lovelace"


def test_a_row_that_was_deleted_since_stays_deleted(kept: Person, gone: Person, staff: User) -> None:
    note = PersonNote.objects.create(person=gone, text="Wrong.")
    merged = merge(kept, gone, staff)
    note.delete()
    undo(merged, staff)
    assert not PersonNote.objects.exists()


def test_a_row_that_gave_way_and_has_no_place_any_more_is_left_out(kept: Person, gone: Person, staff: User) -> None:
    group = make_group()
    for person in (kept, gone):
        RosterEntry.objects.create(group=group, person=person, joined_at=NOW, how=JoinedBy.FORM, source="x")
    merged = merge(kept, gone, staff)
    group.delete()
    assert undo(merged, staff).pk == gone.pk
    assert not RosterEntry.objects.exists()


def test_a_login_that_was_deleted_since_does_not_come_back(kept: Person, gone: Person, staff: User) -> None:
    user = make_user()
    gone.user = user
    gone.save(update_fields=["user"])
    merged = merge(kept, gone, staff)
    EmailAddress.objects.filter(user=user).delete()
    user.delete()
    assert undo(merged, staff).user is None


def test_everybody_with_addresses_has_a_primary_one_again(kept: Person, gone: Person, staff: User) -> None:
    merged = merge(kept, gone, staff)
    PersonEmail.objects.filter(address="ada@example.org").update(is_primary=False)
    PersonEmail.objects.filter(address="ada.d@example.org").update(is_primary=True)
    back = undo(merged, staff)
    assert back.emails.get().is_primary
    assert kept.emails.get().is_primary


def test_a_pair_that_staff_decided_on_since_keeps_its_decision(kept: Person, gone: Person, staff: User) -> None:
    third = make_person()
    note_duplicate(gone.pk, third.pk, DuplicateReason.PHONE)
    merged = merge(kept, gone, staff)
    Duplicate.objects.update(state=DuplicateState.DISMISSED, decided_at=NOW)
    undo(merged, staff)
    states = dict(Duplicate.objects.values_list("first", "state"))
    assert states == {kept.pk: "dismissed", gone.pk: "open"}


def test_a_merge_is_undone_once_and_within_30_days(kept: Person, gone: Person, staff: User) -> None:
    merged = merge(kept, gone, staff)
    with pytest.raises(MergeError, match="30 days"):
        undo(merged, staff, now=NOW + 31 * DAY)
    undo(merged, staff)
    with pytest.raises(MergeError, match="already"):
        undo(merged, staff)


def test_merges_of_one_person_are_undone_the_last_one_first(kept: Person, gone: Person, staff: User) -> None:
    third = make_person("third@example.org")
    first, second = merge(gone, third, staff), merge(kept, gone, staff)
    with pytest.raises(MergeError, match="later"):
        undo(first, staff)
    undo(second, staff)
    undo(first, staff)
    assert Person.objects.filter(pk__in=[kept.pk, gone.pk, third.pk]).count() == 3
    assert third.emails.get().is_primary


def test_after_30_days_what_was_remembered_is_forgotten(kept: Person, gone: Person, staff: User) -> None:
    merged = merge(kept, gone, staff)
    assert forget_old_merges(now=NOW + 30 * DAY) == 0
    assert forget_old_merges(now=NOW + 30 * DAY + DAY) == 1
    merged.refresh_from_db()
    assert merged.undo is None
    with pytest.raises(MergeError):
        undo(merged, staff)


# --- at the same moment -----------------------------------------------------------------------------------------


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What came of each act, each in a connection of its own, begun together."""
    outcomes: list[Any] = [None] * len(acts)
    begin = threading.Barrier(len(acts))

    def run(number: int) -> None:
        try:
            begin.wait(10)
            outcomes[number] = acts[number]()
        except Exception as error:
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_two_staff_who_merge_the_same_pair_make_one_merge() -> None:
    staff, one, other = make_user(), make_person("a@example.org"), make_person("b@example.org")
    outcomes = at_once(lambda: merge(one, other, staff), lambda: merge(other, one, staff))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Merge", "MergeError"]
    assert Merge.objects.count() == Person.objects.count() == 1
    assert PersonEmail.objects.filter(is_primary=True).count() == 1


def attendance_beside_a_merge() -> tuple[list[Any], Person]:
    """Somebody checks in, and before that is committed staff merge them into another; what came of both, who stays."""
    staff, kept, gone = make_user(), make_person(), make_person()
    recorded, merged = threading.Event(), threading.Event()

    def attend() -> Activity:
        with transaction.atomic():
            activity = record_basis(person=gone, kind=ActivityKind.ATTENDANCE, source=f"attendance:{gone.pk}", at=NOW)
            recorded.set()
            merged.wait(0.5)  # it ends without an answer where the merge waits for us
            return activity

    def make_one() -> Merge:
        recorded.wait(10)
        try:
            return merge(kept, gone, staff)
        finally:
            merged.set()

    return at_once(attend, make_one), kept


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("holds", [True, False], ids=["held", "held by the reference alone"])
def test_an_attendance_beside_a_merge_counts(monkeypatch: pytest.MonkeyPatch, holds: bool) -> None:
    if not holds:
        monkeypatch.setattr("members.membership.hold_present", lambda person: person)
    outcomes, kept = attendance_beside_a_merge()
    assert [type(outcome) for outcome in outcomes] == [Activity, Merge]
    assert Membership.objects.get().person == kept


@pytest.mark.django_db(transaction=True)
def test_without_any_lock_an_attendance_beside_a_merge_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("members.membership.hold_present", lambda person: person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('members_hold_people'::regproc)")
        original = cursor.fetchone()[0]
        head, begin, _body = original.partition("BEGIN")
        cursor.execute(f"{head}{begin} END $function$")
        try:
            attendance_beside_a_merge()
        finally:
            cursor.execute(original)
    assert not Person.objects.filter(pk=Activity.objects.get().person_id).exists()


@pytest.mark.django_db(transaction=True)
def test_a_merge_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("members.merging.PATIENCE_SECONDS", 0.1)
    staff, kept, gone = make_user(), make_person(), make_person()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            hold_present(gone)
            held.set()
            done.wait(10)

    def wait_then_merge() -> Merge:
        held.wait(10)
        try:
            return merge(kept, gone, staff)
        finally:
            done.set()

    outcomes = at_once(hold, wait_then_merge)
    assert isinstance(outcomes[1], MergeError)
    assert Person.objects.count() == 2


def test_what_is_recorded_for_somebody_who_was_merged_goes_to_the_one_kept(
    kept: Person, gone: Person, staff: User
) -> None:
    merge(kept, gone, staff)
    activity = record_activity(person=gone, kind=ActivityKind.RSVP, source="rsvp:1", at=NOW)
    assert activity.person == kept


def test_nothing_is_recorded_for_somebody_who_was_deleted(kept: Person) -> None:
    deleted = Person(pk=kept.pk)
    kept.delete()
    with pytest.raises(Person.DoesNotExist):
        record_activity(person=deleted, kind=ActivityKind.RSVP, source="rsvp:1", at=NOW)


def test_what_the_database_derives_is_not_moved() -> None:
    assert {one.model for one in references()} & set(DERIVED) == set()


# --- what the database refuses ----------------------------------------------------------------------------------


def refused(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"gone_id": "kept"}, "merge_of_two"),
        ({"undo_until": NOW - DAY}, "merge_undo_after_merge"),
        ({"undone_at": NOW, "undo": {}}, "merge_undone_keeps_nothing"),
    ],
)
def test_a_merge_is_of_two_and_forgets_what_was_undone(kept: Person, values: dict[str, Any], constraint: str) -> None:
    if values.get("gone_id") == "kept":
        values = {"gone_id": kept.pk}
    whole = {"kept": kept, "gone_id": kept.pk + 1, "merged_at": NOW, "undo_until": NOW + DAY, **values}
    with refused(constraint):
        Merge.objects.create(**whole)
