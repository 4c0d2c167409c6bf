"""What a page shows of answering: the box on the event's page, and the page behind the link of an answer."""

import datetime
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from affiliates.models import Group
from members.models import ConsentWording
from members.wordings import fill_wording

from .emails.notices import place_of
from .event_pages import answer_of, opens_way_in, way_in_of
from .event_times import when_in_words
from .forms_answering import AnswerForm, answer_form, is_known
from .line import ClosedEventError, position_in_line, refuse_closed
from .links import answer_token, ticket_token
from .models import Event, Rsvp, RsvpState


@dataclass(frozen=True)
class Box:
    """What the event's page offers to this visitor.

    Either it is `closed` (why, in words), or it leads to a call's own page (`call_page`), or there is `rsvp`, the
    visitor's own answer with the `link` to it, or the `form`. `is_full` says that whoever answers now waits, behind
    `waiting` others.
    """

    event: Event
    when: str
    closed: str = ""
    call_page: str = ""
    rsvp: Rsvp | None = None
    link: str = ""
    position: int = 0
    form: AnswerForm | None = None
    is_known: bool = False
    is_full: bool = False
    waiting: int = 0


def answering_box(request: HttpRequest, event: Event, now: datetime.datetime, *, form: AnswerForm | None = None) -> Box:
    """The box for whoever sends `request`; `form` is the one that they posted, with what is wrong in it."""
    when = when_in_words(event.starts_at, event.ends_at, event.time_zone)
    if event.call and not event.is_over(now):
        return Box(event, when, call_page=reverse("organize" if event.call.region_id else "organizing_calls"))
    try:
        refuse_closed(event, now)
    except ClosedEventError as error:
        return Box(event, when, closed=str(error))
    rsvp = answer_of(event, request.user)
    if rsvp and form is None:
        position = position_in_line(rsvp) if rsvp.state == RsvpState.WAITING else 0
        return Box(event, when, rsvp=rsvp, link=reverse("answer", args=[answer_token(rsvp)]), position=position)
    waiting = 0 if event.capacity is None else event.rsvps.filter(state=RsvpState.WAITING).count()
    return Box(
        event,
        when,
        form=form or answer_form(event, request.user),
        is_known=is_known(request.user),
        is_full=waiting > 0 or event.places_left == 0,
        waiting=waiting,
    )


@dataclass(frozen=True)
class AnswerPage:
    """What the page behind an answer's link says. `closed` is why nothing can be changed any more; empty while it can.

    `ticket` is what the attendee's own code refers to the answer by, for those who may come.
    """

    when: str
    place: str
    shows_link: bool
    closed: str
    position: int
    guests: int
    ticket: str


def answer_page(rsvp: Rsvp, now: datetime.datetime) -> AnswerPage:
    """The page of `rsvp`, in the active language."""
    event, is_let_in = rsvp.event, opens_way_in(rsvp)
    way_in = way_in_of(event, is_shown=is_let_in)
    try:
        refuse_closed(event, now)
        closed = ""
    except ClosedEventError as error:
        closed = str(error)
    return AnswerPage(
        when=when_in_words(event.starts_at, event.ends_at, event.time_zone),
        place=place_of(event, is_exact=way_in.address),
        shows_link=way_in.link,
        closed=closed,
        position=position_in_line(rsvp) if rsvp.state == RsvpState.WAITING else 0,
        guests=rsvp.party_size - 1,
        ticket=ticket_token(rsvp) if is_let_in and not closed else "",
    )


def words_agreed_to(rsvp: Rsvp) -> list[str]:
    """What was ticked, word for word, for groups that are still in force."""
    ticked = [asked for asked in rsvp.consents if asked["is_ticked"]]
    wordings = ConsentWording.objects.in_bulk([asked["wording"] for asked in ticked])
    groups = Group.objects.listed().defer("position").in_bulk([asked["group"] for asked in ticked if asked["group"]])
    return [
        fill_wording(wordings[asked["wording"]].text, group=groups[asked["group"]].name if asked["group"] else "")
        for asked in ticked
        if asked["group"] is None or asked["group"] in groups
    ]
