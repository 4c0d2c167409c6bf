"""The site's addresses, those of local runs, and some that show error pages by themselves."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from config.urls import *  # noqa: F403  # the handlers too
from config.urls import urlpatterns as site
from foundation.mail.outbox_page import urlpatterns as local
from foundation.web.errors import csrf_failure


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose, to see the page that says so")


def too_often(request: HttpRequest) -> HttpResponse:
    return render(request, "429.html", status=429)


urlpatterns = [
    *site,
    *local,
    path("gates/broken/", broken),
    path("gates/too-often/", too_often),
    path("gates/try-again/", csrf_failure),
]
