from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AffiliatesConfig(AppConfig):
    name = "affiliates"

    def ready(self) -> None:
        from foundation.accounts.models import StaffTask
        from foundation.accounts.panels import register_staff_page
        from foundation.imports.importers import register_importer
        from foundation.mail.unsubscribe import register_scope
        from foundation.web.sweeps import register_sweep

        from .emails import describe_group_scope
        from .group_import import GroupImporter
        from .jobs import tell_waiting_watchers

        register_sweep("groups: tell those who wait for one", tell_waiting_watchers, every_seconds=60)
        register_scope("group", describe_group_scope)
        register_importer(GroupImporter())
        register_staff_page(_("Groups"), "national_groups", StaffTask.AGREEMENTS, _("All groups, listed or not."))
