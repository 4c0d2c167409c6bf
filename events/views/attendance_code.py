"""Saying by the words of a call or an event online that one is there, and confirming it by mail."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts.models import User
from foundation.web.limits import is_over_limit, limit_posts

from .. import attendance_codes as codes
from ..event_times import day_in_words
from ..forms_campaigns import ClaimForm, SaidWordsForm
from ..models import CodeClaim, Event
from ..presence_online import PresenceError

# Words are guessed by trying: so few a quarter of an hour that nobody gets far, and enough for a household.
limit_words = limit_posts("event-code", amount=20, seconds=900)
MAILS_A_DAY = 5


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limit_words
def event_code(request: HttpRequest) -> HttpResponse:
    """`/events/code/`: the words, and for whoever is not signed in who they are."""
    user = request.user if isinstance(request.user, User) else None
    form_class = SaidWordsForm if user else ClaimForm
    form = form_class(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            event = codes.event_of_words(form.cleaned_data["words"], now=timezone.now())
            return _note(request, user, event) if user else _claim(event, form)
        except codes.WrongWordsError:
            form.add_error("words", _wrong_words())
        except PresenceError as error:
            form.add_error("words", str(error))
    return render(request, "events/codes/code.html", {"form": form}, status=422 if form.errors else 200)


def _wrong_words() -> str:
    return _("Nothing that is on at the moment has these words. Check them; they work until two hours after the end.")


def _note(request: HttpRequest, user: User, event: Event) -> HttpResponse:
    is_new = codes.say_words(event=event, user=user, now=timezone.now())
    words = _("You were there: %(title)s.") if is_new else _("You are noted already: %(title)s.")
    messages.success(request, words % {"title": event.title})
    return redirect("me")


def _claim(event: Event, form: SaidWordsForm) -> HttpResponse:
    """ "Check your e-mail", whoever's address it is; nobody is told that it has had its mails of today already."""
    claimant = form.claimant() if isinstance(form, ClaimForm) else None
    if claimant and not is_over_limit("event-code-address", claimant.email, amount=MAILS_A_DAY, seconds=24 * 3600):
        codes.claim_presence(event=event, claimant=claimant, now=timezone.now())
    return redirect("event_code_sent")


@require_safe
def event_code_sent(request: HttpRequest) -> HttpResponse:
    """ "Check your e-mail", whoever's address it was."""
    return render(request, "events/codes/sent.html")


@require_safe
def event_code_forgotten(request: HttpRequest) -> HttpResponse:
    """What was typed is deleted."""
    return render(request, "web/forgotten.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def event_code_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of the mail: opening it changes nothing, its buttons confirm or delete. Afterwards: thanks."""
    because = ""
    try:
        claim = codes.claim_of(token)
        if request.method == "POST":
            if request.POST.get("do") == "forget":
                codes.forget_claim(claim=claim)
                return redirect("event_code_forgotten")
            because = _confirm(claim)
            if not because:
                return redirect("event_code_confirm", token=token)
    except codes.ClaimLinkError:
        return render(request, "events/codes/link_error.html", status=404)
    event = claim.event
    context = {"claim": claim, "event": event, "day": day_in_words(event.starts_at, event.time_zone)}
    template = "events/codes/thanks.html" if claim.confirmed_at else "events/codes/confirm.html"
    return render(request, template, {**context, "because": because}, status=409 if because else 200)


def _confirm(claim: CodeClaim) -> str:
    """Confirm it; returns in words why that cannot be done."""
    try:
        codes.confirm_claim(claim=claim, now=timezone.now())
    except PresenceError as error:
        return str(error)
    return ""
