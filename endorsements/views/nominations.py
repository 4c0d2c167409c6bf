"""A group's nominations: the list, nominating on one page, taking back, and what ties its people to campaigns."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.web.limits import is_over_limit

from ..candidates import CandidateError
from ..forms_nominations import InterestForm, NominationForm
from ..interests import InterestError, declare, end_interest, interests_of
from ..models import ConflictOfInterest, Nomination, Race
from ..nominations import (
    NominationError,
    nominate,
    nominations_of,
    propose,
    races_near,
    races_open_to,
    withdraw_nomination,
)
from ..races import RaceError
from .races_access import nominations_page

MOST_RACES = 60
_NOMINATIONS_A_DAY = 30


@nominations_page("GET")
def group_nominations(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """Whom the group nominated, the newest first; then the races near it."""
    today = timezone.localdate()
    rows = nominations_of(group).order_by("-at", "-pk")
    context = {
        "group": group,
        "standing": rows.filter(withdrawn_at__isnull=True),
        "taken_back": rows.filter(withdrawn_at__isnull=False),
        "races": races_near(group, today).order_by("election_date", "office", "pk")[:MOST_RACES],
        "has_interests": interests_of(user).filter(ended_at__isnull=True).exists(),
        "today": today,
    }
    return render(request, "endorsements/nominations/list.html", context)


@nominations_page("GET", "POST")
def nomination_new(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """Nominate a candidate who is known, or somebody else. `?race=` narrows it to one race."""
    races = _races(request, group)
    candidates = [candidate for race in races for candidate in race.standing_candidates]  # type: ignore[attr-defined]
    data = request.POST if request.method == "POST" else None
    form = NominationForm(data, candidates=candidates, races=races, state=group.state, initial=_chosen(request))
    if form.is_valid():
        if is_over_limit("nomination", group.scope, amount=_NOMINATIONS_A_DAY, seconds=24 * 3600):
            form.add_error(None, _("Your group has nominated many today. Try again tomorrow."))
        elif nomination := _nominate(form, user, group):
            said = {"name": nomination.candidate}
            messages.success(request, _("%(name)s is nominated. National staff read it.") % said)
            return redirect("group_nominations", group.slug)
    context = {"group": group, "form": form, "has_races": bool(races)}
    return render(request, "endorsements/nominations/new.html", context, status=422 if form.errors else 200)


def _races(request: HttpRequest, group: Group) -> list[Race]:
    near = list(races_near(group, timezone.localdate()).order_by("election_date", "office", "pk")[:MOST_RACES])
    asked = request.GET.get("race", "")
    return [race for race in near if str(race.pk) == asked] or near


def _chosen(request: HttpRequest) -> dict[str, str]:
    """What is chosen when the page is opened: a candidate (`?candidate=`), a race (`?race=`)."""
    asked = {"choice": request.GET.get("candidate", ""), "race": request.GET.get("race", "")}
    return {name: value for name, value in asked.items() if value}


def _nominate(form: NominationForm, user: User, group: Group) -> Nomination | None:
    """The nomination, or None with what is wrong in the form."""
    said = {"reason": form.cleaned_data["reason"], "actor": user, "now": timezone.now()}
    try:
        if form.candidate:
            return nominate(group=group, candidate=form.candidate, **said)
        return propose(group=group, race=form.race_or_plan, candidate=form.candidate_plan, **said)
    except (NominationError, RaceError, CandidateError) as error:
        form.add_error(form.place_of_error(error.about), str(error))
    return None


@nominations_page("GET", "POST")
def nomination_withdraw(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """Ask once more, then take it back."""
    rows = Nomination.objects.select_related("candidate__race")
    nomination = get_object_or_404(rows, pk=pk, group=group, withdrawn_at__isnull=True)
    if request.method == "POST":
        withdraw_nomination(nomination=nomination, actor=user, now=timezone.now())
        messages.success(request, _("Your group does not nominate %(name)s any more.") % {"name": nomination.candidate})
        return redirect("group_nominations", group.slug)
    context = {"group": group, "nomination": nomination}
    return render(request, "endorsements/nominations/withdraw.html", context)


# --- conflicts of interest ------------------------------------------------------------------------------------


@nominations_page("GET", "POST")
def group_interests(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """What ties whoever is signed in to campaigns, and a form to say more."""
    today = timezone.localdate()
    races = races_open_to(group, today).filter(confirmed_at__isnull=False).order_by("state", "office", "district", "pk")
    if group.state:
        races = races.filter(state__in=("", group.state))
    data = request.POST if request.method == "POST" else None
    form = InterestForm(data, races=races, initial={"race": request.GET.get("race", "")})
    if form.is_valid():
        try:
            declare(user=user, now=timezone.now(), **form.cleaned_data)
        except InterestError as error:
            form.add_error(error.about or None, str(error))
        else:
            messages.success(request, _("Thank you for saying so. It is on record."))
            return redirect("group_interests", group.slug)
    mine = interests_of(user).order_by("-declared_at", "-pk")
    context = {"group": group, "form": form, "mine": mine}
    return render(request, "endorsements/nominations/interests.html", context, status=422 if form.errors else 200)


@nominations_page("POST")
def interest_end(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """It ties them no more."""
    interest = get_object_or_404(ConflictOfInterest, pk=pk, user=user)
    end_interest(interest=interest, actor=user, now=timezone.now())
    messages.success(request, _("It is noted that this has ended."))
    return redirect("group_interests", group.slug)
