"""The site's addresses, those of local runs, and some that show by themselves what else nobody gets to see."""

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


def loud(request: HttpRequest) -> HttpResponse:
    """A page that breaks every rule about what it loads."""
    noise = "".join(map(str, range(20_000)))
    return HttpResponse(
        "<!doctype html><html lang='en'><title>Loud</title><body><main><h1>Loud</h1>"
        "<img src='http://elsewhere.example/pixel.png' alt=''><img src='/gates/missing.png' alt=''>"
        f"<script>alert('inline')</script><script src='/gates/loud.js'></script><!-- {noise} --></main></body></html>"
    )


def loud_script(request: HttpRequest) -> HttpResponse:
    made = "document.querySelector('main').append(Object.assign(document.createElement('h2'), {textContent: '%s'}));"
    return HttpResponse(made % "Brought by a script" + "console.error('loud');", content_type="text/javascript")


urlpatterns = [
    *site,
    *local,
    path("gates/broken/", broken),
    path("gates/loud/", loud),
    path("gates/loud.js", loud_script),
    path("gates/too-often/", too_often),
    path("gates/try-again/", csrf_failure),
]
