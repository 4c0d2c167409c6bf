"""The demo's events: of all kinds and standings, answered and attended by people nearby, in step with the rest."""

import datetime
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Q

from affiliates.models import Group, RosterEntry
from config.demo import network
from events.approvals import waiting_in_words
from events.figures import figures_of
from events.host_pages import events_of_group, todays_events
from events.models import (
    Attendance,
    Campaign,
    Cohost,
    Event,
    EventFormat,
    EventKind,
    EventNotice,
    EventQuestion,
    EventState,
    Rsvp,
    RsvpState,
    Series,
)
from events.reminding import send_due_reminders
from foundation.mail.models import OutgoingMail
from members.models import Activity, ActivityKind, Membership

# One worker makes the network once.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo network")]

NOW = datetime.datetime(2026, 3, 1, 17, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="class")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A quarter of the groups that `./dev run` shows; every test looks at the same ones."""
    with django_db_blocker.unblock(), transaction.atomic():
        network.load(groups=300, people=6_000, seed=7, now=NOW)
        yield
        transaction.set_rollback(True)


def own_group() -> Group:
    """The demo organizer's."""
    return Group.objects.order_by("pk")[0]


@pytest.mark.usefixtures("loaded")
class TestLoaded:
    def test_there_are_half_as_many_events_as_groups_in_all_kinds_formats_and_standings(self) -> None:
        events = Event.objects.filter(call__isnull=True)
        assert 130 < events.count() < 190
        assert {event.kind for event in events} == set(EventKind.values)
        assert {event.format for event in events} == set(EventFormat.values)
        assert {event.state for event in events} >= set(EventState.values) - {EventState.DECLINED}  # one in a hundred
        assert {event.language for event in events} == {"en", "es"}
        assert events.filter(ends_at__lte=NOW).count() > 30 < events.filter(starts_at__gt=NOW).count()

    def test_all_pass_the_checks_of_forms(self) -> None:
        for event in Event.objects.filter(call__isnull=True):
            event.full_clean(validate_unique=False, validate_constraints=False)
            assert not {"{", "}"} & set(event.title + event.about)
            assert event.created_at <= NOW
            assert event.approved_at is None or event.approved_at <= min(NOW, event.starts_at)

    def test_dates_of_a_series_are_at_the_same_hour_of_the_clocks(self) -> None:
        assert Series.objects.exists()
        for series in Series.objects.all():
            dates = list(series.events.order_by("series_date"))
            assert len(dates) == 8
            assert len({date.local_start.time() for date in dates}) == 1
            assert dates[0].starts_at == series.starts_local

    def test_some_people_wait_where_all_places_are_taken_and_nobody_overtook_them(self) -> None:
        assert Rsvp.objects.waiting().exists()
        for event in Event.objects.filter(rsvps__state=RsvpState.WAITING).distinct():
            assert event.capacity
            assert event.taken <= event.capacity
            first = event.rsvps.waiting()[0]
            assert first.party_size > event.capacity - event.taken
            assert not event.rsvps.going().filter(answered_at__gt=first.answered_at).exists()

    def test_whoever_came_has_it_among_what_they_did_and_nobody_became_a_member_by_it(self) -> None:
        noted = {row.source: (row.person_id, row.event_id) for row in Attendance.objects.all()}
        done = Activity.objects.filter(source__startswith="attendance:")
        assert len(noted) > 50
        assert noted == {row.source: (row.person_id, row.details["event"]) for row in done}
        others = Activity.objects.bases().exclude(source__startswith="attendance:").values("person")
        assert not Membership.objects.exclude(person__in=others).exists()
        assert not Attendance.objects.filter(Q(at__gt=NOW) | Q(event__starts_at__gt=NOW)).exists()

    def test_whoever_answered_has_it_among_what_they_did_and_is_on_the_rosters_of_all_hosts(self) -> None:
        answers = Rsvp.objects.exclude(state=RsvpState.CANT)
        done = Activity.objects.filter(kind=ActivityKind.RSVP, source__startswith="rsvp:")
        assert {answer.source: answer.person_id for answer in answers} == dict(done.values_list("source", "person"))
        rosters = set(RosterEntry.objects.values_list("group", "person"))
        for answer in Rsvp.objects.select_related("event"):
            joined = answer.event.cohosts.filter(accepted_at__isnull=False).values_list("group", flat=True)
            assert {(group, answer.person_id) for group in (answer.event.group_id, *joined)} <= rosters
        assert not Rsvp.objects.filter(answered_at__gt=F("event__starts_at")).exists()
        assert any(answer.answers for answer in answers)

    def test_each_group_knows_its_next_event_and_when_it_was_last_active(self) -> None:
        for group in Group.objects.all():
            ahead = Event.objects.of_group(group).found(NOW).filter(starts_at__gt=NOW).order_by("starts_at")
            first = ahead.first()
            assert group.next_event_at == (first.starts_at if first else None)
        assert Group.objects.filter(next_event_at__isnull=False).count() > 30
        attended = Attendance.objects.filter(event__ends_at__range=(NOW - 90 * DAY, NOW))
        assert attended.exists()
        assert not attended.filter(event__ends_at__gt=F("event__group__last_active_at")).exists()

    def test_the_organizer_has_a_door_today_a_line_drafts_an_invitation_and_a_report_to_write(self) -> None:
        group = own_group()
        [today] = todays_events(Event.objects.of_group(group), now=NOW)
        assert datetime.timedelta(hours=1) <= today.starts_at - NOW <= datetime.timedelta(hours=1.5)
        assert figures_of(today).going > 1
        events = events_of_group(group, now=NOW)
        assert Counter(line.event.state for line in events.planned) == {EventState.SUBMITTED: 1, EventState.DRAFT: 2}
        assert [bool(line.event.asked) for line in events.planned].count(True) == 1
        assert len(events.off) == 1
        assert any(line.figures.waiting for line in events.upcoming)
        assert any(line.event.moved_at for line in events.upcoming)
        assert any(line.event.language == "es" for line in events.upcoming)
        assert {bool(line.figures.came) for line in events.past[:2]} == {True}
        assert [hasattr(line.event, "report") for line in events.past[:2]] == [False, True]
        assert Cohost.objects.filter(group=group, accepted_at__isnull=True, event__starts_at__gt=NOW).count() == 1

    def test_a_campaign_is_open_whose_hosts_have_got_differently_far(self) -> None:
        campaign = Campaign.objects.get()
        assert campaign.kit
        assert campaign.links.count() == 3
        states = {event.state for event in campaign.events.all()}
        assert {EventState.APPROVED, EventState.SUBMITTED} <= states
        assert own_group().pk in campaign.events.values_list("group", flat=True)
        for event in campaign.events.all():
            assert campaign.starts_on <= event.local_start.date() <= campaign.ends_on
            assert event.kind == campaign.kind

    def test_staff_have_events_to_approve_and_the_calls_have_theirs(self) -> None:
        assert Event.objects.filter(state=EventState.SUBMITTED).count() > 3
        assert waiting_in_words()
        assert Event.objects.filter(call__isnull=False).count() > 10

    def test_nobody_made_up_is_reminded_thanked_or_told(self) -> None:
        moments = (NOW, NOW + DAY / 2, NOW + DAY, NOW + 2 * DAY)
        assert [send_due_reminders(now=now) for now in moments] == [0, 0, 0, 0]
        assert not EventNotice.objects.filter(queued_at__isnull=True).exists()
        assert Rsvp.objects.filter(thanked_at__isnull=True).count() == 0
        assert not OutgoingMail.objects.unfinished().exists()

    def test_some_hosts_ask_something(self) -> None:
        assert EventQuestion.objects.filter(choices=[]).exists()
        assert EventQuestion.objects.exclude(choices=[]).exists()


def rows() -> list[list[tuple[Any, ...]]]:
    """What a load left, but for keys."""
    events = Event.objects.order_by("slug")
    answers = Rsvp.objects.order_by("event__slug", "person__emails__address")
    came = Attendance.objects.order_by("event__slug", "person__emails__address")
    return [
        list(events.values_list("slug", "group__slug", "starts_at", "state", "about", "address", "taken", "access")),
        list(answers.values_list("event__slug", "person__emails__address", "state", "answered_at", "party_size")),
        list(came.values_list("event__slug", "person__emails__address", "how", "at")),
    ]


def loaded_and_taken_back(seed: int) -> list[list[tuple[Any, ...]]]:
    with transaction.atomic():
        network.load(groups=80, people=1_000, seed=seed, now=NOW)
        found = rows()
        transaction.set_rollback(True)
    return found


def test_the_same_seed_gives_the_same_events_and_another_one_others() -> None:
    first = loaded_and_taken_back(7)
    assert all(first)
    assert loaded_and_taken_back(7) == first
    assert all(one != other for one, other in zip(first, loaded_and_taken_back(8), strict=True))
