"""The admin, for repair by superusers. Listing and roles have pages of their own, where they are audited."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from foundation.audit.models import record
from foundation.places.keys import name_key

from .models import Group, GroupLink, GroupRole

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class GroupLinkInline(TabularInline):
    model = GroupLink
    extra = 0


class GroupRoleInline(TabularInline):
    model = GroupRole
    extra = 0
    raw_id_fields = ("user",)


@admin.register(Group)
class GroupAdmin(ModelAdmin):
    """What an import or a form got wrong about a group. Its status changes by affiliates.listing only."""

    list_display = ("name", "place_name", "status", "listed_at")
    list_filter = ("status", "country", "state")
    search_fields = ("name", "name_key", "slug")
    fields = (
        "name", "slug", "status", "place_name", "zip_code", "state", "country", "latitude", "longitude", "time_zone",
        "areas_served", "about", "plan", "contact_email",
    )  # fmt: skip
    readonly_fields = ("status",)
    raw_id_fields = ("zip_code", "areas_served")
    inlines = (GroupLinkInline, GroupRoleInline)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).defer("position")

    def save_model(self, request: Any, obj: Group, form: Any, change: bool) -> None:
        obj.name_key = name_key(obj.name)
        super().save_model(request, obj, form, change)
        record(actor=request.user, action="repaired group", subject=f"group:{obj.pk}", fields=form.changed_data)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
