"""What every page has in common, and the pages for what went wrong."""

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import include, path
from pytest_django import DjangoAssertNumQueries, Settings

from foundation.web import errors
from tests.accounts.clients import signed_in
from tests.factories import make_user

PAGE = '{% extends "base.html" %}{% block title %}A page{% endblock %}{% block content %}<h1>A page</h1>{% endblock %}'


def plain_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


def broken_page(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


urlpatterns = [
    path("test/plain/", plain_page),
    path("test/broken/", broken_page),
    path("", include("config.urls")),
]
handler400 = "foundation.web.errors.bad_request"
handler403 = "foundation.web.errors.forbidden"
handler404 = "foundation.web.errors.not_found"
handler500 = "foundation.web.errors.server_error"


@pytest.fixture(autouse=True)
def _with_pages_to_look_at(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.mark.django_db
def test_a_page_for_a_visitor_costs_no_query_no_session_and_no_token(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/test/plain/")
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "csrfmiddlewaretoken" not in answer.content.decode()


@pytest.mark.django_db
def test_the_navigation_knows_who_is_signed_in() -> None:
    assert "My account" not in Client().get("/test/plain/").content.decode()
    page = signed_in(make_user()).get("/test/plain/").content.decode()
    assert "My account" in page
    assert "Sign in" not in page


@pytest.mark.django_db
def test_staff_find_the_way_to_their_pages_and_others_do_not() -> None:
    assert "/national/" in signed_in(make_user(is_staff=True)).get("/test/plain/").content.decode()
    assert "/national/" not in signed_in(make_user()).get("/test/plain/").content.decode()


def test_no_page_has_inline_code_or_asks_another_host(client: Client) -> None:
    page = client.get("/test/plain/").content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)", page)
    assert not re.search(r'(?:src|<link[^>]*href)="(?:https?:)?//', page)
    assert "script-src 'self'" in client.get("/test/plain/").headers["Content-Security-Policy"]


def test_each_page_names_itself_then_the_network(client: Client) -> None:
    assert "<title>A page – Many Hands Network</title>" in client.get("/test/plain/").content.decode()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "We can’t find that page"), ("es", "No encontramos esa página")]
)
def test_a_page_that_is_not_there(client: Client, language: str, words: str) -> None:
    client.cookies["django_language"] = language
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert f'<html lang="{language}"' in answer.content.decode()
    assert words in answer.content.decode()
    assert '<a class="button button-secondary" href="/">' in answer.content.decode()


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_page_that_breaks_says_so_in_the_language_of_the_visitor_and_tells_nothing_else(language: str) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["django_language"] = language
    answer = client.get("/test/broken/?secret=canary")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert f'<html lang="{language}"' in page
    assert 'href="/"' in page
    assert "broken on purpose" not in page
    assert "canary" not in page


def test_plain_words_are_left_when_even_the_page_for_errors_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "site", lambda: 1 / 0)
    answer = errors.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert errors.PLAIN_APOLOGY in answer.content.decode()


@pytest.mark.parametrize("address", ["/test/plain/?q=%00", "/%00", "/test/plain/?q=" + "a" * 9000])
def test_an_address_that_makes_no_sense_is_a_400_in_words(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert "We can’t read that request" in answer.content.decode()


@pytest.mark.django_db
def test_a_session_cookie_with_an_address_that_makes_no_sense_is_a_400_too() -> None:
    assert signed_in(make_user()).get("/test/plain/?q=%00").status_code == 400


@pytest.mark.django_db
def test_a_form_that_stood_open_too_long_asks_to_try_again() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/login/", {"login": "ana@example.org"})
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.content.decode()


@pytest.mark.django_db
def test_what_came_of_an_act_is_said_once_on_the_next_page() -> None:
    client = signed_in(make_user())
    client.post("/me/", {"name": "Ana", "language": "en"})
    assert "Your changes are saved." in client.get("/test/plain/").content.decode()
    assert "Your changes are saved." not in client.get("/test/plain/").content.decode()
