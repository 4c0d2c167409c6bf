from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "foundation.imports"

    def ready(self) -> None:
        from foundation.accounts.panels import register_staff_page
        from foundation.web.sweeps import register_sweep

        from .jobs import forget_old_files_daily, ring_for_abandoned

        register_sweep("imports: ring for what nobody works on", ring_for_abandoned, every_seconds=30)
        register_sweep("imports: forget old files", forget_old_files_daily, every_seconds=24 * 3600)
        register_staff_page(
            _("Imports"), "import_list", None, _("Bring in files, and see what became of them."), order=70
        )
