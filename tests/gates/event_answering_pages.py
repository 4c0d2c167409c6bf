"""Pages of events: answering, the page behind an answer's link, the host's waiting list."""

from django.utils import timezone

from affiliates.sign_up import Answer
from events.answering import Typed, answer_event
from events.links import answer_token
from events.models import Event, EventQuestion, EventState, Rsvp, RsvpState
from events.urls_answering import ANSWER, LINE
from members.models import ConsentPurpose
from tests.events.making import make_event, make_guest, make_rsvp
from tests.factories import make_contact, make_group, make_user

from .visits import Visit, page, send

ASK = "events/<slug:slug>/answer/"
ADA = {"name": "Ada Díaz", "email": "ada@example.org"}


def soon(**fields: object) -> Event:
    """An event tomorrow of a group, with all that can be asked."""
    group = make_group("Table of Plenty")
    event = make_event(group, now=timezone.now(), title="Soup night for everybody", **fields)  # type: ignore[arg-type]
    EventQuestion.objects.create(event=event, position=1, text="Do you need a ride?")
    EventQuestion.objects.create(event=event, position=2, text="What do you bring?", choices=["Salad", "Bread"])
    return event


def full() -> Event:
    """An event whose places are taken, with somebody who waits."""
    event = soon(capacity=1)
    make_rsvp(event, now=timezone.now())
    make_rsvp(event, make_guest("grace@example.org"), state=RsvpState.WAITING, party_size=3, now=timezone.now())
    return event


def link_of(rsvp: Rsvp) -> str:
    return f"/events/answers/{answer_token(rsvp)}/"


def own(event: Event, state: str = RsvpState.GOING, **fields: object) -> Visit:
    """The page behind the link of a confirmed answer."""
    return Visit(link_of(make_rsvp(event, state=state, now=timezone.now(), **fields)))  # type: ignore[arg-type]


def pending(event: Event, state: RsvpState = RsvpState.GOING) -> Visit:
    """The page behind the link of an answer that waits to be confirmed."""
    consents = [
        Answer(ConsentPurpose.SHARING, event.group, is_ticked=True),
        Answer(ConsentPurpose.NETWORK_MAIL, None, is_ticked=True),
    ]
    typed = Typed(email="ada@example.org", language="en", state=state, given_name="Ada", consents=consents)
    answer_event(event=event, typed=typed, now=timezone.now())
    return Visit(link_of(Rsvp.objects.get(email="ada@example.org")))


# --- asked ----------------------------------------------------------------------------------------------------


@page(ASK)
def event_answer_asked() -> Visit:
    return Visit(f"/events/{soon(capacity=20).slug}/answer/")


@page(ASK)
def event_answer_asked_of_somebody_signed_in() -> Visit:
    return Visit(f"/events/{soon().slug}/answer/", user=make_user("ada@example.org"))


@page(ASK)
def event_answer_with_errors() -> Visit:
    path = f"/events/{soon().slug}/answer/"
    return Visit(path, then=send(press="main button[value=going]", email="x", party_size="500"), status=422)


@page(ASK)
def event_answer_when_full() -> Visit:
    return Visit(f"/events/{full().slug}/answer/")


@page(ASK)
def event_answer_closed() -> Visit:
    event = soon()
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED, cancelled_at=timezone.now())
    return Visit(f"/events/{event.slug}/answer/", status=410)


@page(ASK)
def event_answer_of_somebody_who_has_answered() -> Visit:
    user, event = make_user("grace@example.org"), full()
    return Visit(f"/events/{event.slug}/answer/", user=user)


@page("events/answers/sent/")
def event_answer_sent() -> Visit:
    path = f"/events/{soon().slug}/answer/"
    return Visit(path, then=send(press="main button[value=going]", **ADA))


@page("events/answers/forgotten/")
def event_answer_forgotten() -> Visit:
    return Visit("/events/answers/forgotten/")


# --- behind the link ------------------------------------------------------------------------------------------


@page(ANSWER)
def event_answer_to_confirm() -> Visit:
    return pending(soon())


@page(ANSWER)
def event_answer_to_confirm_for_the_line() -> Visit:
    return pending(full())


@page(ANSWER)
def event_answer_going() -> Visit:
    event = soon(format="hybrid", join_link="https://meet.example.org/soup", join_words="Or call 617 555 0123.")
    return own(event, party_size=2, answers=[{"question": "Do you need a ride?", "answer": "Yes, " * 40}])


@page(ANSWER)
def event_answer_waiting() -> Visit:
    return own(full(), RsvpState.WAITING)


@page(ANSWER)
def event_answer_maybe() -> Visit:
    return own(soon(), RsvpState.MAYBE)


@page(ANSWER)
def event_answer_cancelled() -> Visit:
    return own(soon(), RsvpState.CANT)


@page(ANSWER)
def event_answer_change_with_errors() -> Visit:
    visit = own(soon())
    return Visit(visit.path, then=send(press="main button[value=change]", party_size="500"), status=422)


@page(ANSWER)
def event_answer_of_a_cancelled_event() -> Visit:
    event = soon()
    visit = own(event)
    Event.objects.filter(pk=event.pk).update(state=EventState.CANCELLED, cancelled_at=timezone.now())
    return visit


@page(ANSWER)
def event_answer_link_cut_off() -> Visit:
    return Visit("/events/answers/abc/", status=404)


# --- the host's -----------------------------------------------------------------------------------------------


@page(LINE)
def event_line() -> Visit:
    event = full()
    assert event.group
    pending(event)
    return Visit(f"/organize/events/{event.pk}/line/", user=make_contact(event.group))


@page(LINE)
def event_line_of_nobody() -> Visit:
    event = soon(capacity=5)
    assert event.group
    return Visit(f"/organize/events/{event.pk}/line/", user=make_contact(event.group))
