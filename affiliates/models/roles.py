"""Invitations to work for a group."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from .groups import Group, Role


class RoleInvitationQuerySet(models.QuerySet["RoleInvitation"]):
    def open(self, now: datetime) -> Self:
        """Those that can still be accepted."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now)


class RoleInvitation(models.Model):
    """That somebody was invited by mail to a role in a group. The link in the mail opens a page with a button."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=12, choices=Role)
    # Accepting it ends the same role of whoever sent it.
    hands_over = models.BooleanField(default=False)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[RoleInvitationQuerySet] = RoleInvitationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["group", "email", "role"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="roleinvitation_one_open",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="roleinvitation_role_known"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="roleinvitation_email_lower_case"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True), name="roleinvitation_one_end"
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} of group {self.group_id}"
