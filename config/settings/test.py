"""Tests: real Postgres, real Valkey, real browser; each pytest-xdist worker has its own of each database."""

import os

from .base import *

SECRET_KEY = "tests-only"
ERASURE_KEY = "tests-only-of-erasures"
ALLOWED_HOSTS = ["*"]
SITE_URL = "http://testserver"
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
MAIL_KEEP_BODIES = True
EVEN_ANSWER_SECONDS = 0.0
# A pool would hold connections open while the test databases are dropped.
DATABASES["default"]["OPTIONS"] = {}
# What ./dev test has made already (config/test_tables.py); without it the migrations run for each worker.
if "TEST_DATABASE_TEMPLATE" in os.environ:
    DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ["TEST_DATABASE_TEMPLATE"]}
# Redis has 16 databases: two for each worker.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
CACHES["default"]["LOCATION"] = f"{REDIS_URL}/{2 * (_worker % 8) + 1}"
for _queue in RQ_QUEUES.values():
    _queue["URL"] = f"{REDIS_URL}/{2 * (_worker % 8)}"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
MEDIA_ROOT = VAR_DIR / "test-media" / str(_worker)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING["root"]["level"] = "WARNING"
ACTBLUE_WEBHOOK_USER = "actblue"
ACTBLUE_WEBHOOK_PASSWORD = "tests-only-of-webhooks"
