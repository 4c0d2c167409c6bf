"""The append-only record of who did what, when, to what. The database refuses to change or delete a row."""

from typing import Any, Protocol

from django.db import models
from django.utils import timezone


class Actor(Protocol):
    """Whoever acts: a User. The log knows no other app, so it keeps a key and not a reference."""

    pk: Any


class AuditEntry(models.Model):
    """One act. `actor` and `subject` are keys such as `user:5` and `group:17`; `details` holds no personal data."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.CharField(max_length=40, db_index=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, db_index=True)
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject}"


def record(*, actor: Actor | None, action: str, subject: str, **details: Any) -> AuditEntry:
    """Write one entry in the caller's transaction: the act and its record stand or fall together.

    `actor` is the acting User, or None for the system itself. `action` is a verb phrase such as "listed group".
    """
    key = f"user:{actor.pk}" if actor else "system"
    return AuditEntry.objects.create(actor=key, action=action, subject=subject, details=details)
