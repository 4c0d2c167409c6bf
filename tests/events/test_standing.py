"""Where an event stands: what may become of it, who is told, and what happens when an agreement ends."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from affiliates.models import Agreement, Group, GroupStatus
from affiliates.signals import agreement_ended
from events import objections
from events.models import Cohost, Event, EventNotice, EventState, NoticeKind, TrustedHost
from events.notices import send_message
from events.objections import objections_to, register_objection
from events.standing import (
    StaleStandingError,
    StandingError,
    approve_event,
    ask_for_changes,
    cancel_event,
    close_events_of,
    decline_event,
    submit_event,
)
from events.trusted import TrustError, is_trusted, stop_trusting, trust_host
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_staff, make_user

from .making import NOW, TOMORROW, make_event, make_rsvp

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def host(group: Group) -> User:
    return make_contact(group, "host@example.org")


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PROMOTIONS)


def draft(group: Group | None, **fields: Any) -> Event:
    return make_event(group, state=EventState.DRAFT, **fields)


def submitted(group: Group | None, **fields: Any) -> Event:
    return make_event(group, state=EventState.SUBMITTED, submitted_at=NOW, **fields)


def again(event: Event) -> Event:
    return Event.objects.get(pk=event.pk)


def mails() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.order_by("to_email", "pk").values_list("to_email", "purpose"))


# --- submitted ------------------------------------------------------------------------------------------------


def test_a_groups_event_waits_for_national(group: Group, host: User) -> None:
    event = draft(group, asked="a better title")
    submit_event(event=event, actor=host, now=NOW)
    held = again(event)
    assert (held.state, held.submitted_at, held.asked, held.approved_at) == (EventState.SUBMITTED, NOW, "", None)
    assert held.revision == event.revision + 1
    assert AuditEntry.objects.get(subject=event.scope).action == "submitted event"
    assert mails() == []


def test_a_trusted_groups_event_is_public_at_once(group: Group, host: User, staff: User) -> None:
    trust_host(group=group, actor=staff, now=NOW)
    event = draft(group)
    assert submit_event(event=event, actor=host, now=NOW).state == EventState.APPROVED
    held = again(event)
    assert (held.approved_at, held.submitted_at) == (NOW, NOW)
    assert Group.objects.get(pk=group.pk).next_event_at == event.starts_at


def test_an_event_of_the_network_needs_no_approval(staff: User) -> None:
    event = draft(None)
    submit_event(event=event, actor=staff, now=NOW)
    assert again(event).state == EventState.APPROVED


@pytest.mark.parametrize(
    "state", [EventState.APPROVED, EventState.DECLINED, EventState.CANCELLED, EventState.SUBMITTED]
)
def test_only_a_draft_is_submitted(group: Group, host: User, state: str) -> None:
    event = make_event(group, state=state, cancelled_at=NOW if state == EventState.CANCELLED else None)
    with pytest.raises(StandingError, match="stands at"):
        submit_event(event=event, actor=host, now=NOW)
    assert again(event).state == state


def test_what_would_begin_in_the_past_is_not_submitted(group: Group, host: User) -> None:
    with pytest.raises(StandingError, match="in the past"):
        submit_event(event=draft(group, starts_at=NOW - HOUR), actor=host, now=NOW)


def test_what_lies_nowhere_is_not_submitted(group: Group, host: User) -> None:
    nowhere = {"latitude": None, "longitude": None}
    with pytest.raises(StandingError, match="where it is"):
        submit_event(event=draft(group, **nowhere), actor=host, now=NOW)
    online = draft(group, **nowhere, place_name="", format="online")
    submit_event(event=online, actor=host, now=NOW)
    assert again(online).state == EventState.SUBMITTED


def test_a_group_that_is_not_in_force_submits_nothing(host: User) -> None:
    forming = make_group(status=GroupStatus.FORMING)
    with pytest.raises(StandingError, match="not in force"):
        submit_event(event=draft(forming), actor=host, now=NOW)


@pytest.fixture
def objection() -> Iterator[None]:
    before = dict(objections._checks)
    register_objection(object_to_rallies)
    register_objection(object_to_rallies)
    yield
    objections._checks.clear()
    objections._checks.update(before)


def object_to_rallies(event: Event) -> str:
    return "No rallies for an opponent." if event.kind == "rally" else ""


@pytest.mark.usefixtures("objection")
def test_an_objection_keeps_it_from_being_submitted_and_approved(group: Group, host: User, staff: User) -> None:
    event = draft(group, kind="rally")
    assert objections_to(event) == ["No rallies for an opponent."]
    with pytest.raises(StandingError, match="opponent"):
        submit_event(event=event, actor=host, now=NOW)
    with pytest.raises(StandingError, match="opponent"):
        approve_event(event=submitted(group, kind="rally"), revision=0, actor=staff, now=NOW)
    submit_event(event=draft(group), actor=host, now=NOW)


# --- decided by staff -----------------------------------------------------------------------------------------


def test_what_staff_approve_is_public_and_its_hosts_are_told(group: Group, host: User, staff: User) -> None:
    make_contact(group, "helper@example.org", role="helper")
    event = submitted(group)
    approve_event(event=event, revision=0, actor=staff, now=NOW)
    held = again(event)
    assert (held.state, held.approved_at, held.revision, held.sequence) == (EventState.APPROVED, NOW, 1, 1)
    assert Group.objects.get(pk=group.pk).next_event_at == event.starts_at
    [mail] = OutgoingMail.objects.all()
    assert (mail.to_email, mail.purpose, mail.scope) == (host.email, "event approved", group.scope)
    assert event.get_absolute_url() in mail.text


def test_whoever_decides_on_an_older_reading_is_told(group: Group, staff: User) -> None:
    event = submitted(group, revision=3)
    for act, words in ((approve_event, {}), (ask_for_changes, {"text": "x"}), (decline_event, {"text": "x"})):
        with pytest.raises(StaleStandingError):
            act(event=event, revision=2, actor=staff, now=NOW, **words)
    assert again(event).state == EventState.SUBMITTED


def test_of_two_who_approve_one_does(group: Group, host: User, staff: User) -> None:
    event = submitted(group)
    approve_event(event=event, revision=0, actor=staff, now=NOW)
    with pytest.raises(StandingError):
        approve_event(event=event, revision=0, actor=staff, now=NOW)
    assert len(mails()) == 1


def test_what_waited_until_it_began_is_not_approved(group: Group, staff: User) -> None:
    with pytest.raises(StandingError, match="in the past"):
        approve_event(event=submitted(group), revision=0, actor=staff, now=NOW + 2 * TOMORROW)


def test_changes_are_asked_for_in_words_and_it_is_a_draft_again(group: Group, host: User, staff: User) -> None:
    event = submitted(group)
    ask_for_changes(event=event, revision=0, text=" Say where the door is. ", actor=staff, now=NOW)
    held = again(event)
    assert (held.state, held.asked) == (EventState.DRAFT, "Say where the door is.")
    [mail] = OutgoingMail.objects.all()
    assert (mail.to_email, "Say where the door is." in mail.text) == (host.email, True)
    submit_event(event=event, actor=host, now=NOW + HOUR)
    assert again(event).asked == ""


def test_it_is_declined_with_a_reason_and_for_good(group: Group, host: User, staff: User) -> None:
    event = submitted(group)
    decline_event(event=event, revision=0, text="Not ours.", actor=staff, now=NOW)
    held = again(event)
    assert (held.state, held.asked) == (EventState.DECLINED, "Not ours.")
    assert mails() == [(host.email, "event declined")]
    for act in (submit_event,):
        with pytest.raises(StandingError):
            act(event=event, actor=host, now=NOW)
    with pytest.raises(StandingError):
        cancel_event(event=event, because="x", actor=host, now=NOW)


@pytest.mark.parametrize("act", [ask_for_changes, decline_event])
def test_nobody_sends_it_back_without_a_word(group: Group, staff: User, act: object) -> None:
    event = submitted(group)
    with pytest.raises(StandingError, match="in words"):
        act(event=event, revision=0, text="  ", actor=staff, now=NOW)  # type: ignore[operator]
    assert again(event).state == EventState.SUBMITTED


def test_of_an_event_of_the_network_whoever_wrote_it_is_told(staff: User) -> None:
    decline_event(event=submitted(None, made_by=staff), revision=0, text="No.", actor=staff, now=NOW)
    assert mails() == [(staff.email, "event declined")]


# --- cancelled ------------------------------------------------------------------------------------------------


def test_whoever_answered_is_told_that_it_is_off(group: Group, host: User) -> None:
    other = make_contact(group, "other@example.org")
    event = make_event(group)
    make_rsvp(event)
    cancel_event(event=event, because=" The roof leaks. ", actor=host, now=NOW)
    held = again(event)
    assert (held.state, held.cancelled_at, held.cancelled_because) == (EventState.CANCELLED, NOW, "The roof leaks.")
    assert held.approved_at is not None  # its page stays
    assert held.sequence == event.sequence + 1
    notice = EventNotice.objects.get(event=event)
    assert (notice.kind, notice.sequence, notice.by) == (NoticeKind.CANCELLED, held.sequence, host)
    assert mails() == [(other.email, "event cancelled, to hosts")]
    assert Group.objects.get(pk=group.pk).next_event_at is None


def test_an_approved_event_is_not_cancelled_without_a_reason(group: Group, host: User) -> None:
    with pytest.raises(StandingError, match="Say why"):
        cancel_event(event=make_event(group), because=" ", actor=host, now=NOW)


@pytest.mark.parametrize("state", [EventState.DRAFT, EventState.SUBMITTED])
def test_what_was_never_public_is_dropped_without_a_word(group: Group, host: User, state: str) -> None:
    event = make_event(group, state=state)
    cancel_event(event=event, because="", actor=host, now=NOW)
    assert again(event).state == EventState.CANCELLED
    assert event not in Event.objects.public()
    assert not EventNotice.objects.exists()
    assert mails() == []


def test_what_is_over_is_not_cancelled(group: Group, host: User) -> None:
    with pytest.raises(StandingError, match="over"):
        cancel_event(event=make_event(group), because="x", actor=host, now=NOW + 2 * TOMORROW)


def test_twice_is_a_refusal_and_tells_nobody_again(group: Group, host: User) -> None:
    event = make_event(group)
    cancel_event(event=event, because="x", actor=host, now=NOW)
    with pytest.raises(StandingError):
        cancel_event(event=event, because="y", actor=host, now=NOW)
    assert EventNotice.objects.count() == 1
    assert again(event).cancelled_because == "x"


# --- trusted --------------------------------------------------------------------------------------------------


def test_trust_is_given_once_and_taken_back(group: Group, staff: User) -> None:
    first = trust_host(group=group, actor=staff, now=NOW)
    assert trust_host(group=group, actor=staff, now=NOW + HOUR).since == first.since
    assert is_trusted(group)
    assert stop_trusting(group=group, actor=staff)
    assert not stop_trusting(group=group, actor=staff)
    assert not is_trusted(group)
    actions = AuditEntry.objects.filter(subject=group.scope).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["trusted host", "stopped trusting host"]


def test_a_group_that_is_not_in_force_is_not_trusted(staff: User) -> None:
    with pytest.raises(TrustError):
        trust_host(group=make_group(status=GroupStatus.ENDED), actor=staff, now=NOW)


# --- when an agreement ends -----------------------------------------------------------------------------------


def end(group: Group) -> None:
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.ENDED)
    group.refresh_from_db()
    agreement_ended.send(sender=Agreement, group=group, agreement=None, at=NOW)


def test_the_end_of_an_agreement_is_heard() -> None:
    receivers = agreement_ended._live_receivers(None)[0]
    assert close_events_of in receivers


def test_what_the_group_planned_is_declined(group: Group, host: User) -> None:
    one, other, foreign = draft(group), submitted(group), draft(make_group())
    end(group)
    assert [again(one).state, again(other).state] == [EventState.DECLINED] * 2
    assert "agreement" in again(one).asked
    assert again(foreign).state == EventState.DRAFT
    assert mails() == []


def test_what_is_to_come_is_cancelled_and_what_is_over_stays(group: Group, host: User) -> None:
    coming, over = make_event(group), make_event(group, starts_at=NOW - 2 * TOMORROW)
    make_rsvp(coming)
    end(group)
    held = again(coming)
    assert (held.state, held.cancelled_because) == (
        EventState.CANCELLED, "The group that planned it can no longer hold it. We are sorry.",
    )  # fmt: skip
    assert EventNotice.objects.filter(event=coming, kind=NoticeKind.CANCELLED).exists()
    assert again(over).state == EventState.APPROVED


def test_the_reason_is_in_the_language_of_the_event(group: Group) -> None:
    event = make_event(group, language="es")
    end(group)
    assert again(event).cancelled_because


def test_a_co_host_in_force_goes_on_with_it(group: Group, host: User) -> None:
    event, ended, heir, later = make_event(group), make_group(), make_group("Heirs"), make_group()
    keeper = make_contact(heir, "heir@example.org")
    rsvp = make_rsvp(event)
    send_message(event=event, subject="Hi", text="Hello", reply_to="", to_states=["going"], actor=host, now=NOW - HOUR)
    for hours, one in enumerate((ended, heir, later)):
        Cohost.objects.create(event=event, group=one, asked_at=NOW, accepted_at=NOW - (5 - hours) * HOUR)
    Cohost.objects.create(event=event, group=make_group(), asked_at=NOW)
    Group.objects.filter(pk=ended.pk).update(status=GroupStatus.ENDED)
    end(group)
    held = again(event)
    assert (held.state, held.group) == (EventState.APPROVED, heir)
    assert not Cohost.objects.filter(event=event, group=heir).exists()
    assert mails() == [(keeper.email, "event handed on")]
    assert not EventNotice.objects.filter(kind=NoticeKind.CANCELLED).exists()
    assert EventNotice.objects.get(kind=NoticeKind.MESSAGE).queued_at == NOW  # the former host's words go no further
    assert Group.objects.get(pk=heir.pk).next_event_at == event.starts_at
    assert Group.objects.get(pk=group.pk).next_event_at is None
    rsvp.refresh_from_db()


def test_it_holds_no_event_of_others_any_more_and_is_asked_no_more(group: Group) -> None:
    coming, over, asked = make_event(make_group()), make_event(make_group(), starts_at=NOW - 2 * TOMORROW), make_event()
    for event in (coming, over):
        Cohost.objects.create(event=event, group=group, asked_at=NOW, accepted_at=NOW)
    Cohost.objects.create(event=asked, group=group, asked_at=NOW)
    end(group)
    assert list(Cohost.objects.filter(group=group).values_list("event", flat=True)) == [over.pk]
    assert again(coming).state == EventState.APPROVED


def test_it_is_trusted_no_more(group: Group, staff: User) -> None:
    trust_host(group=group, actor=staff, now=NOW)
    end(group)
    assert not TrustedHost.objects.exists()


def test_somebody_without_a_group_is_no_keeper(group: Group) -> None:
    make_user()
    event = submitted(group)
    approve_event(event=event, revision=0, actor=make_staff(StaffTask.PROMOTIONS), now=NOW)
    assert mails() == []
