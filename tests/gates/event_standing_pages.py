"""Pages of events: standing. What hosts see of theirs, and the staff's queue."""

import datetime
from typing import Any

from django.utils import timezone

from affiliates.models import Group, Role
from events.emails.notices import MESSAGE
from events.models import Cohost, Event, EventQuestion, EventReport, EventState, NoticeKind, Rsvp, TrustedHost
from events.urls_standing import GROUP_EVENTS, HOSTED, NATIONAL_EVENTS
from foundation.accounts.models import StaffTask, User
from tests.events.making import make_attendance, make_event, make_guest, make_rsvp
from tests.factories import make_contact, make_group, make_staff

from .visits import Visit, page, send

DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)
LONG = "Kraftfahrzeughaftpflichtversicherungsgesellschaft"


def make_reviewer() -> User:
    return make_staff(StaffTask.PROMOTIONS, email="stella.staff@example.org")


def make_host() -> tuple[Group, User]:
    group = make_group("Table of Plenty")
    return group, make_contact(group)


def on(event: Event, below: str = "") -> str:
    return f"/organize/events/{event.pk}/{below}"


def with_answers(event: Event) -> Event:
    names = [("José", "Peñasco de la Cruz"), ("Ada", "Díaz"), ("Bo", LONG), ("Grace", "Hopper")]
    for number, (given, family) in enumerate(names):
        answers = [{"question": "What do you bring?", "answer": "Soup, and <b>bread</b>"}] if number else []
        person = make_guest(family_name=family)
        person.given_name = given
        person.save()
        make_rsvp(event, person, party_size=number + 1, answers=answers)
    make_rsvp(event, state="waiting", party_size=2)
    make_rsvp(event, state="maybe")
    make_rsvp(event, state="cant")
    now = timezone.now()
    Rsvp.objects.create(event=event, state="going", email="typed@example.org", answered_at=now, changed_at=now)
    return event


def make_over(group: Group, *, days: int = 2, title: str = "Soup night") -> Event:
    now = timezone.now()
    event = with_answers(make_event(group, title=title, starts_at=now - days * DAY, now=now - 9 * DAY))
    for rsvp in event.rsvps.filter(state="going", person__isnull=False)[:2]:
        make_attendance(event, rsvp.person, guests=rsvp.party_size - 1)
    make_attendance(event)
    return event


# --- of a group -----------------------------------------------------------------------------------------------


@page(GROUP_EVENTS)
def group_events() -> Visit:
    group, host = make_host()
    now = timezone.now()
    with_answers(make_event(group, title=f"Canvass: {LONG}", now=now, capacity=40))
    make_event(group, state=EventState.DRAFT, now=now, asked="Say where the door is.")
    make_event(group, state=EventState.SUBMITTED, submitted_at=now, now=now)
    make_event(group, state=EventState.CANCELLED, cancelled_at=now, approved_at=now, now=now)
    joined = make_event(make_group("Friends of Soup"), now=now)
    Cohost.objects.create(event=joined, group=group, asked_at=now, accepted_at=now)
    make_over(group)
    return Visit(f"/organize/groups/{group.slug}/events/", user=host)


@page(GROUP_EVENTS)
def group_events_none() -> Visit:
    group, host = make_host()
    return Visit(f"/organize/groups/{group.slug}/events/", user=host)


@page(GROUP_EVENTS)
def group_events_of_a_forming_group() -> Visit:
    group = make_group(status="forming")
    return Visit(f"/organize/groups/{group.slug}/events/", user=make_contact(group), status=403)


@page(f"{GROUP_EVENTS}history/")
def group_events_history() -> Visit:
    group, host = make_host()
    for days in (2, 9, 30):
        make_over(group, days=days, title=f"{LONG} {days}")
    event = make_event(group, starts_at=timezone.now() - 4 * DAY)
    EventReport.objects.create(event=event, head_count=1200, at=timezone.now())
    return Visit(f"/organize/groups/{group.slug}/events/history/", user=host)


@page(f"{GROUP_EVENTS}history/")
def group_events_history_none() -> Visit:
    group, host = make_host()
    return Visit(f"/organize/groups/{group.slug}/events/history/", user=host)


def make_invitation(**said: datetime.datetime) -> Visit:
    group, host = make_host()
    event = make_event(make_group("Friends of Soup"), now=timezone.now(), about=f"We cook.\n\n{LONG}")
    cohost = Cohost.objects.create(event=event, group=group, asked_at=timezone.now(), **said)
    return Visit(f"/organize/groups/{group.slug}/events/invitations/{cohost.pk}/", user=host)


@page(f"{GROUP_EVENTS}invitations/<int:pk>/")
def cohost_invitation() -> Visit:
    return make_invitation()


@page(f"{GROUP_EVENTS}invitations/<int:pk>/")
def cohost_invitation_declined() -> Visit:
    return make_invitation(declined_at=timezone.now())


@page("organize/groups/<slug:slug>/")
def group_dashboard_on_the_day_of_an_event() -> Visit:
    group, host = make_host()
    with_answers(make_event(group, starts_at=timezone.now() + HOUR, now=timezone.now()))
    make_over(group)
    return Visit(f"/organize/groups/{group.slug}/", user=host)


@page("organize/groups/<slug:slug>/")
def group_dashboard_of_a_check_in_helper() -> Visit:
    group = make_group("Table of Plenty")
    make_event(group, starts_at=timezone.now() + HOUR, now=timezone.now())
    return Visit(f"/organize/groups/{group.slug}/", user=make_contact(group, role=Role.HELPER))


@page("me/")
def me_on_the_day_of_an_event() -> Visit:
    group, host = make_host()
    make_event(group, starts_at=timezone.now() + HOUR, now=timezone.now())
    return Visit("/me/", user=host)


# --- of one event ---------------------------------------------------------------------------------------------


@page(HOSTED)
def event_home_of_a_draft() -> Visit:
    group, host = make_host()
    event = make_event(group, now=timezone.now(), state=EventState.DRAFT, title=LONG)
    return Visit(on(event), user=host)


@page(HOSTED)
def event_home_of_a_draft_sent_back() -> Visit:
    group, host = make_host()
    asked = f"Say where the door is.\nAnd: {LONG}"
    event = make_event(group, now=timezone.now(), state=EventState.DRAFT, asked=asked, latitude=None, longitude=None)
    return Visit(on(event), user=host)


@page(HOSTED)
def event_home_while_it_waits() -> Visit:
    group, host = make_host()
    now = timezone.now()
    return Visit(on(make_event(group, now=now, state=EventState.SUBMITTED, submitted_at=now)), user=host)


@page(HOSTED)
def event_home_declined() -> Visit:
    group, host = make_host()
    return Visit(on(make_event(group, now=timezone.now(), state=EventState.DECLINED, asked="Not ours.")), user=host)


@page(HOSTED)
def event_home_cancelled() -> Visit:
    group, host = make_host()
    now = timezone.now()
    off: dict[str, Any] = {"cancelled_at": now, "approved_at": now, "cancelled_because": "The roof leaks."}
    return Visit(on(make_event(group, now=now, state=EventState.CANCELLED, **off)), user=host)


@page(HOSTED)
def event_home_of_today() -> Visit:
    group, host = make_host()
    now = timezone.now()
    event = with_answers(make_event(group, starts_at=now + HOUR, now=now, capacity=60, format="hybrid"))
    Cohost.objects.create(event=event, group=make_group("Friends of Soup"), asked_at=now)
    return Visit(on(event), user=host)


@page(HOSTED)
def event_home_without_answers() -> Visit:
    group, host = make_host()
    return Visit(on(make_event(group, now=timezone.now())), user=host)


@page(HOSTED)
def event_home_afterwards() -> Visit:
    group, host = make_host()
    return Visit(on(make_over(group)), user=host)


@page(HOSTED)
def event_home_with_a_report() -> Visit:
    group, host = make_host()
    event = make_over(group)
    EventReport.objects.create(event=event, head_count=31, text="Good soup.\n\nMore bread.", by=host, at=timezone.now())
    return Visit(on(event), user=host)


@page(HOSTED)
def event_home_for_staff() -> Visit:
    return Visit(on(make_event(None, now=timezone.now())), user=make_reviewer())


@page(f"{HOSTED}answers/")
def event_answers() -> Visit:
    group, host = make_host()
    return Visit(on(with_answers(make_event(group, now=timezone.now())), "answers/"), user=host)


@page(f"{HOSTED}answers/")
def event_answers_that_wait() -> Visit:
    group, host = make_host()
    return Visit(on(with_answers(make_event(group, now=timezone.now())), "answers/?show=waiting"), user=host)


@page(f"{HOSTED}answers/")
def event_answers_none() -> Visit:
    group, host = make_host()
    return Visit(on(make_event(group, now=timezone.now()), "answers/"), user=host)


@page(f"{HOSTED}message/")
def event_message() -> Visit:
    group, host = make_host()
    event = with_answers(make_event(group, now=timezone.now()))
    event.notices.create(
        kind=NoticeKind.MESSAGE, sequence=0, subject=MESSAGE, text=f"Bring soup: {LONG}", by=host,
        at=timezone.now() - HOUR, recipients=1, queued_at=timezone.now(),
    )  # fmt: skip
    return Visit(on(event, "message/"), user=host)


@page(f"{HOSTED}message/")
def event_message_without_a_word() -> Visit:
    group, host = make_host()
    return Visit(on(make_event(group, now=timezone.now()), "message/"), user=host, then=send(), status=422)


@page(f"{HOSTED}message/")
def event_message_preview() -> Visit:
    group, host = make_host()
    event = with_answers(make_event(group, now=timezone.now()))
    return Visit(on(event, "message/"), user=host, then=send(subject="Bring soup", text=f"Hello {LONG}"))


@page(f"{HOSTED}report/")
def event_report() -> Visit:
    group, host = make_host()
    return Visit(on(make_over(group), "report/"), user=host)


@page(f"{HOSTED}report/")
def event_report_of_nothing() -> Visit:
    group, host = make_host()
    return Visit(on(make_over(group), "report/"), user=host, then=send(), status=422)


@page(f"{HOSTED}report/")
def event_report_too_early() -> Visit:
    group, host = make_host()
    return Visit(on(make_event(group, now=timezone.now()), "report/"), user=host)


@page(f"{HOSTED}cancel/")
def event_cancel() -> Visit:
    group, host = make_host()
    return Visit(on(with_answers(make_event(group, now=timezone.now())), "cancel/"), user=host)


@page(f"{HOSTED}cancel/")
def event_cancel_without_a_reason() -> Visit:
    group, host = make_host()
    return Visit(on(make_event(group, now=timezone.now()), "cancel/"), user=host, then=send(), status=422)


@page(f"{HOSTED}cancel/")
def event_cancel_of_a_draft() -> Visit:
    group, host = make_host()
    return Visit(on(make_event(group, now=timezone.now(), state=EventState.DRAFT), "cancel/"), user=host)


@page(f"{HOSTED}cancel/")
def event_cancel_too_late() -> Visit:
    group, host = make_host()
    return Visit(on(make_over(group), "cancel/"), user=host)


@page(f"{HOSTED}hosts/")
def event_hosts() -> Visit:
    group, host = make_host()
    now = timezone.now()
    event = make_event(group, now=now)
    for name, said in (("Friends of Soup", {"accepted_at": now}), (LONG, {}), ("No thanks", {"declined_at": now})):
        Cohost.objects.create(event=event, group=make_group(name), asked_at=now, **said)
    make_group("Soup for all")
    return Visit(on(event, "hosts/?q=soup"), user=host)


@page(f"{HOSTED}hosts/")
def event_hosts_alone() -> Visit:
    group, host = make_host()
    return Visit(on(make_event(group, now=timezone.now()), "hosts/?q=nobody"), user=host)


@page(f"{HOSTED}hosts/<int:cohost>/end/")
def cohost_end() -> Visit:
    group, host = make_host()
    event, now = make_event(group, now=timezone.now()), timezone.now()
    cohost = Cohost.objects.create(event=event, group=make_group("Friends"), asked_at=now, accepted_at=now)
    return Visit(on(event, f"hosts/{cohost.pk}/end/"), user=host)


# --- of the staff ---------------------------------------------------------------------------------------------


def make_waiting(days: int = 2, **fields: Any) -> Event:
    now = timezone.now()
    values: dict[str, Any] = {"state": EventState.SUBMITTED, "submitted_at": now - days * DAY, "now": now, **fields}
    return make_event(make_group(f"Group {LONG}"), **values)


@page(NATIONAL_EVENTS)
def national_events() -> Visit:
    for days in (2, 9):
        make_waiting(days, title=f"{LONG} {days}")
    make_waiting(0, format="online", latitude=None, longitude=None, place_name="")
    return Visit("/national/events/", user=make_reviewer())


@page(NATIONAL_EVENTS)
def national_events_none() -> Visit:
    return Visit("/national/events/", user=make_reviewer())


@page(NATIONAL_EVENTS)
def national_events_filtered() -> Visit:
    make_waiting()
    return Visit("/national/events/?kind=rally", user=make_reviewer())


@page(NATIONAL_EVENTS)
def national_events_approved() -> Visit:
    make_event(None, now=timezone.now())
    return Visit("/national/events/?state=approved", user=make_reviewer())


@page(f"{NATIONAL_EVENTS}<int:pk>/")
def national_event() -> Visit:
    event = make_waiting(
        about=f"We cook.\n\n{LONG} https://example.org/x", format="hybrid", is_address_public=False, capacity=40,
        join_link="https://meet.example.org/x", join_words="PIN 7", spoken=["English", "ASL"],
    )  # fmt: skip
    EventQuestion.objects.create(event=event, position=1, text="What do you bring?", choices=["Soup", "Bread"])
    return Visit(f"/national/events/{event.pk}/", user=make_reviewer())


@page(f"{NATIONAL_EVENTS}<int:pk>/")
def national_event_with_obstacles() -> Visit:
    event = make_waiting(latitude=None, longitude=None)
    return Visit(f"/national/events/{event.pk}/", user=make_reviewer())


@page(f"{NATIONAL_EVENTS}<int:pk>/")
def national_event_approved() -> Visit:
    group = make_group()
    event = make_event(group, now=timezone.now())
    TrustedHost.objects.create(group=group, since=timezone.now())
    return Visit(f"/national/events/{event.pk}/", user=make_reviewer())


@page(f"{NATIONAL_EVENTS}<int:pk>/changes/")
def national_event_changes() -> Visit:
    return Visit(f"/national/events/{make_waiting().pk}/changes/", user=make_reviewer())


@page(f"{NATIONAL_EVENTS}<int:pk>/changes/")
def national_event_changes_without_a_word() -> Visit:
    return Visit(f"/national/events/{make_waiting().pk}/changes/", user=make_reviewer(), then=send(), status=422)


@page(f"{NATIONAL_EVENTS}<int:pk>/decline/")
def national_event_decline() -> Visit:
    return Visit(f"/national/events/{make_waiting().pk}/decline/", user=make_reviewer())


@page(f"{NATIONAL_EVENTS}<int:pk>/decline/")
def national_event_decline_without_a_reason() -> Visit:
    return Visit(f"/national/events/{make_waiting().pk}/decline/", user=make_reviewer(), then=send(), status=422)


@page(f"{NATIONAL_EVENTS}trusted/")
def trusted_hosts() -> Visit:
    staff = make_reviewer()
    TrustedHost.objects.create(group=make_group(f"Soup {LONG}"), since=timezone.now(), by=staff)
    make_group("Soup for all")
    return Visit("/national/events/trusted/?q=soup", user=staff)


@page(f"{NATIONAL_EVENTS}trusted/")
def trusted_hosts_none() -> Visit:
    return Visit("/national/events/trusted/?q=nobody", user=make_reviewer())
