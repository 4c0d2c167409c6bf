from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "foundation.accounts"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from foundation.web.sweeps import register_sweep

        from . import second_factor  # noqa: F401  # its receiver
        from .models import StaffTask
        from .panels import register_staff_page
        from .unconfirmed import forget_unconfirmed

        register_sweep("accounts: forget who never confirmed", forget_unconfirmed, every_seconds=3600)
        register_staff_page(
            _("Held mails"), "held_mails", StaffTask.PROMOTIONS, _("Mails that have gone out or have not: you decide.")
        )
