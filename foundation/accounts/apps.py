from django.apps import AppConfig
from django.conf import settings


class AccountsConfig(AppConfig):
    name = "foundation.accounts"

    def ready(self) -> None:
        if settings.DEBUG:
            from foundation.mail.outbox_page import register_outbox_panel

            from .demo_authenticator import build_panel

            register_outbox_panel(build_panel)
