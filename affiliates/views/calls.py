"""The organizing calls as everybody sees them: when they are, and signing up for one."""

from typing import NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation.accounts.language import present_language
from foundation.accounts.models import User
from foundation.accounts.views import signed_in_user
from members.models import Person
from members.own_details import become_known, person_of

from .. import calls
from ..call_calendar import calendar_of
from ..call_times import have_same_clocks, when_in_words
from ..forms_calls import WhereForm
from ..models import Call, CallAnswer


class ShownCall(NamedTuple):
    """A call as the page shows it to one visitor. `here` is the time on their own clocks, where that is another."""

    call: Call
    when: str
    here: str
    answer: CallAnswer | None
    places_left: int | None

    @property
    def is_full(self) -> bool:
        return self.answer is None and self.places_left == 0


@require_safe
def organizing_calls(request: HttpRequest) -> HttpResponse:
    """`/groups/start/calls/`: the upcoming ones, those in the visitor's language first.

    `?near=02139` tells the times there; the person's own home is taken where it is known.
    """
    form = WhereForm(request.GET if "near" in request.GET else None)
    person = person_of(request.user) if isinstance(request.user, User) else None
    zone = form.zone if form.is_valid() else ""
    shown = shown_calls(person, zone or (person.time_zone if person else ""))
    shown.sort(key=lambda one: one.call.language != present_language())  # stable: by time within a language
    context = {"calls": shown, "form": form}
    return render(request, "affiliates/calls/organizing.html", context, status=422 if form.errors else 200)


def shown_calls(person: Person | None, zone: str) -> list[ShownCall]:
    """The upcoming organizing calls by time, as this person in this zone ("" for unknown) sees them."""
    upcoming = Call.objects.organizing().upcoming(timezone.now()).with_coming().select_related("host")
    answers = {answer.call_id: answer for answer in person.call_answers.coming()} if person else {}
    return [
        ShownCall(
            call,
            when_in_words(call.starts_at, call.ends_at, call.time_zone),
            time_here(call, zone),
            answers.get(call.pk),
            None if call.capacity is None else max(0, call.capacity - call.coming),
        )
        for call in upcoming
    ]


def time_here(call: Call, zone: str) -> str:
    """When the call is in `zone`; empty where that is unknown or its clocks show what the call's do."""
    if not zone or have_same_clocks(call.time_zone, zone, call.starts_at):
        return ""
    return when_in_words(call.starts_at, call.ends_at, zone)


@login_required
def call_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign up with one press. Whoever comes here from the sign-in page finds the button again."""
    user, call = signed_in_user(request), get_object_or_404(Call.objects.organizing(), pk=pk)
    if request.method == "POST":
        press_answer(request, user, call)
    return redirect("organizing_calls")


def press_answer(request: HttpRequest, user: User, call: Call) -> None:
    """Answer the call for whoever is signed in, and say what came of it."""
    now = timezone.now()
    try:
        calls.answer_call(call=call, person=become_known(user=user, now=now), now=now)
    except calls.CallError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You are signed up. We have sent you the link to join."))


@login_required
def call_answer_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the answer back."""
    user, call = signed_in_user(request), get_object_or_404(Call.objects.organizing(), pk=pk)
    if request.method == "POST":
        press_cancel(request, user, call)
    return redirect("organizing_calls")


def press_cancel(request: HttpRequest, user: User, call: Call) -> None:
    """Take the answer of whoever is signed in back, and say so."""
    person = person_of(user)
    if person and calls.cancel_answer(call=call, person=person, now=timezone.now()):
        messages.success(request, _("You are no longer signed up for this call."))


@require_safe
def call_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """The call for people's calendars; with the link for those who answered."""
    call = get_object_or_404(Call.objects.organizing(), pk=pk)
    person = person_of(request.user) if isinstance(request.user, User) else None
    has_answered = person is not None and person.call_answers.coming().filter(call=call).exists()
    return calendar_file(call, shows_way_in=has_answered)


def calendar_file(call: Call, *, shows_way_in: bool) -> HttpResponse:
    """The answer that carries the calendar file of a call."""
    body = calendar_of(call, shows_way_in=shows_way_in, now=timezone.now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="call-{call.pk}.ics"'
    return response
