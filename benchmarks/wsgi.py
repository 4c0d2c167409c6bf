"""The production application with the rival's address beside its own."""

from django.conf import settings

settings.ROOT_URLCONF = "benchmarks.urls"

from config.wsgi import application

__all__ = ["application"]
