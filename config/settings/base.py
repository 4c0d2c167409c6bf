"""Settings that hold everywhere. What differs by place is in local.py, test.py and production.py."""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))

# --- The network this installation serves. Nothing else in the code names an organisation. ---
NETWORK_NAME = os.environ.get("NETWORK_NAME", "Many Hands Network")
NETWORK_EMAIL = os.environ.get("NETWORK_EMAIL", "hello@network.example")
NETWORK_PLATFORM_URL = os.environ.get("NETWORK_PLATFORM_URL", "")
NETWORK_LOGO = os.environ.get("NETWORK_LOGO", "network/logo.svg")  # a path below static/
NETWORK_STYLESHEET = os.environ.get("NETWORK_STYLESHEET", "")  # the same; sets the network's own colours
# The site's own address, for links in mails. No trailing slash.
SITE_URL = os.environ.get("SITE_URL", "http://localhost:8000")

SECRET_KEY = os.environ.get("SECRET_KEY", "")
# Hashes the addresses of people who were deleted on their own wish. Were it changed, imports could bring them back.
ERASURE_KEY = os.environ.get("ERASURE_KEY", "")
# PEM files of the certificate that seals documents; one is made below MEDIA_ROOT where none is named.
SEAL_CERTIFICATE_FILE = os.environ.get("SEAL_CERTIFICATE_FILE", "")
SEAL_KEY_FILE = os.environ.get("SEAL_KEY_FILE", "")
DEBUG = False
ALLOWED_HOSTS: list[str] = [h for h in os.environ.get("ALLOWED_HOSTS", "").split(",") if h]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_rq",
    "js_lib_leaflet",
    "foundation.web",
    "foundation.audit",
    "foundation.accounts",
    "foundation.places",
    "foundation.mail",
    "foundation.imports",
    "foundation.documents",
    "members",
    "affiliates",
    "endorsements",
    "events",
]

MIDDLEWARE = [
    "foundation.web.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "foundation.web.requests.BadInputMiddleware",  # its page has a language and a content security policy too
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "foundation.accounts.middleware.StaffSecondFactorMiddleware",
    "foundation.web.requests.StoringMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.csp",
                "foundation.web.context.network",
            ],
            "builtins": ["foundation.web.templatetags.page", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
FORM_RENDERER = "foundation.web.forms.SiteFormRenderer"

# --- Postgres: everything that must not be lost ---
DATABASES: dict[str, Any] = {
    "default": {
        **dj_database_url.parse(os.environ.get("DATABASE_URL", "postgresql:///network")),
        "CONN_MAX_AGE": 0,
        # Behind PgBouncer in transaction mode a cursor does not outlive its transaction.
        "DISABLE_SERVER_SIDE_CURSORS": os.environ.get("DISABLE_SERVER_SIDE_CURSORS") == "true",
        "OPTIONS": {"pool": {"min_size": 1, "max_size": int(os.environ.get("DATABASE_POOL", "8")), "timeout": 10}},
    }
}

# --- Valkey or Redis: the doorbell, the rate limits, nothing that must not be lost ---
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379")
CACHES: dict[str, Any] = {
    "default": {"BACKEND": "foundation.web.cache.ForgivingRedisCache", "LOCATION": f"{REDIS_URL}/1"},
}
RQ_QUEUES: dict[str, Any] = {
    "default": {"URL": f"{REDIS_URL}/0", "DEFAULT_TIMEOUT": 600},
    "mail": {"URL": f"{REDIS_URL}/0", "DEFAULT_TIMEOUT": 600},
    "imports": {"URL": f"{REDIS_URL}/0", "DEFAULT_TIMEOUT": 6 * 3600},
}
RQ = {
    "COMMIT_MODE": "on_db_commit",
    "DEFAULT_RESULT_TTL": 60,
    "WORKER_CLASS": "foundation.web.workers.WarmWorker",
}

# --- Sign-in: a code by e-mail, a passkey, and a second factor for staff ---
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/me/"
LOGOUT_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
ACCOUNT_ADAPTER = "foundation.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # the owner hears of a changed address or second factor
ACCOUNT_CHANGE_EMAIL = True  # one address a user
ACCOUNT_PREVENT_ENUMERATION = True
EVEN_ANSWER_SECONDS = 0.3  # signing in and up take at least this long, so that the time tells nothing
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_FORMS = {
    "login": "foundation.accounts.forms.SignInForm",
    "signup": "foundation.accounts.forms.SignUpForm",
    "confirm_login_code": "foundation.accounts.forms.SignInCodeForm",
    "confirm_email_verification_code": "foundation.accounts.forms.AddressCodeForm",
    "add_email": "foundation.accounts.forms.OtherAddressForm",
}
MFA_FORMS = {
    "activate_totp": "foundation.accounts.forms.AuthenticatorSetupForm",
    "authenticate": "foundation.accounts.forms.SecondFactorForm",
    "reauthenticate": "foundation.accounts.forms.SecondFactorAgainForm",
    "add_webauthn": "foundation.accounts.forms.AddPasskeyForm",
    "edit_webauthn": "foundation.accounts.forms.RenamePasskeyForm",
}
MFA_ADAPTER = "foundation.accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = NETWORK_NAME
# How many proxies in front of us may be believed when they say who the client is.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXY_COUNT", "0"))

# --- Mail ---
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", f"{NETWORK_NAME} <{NETWORK_EMAIL}>")
SERVER_EMAIL = NETWORK_EMAIL
# Sent bodies hold sign-in codes and names; they are emptied once sent unless a place says otherwise.
MAIL_KEEP_BODIES = False
# Bodies that were not sent (refused, held) are emptied after so many days.
MAIL_BODY_DAYS = 30
# Where bounces go when mail is sent by SMTP ("bounces@example.org"); each mail adds a tag of its own to it.
MAIL_RETURN_PATH = os.environ.get("MAIL_RETURN_PATH", "")
# What the mail provider allows, over all workers and machines; 0 is no limit.
MAIL_RATE_PER_SECOND = float(os.environ.get("MAIL_RATE_PER_SECOND", "0"))

# --- Endorsements ---
# How long a group has to put right what stands against an endorsement that national published later.
ENDORSEMENT_CURE_DAYS = int(os.environ.get("ENDORSEMENT_CURE_DAYS", "14"))

# --- Languages ---
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

PHONENUMBER_DEFAULT_REGION = "US"
PHONENUMBER_DB_FORMAT = "E164"

# --- Static files and uploads ---
STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", BASE_DIR / "var" / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", VAR_DIR / "media"))
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
# The door of a large event is one form: a field for each guest list of 1,000 lines, a tick for each on the paper sheet.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
# The largest file that staff may import.
IMPORT_MAX_BYTES = 2 * 1024**3

# --- Safety ---
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "foundation.web.errors.csrf_failure"

# Geocoding of street addresses by a Nominatim of one's own; off unless an address is given.
NOMINATIM_URL = os.environ.get("NOMINATIM_URL", "")

# What ActBlue's webhooks sign in with (HTTP basic authentication); without both they are not taken in.
ACTBLUE_WEBHOOK_USER = os.environ.get("ACTBLUE_WEBHOOK_USER", "")
ACTBLUE_WEBHOOK_PASSWORD = os.environ.get("ACTBLUE_WEBHOOK_PASSWORD", "")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "foundation.web.logs.RequestIdFilter"}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{message}{request_id}",
            "style": "{",
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
        },
        "plain": {"format": "{asctime} {levelname:<7} {name} [{request_id}] {message}", "style": "{"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": "json"},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Django's own lines would carry the full address; foundation.web.requests writes ours.
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "propagate": False},
        "rq": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
