"""Staff pages open only to staff who signed in with a second factor."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from foundation.web.middleware import GetResponse

from .models import SECOND_FACTORS, User
from .second_factor import has_passed_second_factor

STAFF_PAGES = "/national/"
REPAIR_PAGES = "/admin/"


class StaffSecondFactorMiddleware:
    """The door to the staff pages (staff only) and to the admin (superusers only), whatever the view does.

    Whoever is not signed in is asked to; staff without a second factor are sent to set one up; staff whose
    present session has not passed theirs (it began before they set one up, or elsewhere) are asked for it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith((STAFF_PAGES, REPAIR_PAGES)):
            detour = self._detour(request)
            if detour is not None:
                return _beyond_htmx(request, detour)
        return self.get_response(request)

    def _detour(self, request: HttpRequest) -> HttpResponse | None:
        """Where this request has to go first, if anywhere. Raises PermissionDenied."""
        user = request.user
        # A form cannot be sent again after the detour: only pages are come back to.
        back = request.get_full_path() if request.method == "GET" else reverse("staff_home")
        if not isinstance(user, User):
            return redirect_to_login(back, settings.LOGIN_URL)
        if not (user.is_superuser if request.path_info.startswith(REPAIR_PAGES) else user.is_staff):
            raise PermissionDenied
        if not is_mfa_enabled(user, types=SECOND_FACTORS):
            messages.warning(request, _("Staff sign in with a second factor. Set one up to go on."))
            return redirect("mfa_index")
        if not has_passed_second_factor(request):
            return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({REDIRECT_FIELD_NAME: back})}")
        return None


def _beyond_htmx(request: HttpRequest, detour: HttpResponse) -> HttpResponse:
    """htmx would follow a redirect and put the page it leads to inside the present one; tell it to go there."""
    if request.headers.get("HX-Request") != "true":
        return detour
    return HttpResponse(status=204, headers={"HX-Redirect": detour.headers["Location"]})
