"""The door, for those who check people in: the list, walk-ins, the code, the paper sheet, and presses sent later."""

import io
from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.documents.requesting import request_document

from ..door import DoorError, closes_at, is_open, refuse_closed
from ..door_codes import door_address, door_qr, make_new_code
from ..door_list import count_at_door, list_at_door, matching
from ..event_times import start_in_words, when_in_words
from ..forms_door import (
    GUEST_CHOICES,
    MalformedPressesError,
    PaperSizeForm,
    WalkInForm,
    press_of,
    read_presses,
    written_lines,
)
from ..models import CheckedInBy, Event
from ..sending import Answer, Do, Press, take_press, take_presses
from ..sheets import enter_sheet, paper_of
from .access import AtDoor, load_at_door

MOST_LINES = 1000
"""Lines of the list on one page. Others are found by their name."""
PIXELS_A_MODULE = 16


def _closed_because(event: Event, *, how: CheckedInBy = CheckedInBy.LIST) -> str:
    """Why nobody can be noted in this way now; empty where they can."""
    try:
        refuse_closed(event, timezone.now(), how=how)
    except DoorError as refused:
        return str(refused)
    return ""


# --- the list -------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_door(request: HttpRequest, pk: int) -> HttpResponse:
    """`/organize/events/<pk>/door/`: who answered, one press for each, and the search.

    Without JavaScript the search is a POST that changes nothing: names belong into no address.
    """
    return _draw_list(request, load_at_door(request, pk), words=request.POST.get("words", "")[:200])


def _draw_list(request: HttpRequest, here: AtDoor, *, words: str = "", form: WalkInForm | None = None) -> HttpResponse:
    event, closed = here.event, _closed_because(here.event)
    lines = list_at_door(event) if not closed or here.keeps_event else []
    found = matching(lines, words)
    context = {
        "event": event,
        "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
        "closed": closed,
        "keeps_event": here.keeps_event,
        "lines": found[:MOST_LINES],
        "left_out": len(found[MOST_LINES:]),
        "count": count_at_door(lines),
        "words": words,
        "guest_choices": GUEST_CHOICES,
        "form": form,
        "walk_in_form": form or WalkInForm(event=event),
        "tab": "list",
    }
    return render(request, "events/door/list.html", context, status=422 if form else 200)


@login_required
@require_POST
def door_press(request: HttpRequest, pk: int) -> HttpResponse:
    """One press without JavaScript: check in, or undo."""
    here = load_at_door(request, pk)
    answer = _take(here, press_of(here.event, request.POST))
    level = messages.ERROR if answer.state == "refused" else messages.SUCCESS
    messages.add_message(request, level, answer.words[:1].upper() + answer.words[1:])
    return redirect("event_door", pk=pk)


def _take(here: AtDoor, press: Press) -> Answer:
    """What becomes of a press; once the door is closed, only those who keep the event still take back."""
    now = timezone.now()
    if press.do == Do.UNDO and not here.keeps_event and not is_open(here.event, now):
        return Answer("refused", _("The door is closed. The hosts can still take it back."), press.who)
    return take_press(event=here.event, press=press, actor=here.user, now=now)


@login_required
@require_POST
def door_walk_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody who is not on the list, without JavaScript."""
    here = load_at_door(request, pk)
    form = WalkInForm(request.POST, event=here.event)
    if form.is_valid():
        answer = _take(here, Press(do=Do.WALK_IN, walk_in=form.walk_in))
        if answer.state != "refused":
            messages.success(request, f"{form.cleaned_data['given_name']}: {answer.words}")
            if answer.note:
                messages.warning(request, answer.note)
            return redirect("event_door", pk=pk)
        form.add_error(None, answer.words)
    return _draw_list(request, here, form=form)


@login_required
@require_POST
def door_send(request: HttpRequest, pk: int) -> HttpResponse:
    """What the page has queued, as JSON (see forms_door.read_presses). Answers each key, and with the new count."""
    here = load_at_door(request, pk)
    try:
        presses = read_presses(here.event, request.body)
    except MalformedPressesError:
        return JsonResponse({"error": "no list of at most 100 presses"}, status=400)
    now = timezone.now()
    if not here.keeps_event and not is_open(here.event, now):
        presses = [(key, Press(do=Do.CHECK_IN, problem=_closed_because(here.event))) for key, _press in presses]
    answers = take_presses(event=here.event, presses=presses, actor=here.user, now=now)
    count = count_at_door(list_at_door(here.event))
    return JsonResponse(
        {
            "answers": [
                {"key": str(key), "state": one.state, "words": one.words, "who": one.who, "note": one.note}
                for key, one in answers
            ],
            "count": count._asdict(),
        }
    )


# --- the code at the door -------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_door_code(request: HttpRequest, pk: int) -> HttpResponse:
    """The code, large, to be shown or printed. A press makes a new one."""
    here = load_at_door(request, pk)
    if request.method == "POST":
        make_new_code(event=here.event, actor=here.user)
        messages.success(request, _("This is the new code. The one before opens nothing any more."))
        return redirect("event_door_code", pk=pk)
    context = {
        "event": here.event,
        "closed": _closed_because(here.event, how=CheckedInBy.DOOR_QR),
        "qr": door_qr(here.event),
        "tab": "code",
    }
    return render(request, "events/door/code.html", context)


@login_required
@require_safe
def event_door_png(request: HttpRequest, pk: int) -> HttpResponse:
    """The code as a picture, for slides and signs."""
    event, picture = load_at_door(request, pk).event, io.BytesIO()
    segno.make(door_address(event), error="m", micro=False).save(picture, kind="png", scale=PIXELS_A_MODULE, border=4)
    response = HttpResponse(picture.getvalue(), content_type="image/png")
    response.headers["Content-Disposition"] = f'attachment; filename="door-{event.pk}.png"'
    return response


# --- paper ----------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_door_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Print the sheet; afterwards enter who came from it, on one page. Errors keep everything that was typed."""
    here = load_at_door(request, pk)
    if not here.keeps_event and timezone.now() > closes_at(here.event):
        raise Http404
    if request.method != "POST":
        return _draw_paper(request, here, written_lines(here.event), ticked=set())
    lines = written_lines(here.event, request.POST)
    ticked = request.POST.getlist("who")
    if any(form.errors for form in lines):
        return _draw_paper(request, here, lines, ticked=set(ticked))
    return _enter(request, here, lines, ticked)


def _enter(request: HttpRequest, here: AtDoor, lines: list[WalkInForm], ticked: list[str]) -> HttpResponse:
    written = {number: form.walk_in for number, form in enumerate(lines) if form.has_changed()}
    try:
        noted, problems = enter_sheet(
            event=here.event, ticked=ticked, written=written, actor=here.user, now=timezone.now()
        )
    except DoorError as refused:
        messages.error(request, str(refused))
        return _draw_paper(request, here, lines, ticked=set(ticked))
    if noted:
        words = ngettext("%(count)s person is noted.", "%(count)s people are noted.", noted)
        messages.success(request, words % {"count": noted})
    if not problems:
        return redirect("event_door_paper", pk=here.event.pk)
    blank = written_lines(here.event)
    for number, words in problems.items():
        lines[number].add_error("contact", words)
    left = [lines[number] if number in problems else blank[number] for number in range(len(lines))]
    return _draw_paper(request, here, left, ticked=set())


def _draw_paper(request: HttpRequest, here: AtDoor, lines: list[WalkInForm], *, ticked: set[str]) -> HttpResponse:
    everybody = list_at_door(here.event)
    context: dict[str, Any] = {
        "event": here.event,
        "closed": _closed_because(here.event, how=CheckedInBy.SHEET),
        "opens": start_in_words(here.event.starts_at, here.event.time_zone, timezone.now()),
        "expected": [(line, line.who in ticked) for line in everybody if not line.attendance],
        "count": count_at_door(everybody),
        "written": lines,
        "has_errors": any(form.errors for form in lines),
        "size_form": PaperSizeForm(initial={"size": paper_of(here.event)}),
        "tab": "paper",
    }
    return render(request, "events/door/paper.html", context, status=422 if context["has_errors"] else 200)


@login_required
@require_POST
def event_door_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the sheet drawn."""
    here = load_at_door(request, pk)
    form = PaperSizeForm(request.POST)
    if not form.is_valid():
        return redirect("event_door_paper", pk=pk)
    subject = here.event.scope
    return redirect(request_document(kind=form.kind, subject=subject, actor=here.user, now=timezone.now()))
