"""The pages of a series: which dates it has, making it, and calling off what is left of it."""

import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ..event_times import day_in_words, when_in_words
from ..forms_planning import CancelSeriesForm, RepeatForm
from ..models import Event, EventState
from ..plan_times import local_time
from ..planning import EventError
from ..repeating import RepeatError, rule_of
from ..series import SeriesDate, cancel_series_from, drafts_of, later_dates, make_series, preview_dates, submit_series
from ..standing import StandingError
from .access import load_kept
from .planning import planning_page, takes_forms

_SAID = 5
"""Dates that could not be submitted whose reason is said; of the rest it is the same."""


@login_required
@takes_forms
def event_series(request: HttpRequest, pk: int) -> HttpResponse:
    """The dates of a series; of a single draft, the form that repeats it: first a preview, then the dates."""
    user, event = load_kept(request, pk)
    if event.series_id or event.state != EventState.DRAFT:
        return planning_page(request, user, event, "series.html", _dates_of(event))
    form = RepeatForm(request.POST if request.method == "POST" else None, event=event)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            rule = rule_of(form.repeat(), local_time(event.starts_at, event.time_zone), event.time_zone)
            dates = preview_dates(event=event, rule=rule)
            if _is_confirmed(request, rule):
                made = make_series(
                    event=event, rule=rule, left_out=_left_out(request, dates),
                    revision=form.cleaned_data["revision"], actor=user, now=timezone.now(),
                )  # fmt: skip
                words = ngettext("The series has %(count)d date.", "The series has %(count)d dates.", len(made))
                messages.success(request, words % {"count": len(made)})
                return redirect("event_series", pk=pk)
        except (EventError, RepeatError) as error:
            form.add_error(None, str(error))
        else:
            context |= {"rule": rule, "dates": _rows(dates, event)}
    return planning_page(request, user, event, "series.html", context, status=422 if form.errors else 200)


def _dates_of(event: Event) -> dict[str, Any]:
    """All dates of its series, and how many of them are still to come after it."""
    if event.series_id is None:
        return {"events": []}
    now = timezone.now()
    events = Event.objects.filter(series=event.series_id).defer("position").order_by("starts_at", "pk")
    is_open = event.state in {EventState.DRAFT, EventState.SUBMITTED, EventState.APPROVED} and not event.is_over(now)
    drafts = len(drafts_of(event, now))
    return {"events": list(events), "is_open": is_open, "later": len(later_dates(event, now)), "drafts": drafts}


def _is_confirmed(request: HttpRequest, rule: str) -> bool:
    """Was the button pressed below a preview of this very rule?"""
    return request.POST.get("do") == "make" and request.POST.get("rule") == rule


def _left_out(request: HttpRequest, dates: list[SeriesDate]) -> list[datetime.datetime]:
    """The dates whose tick was taken away. The first is the draft itself, which stays."""
    kept = set(request.POST.getlist("on"))
    return [date.local for date in dates[1:] if date.local.isoformat() not in kept]


def _rows(dates: list[SeriesDate], event: Event) -> list[tuple[SeriesDate, str, str]]:
    """Each date with its key in the form and its day in words."""
    utc = datetime.UTC
    return [(date, date.local.isoformat(), day_in_words(date.local.replace(tzinfo=utc), "UTC")) for date in dates]


@login_required
@require_POST
def event_series_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """One press hands all drafts of the series to national; a trusted group's are public at once."""
    user, event = load_kept(request, pk)
    done = submit_series(event=event, actor=user, now=timezone.now())
    public = sum(one.state == EventState.APPROVED for one in done.submitted)
    if waiting := len(done.submitted) - public:
        words = ngettext(
            "%(count)d date is with national staff now. You hear from them by mail.",
            "%(count)d dates are with national staff now. You hear from them by mail.",
            waiting,
        )
        messages.success(request, words % {"count": waiting})
    if public:
        words = ngettext("%(count)d date is on the site now.", "%(count)d dates are on the site now.", public)
        messages.success(request, words % {"count": public})
    for one, because in done.left[:_SAID]:
        messages.error(request, f"{when_in_words(one.starts_at, one.ends_at, one.time_zone)}: {because}")
    if not done.submitted and not done.left:
        messages.error(request, _("No date of the series is a draft any more."))
    return redirect("event_series", pk)


@login_required
@takes_forms
def event_series_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether to call off this date and all later ones, and do it."""
    user, event = load_kept(request, pk)
    now = timezone.now()
    later = later_dates(event, now)
    if not later:
        return redirect("event_series", pk=pk)
    form = CancelSeriesForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            count = cancel_series_from(event=event, because=form.cleaned_data["because"], actor=user, now=now)
        except (EventError, StandingError) as error:
            form.add_error(None, str(error))
        else:
            words = ngettext("%(count)d event is cancelled.", "%(count)d events are cancelled.", count)
            messages.success(request, words % {"count": count})
            return redirect("event_series", pk=pk)
    context = {"form": form, "later": later}
    return planning_page(request, user, event, "series_cancel.html", context, status=422 if form.errors else 200)
