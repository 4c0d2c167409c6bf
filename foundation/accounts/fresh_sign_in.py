"""Before something weighty, such as an export or a deletion: is it still you?

Who has a second factor is asked for it (allauth's own page). Everybody else gets another code by e-mail: allauth has
no such page for people without a password. Either is good for ACCOUNT_REAUTHENTICATION_TIMEOUT seconds.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from foundation.web.limits import is_over_limit

from .forms import SignInCodeForm
from .models import SECOND_FACTORS, User

_STATE = "fresh_sign_in"
CODE_SECONDS = 600
MAX_TRIES = 5
CODES_AN_HOUR = 10


def is_fresh(request: HttpRequest) -> bool:
    """Did this session show a moment ago who it is, by the second factor where its user has one?"""
    user = request.user
    if not isinstance(user, User):
        return False
    needed = {"mfa"} if is_mfa_enabled(user, types=SECOND_FACTORS) else {"mfa", "code"}
    shown = [record["at"] for record in get_authentication_records(request, user) if record["method"] in needed]
    return bool(shown) and time.time() - max(shown) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def fresh_sign_in_required[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A view decorator: whoever has not just signed in is asked who they are, and comes back to the page.

    What was posted is not kept: they press again.
    """

    @login_required
    @wraps(view)
    def fresh(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        has_factor = isinstance(request.user, User) and is_mfa_enabled(request.user, types=SECOND_FACTORS)
        page = "mfa_reauthenticate" if has_factor else "fresh_sign_in"
        return redirect(_question(page, request.path))

    return fresh


@login_required
def fresh_sign_in(request: HttpRequest) -> HttpResponse:
    """Send a code on a press, ask for it, and go back to where it was needed."""
    user, back = request.user, _back(request)
    if not isinstance(user, User):
        raise PermissionDenied
    if is_fresh(request):
        return HttpResponseRedirect(back)
    if is_mfa_enabled(user, types=SECOND_FACTORS):
        return redirect(_question("mfa_reauthenticate", back))
    if request.method == "POST" and "code" not in request.POST:
        return _send_code(request, user, back)
    return _ask_for_code(request, user, back)


def _send_code(request: HttpRequest, user: User, back: str) -> HttpResponse:
    if is_over_limit("fresh-code", str(user.pk), amount=CODES_AN_HOUR, seconds=3600):
        return render(request, "429.html", status=429)
    adapter = get_adapter(request)
    code = adapter.generate_login_code()
    request.session[_STATE] = {"code": code, "at": time.time(), "tries": 0, "user": user.pk}
    adapter.send_mail("account/email/login_code", user.email, {"code": code, "user": user})
    return redirect(_question("fresh_sign_in", back))


def _ask_for_code(request: HttpRequest, user: User, back: str) -> HttpResponse:
    """The page: before a code was sent with a button for it, afterwards with the field."""
    state = _state(request)
    if state is None:
        return render(request, "accounts/fresh_sign_in.html", {"back": back})
    form = SignInCodeForm(request.POST if request.method == "POST" else None, code=state["code"])
    if form.is_valid():
        del request.session[_STATE]
        record_authentication(request, user, method="code", email=user.email, reauthenticated=True)
        return HttpResponseRedirect(back)
    if request.method == "POST":
        request.session[_STATE] = {**state, "tries": state["tries"] + 1}
    return render(request, "accounts/fresh_sign_in.html", {"form": form, "back": back, "is_sent": True})


def _question(page: str, back: str) -> str:
    """The address of a page that asks who is there, and then leads to `back`."""
    return f"{reverse(page)}?{urlencode({REDIRECT_FIELD_NAME: back})}"


def _back(request: HttpRequest) -> str:
    """Where to go afterwards: a page of this site."""
    there = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
    is_ours = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    return there if is_ours else reverse("me")


def _state(request: HttpRequest) -> dict[str, Any] | None:
    """What was sent, while it is good."""
    state: dict[str, Any] | None = request.session.get(_STATE)
    if not state or state["user"] != request.user.pk or state["tries"] >= MAX_TRIES:
        return None
    return state if time.time() - state["at"] < CODE_SECONDS else None
