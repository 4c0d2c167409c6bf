"""The admin, for repair by superusers: StaffSecondFactorMiddleware is its door.

Who is staff and what they may do changes on the staff pages only, where it is audited.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from foundation.audit.models import AuditEntry

from .models import StaffRight, User

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """To look at, not to change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("email", "name", "is_staff", "is_superuser", "is_active", "joined_at")
    list_filter = ("is_staff", "is_superuser", "is_active", "language")
    search_fields = ("email", "name")
    fields = ("email", "name", "language", "is_active", "is_staff", "is_superuser", "joined_at", "last_login")
    readonly_fields = ("email", "is_staff", "is_superuser", "joined_at", "last_login")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return isinstance(request.user, User) and request.user.is_superuser


@admin.register(StaffRight)
class StaffRightAdmin(ReadOnlyAdmin):
    list_display = ("user", "task", "granted_by", "granted_at")
    list_filter = ("task",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "action", "subject")
    search_fields = ("actor", "subject", "action")
    date_hierarchy = "at"
