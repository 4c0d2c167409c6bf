"""`./dev run` on a developer's machine: everything shown, nothing sent to anyone."""

import os

from .base import *

DEBUG = True
SECRET_KEY = SECRET_KEY or "local-only-key-that-guards-nothing-but-the-demo-data"
ERASURE_KEY = ERASURE_KEY or "local-only-key-of-the-erased"
ALLOWED_HOSTS = ["*"]
# Mails land in the console and in the outbox page instead of leaving the machine.
MAILERS = {"default": {"BACKEND": "foundation.mail.console.OutboxConsoleBackend"}}
MAIL_KEEP_BODIES = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
LOGGING["handlers"]["stderr"]["formatter"] = "plain"
LOGGING["loggers"]["django.utils.autoreload"] = {"level": "WARNING"}
LOGGING["root"]["level"] = os.environ.get("LOG_LEVEL", "INFO")
