"""Joining the network or a group, signing up on a form, and confirming it."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts.models import User
from foundation.places.search import PlaceError, find_place
from foundation.web.limits import is_over_limit, limit_posts
from members.models import ConsentPurpose
from members.wordings import fill_wording

from .. import sign_up
from ..joining_forms import AskingForm, JoinForm, group_joining_form, groups_of_keys, own_form
from ..models import AskedConsent, Group, SignUp, SignUpForm

# One tablet on a table at an event is one client.
limit_sign_ups = limit_posts("sign-up", amount=60, seconds=3600)
MAILS_A_DAY = 5
EVERYWHERE: dict[str, Any] = {**settings.SECURE_CSP, "frame-ancestors": ["*"]}


# --- the network ----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@limit_sign_ups
def join(request: HttpRequest) -> HttpResponse:
    """`/join/`, with `?near=02139` the groups there on the same page; without, they are asked about on a second one."""
    if request.method != "POST":
        return render(request, "affiliates/joining/join.html", {"form": _blank_form(request.GET.get("near", "")[:200])})
    form = JoinForm(request.POST, groups=groups_of_keys(request.POST.get("shown", "")))
    if not form.is_valid():
        return render(request, "affiliates/joining/join.html", {"form": form}, status=422)
    if form.unasked:
        asking = form.asking_about(form.unasked)
        context = {"questions": asking.fields_of(form.unasked), "carried": asking.fields_but(form.unasked)}
        return render(request, "affiliates/joining/groups_nearby.html", context)
    return _take(request, form)


def _blank_form(near: str) -> JoinForm:
    """The form as it is first shown; with the groups around `near` where that is a place."""
    try:
        groups = sign_up.nearby_groups(find_place(near)) if near else []
    except PlaceError:
        groups = []
    return JoinForm(initial={"place": near}, groups=groups)


# --- a group --------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@limit_sign_ups
def group_join(request: HttpRequest, slug: str) -> HttpResponse:
    """`/groups/<slug>/join/`: one screen, no account."""
    group = get_object_or_404(Group.objects.listed().defer("position"), slug=slug)
    form = group_joining_form(group, request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _take(request, form, group=group)
    context = {"group": group, "form": form}
    return render(request, "affiliates/joining/group_join.html", context, status=422 if form.errors else 200)


# --- a form that somebody built -------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@limit_sign_ups
def form_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/forms/<slug>/`: a sign-up form on this site."""
    found = _load_form(slug)
    with override(_language_for(found)):
        form = own_form(found, request.POST if request.method == "POST" else None)
        if found.accepts_sign_ups and form.is_valid():
            return _take(request, form, sign_up_form=found)
        return _show_form(request, "affiliates/sign_up/form.html", found, form)


@csrf_exempt
@xframe_options_exempt
@csp_override(EVERYWHERE)
@require_http_methods(["GET", "HEAD", "POST"])
@limit_sign_ups
def form_embed(request: HttpRequest, slug: str) -> HttpResponse:
    """`/forms/<slug>/embed/`: the same form for the pages of other sites, in a frame or as a plain form of theirs.

    It needs no cookie and takes no CSRF token: a post writes down what was typed and mails a link, and nothing comes
    of that before the owner of the address presses the button behind it. Who is signed in is not looked at.
    """
    found = _load_form(slug)
    with override(_language_for(found)):
        form = own_form(found, request.POST if request.method == "POST" else None)
        if found.accepts_sign_ups and form.is_valid():
            _write_down(form, AnonymousUser(), sign_up_form=found)
            return _speaking(render(request, "affiliates/sign_up/embed_sent.html", {"sign_up_form": found}))
        return _show_form(request, "affiliates/sign_up/embed.html", found, form)


def _load_form(slug: str) -> SignUpForm:
    return get_object_or_404(
        SignUpForm.objects.select_related("group").defer("group__position").prefetch_related("questions"), slug=slug
    )


def _language_for(form: SignUpForm) -> str:
    """The visitor's own language where the form is shown in it, else the form's first."""
    language = get_language() or settings.LANGUAGE_CODE
    return language if language in form.languages else form.languages[0]


def _show_form(request: HttpRequest, template: str, found: SignUpForm, form: AskingForm) -> HttpResponse:
    if not found.accepts_sign_ups:
        return _speaking(render(request, template, {"sign_up_form": found}, status=410))
    context = {"sign_up_form": found, "form": form}
    return _speaking(render(request, template, context, status=422 if form.errors else 200))


def _speaking(response: HttpResponse) -> HttpResponse:
    """The header says the language that the page is written in."""
    response.headers["Content-Language"] = get_language() or settings.LANGUAGE_CODE
    return response


# --- what was posted ------------------------------------------------------------------------------------------


def _take(
    request: HttpRequest, form: AskingForm, *, group: Group | None = None, sign_up_form: SignUpForm | None = None
) -> HttpResponse:
    """Write it down and say "check your e-mail"; whoever is signed in with that very address goes on at once."""
    made = _write_down(form, request.user, group=group, sign_up_form=sign_up_form)
    if made and made.confirmed_at:
        return redirect("sign_up_confirm", token=sign_up.token_of(made))
    return redirect("sign_up_sent")


def _write_down(
    form: AskingForm,
    user: User | AnonymousUser,
    *,
    group: Group | None = None,
    sign_up_form: SignUpForm | None = None,
) -> SignUp | None:
    """The sign-up; None where this address has had its mails of today already, which nobody is told."""
    typed = form.typed
    if is_over_limit("sign-up-address", typed.email, amount=MAILS_A_DAY, seconds=24 * 3600):
        return None
    return sign_up.sign_up(
        typed=typed,
        consents=form.consents,
        form=sign_up_form,
        group=group,
        actor=user if isinstance(user, User) else None,
        now=timezone.now(),
    )


@require_safe
def sign_up_sent(request: HttpRequest) -> HttpResponse:
    """ "Check your e-mail", whoever's address it was."""
    return render(request, "affiliates/joining/sent.html")


# --- the link of the mail -------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of the mail: opening it changes nothing, its buttons confirm or delete. Afterwards: thanks.

    It says what was ticked: whoever posted it may be somebody else, and only the owner of the address can agree. What
    was typed it does not say: the address may be mistyped, and its owner a stranger.
    """
    try:
        found = sign_up.sign_up_of(token)
        if request.method == "POST" and request.POST.get("do") == "forget":
            sign_up.forget_sign_up(sign_up=found)
            return redirect("sign_up_forgotten")
        if request.method == "POST":
            sign_up.confirm_sign_up(sign_up=found, now=timezone.now(), agreed_to=request.POST.getlist("agree"))
            return redirect("sign_up_confirm", token=token)
    except sign_up.SignUpLinkError:
        return render(request, "affiliates/joining/link_error.html", status=404)
    if found.confirmed_at is None and found.is_invitation:
        return _invited_page(request, found)
    if found.confirmed_at is None:
        context = {"title": sign_up.title_of(found), "agreed": _words_agreed_to(found)}
        return render(request, "affiliates/joining/confirm.html", context)
    return render(request, "affiliates/joining/thanks.html", _thanks(found))


@require_safe
def sign_up_forgotten(request: HttpRequest) -> HttpResponse:
    """What was typed is deleted."""
    return render(request, "web/forgotten.html")


def _invited_page(request: HttpRequest, found: SignUp) -> HttpResponse:
    """What an organizer invites to, and the ticks: nobody else could have set them."""
    asked = [
        (one.purpose, one.wording.language, fill_wording(one.wording.text, group=one.group.name if one.group else ""))
        for one in found.asked_consents.select_related("wording", "group").order_by("pk")
    ]
    is_open = found.group is not None and found.group.is_listed
    context = {"group": found.group, "is_open": is_open, "asked": asked}
    return render(request, "affiliates/joining/invited.html", context, status=200 if is_open else 410)


def _thanks(found: SignUp) -> dict[str, Any]:
    """What was agreed, in the words that were read, and what follows from it."""
    in_force = _ticked_in_force(found)
    return {
        "title": sign_up.title_of(found),
        "sign_up": found,
        "agreed": _words_agreed_to(found),
        "groups": list(Group.objects.listed().filter(roster__source=found.source).order_by("name_key", "pk")),
        "hears_of_groups": found.is_near_no_group
        and any(asked.purpose == ConsentPurpose.NETWORK_MAIL for asked in in_force),
    }


def _ticked_in_force(found: SignUp) -> list[AskedConsent]:
    ticked = found.asked_consents.filter(is_ticked=True).select_related("wording", "group").order_by("pk")
    return [asked for asked in ticked if asked.group is None or asked.group.is_listed]


def _words_agreed_to(found: SignUp) -> list[str]:
    """Each consent that was ticked, in the words that were read."""
    return [
        fill_wording(asked.wording.text, group=asked.group.name if asked.group else "")
        for asked in _ticked_in_force(found)
    ]
