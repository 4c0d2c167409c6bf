from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "foundation.accounts"

    def ready(self) -> None:
        from . import second_factor  # noqa: F401  # its receiver
