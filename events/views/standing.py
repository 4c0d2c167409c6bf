"""What hosts do about where their event stands: submit it, cancel it, hold it together with other groups."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from affiliates.models import Group
from foundation.accounts.views import signed_in_user
from foundation.web.limits import is_over_limit

from .. import cohosts
from ..cohosts import CohostError
from ..event_times import when_in_words
from ..forms_standing import EventCancelForm
from ..hosts import hosts_of
from ..models import Cohost, Event, EventState
from ..permissions import can_answer_invitation, can_keep_hosts
from ..standing import CAN_BE_CANCELLED, StandingError, cancel_event, submit_event
from .access import load_kept
from .hosting import host_page

_INVITATIONS_A_DAY = 30


@login_required
@require_POST
def event_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand it to national; a trusted group's is public at once."""
    user, event = load_kept(request, pk)
    try:
        event = submit_event(event=event, actor=user, now=timezone.now())
    except StandingError as error:
        messages.error(request, str(error))
    else:
        if event.state == EventState.APPROVED:
            messages.success(request, _("It is on the site now. Share its page."))
        else:
            messages.success(request, _("It is with national staff now. You hear from them by mail."))
    return redirect("event_home", pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, and why; then call it off, or drop what was never public."""
    user, event = load_kept(request, pk)
    is_public = event.state == EventState.APPROVED
    form = EventCancelForm(request.POST if request.method == "POST" else None, is_public=is_public)
    if form.is_valid():
        try:
            because = form.cleaned_data.get("because", "")
            cancel_event(event=event, because=because, actor=user, now=timezone.now())
        except StandingError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("It is cancelled. Those who answered are told.") if is_public else _("It is dropped.")
            )
            return redirect("event_home", pk)
    context = {
        "form": form,
        "is_public": is_public,
        "can_be_cancelled": event.state in CAN_BE_CANCELLED and not (is_public and event.is_over(timezone.now())),
        "answers": event.rsvps.confirmed().coming().count(),
    }
    return host_page(request, user, event, "cancel.html", context, status=422 if form.errors else 200)


# --- holding it together --------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD"])
def event_hosts(request: HttpRequest, pk: int) -> HttpResponse:
    """Who holds it, who was asked, and a search for groups to ask: `?q=` those with a name like it."""
    user, event = load_kept(request, pk)
    name = " ".join(request.GET.get("q", "").split())[:120]
    asked = event.cohosts.select_related("group").defer("group__position").order_by("accepted_at", "pk")
    own = hosts_of(event)
    context: dict[str, Any] = {
        "hosts": own,
        "cohosts": list(asked),
        "name": name,
        "found": cohosts.groups_to_ask(event, name) if name else [],
        "may_ask": _may_ask(event),
        "may_keep_hosts": can_keep_hosts(user, event),
    }
    return host_page(request, user, event, "hosts.html", context)


@login_required
@require_POST
def cohost_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask one group."""
    user, event = load_kept(request, pk)
    if not can_keep_hosts(user, event):
        raise PermissionDenied
    key = request.POST.get("group", "")
    listed = Group.objects.listed().defer("position")
    group = listed.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 15 else None
    if group is None:
        messages.error(request, _("This group cannot be asked."))
        return redirect("event_hosts", pk)
    # Of the group and not of the event: another draft is quickly made.
    asking = event.group.scope if event.group else event.scope
    if is_over_limit("cohost-asked", asking, amount=_INVITATIONS_A_DAY, seconds=24 * 3600):
        messages.error(request, _("You have asked many groups today. Try again tomorrow."))
        return redirect("event_hosts", pk)
    try:
        cohosts.ask_cohost(event=event, group=group, actor=user, now=timezone.now())
    except CohostError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(group)s is asked. You hear from them by mail.") % {"group": group})
    return redirect("event_hosts", pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cohost_end(request: HttpRequest, pk: int, cohost: int) -> HttpResponse:
    """Ask once more, then take an invitation back, or end that a group holds it too."""
    user, event = load_kept(request, pk)
    held = get_object_or_404(Cohost.objects.select_related("event__group", "group"), pk=cohost, event=event)
    if not can_keep_hosts(user, event) and not can_answer_invitation(user, held.group):
        raise Http404
    if request.method != "POST":
        return host_page(request, user, event, "cohost_end.html", {"cohost": held})
    try:
        cohosts.end_cohosting(cohost=held, actor=user, now=timezone.now())
    except CohostError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(group)s does not hold it with you any more.") % {"group": held.group})
    if can_keep_hosts(user, event):
        return redirect("event_hosts", pk)
    return redirect("group_events", held.group.slug)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cohost_invitation(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What another group asks, and yes or no."""
    user = signed_in_user(request)
    rows = Cohost.objects.select_related("event__group", "group", "asked_by")
    cohost = get_object_or_404(rows.defer("event__position", "group__position"), pk=pk, group__slug=slug)
    if not can_answer_invitation(user, cohost.group):
        raise Http404
    if request.method == "POST":
        return _answer(request, cohost)
    event = cohost.event
    context = {
        "group": cohost.group,
        "cohost": cohost,
        "event": event,
        "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
        "is_open": not cohost.accepted_at and not cohost.declined_at and not event.is_over(timezone.now()),
    }
    return render(request, "events/hosting/invitation.html", context)


def _answer(request: HttpRequest, cohost: Cohost) -> HttpResponse:
    user, now = signed_in_user(request), timezone.now()
    says_yes = request.POST.get("do") == "accept"
    act = cohosts.accept_invitation if says_yes else cohosts.decline_invitation
    try:
        act(cohost=cohost, actor=user, now=now)
    except CohostError as error:
        messages.error(request, str(error))
        return redirect("group_events", cohost.group.slug)
    if says_yes:
        messages.success(request, _("Your group holds the event too. You see here who comes."))
        return redirect("event_home", cohost.event_id)
    messages.success(request, _("Thank you. We told them that your group does not take part."))
    return redirect("group_events", cohost.group.slug)


def _may_ask(event: Event) -> bool:
    is_open = event.state in (EventState.DRAFT, EventState.SUBMITTED, EventState.APPROVED)
    return is_open and not event.call_id and not event.is_over(timezone.now())
