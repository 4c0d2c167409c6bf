"""What a group endorses for itself, and what of its stands against an endorsement of national."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from affiliates.models import Group
from affiliates.permissions import can_organize
from foundation.accounts.models import User
from foundation.accounts.views import signed_in_user

from ..conflicts import address_of, open_conflicts
from ..endorsed import day_that_counts
from ..forms_decisions import GroupEndorsementForm, GroupWithdrawalForm
from ..group_endorsements import (
    GroupEndorsementError,
    endorse,
    endorsements_of,
    public_endorsements,
    races_to_endorse_in,
    withdraw,
)
from ..models import Endorsement, GroupEndorsement, Race
from ..permissions import can_endorse_for_group

SHOWN = 50


def _keeper(request: HttpRequest, slug: str) -> tuple[User, Group]:
    """Who asks, and the group of this slug, which they keep. To others it is not found."""
    user = signed_in_user(request)
    group = get_object_or_404(Group.objects.defer("position", "about", "plan"), slug=slug)
    if not can_organize(user, group):
        raise Http404
    return user, group


def _draw(
    request: HttpRequest, template: str, group: Group, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    return render(request, f"endorsements/group/{template}", {"group": group, **context}, status=status)


def _closed(request: HttpRequest, group: Group) -> HttpResponse:
    context = {"group": group, "what": _("Endorsements")}
    return render(request, "affiliates/house/closed.html", context, status=403)


@login_required
def group_endorsements(request: HttpRequest, slug: str) -> HttpResponse:
    """Whom the group endorses, the races in which it can, and what has to be changed."""
    user, group = _keeper(request, slug)
    if request.method not in ("GET", "HEAD"):  # asked after: to strangers the page is not found, whatever they send
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not group.is_listed:
        return _closed(request, group)
    now = timezone.now()
    own = list(endorsements_of(group))
    taken = {endorsement.race_id for endorsement in own}
    races = [race for race in races_to_endorse_in(group, now)[:SHOWN] if race.pk not in taken]
    withdrawn = GroupEndorsement.objects.filter(group=group, withdrawn_at__isnull=False)
    context = {
        "endorsements": own,
        "races": races,
        "withdrawn": withdrawn.select_related("race", "candidate").order_by("-withdrawn_at", "-pk")[:SHOWN],
        "conflicts": [(conflict, address_of(conflict, now)) for conflict in open_conflicts(group)],
        "may_endorse": can_endorse_for_group(user, group),
    }
    return _draw(request, "list.html", group, context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def group_endorse(request: HttpRequest, slug: str, race: str) -> HttpResponse:
    """Choose a candidate of one race. Where national has endorsed, only that candidate can be chosen."""
    user, group = _keeper(request, slug)
    if not group.is_listed:
        return _closed(request, group)
    if not can_endorse_for_group(user, group):
        raise PermissionDenied
    now = timezone.now()
    races = Race.objects.known().filter(election_date__gte=day_that_counts(now))
    chosen = get_object_or_404(races, slug=race)
    candidates = chosen.candidates.confirmed().standing().order_by("name_key", "pk")
    form = GroupEndorsementForm(request.POST if request.method == "POST" else None, candidates=candidates)
    if form.is_valid():
        try:
            endorse(group=group, actor=user, now=now, **form.cleaned_data)
        except GroupEndorsementError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your group endorses %(name)s now.") % {"name": form.cleaned_data["candidate"]})
            return redirect("group_endorsements", slug)
    context = {
        "form": form,
        "race": chosen,
        "has_candidates": candidates.exists(),
        "national": Endorsement.objects.public(now).filter(race=chosen).select_related("candidate").first(),
        "of_others": public_endorsements(chosen).exclude(group=group)[:SHOWN],
    }
    return _draw(request, "endorse.html", group, context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def group_endorsement_withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask once more, then take it back."""
    user, group = _keeper(request, slug)
    own = GroupEndorsement.objects.select_related("race", "candidate")
    endorsement = get_object_or_404(own, pk=pk, group=group)
    if not can_endorse_for_group(user, group):
        raise PermissionDenied
    form = GroupWithdrawalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            withdraw(endorsement=endorsement, actor=user, now=timezone.now(), **form.cleaned_data)
        except GroupEndorsementError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your group no longer endorses %(name)s.") % {"name": endorsement.candidate})
            return redirect("group_endorsements", slug)
    context = {"form": form, "endorsement": endorsement}
    return _draw(request, "withdraw.html", group, context, status=422 if form.errors else 200)
