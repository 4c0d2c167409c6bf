"""The mails of groups, one function each, by topic. They build and queue; only foundation.mail sends."""

from django.conf import settings


def absolute(path: str) -> str:
    """The whole address of a page, as a mail needs it."""
    return f"{settings.SITE_URL}{path}"
