from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "foundation.mail"

    def ready(self) -> None:
        from . import scopes, sweeps, tracking

        scopes.register()
        sweeps.register()
        tracking.connect()
