from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "foundation.documents"

    def ready(self) -> None:
        from foundation.web.sweeps import register_sweep

        from .jobs import forget_expired, ring_for_lost

        register_sweep("documents: ring for what nobody makes", ring_for_lost, every_seconds=15)
        register_sweep("documents: delete what has expired", forget_expired, every_seconds=600)
