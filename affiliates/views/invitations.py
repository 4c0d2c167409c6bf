"""The page behind an invitation's link: opening it changes nothing, its button accepts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from foundation.accounts.models import User
from foundation.web.limits import is_over_limit

from .. import roles
from ..models import Group, Role, RoleInvitation
from ..permissions import can_organize

# So many mails of one group to one address a day, whoever sends them.
_INVITATIONS_A_DAY = 3


def is_invited_too_often(group: Group, email: str) -> bool:
    """Count one more invitation of `group` to this address; True where it has had its mails of today."""
    who = f"{group.pk}:{email.lower()}"
    return is_over_limit("invitation-address", who, amount=_INVITATIONS_A_DAY, seconds=24 * 3600)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """`/invitations/<token>/`. Only whoever reads the mails of the invited address can accept."""
    try:
        invited = roles.invitation_of(token)
    except roles.InvitationLinkError:
        return render(request, "affiliates/invitations/link_error.html", status=404)
    if request.method == "POST" and isinstance(request.user, User):
        return _accept(request, invited, request.user)
    return _draw(request, invited, roles.why_not_open(invited, invited.group, timezone.now()))


def _accept(request: HttpRequest, invited: RoleInvitation, user: User) -> HttpResponse:
    try:
        role = roles.accept_invitation(invitation=invited, user=user, now=timezone.now())
    except roles.OtherAddressError:
        return _draw(request, invited, "", status=403)
    except roles.InvitationError as refused:
        return _draw(request, invited, str(refused), status=409)
    messages.success(request, _("Thank you. You work for %(group)s now.") % {"group": role.group})
    return redirect("group_dashboard", role.group.slug)


def _draw(request: HttpRequest, invited: RoleInvitation, refusal: str, *, status: int = 200) -> HttpResponse:
    user = request.user if isinstance(request.user, User) else None
    has_accepted = user is not None and roles.has_accepted(user, invited)
    context = {
        "invitation": invited,
        "group": invited.group,
        "role": Role(invited.role).label,
        "refusal": refusal,
        "has_accepted": has_accepted,
        "may_open_group": has_accepted and can_organize(request.user, invited.group),
        "is_other_address": user is not None and not roles.is_invited(user, invited),
    }
    return render(request, "affiliates/invitations/invitation.html", context, status=status)
