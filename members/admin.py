"""The admin, for repair by superusers: a person with their addresses and phones."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from .models import Person, PersonEmail, PersonPhone

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class PersonEmailInline(TabularInline):
    model = PersonEmail
    extra = 0


class PersonPhoneInline(TabularInline):
    model = PersonPhone
    extra = 0


@admin.register(Person)
class PersonAdmin(ModelAdmin):
    list_display = ("__str__", "zip_code_id", "language", "created_at")
    search_fields = ("given_name", "family_name", "emails__address")
    show_full_result_count = False
    fields = ("given_name", "family_name", "zip_code", "country", "latitude", "longitude", "language", "time_zone")
    raw_id_fields = ("zip_code",)
    inlines = (PersonEmailInline, PersonPhoneInline)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).defer("position")

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
