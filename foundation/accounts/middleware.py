"""Staff pages open only to staff who signed in with a second factor."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from foundation.web.middleware import GetResponse

from .models import User

GUARDED = ("/national/", "/admin/")


class StaffSecondFactorMiddleware:
    """Sends staff without a second factor to set one up before any staff page opens.

    Once one is set up, allauth asks for it at every sign-in, so a session of such a user has passed it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(GUARDED):
            user = request.user
            if isinstance(user, User) and user.is_staff and not is_mfa_enabled(user):
                messages.warning(request, _("Staff sign in with a second factor. Set one up to go on."))
                return redirect("mfa_index")
        return self.get_response(request)
