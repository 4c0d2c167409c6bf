"""What people see of themselves on /me/: why they are a member, and who holds their data."""

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from foundation.accounts.models import User
from foundation.accounts.panels import register_panel

from .choices import holders
from .explaining import bases_of, withdrawn_bases_of
from .own_details import person_of


def membership_panel(user: User, request: HttpRequest) -> SafeString:
    """ "You are a member since …, because …", or how one becomes one."""
    person = person_of(user)
    context = {
        "person": person,
        "membership": getattr(person, "membership", None) if person else None,
        "bases": bases_of(person) if person else [],
        "withdrawn": withdrawn_bases_of(person) if person else [],
        "NETWORK_NAME": settings.NETWORK_NAME,
    }
    return render_to_string("members/me/membership_panel.html", context)


def data_panel(user: User, request: HttpRequest) -> SafeString:
    """ "Who holds your data", and the ways to see it, change it and take it away."""
    person = person_of(user)
    context = {"holders": holders(person) if person else [], "NETWORK_NAME": settings.NETWORK_NAME}
    return render_to_string("members/me/data_panel.html", context)


def register_own_panels() -> None:
    """Called once, when the app is ready."""
    register_panel("membership", 10, membership_panel)
    register_panel("data", 20, data_panel)
