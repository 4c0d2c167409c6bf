"""The mails to those who work for a group, and to those who are asked to."""

from django.urls import reverse

from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..models import GroupRole, RoleInvitation
from . import absolute


def queue_invitation(invitation: RoleInvitation, *, token: str) -> None:
    """ "You are invited to work for Akron." Repeats nothing that whoever sent it typed but the group's name."""
    context = {
        "group": invitation.group,
        "role": invitation.role,
        "hands_over": invitation.hands_over,
        "link": absolute(reverse("invitation", args=[token])),
    }
    mail = render_mail("affiliates/role_invitation", context, invitation.language)
    queue_mail(
        to=invitation.email,
        **mail._asdict(),
        purpose="role invitation",
        scope=invitation.group.scope,
        language=invitation.language,
        # Sent once more each time it is renewed.
        key=f"invitation:{invitation.pk}:{invitation.at.timestamp()}",
    )


def queue_role_ended(role: GroupRole, *, is_own: bool) -> None:
    """ "You are no longer an organizer of Akron", to whoever was; `is_own` where they wanted it themselves."""
    context = {"group": role.group, "role": role.role, "is_own": is_own}
    mail = render_mail("affiliates/role_ended", context, role.user.language)
    # Owed to them whatever they unsubscribed from: it says that their access has ended.
    queue_mail(
        to=role.user.email,
        **mail._asdict(),
        purpose="role ended",
        scope=role.group.scope,
        language=role.user.language,
        key=f"role:{role.pk}:ended",
        is_transactional=True,
    )
