from django.apps import AppConfig


class AffiliatesConfig(AppConfig):
    name = "affiliates"

    def ready(self) -> None:
        from foundation.mail.unsubscribe import register_scope
        from foundation.web.sweeps import register_sweep

        from .emails import describe_group_scope
        from .jobs import tell_waiting_watchers

        register_sweep("groups: tell those who wait for one", tell_waiting_watchers, every_seconds=60)
        register_scope("group", describe_group_scope)
