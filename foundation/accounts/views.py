"""One's own account page, the language switch, and the staff home with staff rights."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .forms import NewStaffForm, ProfileForm, StaffRightsForm
from .language import is_known, remember_in_account, remember_in_browser
from .models import User
from .panels import panels_for, staff_pages_for
from .permissions import can_grant_rights, can_remove_second_factor
from .staff import StaffChangeError, end_staff, grant_rights


def signed_in_user(request: HttpRequest) -> User:
    """The user of a page that only opens to those who signed in; raises PermissionDenied otherwise."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


# --- everybody ----------------------------------------------------------------------------------------------


@csrf_exempt
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language and go back to the page.

    It takes no CSRF token, so that public pages carry none and cost no session: what another site could
    gain is a visitor's cookie for the other language. Browsers that say so (Sec-Fetch-Site) are still refused
    when they come from elsewhere, and the account is only changed with its session cookie, which is Lax.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise PermissionDenied
    there, language = request.POST.get("next", ""), request.POST.get("language", "")
    if not url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure()):
        there = "/"
    response = HttpResponseRedirect(there)
    if is_known(language):
        remember_in_browser(response, language)
        if isinstance(request.user, User):
            remember_in_account(request.user, language)
    return response


def no_passwords(request: HttpRequest) -> HttpResponse:
    """allauth's password pages: nobody has one here."""
    raise Http404


@login_required
def me(request: HttpRequest) -> HttpResponse:
    """What this site knows of whoever is signed in, and what they can change about it."""
    user = signed_in_user(request)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your changes are saved."))
        response: HttpResponse = redirect("me")
        remember_in_browser(response, user.language)
        return response
    factors = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    context = {
        "form": form,
        "has_app": Authenticator.Type.TOTP in factors,
        "passkeys": factors.count(Authenticator.Type.WEBAUTHN),
        "rights": [right.get_task_display() for right in user.rights.order_by("task")],
        "panels": panels_for(user, request),
    }
    return render(request, "accounts/me.html", context)


class RemovePasskeyView(RemoveWebAuthnView):  # type: ignore[misc]  # allauth has no types
    """allauth's page, which for passkeys does not ask whether the last second factor may go."""

    def form_valid(self, form: Any) -> HttpResponse:
        if not can_remove_second_factor(self.object):
            messages.error(
                self.request, _("Staff keep at least one second factor. Add another before you remove this one.")
            )
            return redirect("mfa_index")
        response: HttpResponse = super().form_valid(form)
        return response


# --- staff --------------------------------------------------------------------------------------------------


@login_required
def staff_home(request: HttpRequest) -> HttpResponse:
    """What this member of staff may do."""
    user = signed_in_user(request)
    if not user.is_staff:
        raise PermissionDenied
    context = {"pages": staff_pages_for(user), "may_grant": can_grant_rights(user)}
    return render(request, "accounts/staff_home.html", context)


def _granter(request: HttpRequest) -> User:
    user = signed_in_user(request)
    if not can_grant_rights(user):
        raise PermissionDenied
    return user


@login_required
def staff_rights(request: HttpRequest) -> HttpResponse:
    """All staff, what each may do, and who still lacks a second factor."""
    _granter(request)
    staff = User.objects.staff().with_second_factors().prefetch_related("rights").order_by("name", "email")
    return render(request, "accounts/staff_rights.html", {"staff": staff})


@login_required
def staff_add(request: HttpRequest) -> HttpResponse:
    """Make somebody who has an account a member of staff."""
    actor = _granter(request)
    form = NewStaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user: User = form.cleaned_data["email"]
        return _grant(request, actor, user, form, done=_("%(name)s is staff now."))
    return render(request, "accounts/staff_add.html", {"form": form})


def _grant(request: HttpRequest, actor: User, user: User, form: StaffRightsForm, *, done: str) -> HttpResponse:
    try:
        grant_rights(actor=actor, user=user, tasks=form.cleaned_data["tasks"])
    except StaffChangeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done % {"name": user})
    return redirect("staff_rights")


@login_required
def staff_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick what one member of staff may do."""
    actor = _granter(request)
    user = get_object_or_404(User.objects.staff(), pk=pk)
    held = list(user.rights.values_list("task", flat=True))
    form = StaffRightsForm(request.POST or None, initial={"tasks": held})
    if request.method == "POST" and form.is_valid():
        return _grant(request, actor, user, form, done=_("The rights of %(name)s are saved."))
    return render(request, "accounts/staff_change.html", {"form": form, "member": user})


@login_required
def staff_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether to end somebody's time as staff, and do it."""
    actor = _granter(request)
    user = get_object_or_404(User.objects.staff(), pk=pk)
    if request.method == "POST":
        try:
            end_staff(actor=actor, user=user)
        except StaffChangeError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("%(name)s is no longer staff.") % {"name": user})
        return redirect("staff_rights")
    return render(request, "accounts/staff_end.html", {"member": user, "is_self": user.pk == actor.pk})
