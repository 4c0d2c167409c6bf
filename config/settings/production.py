"""Production: every secret and address comes from the environment; a missing one stops the start."""

import json
import os

from django.core.exceptions import ImproperlyConfigured

from .base import *


def required(name: str) -> str:
    """The environment variable `name`; raises ImproperlyConfigured where it is missing or empty."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"set {name} (docs/operations.md says what each setting does)")
    return value


SECRET_KEY = required("SECRET_KEY")
ERASURE_KEY = required("ERASURE_KEY")
SITE_URL = required("SITE_URL").rstrip("/")
ALLOWED_HOSTS = required("ALLOWED_HOSTS").split(",")
required("DATABASE_URL")
required("REDIS_URL")

CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_SSL_REDIRECT = True
# The health checks are asked over plain HTTP from inside the machine room.
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"

# django-anymail's settings as JSON, for a mail provider with an API and for its webhooks (WEBHOOK_SECRET).
ANYMAIL = json.loads(os.environ.get("ANYMAIL", "{}"))
# Any backend of Django or of django-anymail; see docs/operations.md.
MAILERS = {
    "default": {
        "BACKEND": os.environ.get("MAIL_BACKEND", "foundation.mail.smtp.SMTPBackend"),
        "OPTIONS": {
            "host": os.environ.get("SMTP_HOST", "localhost"),
            "port": int(os.environ.get("SMTP_PORT", "587")),
            "username": os.environ.get("SMTP_USER", ""),
            "password": os.environ.get("SMTP_PASSWORD", ""),
            "use_tls": os.environ.get("SMTP_TLS", "1") == "1",
            "timeout": 30,
        }
        if "SMTP_HOST" in os.environ or "MAIL_BACKEND" not in os.environ
        else {},
    }
}
