"""The staff's queue of events, one event, and what is decided about it; and the groups that need no approval."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from affiliates.models import Group, Region
from affiliates.presence import come_and_look, leave
from foundation.accounts.models import User
from foundation.accounts.staff_pages import StaffPages
from foundation.places.states import state_name

from ..approvals import SHOWN_STATES, EventQueue, read_event_queue, states_in_queue
from ..emails.notices import place_of
from ..event_times import when_in_words
from ..forms_standing import EventChangesForm, EventDeclineForm, EventTurnForm
from ..hosts import hosts_of
from ..models import Event, EventKind, EventState, TrustedHost
from ..permissions import can_review_events
from ..standing import (
    StaleStandingError,
    StandingError,
    approve_event,
    ask_for_changes,
    decline_event,
    obstacles_to,
)
from ..trusted import TrustError, is_trusted, stop_trusting, trust_host

SHOWN = 100


events_page = StaffPages(can_review_events)
"""Views for staff who review events."""


# --- the queue ------------------------------------------------------------------------------------------------


@events_page("GET")
def national_events(request: HttpRequest, user: User) -> HttpResponse:
    """What waits, the oldest first."""
    queue = read_event_queue(request.GET)
    context = {
        "queue": queue,
        "events": list(queue.events(timezone.now())[:SHOWN]),
        "states": [(state.value, state.label) for state in SHOWN_STATES],
        "kinds": EventKind.choices,
        "homes": [(code, state_name(code)) for code in states_in_queue()],
        "regions": Region.objects.order_by("name"),
    }
    return render(request, "events/reviewing/queue.html", context)


# --- one event ------------------------------------------------------------------------------------------------


@events_page("GET")
def national_event(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The event as the public will see it, who asks, and what can be decided."""
    event = _event(pk)
    group = event.group
    context = {
        "event": event,
        "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
        "place": place_of(event),
        "hosts": hosts_of(event),
        "obstacles": obstacles_to(event, now=timezone.now()),
        "questions": event.questions.order_by("position"),
        "is_trusted": group is not None and is_trusted(group),
        "approved_before": Event.objects.filter(group=group, approved_at__isnull=False).count() if group else 0,
        "queue": read_event_queue(request.GET),
        "others": _look(event, user),
        "revision": event.revision,
    }
    return render(request, "events/reviewing/event.html", context)


@events_page("GET")
def national_event_presence(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Who else has it open: a piece of the page, which htmx asks for again and again."""
    if "HX-Request" not in request.headers:
        return redirect("national_event", pk)
    event = get_object_or_404(Event.objects.only("pk", "revision"), pk=pk)
    read = request.GET.get("revision", "")
    context = {
        "event": event,
        "others": _look(event, user),
        "is_stale": read.isdecimal() and len(read) < 10 and int(read) != event.revision,
        "revision": read if read.isdecimal() else event.revision,
    }
    response = render(request, "events/reviewing/presence.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _event(pk: int) -> Event:
    rows = Event.objects.select_related("group", "made_by", "campaign", "series").defer("position", "group__position")
    return get_object_or_404(rows, pk=pk, call__isnull=True)


def _look(event: Event, user: User) -> list[User]:
    return come_and_look(item=event.scope, user=user, now=timezone.now())


# --- deciding -------------------------------------------------------------------------------------------------


@events_page("POST")
def national_event_approve(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Approve it, and on to the next."""
    event, form = _event(pk), EventTurnForm(request.POST)
    if not form.is_valid():
        return _to_page(request, event)
    try:
        approve_event(event=event, revision=form.cleaned_data["revision"], actor=user, now=timezone.now())
    except StandingError as error:
        messages.error(request, str(error))
        return _to_page(request, event)
    return _on(request, user, event, _("“%(event)s” is approved. Its hosts are told.") % {"event": event})


@events_page("GET", "POST")
def national_event_changes(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Give it back to its hosts with what is to be changed."""
    event = _event(pk)
    form = _turn_form(request, event, EventChangesForm)
    if form.is_valid():
        try:
            ask_for_changes(event=event, actor=user, now=timezone.now(), **form.cleaned_data)
        except StandingError as error:
            form = _form_again(form, _event(pk), error)
        else:
            return _on(request, user, event, _("The hosts of “%(event)s” have it back.") % {"event": event})
    return _form_page(request, user, event, form, "changes")


@events_page("GET", "POST")
def national_event_decline(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Decline it with a reason."""
    event = _event(pk)
    form = _turn_form(request, event, EventDeclineForm)
    if form.is_valid():
        try:
            decline_event(event=event, actor=user, now=timezone.now(), **form.cleaned_data)
        except StandingError as error:
            form = _form_again(form, _event(pk), error)
        else:
            return _on(request, user, event, _("“%(event)s” is declined. Its hosts are told why.") % {"event": event})
    return _form_page(request, user, event, form, "decline")


def _turn_form[F: EventTurnForm](request: HttpRequest, event: Event, kind: type[F]) -> F:
    return kind(request.POST) if request.method == "POST" else kind(initial={"revision": event.revision})


def _form_again[F: EventTurnForm](form: F, event: Event, error: StandingError) -> F:
    """The form once more with what was typed and why it could not be done. Where it was stale it is fresh now."""
    if isinstance(error, StaleStandingError):
        form.data = {**form.data.dict(), "revision": str(event.revision)}  # type: ignore[attr-defined]
    form.add_error(None, str(error))
    return form


def _form_page(request: HttpRequest, user: User, event: Event, form: EventTurnForm, name: str) -> HttpResponse:
    context = {
        "event": event,
        "form": form,
        "queue": read_event_queue(request.GET),
        "others": _look(event, user),
        "revision": form["revision"].value(),
    }
    return render(request, f"events/reviewing/{name}.html", context, status=422 if form.errors else 200)


def _to_page(request: HttpRequest, event: Event) -> HttpResponse:
    return redirect(_with(read_event_queue(request.GET), reverse("national_event", args=[event.pk])))


def _on(request: HttpRequest, user: User, event: Event, said: str) -> HttpResponse:
    """On to the next of the queue, or back to the queue where none is left."""
    leave(item=event.scope, user=user)
    messages.success(request, said)
    queue = read_event_queue(request.GET)
    following = queue.next_after(event, timezone.now()) if queue.state == EventState.SUBMITTED else None
    there = reverse("national_event", args=[following.pk]) if following else reverse("national_events")
    return redirect(_with(queue, there))


def _with(queue: EventQueue, there: str) -> str:
    return f"{there}?{queue.query}" if queue.query else there


# --- trusted groups -------------------------------------------------------------------------------------------


@events_page("GET")
def trusted_hosts(request: HttpRequest, user: User) -> HttpResponse:
    """The groups whose events need no approval; `?q=` groups with a name like it, to trust."""
    name = " ".join(request.GET.get("q", "").split())[:120]
    trusted = (
        TrustedHost.objects.select_related("group", "by").defer("group__position").order_by("group__name_key", "pk")
    )
    found = Group.objects.listed().defer("position", "about", "plan").exclude(trusted_host__isnull=False)
    context = {"trusted": trusted, "name": name, "found": found.named_like(name)[:10] if name else []}
    return render(request, "events/reviewing/trusted.html", context)


@events_page("POST")
def trusted_host(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Trust a group with its events, or take that back."""
    group = get_object_or_404(Group.objects.defer("position"), pk=pk)
    if request.POST.get("do") == "stop":
        stop_trusting(group=group, actor=user)
        messages.success(request, _("Events of %(group)s wait for approval again.") % {"group": group})
        return redirect("trusted_hosts")
    try:
        trust_host(group=group, actor=user, now=timezone.now())
    except TrustError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Events of %(group)s need no approval from now on.") % {"group": group})
    return redirect("trusted_hosts")
