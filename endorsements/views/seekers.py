"""Running for office: the public page, the link of the mail, one's own account, and a group's referrals."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.accounts.views import signed_in_user
from foundation.web.limits import is_over_limit, limit_posts

from ..deadlines import deadlines_near
from ..forms_seekers import HandForm, NearForm, ReferralAnswerForm, ReferralForm
from ..models import OfficeSeeker, Race
from ..permissions import can_refer
from ..seeker_data import own_seeking
from ..seeker_pipeline import encouraged_by_state, encouraged_in_all
from ..seekers import (
    ReferralError,
    SeekerLinkError,
    confirm_seeker,
    forget_hand,
    raise_hand,
    refer,
    referrals_of,
    seeker_of,
    seeker_token,
    tell_group,
    withdraw_seeker,
)

# One tablet on a table at an event is one client.
limit_hands = limit_posts("run", amount=60, seconds=3600)
MAILS_A_DAY = 5
REFERRALS_SHOWN = 100


# --- everybody --------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@limit_hands
def run(request: HttpRequest) -> HttpResponse:
    """`/run/?near=02139`: the next dates there, how many were encouraged, and a hand to raise."""
    if request.method == "POST":
        form = HandForm(request.POST)
        return _take(request, form) if form.is_valid() else _run_page(request, form, status=422)
    near = NearForm(request.GET) if "near" in request.GET else NearForm()
    return _run_page(request, _blank_hand(request, near), near=near, status=422 if near.errors else 200)


def _blank_hand(request: HttpRequest, near: NearForm) -> HandForm:
    """The form as it is first shown: the place that was searched, and the race whose date was pressed."""
    initial: dict[str, Any] = {"place": request.GET.get("near", "")[:200] if near.is_valid() else ""}
    race = Race.objects.known().filter(slug=request.GET.get("race", "")[:160]).first()
    if race is not None:
        initial |= {"race": race.slug, "level": race.level, "office": str(race)[:120]}
    return HandForm(initial=initial)


def _run_page(request: HttpRequest, form: HandForm, *, near: NearForm | None = None, status: int = 200) -> HttpResponse:
    place = near.cleaned_data["near"] if near and near.is_valid() else None
    context = {
        "form": form,
        "near": near or NearForm(),
        "place": place,
        "dates": deadlines_near(place, today=timezone.localdate()) if place else None,
        "counts": [count for count in encouraged_by_state() if count.code],
        "encouraged": encouraged_in_all(),
        "has_errors": bool(form.errors or (near and near.errors)),
    }
    return render(request, "endorsements/seekers/run.html", context, status=status)


def _take(request: HttpRequest, form: HandForm) -> HttpResponse:
    """Write it down and say "check your e-mail"; whoever is signed in with that very address goes on at once."""
    typed = form.typed
    if not is_over_limit("run-address", typed.email, amount=MAILS_A_DAY, seconds=24 * 3600):
        actor = request.user if isinstance(request.user, User) else None
        made = raise_hand(typed=typed, aim=form.aim, now=timezone.now(), actor=actor)
        if made.is_confirmed:
            return redirect("run_confirm", token=seeker_token(made))
    return redirect("run_sent")


@require_safe
def run_sent(request: HttpRequest) -> HttpResponse:
    """ "Check your e-mail", whoever's address it was."""
    return render(request, "endorsements/seekers/sent.html")


@require_safe
def run_forgotten(request: HttpRequest) -> HttpResponse:
    """What was typed is deleted."""
    return render(request, "endorsements/seekers/forgotten.html")


# --- the link of the mail ---------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def run_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of the mail: opening it changes nothing, its buttons confirm or delete. Afterwards: thanks.

    What somebody typed of themselves it does not say: the address may be mistyped, and its owner a stranger. What a
    group wrote about them it does: it is theirs to know before they answer.
    """
    try:
        found = seeker_of(token)
        if request.method == "POST" and request.POST.get("do") == "forget":
            forget_hand(seeker=found)
            return redirect("run_forgotten")
        if found.is_confirmed:
            return render(request, "endorsements/seekers/thanks.html", {"seeker": found})
        if found.referred_by_group:
            return _referred_page(request, found, token)
        if request.method == "POST":
            confirm_seeker(seeker=found, now=timezone.now())
            return redirect("run_confirm", token=token)
    except SeekerLinkError:
        return render(request, "endorsements/seekers/link_error.html", status=404)
    return render(request, "endorsements/seekers/confirm.html")


def _referred_page(request: HttpRequest, found: OfficeSeeker, token: str) -> HttpResponse:
    form = ReferralAnswerForm(request.POST if request.method == "POST" else None, seeker=found)
    if form.is_valid():
        tells_group = form.cleaned_data.get("tells_group", False)
        confirm_seeker(seeker=found, aim=form.aim, tells_group=tells_group, now=timezone.now())
        return redirect("run_confirm", token=token)
    context = {"form": form, "group": found.referred_by_group, "seeker": found}
    return render(request, "endorsements/seekers/referred.html", context, status=422 if form.errors else 200)


# --- one's own account ------------------------------------------------------------------------------------------


@login_required
@require_safe
def my_run(request: HttpRequest) -> HttpResponse:
    """What we hold about somebody's running, and the way to take it back."""
    found = list(own_seeking(signed_in_user(request)).prefetch_related("follow_ups"))
    return render(request, "endorsements/seekers/own.html", {"found": found})


@login_required
def my_run_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back, or say whether the group that referred one hears of it."""
    user = signed_in_user(request)
    seeker = get_object_or_404(own_seeking(user), pk=pk)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    match request.POST.get("do"):
        case "withdraw":
            withdraw_seeker(seeker=seeker, actor=user)
            messages.success(request, _("It is deleted, and staff no longer see it."))
        case "tell" | "hush" as wish:
            tell_group(seeker=seeker, tells_group=wish == "tell", actor=user)
            messages.success(request, _("Your changes are saved."))
    return redirect("my_run")


# --- a group ----------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def group_referrals(request: HttpRequest, slug: str) -> HttpResponse:
    """Whom a group refers, and how far those have come who tell it."""
    user = signed_in_user(request)
    group = get_object_or_404(Group.objects.defer("position"), slug=slug)
    if not can_refer(user, group):
        raise Http404
    form = ReferralForm(request.POST if request.method == "POST" else None, initial={"language": user.language})
    if form.is_valid():
        try:
            _refer(group, form, user)
        except ReferralError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The mail is on its way. They alone decide what comes of it."))
            return redirect("group_referrals", slug=slug)
    sent = list(referrals_of(group, now=timezone.now())[:REFERRALS_SHOWN])
    context = {"group": group, "form": form, "sent": sent}
    return render(request, "endorsements/seekers/referrals.html", context, status=422 if form.errors else 200)


def _refer(group: Group, form: ReferralForm, user: User) -> None:
    """Send it; no more where several groups have written to this address today, which nobody is told."""
    typed = form.typed
    if not is_over_limit("referral-address", typed.email, amount=MAILS_A_DAY, seconds=24 * 3600):
        refer(group=group, typed=typed, aim=form.aim, actor=user, now=timezone.now())
