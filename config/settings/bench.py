"""Benchmarks: as production, but on this machine and without HTTPS."""

import os

os.environ.setdefault("SECRET_KEY", "benchmarks-only-" + "b" * 50)
os.environ.setdefault("ERASURE_KEY", "benchmarks-only-" + "e" * 50)
os.environ.setdefault("SITE_URL", "http://localhost:8000")
os.environ.setdefault("ALLOWED_HOSTS", "*")

from .production import *

SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
SESSION_COOKIE_NAME = "session"
CSRF_COOKIE_NAME = "csrf"
CSRF_TRUSTED_ORIGINS = []
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
STATIC_ROOT = VAR_DIR / "static"
LOGGING["root"]["level"] = "WARNING"
