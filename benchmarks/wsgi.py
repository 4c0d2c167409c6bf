"""The production application with the rival's address beside its own."""

from django.conf import settings

settings.ROOT_URLCONF = "benchmarks.urls"

from config.wsgi import application  # noqa: E402  # after the setting that it reads

__all__ = ["application"]
