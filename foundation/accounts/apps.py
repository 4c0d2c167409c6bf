from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "foundation.accounts"

    def ready(self) -> None:
        from foundation.web.sweeps import register_sweep

        from . import second_factor  # noqa: F401  # its receiver
        from .unconfirmed import forget_unconfirmed

        register_sweep("accounts: forget who never confirmed", forget_unconfirmed, every_seconds=3600)
