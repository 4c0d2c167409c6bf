"""The pages on which an event is written down and changed, copied, and given questions."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from affiliates.models import Group
from affiliates.permissions import can_organize
from foundation.accounts.models import User
from foundation.accounts.views import signed_in_user
from foundation.web.limits import limit_posts

from ..copying import clone_event
from ..event_times import when_in_words
from ..forms_planning import CopyForm, EventForm, QuestionsForm, filled_in
from ..host_pages import group_for
from ..hosts import hosts_of
from ..models import Campaign, CampaignState, Event
from ..permissions import can_make_event, can_review_events
from ..planning import EventError, StaleEventError, change_event, make_event, refuse_closed
from ..questions import questions_of, set_questions
from ..series import change_series_from, later_dates
from .access import load_kept

takes_forms = require_http_methods(["GET", "HEAD", "POST"])
limit_events = limit_posts("event-planning", amount=120, seconds=3600)


def planning_page(
    request: HttpRequest, user: User, event: Event, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw a page about an event, with the group for which `user` keeps it."""
    everything = {
        "event": event,
        "group": group_for(user, event),
        "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
        **context,
    }
    return render(request, f"events/planning/{template}", everything, status=status)


def load_open(request: HttpRequest, pk: int) -> tuple[User, Event, HttpResponse | None]:
    """Who asks, the event, and where they are sent instead if it can no longer be changed."""
    user, event = load_kept(request, pk)
    try:
        refuse_closed(event, timezone.now())
    except EventError as error:
        messages.error(request, str(error))
        return user, event, redirect("event_home", pk=pk)
    return user, event, None


# --- a new one ------------------------------------------------------------------------------------------------


@login_required
@takes_forms
@limit_events
def event_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Write an event of a group down. `?campaign=` is the slug of one that the group hosts it for."""
    user, group = signed_in_user(request), get_object_or_404(Group.objects.defer("position"), slug=slug)
    if not can_organize(user, group):
        raise Http404
    if not can_make_event(user, group):
        return render(request, "affiliates/house/closed.html", {"group": group, "what": _("New event")}, status=403)
    return _new(request, user, group)


@login_required
@takes_forms
@limit_events
def national_event_new(request: HttpRequest) -> HttpResponse:
    """Write an event of the network itself down."""
    user = signed_in_user(request)
    if not can_review_events(user):
        raise PermissionDenied
    return _new(request, user, None)


def _new(request: HttpRequest, user: User, group: Group | None) -> HttpResponse:
    campaign = _campaign(request)
    form = EventForm.for_group(request.POST if request.method == "POST" else None, group=group, campaign=campaign)
    if form.is_valid():
        try:
            event = make_event(plan=form.plan(), group=group, actor=user, now=timezone.now(), campaign=campaign)
        except EventError as error:
            form.refuse(error)
        else:
            messages.success(request, _("The draft is saved. Nobody else sees it before you submit it."))
            return _onward(request, event, form)
    context = {"form": form, "group": group, "campaign": campaign}
    return render(request, "events/planning/new.html", context, status=422 if form.errors else 200)


def _campaign(request: HttpRequest) -> Campaign | None:
    """The campaign that the address names, as long as it takes events."""
    slug = request.GET.get("campaign", "")
    if not slug:
        return None
    campaign = get_object_or_404(Campaign.objects.public(), slug=slug)
    if campaign.state != CampaignState.OPEN:
        messages.error(request, _("This campaign takes no more events."))
        return None
    return campaign


def _onward(request: HttpRequest, event: Event, form: EventForm) -> HttpResponse:
    """To the event's home, or to its page as it will look; with a word where the clocks show its time twice."""
    unasked = [field for field in form.repeated_fields if field.name not in form.data]
    if unasked and any(not form.cleaned_data[field.name] for field in unasked):
        messages.warning(
            request, _("The clocks show this time twice on that day. We took the first; under “Change” you can choose.")
        )
    return redirect(event) if request.POST.get("do") == "preview" else redirect("event_home", pk=event.pk)


# --- changed --------------------------------------------------------------------------------------------------


@login_required
@takes_forms
@limit_events
def event_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is said of an event: of this date alone or, of a series, of all later ones too."""
    user, event, instead = load_open(request, pk)
    if instead:
        return instead
    now, saved_now = timezone.now(), []
    has_later = bool(later_dates(event, now))
    data = request.POST if request.method == "POST" else None
    form = EventForm(data, event=event, has_later=has_later, initial=filled_in(event))
    if form.is_valid():
        change = change_series_from if form.changes_later else change_event
        revision = form.cleaned_data["revision"]
        try:
            change(event=event, plan=form.plan(), revision=revision, actor=user, now=now)
        except StaleEventError as error:
            saved_now = form.refuse_stale(error, event)
        except EventError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Your changes are saved."))
            return _onward(request, event, form)
    context = {"form": form, "saved_now": saved_now}
    return planning_page(request, user, event, "edit.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def event_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """To the event's page, which those who keep it see before it is public."""
    _user, event = load_kept(request, pk)
    return redirect(event)


# --- copied ---------------------------------------------------------------------------------------------------


@login_required
@takes_forms
def event_clone(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin another event that is like this one, on another date."""
    user, event = load_kept(request, pk)
    group = _group_to_copy_for(user, event)
    form = CopyForm(request.POST if request.method == "POST" else None, event=event)
    if form.is_valid():
        dates = {name: form.cleaned_data[name] for name in ("starts_at", "ends_at")}
        try:
            copy = clone_event(event=event, group=group, **dates, actor=user, now=timezone.now())
        except EventError as error:
            form.add_error("day", str(error))
        else:
            messages.success(request, _("This is the copy. Look whether everything is right for the new date."))
            return redirect("event_edit", pk=copy.pk)
    return planning_page(request, user, event, "clone.html", {"form": form}, status=422 if form.errors else 200)


def _group_to_copy_for(user: User, event: Event) -> Group | None:
    """The group whose the copy is: the first that holds the event and that `user` works for. Staff's is national."""
    return next((group for group in hosts_of(event) if can_make_event(user, group)), None)


# --- questions ------------------------------------------------------------------------------------------------


@login_required
@takes_forms
def event_questions(request: HttpRequest, pk: int) -> HttpResponse:
    """The host's own questions to those who answer."""
    user, event, instead = load_open(request, pk)
    if instead:
        return instead
    now, asked = timezone.now(), questions_of(event)
    data = request.POST if request.method == "POST" else None
    form = QuestionsForm(data, asked=asked, revision=event.revision, has_later=bool(later_dates(event, now)))
    if form.is_valid():
        given = form.cleaned_data
        try:
            set_questions(
                event=event, questions=form.questions(), revision=given["revision"], actor=user, now=now,
                for_later=given.get("for_later", False),
            )  # fmt: skip
        except EventError as error:
            form.refuse(error, event.revision)
        else:
            messages.success(request, _("The questions are saved."))
            return redirect("event_home", pk=pk)
    context = {"form": form, "asked": asked if form.is_stale else []}
    return planning_page(request, user, event, "questions.html", context, status=422 if form.errors else 200)
