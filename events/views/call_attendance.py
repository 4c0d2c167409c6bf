"""Who was at a call or an event online: the words to say, and the list of the conferencing tool.

The same pages have two doors: below /national/calls/ for staff who hold calls, below /organize/events/ for the hosts of
an event. `Kept` says behind which one somebody stands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from affiliates.emails import absolute
from affiliates.models import Call, Group
from affiliates.views.calls_access import calls_page
from foundation.accounts.models import User
from foundation.imports.opening import FileError
from foundation.web.limits import limit_posts
from members.models import Person

from ..attendance_codes import CodeError, propose_words, set_words
from ..attendance_files import MatchError, confirm_file, match_participant, preview_of, take_in_file
from ..call_events import mirror_call
from ..event_times import when_in_words
from ..forms_campaigns import AttendanceFileForm, AttendanceWordsForm, MatchForm
from ..host_pages import group_for
from ..models import AttendanceFile, Event, FileParticipant
from ..presence_online import PresenceError, noted_among, number_there
from .access import load_kept

limit_files = limit_posts("attendance-file", amount=60, seconds=3600)
MOST_EXPECTED = 500


@dataclass(frozen=True)
class Kept:
    """The event whose attendance it is, who asks, and behind which door they stand."""

    user: User
    event: Event
    group: Group | None

    def address(self, page: str, *further: int) -> str:
        """The address of one of the pages ("words", "files", "file", "participant") behind this door."""
        pk = self.event.call_id or self.event.pk
        return reverse(f"{'call' if self.event.call_id else 'event'}_{page}", args=[pk, *further])

    def context(self) -> dict[str, Any]:
        """What every page of these needs."""
        event = self.event
        return {
            "base": "events/codes/of_call.html" if event.call_id else "events/hosting/base.html",
            "event": event,
            "call": event.call,
            "group": self.group,
            "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
            "words_address": self.address("words"),
            "files_address": self.address("files"),
            "there": number_there(event),
        }


type _Page = Callable[..., HttpResponseBase]


def of_event(view: _Page) -> _Page:
    """The view behind the door of an event that is online: for its hosts, and staff for promotions."""

    @login_required
    def page(request: HttpRequest, pk: int, **further: int) -> HttpResponseBase:
        user, event = load_kept(request, pk, Event.objects.select_related("group", "call__region"))
        if event.call_id is not None or not event.is_online:
            raise Http404
        return _open(view, request, Kept(user, event, group_for(user, event)), further)

    return limit_files(page)


def of_call(view: _Page) -> _Page:
    """The view behind the door of a call: for staff who hold calls."""

    @calls_page("GET", "POST")
    def page(request: HttpRequest, user: User, /, pk: int, **further: int) -> HttpResponseBase:
        call = get_object_or_404(Call.objects.select_related("region"), pk=pk)
        event = Event.objects.select_related("call__region").filter(call=call).first() or mirror_call(call=call)
        return _open(view, request, Kept(user, event, None), further)

    return limit_files(page)


def _open(view: _Page, request: HttpRequest, kept: Kept, further: dict[str, int]) -> HttpResponseBase:
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    return view(request, kept, **further)


# --- the words --------------------------------------------------------------------------------------------------


def attendance_words(request: HttpRequest, kept: Kept) -> HttpResponse:
    """The words to say; set with a press, changed, ended."""
    event = kept.event
    if request.method == "POST" and request.POST.get("do") == "end":
        set_words(event=event, words="", actor=kept.user)
        messages.success(request, _("These words no longer work."))
        return redirect(kept.address("words"))
    proposed = {"words": event.attendance_code or propose_words(event.language)}
    form = AttendanceWordsForm(request.POST if request.method == "POST" else None, initial=proposed)
    if form.is_valid():
        try:
            set_words(event=event, words=form.cleaned_data["words"], actor=kept.user)
        except CodeError as error:
            form.add_error("words", str(error))
        else:
            messages.success(request, _("People can use these words."))
            return redirect(kept.address("words"))
    context = {**kept.context(), "form": form, "code_page": absolute(reverse("event_code"))}
    return render(request, "events/codes/words.html", context, status=422 if form.errors else 200)


# --- the lists of a conferencing tool ---------------------------------------------------------------------------


def attendance_list(request: HttpRequest, kept: Kept) -> HttpResponse:
    """Upload a list; those that are there. Nobody is noted before it was looked at."""
    form = AttendanceFileForm(request.POST, request.FILES) if request.method == "POST" else AttendanceFileForm()
    status = 422 if form.errors else 200
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            taken = take_in_file(
                event=kept.event,
                upload=upload,
                name=upload.name,
                least_minutes=form.cleaned_data["least_minutes"],
                actor=kept.user,
                now=timezone.now(),
            )
        except FileError as error:
            form.add_error("file", str(error))
            status = error.status
        else:
            return redirect(kept.address("file", taken.pk))
    files = kept.event.attendance_files.select_related("by").order_by("-at", "-pk")
    rows = [(one, kept.address("file", one.pk)) for one in files]
    context = {**kept.context(), "form": form, "files": rows}
    return render(request, "events/codes/files.html", context, status=status)


def attendance_file(request: HttpRequest, kept: Kept, file: int) -> HttpResponse:
    """What a list comes to; confirmed with a press."""
    found = get_object_or_404(AttendanceFile.objects.select_related("event__call", "event__group"), pk=file)
    if found.event_id != kept.event.pk:
        raise Http404
    if request.method == "POST":
        _confirm(request, kept, found)
        return redirect(kept.address("file", file))
    preview = preview_of(found)
    context = {
        **kept.context(),
        "file": found,
        "preview": preview,
        "unknown": [(row, kept.address("participant", file, row.pk)) for row in preview.unknown],
    }
    return render(request, "events/codes/file.html", context)


def _confirm(request: HttpRequest, kept: Kept, file: AttendanceFile) -> None:
    try:
        count = confirm_file(file=file, actor=kept.user, now=timezone.now())
    except PresenceError as error:
        messages.error(request, str(error))
    else:
        words = ngettext("%(count)d more person is noted.", "%(count)d more people are noted.", count)
        messages.success(request, words % {"count": count})


def attendance_participant(request: HttpRequest, kept: Kept, file: int, participant: int) -> HttpResponse:
    """Somebody on a list whom nobody was known for: say who it is."""
    rows = FileParticipant.objects.filter(file__event=kept.event).select_related("file__event__call")
    row = get_object_or_404(rows, pk=participant, file=file)
    back, people = kept.address("file", file), expected_at(kept.event)
    form = MatchForm(
        request.POST if request.method == "POST" else None,
        people=[(person.pk, person.full_name) for person in people],
        initial={"email": row.email},
    )
    if form.is_valid():
        chosen = next((person for person in people if str(person.pk) == form.cleaned_data["person"]), None)
        try:
            match_participant(
                participant=row,
                person=chosen,
                email=form.cleaned_data["email"],
                actor=kept.user,
                now=timezone.now(),
            )
        except (MatchError, PresenceError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(name)s is noted.") % {"name": row.name or row.email})
            return redirect(back)
    context = {**kept.context(), "form": form, "row": row, "file": row.file, "back": back}
    return render(request, "events/codes/participant.html", context, status=422 if form.errors else 200)


def expected_at(event: Event) -> list[Person]:
    """Who answered, has a name, and is not noted yet; by name."""
    if event.call:
        answered = Person.objects.filter(call_answers__call=event.call, call_answers__cancelled_at__isnull=True)
    else:
        answered = Person.objects.filter(rsvps__event=event, rsvps__confirmed_at__isnull=False)
    people = list(answered.defer("position").order_by("family_key", "given_key", "pk")[:MOST_EXPECTED])
    there = noted_among(event, [person.pk for person in people])
    return [person for person in people if person.full_name and person.pk not in there]
