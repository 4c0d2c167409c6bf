"""Asking for a promotion, changing it, and what staff say to it."""

import datetime
import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from affiliates.models import Group, GroupStatus, Role
from events import promotion_objections
from events.models import Cohost, Event, EventState, Promotion, PromotionState
from events.promotion_objections import objections_to_promotion, register_promotion_objection
from events.promotion_requests import (
    PromotionPlan,
    PromotionRequestError,
    StalePromotionError,
    approve_promotion,
    ask_for_changes,
    change_request,
    decline_promotion,
    drafted,
    obstacles_to_promoting,
    promotion_of,
    request_promotion,
)
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_staff

from .making import NOW, make_event
from .promotions import DAY, HOUR, IN_TEN_DAYS, make_plan, make_promotion

pytestmark = pytest.mark.django_db
MORNING = datetime.datetime(2026, 6, 1, 15, tzinfo=datetime.UTC)  # 11 in Cambridge
type Refusal = Callable[..., Promotion]
NIGHT = datetime.datetime(2026, 6, 2, 2, tzinfo=datetime.UTC)  # 10 in the evening there


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def host(group: Group) -> User:
    return make_contact(group, "host@example.org")


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PROMOTIONS)


@pytest.fixture
def event(group: Group) -> Event:
    return make_event(group, starts_at=NOW + IN_TEN_DAYS, title="Soup night")


def again(promotion: Promotion) -> Promotion:
    return Promotion.objects.get(pk=promotion.pk)


def acts(promotion: Promotion) -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(subject=promotion.key).order_by("pk")
    return list(entries.values_list("actor", "action"))


def mails() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.order_by("to_email", "pk").values_list("to_email", "purpose"))


# --- asked for ------------------------------------------------------------------------------------------------


def test_a_group_asks_and_staff_have_it_before_them(event: Event, group: Group, host: User) -> None:
    plan = make_plan(radius_miles=40, wanted=900, language="es")
    promotion = request_promotion(event=event, group=group, plan=plan, actor=host, now=NOW)
    held = again(promotion)
    assert PromotionPlan(held.subject, held.intro, held.language, held.radius_miles, held.wanted) == plan
    assert (held.state, held.asked_by, held.requested_at) == (PromotionState.REQUESTED, host, NOW)
    assert (held.event, held.group, held.approved_at) == (event, group, None)
    assert list(Promotion.objects.waiting()) == [promotion]
    assert acts(promotion) == [(f"user:{host.pk}", "requested promotion")]
    assert mails() == []


def test_a_co_host_may_ask_for_the_event_of_another_group(event: Event) -> None:
    other = make_group("Friends of Soup")
    Cohost.objects.create(event=event, group=other, asked_at=NOW, accepted_at=NOW)
    actor = make_contact(other)
    assert request_promotion(event=event, group=other, plan=make_plan(), actor=actor, now=NOW).group == other


def test_a_group_that_was_only_asked_to_hold_it_may_not(event: Event) -> None:
    other = make_group("Friends of Soup")
    Cohost.objects.create(event=event, group=other, asked_at=NOW)
    with pytest.raises(PromotionRequestError, match="does not hold this event"):
        request_promotion(event=event, group=other, plan=make_plan(), actor=make_contact(other), now=NOW)
    assert not Promotion.objects.exists()


@pytest.mark.parametrize("state", [EventState.DRAFT, EventState.SUBMITTED, EventState.DECLINED, EventState.CANCELLED])
def test_only_an_approved_event_is_promoted(group: Group, host: User, state: str) -> None:
    event = make_event(group, state=state, cancelled_at=NOW if state == EventState.CANCELLED else None)
    with pytest.raises(PromotionRequestError, match="Only an approved event"):
        request_promotion(event=event, group=group, plan=make_plan(), actor=host, now=NOW)


def test_an_event_that_has_begun_is_not_promoted(group: Group, host: User) -> None:
    event = make_event(group, starts_at=NOW)
    with pytest.raises(PromotionRequestError, match="begun already"):
        request_promotion(event=event, group=group, plan=make_plan(), actor=host, now=NOW)
    assert obstacles_to_promoting(event=event, group=group, now=NOW - HOUR) == []


@pytest.mark.parametrize("status", [GroupStatus.FORMING, GroupStatus.ENDED])
def test_only_a_group_in_force_has_its_events_promoted(status: str) -> None:
    group = make_group(status=status)
    event = make_event(group)
    with pytest.raises(PromotionRequestError, match="not in force"):
        request_promotion(event=event, group=group, plan=make_plan(), actor=make_contact(group), now=NOW)


def test_an_event_that_is_online_only_has_nobody_around_it(group: Group, host: User) -> None:
    event = make_event(group, format="online", latitude=None, longitude=None, place_name="")
    with pytest.raises(PromotionRequestError, match="online only"):
        request_promotion(event=event, group=group, plan=make_plan(), actor=host, now=NOW)


@pytest.mark.parametrize(
    "state",
    [PromotionState.REQUESTED, PromotionState.ASKED, PromotionState.APPROVED, PromotionState.SENDING,
     PromotionState.PAUSED, PromotionState.SENT],
)  # fmt: skip
def test_an_event_has_one_promotion(event: Event, group: Group, host: User, state: str) -> None:
    standing = make_promotion(event, state=state)
    with pytest.raises(PromotionRequestError, match="has a promotion already"):
        request_promotion(event=event, group=group, plan=make_plan(), actor=host, now=NOW)
    assert promotion_of(event) == standing


@pytest.mark.parametrize("state", [PromotionState.DECLINED, PromotionState.CANCELLED])
def test_after_a_no_the_group_may_ask_anew(event: Event, group: Group, host: User, state: str) -> None:
    make_promotion(event, state=state)
    assert promotion_of(event) is None
    promotion = request_promotion(event=event, group=group, plan=make_plan(), actor=host, now=NOW)
    assert promotion_of(event) == promotion


@pytest.mark.django_db(transaction=True)
def test_two_organizers_who_ask_at_once_make_one_promotion(event: Event, group: Group) -> None:
    organizers = [make_contact(group), make_contact(group, role=Role.ORGANIZER)]
    start, said = threading.Barrier(2), []

    def ask(actor: User) -> None:
        try:
            start.wait()
            request_promotion(event=event, group=group, plan=make_plan(), actor=actor, now=NOW)
        except PromotionRequestError as error:
            said.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[actor]) for actor in organizers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Promotion.objects.count() == 1
    [because] = said
    assert "has a promotion already" in because


# --- changed --------------------------------------------------------------------------------------------------


def test_a_request_is_changed_and_keeps_its_place_in_the_queue(event: Event, host: User) -> None:
    promotion = make_promotion(event)
    plan = make_plan(subject="Bread for all", radius_miles=30, wanted=10)
    change_request(promotion=promotion, plan=plan, revision=promotion.revision, actor=host, now=NOW)
    held = again(promotion)
    assert (held.subject, held.radius_miles, held.wanted) == ("Bread for all", 30, 10)
    assert (held.state, held.requested_at) == (PromotionState.REQUESTED, promotion.requested_at)
    assert held.revision == promotion.revision + 1
    assert acts(promotion) == [(f"user:{host.pk}", "changed promotion")]


def test_what_national_asked_to_have_changed_goes_back_to_it(event: Event, host: User) -> None:
    promotion = make_promotion(event, state=PromotionState.ASKED, words="Say when.")
    change_request(promotion=promotion, plan=make_plan(), revision=0, actor=host, now=NOW)
    held = again(promotion)
    assert (held.state, held.requested_at, held.words) == (PromotionState.REQUESTED, NOW, "")


@pytest.mark.parametrize(
    "state",
    [PromotionState.APPROVED, PromotionState.SENDING, PromotionState.PAUSED, PromotionState.SENT,
     PromotionState.DECLINED, PromotionState.CANCELLED],
)  # fmt: skip
def test_what_is_decided_is_changed_no_more(event: Event, host: User, state: str) -> None:
    promotion = make_promotion(event, state=state)
    with pytest.raises(PromotionRequestError, match="stands at"):
        change_request(promotion=promotion, plan=make_plan(subject="Other"), revision=0, actor=host, now=NOW)
    assert again(promotion).subject == promotion.subject


def test_whoever_changes_an_older_revision_is_told(event: Event, host: User) -> None:
    promotion = make_promotion(event)
    change_request(promotion=promotion, plan=make_plan(subject="First"), revision=0, actor=host, now=NOW)
    with pytest.raises(StalePromotionError, match="since you opened it"):
        change_request(promotion=promotion, plan=make_plan(subject="Second"), revision=0, actor=host, now=NOW)
    assert again(promotion).subject == "First"


def test_a_change_for_an_event_that_has_begun_is_refused(event: Event, host: User) -> None:
    promotion = make_promotion(event)
    with pytest.raises(PromotionRequestError, match="begun already"):
        change_request(promotion=promotion, plan=make_plan(), revision=0, actor=host, now=event.starts_at)


# --- approved -------------------------------------------------------------------------------------------------


def test_what_is_approved_by_day_goes_out_at_once(event: Event, host: User, staff: User) -> None:
    promotion = make_promotion(event, words="Say when.")
    approve_promotion(promotion=promotion, revision=0, send_at=None, actor=staff, now=MORNING)
    held = again(promotion)
    assert (held.state, held.approved_at, held.send_at) == (PromotionState.APPROVED, MORNING, MORNING)
    assert (held.decided_by, held.words, held.revision) == (staff, "", 1)
    assert list(Promotion.objects.due(MORNING)) == [promotion]
    assert acts(promotion) == [(f"user:{staff.pk}", "approved promotion")]
    assert mails() == [("host@example.org", "promotion approved")]
    mail = OutgoingMail.objects.get()
    assert "Monday, June 1, 2026, 11 a.m. EDT" in mail.text
    assert f"/organize/events/{event.pk}/promotion/" in mail.text
    assert mail.is_transactional


def test_what_is_approved_by_night_waits_for_the_morning_of_the_venue(event: Event, staff: User) -> None:
    promotion = make_promotion(event)
    approve_promotion(promotion=promotion, revision=0, send_at=None, actor=staff, now=NIGHT)
    assert again(promotion).send_at == datetime.datetime(2026, 6, 2, 13, tzinfo=datetime.UTC)  # 9 in Cambridge
    assert not Promotion.objects.due(NIGHT)


def test_staff_approve_for_a_time(event: Event, staff: User) -> None:
    promotion = make_promotion(event)
    send_at = MORNING + 3 * DAY
    approve_promotion(promotion=promotion, revision=0, send_at=send_at, actor=staff, now=NIGHT)
    assert again(promotion).send_at == send_at
    assert not Promotion.objects.due(send_at - HOUR)
    assert list(Promotion.objects.due(send_at)) == [promotion]


@pytest.mark.parametrize(
    ("send_at", "because"),
    [
        (MORNING - HOUR, "time is past"),
        (NIGHT, "between 9 in the morning and 8 in the evening"),
        (NOW + IN_TEN_DAYS + 3 * HOUR, "begins before that"),
    ],
)
def test_a_time_at_which_nothing_goes_out_is_refused(
    event: Event, staff: User, send_at: datetime.datetime, because: str
) -> None:
    promotion = make_promotion(event)
    with pytest.raises(PromotionRequestError, match=because):
        approve_promotion(promotion=promotion, revision=0, send_at=send_at, actor=staff, now=MORNING)
    assert (again(promotion).state, mails()) == (PromotionState.REQUESTED, [])


def test_at_once_is_too_late_where_the_event_begins_before_the_morning(group: Group, staff: User) -> None:
    promotion = make_promotion(make_event(group, starts_at=NIGHT + 2 * HOUR))
    with pytest.raises(PromotionRequestError, match="begins before that"):
        approve_promotion(promotion=promotion, revision=0, send_at=None, actor=staff, now=NIGHT)


def test_approval_looks_again_at_what_stands_in_the_way(event: Event, group: Group, staff: User) -> None:
    promotion = make_promotion(event)
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.ENDED)
    with pytest.raises(PromotionRequestError, match="not in force"):
        approve_promotion(promotion=promotion, revision=0, send_at=None, actor=staff, now=MORNING)


# --- sent back, declined --------------------------------------------------------------------------------------


def test_the_group_reads_what_it_is_to_change(event: Event, host: User, staff: User) -> None:
    promotion = make_promotion(event)
    ask_for_changes(promotion=promotion, revision=0, text=" Say when. ", actor=staff, now=NOW)
    held = again(promotion)
    assert (held.state, held.words, held.decided_by) == (PromotionState.ASKED, "Say when.", staff)
    assert acts(promotion) == [(f"user:{staff.pk}", "asked for changes to promotion")]
    assert mails() == [("host@example.org", "promotion changes asked")]
    assert "Say when." in OutgoingMail.objects.get().text


def test_the_group_reads_why_it_was_declined(event: Event, host: User, staff: User) -> None:
    promotion = make_promotion(event)
    decline_promotion(promotion=promotion, revision=0, text="Too many this week.", actor=staff, now=NOW)
    held = again(promotion)
    assert (held.state, held.words) == (PromotionState.DECLINED, "Too many this week.")
    assert acts(promotion) == [(f"user:{staff.pk}", "declined promotion")]
    assert "Too many this week." in OutgoingMail.objects.get(purpose="promotion declined").text


def test_the_mails_to_a_group_are_in_the_language_of_each(event: Event, group: Group, staff: User) -> None:
    reader = make_contact(group, "lectora@example.org")
    User.objects.filter(pk=reader.pk).update(language="es")
    make_contact(group, "helper@example.org", role=Role.HELPER)
    decline_promotion(promotion=make_promotion(event), revision=0, text="No.", actor=staff, now=NOW)
    assert list(OutgoingMail.objects.values_list("to_email", "language")) == [("lectora@example.org", "es")]


@pytest.mark.parametrize("refuse", [ask_for_changes, decline_promotion])
def test_no_refusal_goes_without_words(event: Event, staff: User, refuse: Refusal) -> None:
    promotion = make_promotion(event)
    with pytest.raises(PromotionRequestError, match="Say it in words"):
        refuse(promotion=promotion, revision=0, text=" \n", actor=staff, now=NOW)
    assert again(promotion).state == PromotionState.REQUESTED


@pytest.mark.parametrize("refuse", [ask_for_changes, decline_promotion])
@pytest.mark.parametrize("state", [state for state in PromotionState if state != PromotionState.REQUESTED])
def test_only_what_waits_is_refused(event: Event, staff: User, refuse: Refusal, state: str) -> None:
    promotion = make_promotion(event, state=state)
    with pytest.raises(PromotionRequestError, match="stands at"):
        refuse(promotion=promotion, revision=0, text="No.", actor=staff, now=NOW)
    assert again(promotion).state == state


@pytest.mark.parametrize("state", [state for state in PromotionState if state != PromotionState.REQUESTED])
def test_only_what_waits_is_approved(event: Event, staff: User, state: str) -> None:
    promotion = make_promotion(event, state=state)
    with pytest.raises(PromotionRequestError, match="stands at"):
        approve_promotion(promotion=promotion, revision=0, send_at=None, actor=staff, now=MORNING)


@pytest.mark.parametrize("refuse", [ask_for_changes, decline_promotion])
def test_the_second_of_two_staff_is_told(event: Event, staff: User, refuse: Refusal) -> None:
    promotion = make_promotion(event)
    other = make_staff(StaffTask.PROMOTIONS)
    approve_promotion(promotion=promotion, revision=0, send_at=None, actor=other, now=MORNING)
    with pytest.raises(StalePromotionError, match="since you opened it"):
        refuse(promotion=promotion, revision=0, text="No.", actor=staff, now=NOW)
    with pytest.raises(StalePromotionError):
        approve_promotion(promotion=promotion, revision=0, send_at=None, actor=staff, now=MORNING)
    assert again(promotion).decided_by == other


# --- what apps above object to --------------------------------------------------------------------------------


@pytest.fixture
def objection() -> Iterator[None]:
    before = dict(promotion_objections._checks)
    register_promotion_objection(object_to_pork)
    register_promotion_objection(object_to_pork)
    yield
    promotion_objections._checks.clear()
    promotion_objections._checks.update(before)


def object_to_pork(promotion: Promotion) -> str:
    return "It names an opponent." if "pork" in promotion.intro else ""


@pytest.mark.usefixtures("objection")
def test_what_an_app_objects_to_is_not_asked_for_nor_approved(
    event: Event, group: Group, host: User, staff: User
) -> None:
    wrong, right = make_plan(intro="There is pork."), make_plan()
    assert objections_to_promotion(drafted(event=event, group=group, plan=wrong)) == ["It names an opponent."]
    with pytest.raises(PromotionRequestError, match="names an opponent"):
        request_promotion(event=event, group=group, plan=wrong, actor=host, now=NOW)
    promotion = request_promotion(event=event, group=group, plan=right, actor=host, now=NOW)
    with pytest.raises(PromotionRequestError, match="names an opponent"):
        change_request(promotion=promotion, plan=wrong, revision=0, actor=host, now=NOW)
    Promotion.objects.filter(pk=promotion.pk).update(intro="pork")
    with pytest.raises(PromotionRequestError, match="names an opponent"):
        approve_promotion(promotion=promotion, revision=0, send_at=None, actor=staff, now=MORNING)
