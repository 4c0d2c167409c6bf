"""The language in which somebody reads this site: a cookie, and for users also their account."""

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils.translation import check_for_language, get_language

from .models import User

KNOWN = frozenset(code for code, _name in settings.LANGUAGES)


def is_known(language: str) -> bool:
    """Is this one of the languages that the site is written in?"""
    return language in KNOWN and check_for_language(language)


def present_language() -> str:
    """The language of the page being answered, one of settings.LANGUAGES."""
    language = (get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    return language if language in KNOWN else settings.LANGUAGE_CODE


def remember_in_browser(response: HttpResponseBase, language: str) -> None:
    """Set the cookie that LocaleMiddleware reads."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def remember_in_account(user: User, language: str) -> None:
    """Keep the language with the account: for the next sign-in and for the mails we write."""
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
