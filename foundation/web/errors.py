"""The pages for what went wrong. Each says what happened and what to do next."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from .context import site

logger = logging.getLogger("network.errors")

# Not translated: it is for the moment when nothing works, translations included.
PLAIN_APOLOGY = "Something went wrong. Please try again in a minute."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "web/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "web/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "web/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request: whatever broke may break the context processors too."""
    try:
        page = loader.get_template("web/500.html").render(site())
    except Exception:  # even the template may be what broke; plain words always work
        logger.exception("the page for server errors cannot be drawn")
        page = f"<!doctype html><title>{PLAIN_APOLOGY}</title><h1>{PLAIN_APOLOGY}</h1>"
    return HttpResponse(page, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page stood open too long or cookies are off: "try again", with what to do."""
    return render(request, "web/try_again.html", status=403)
