"""A page that was kept and filled is byte for byte the page that is drawn anew."""

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import translation

from foundation.web import skeletons
from tests.factories import make_group, make_user

pytestmark = pytest.mark.django_db

SEARCHES = [
    "near=02139",
    "near=02139&page=2",
    "near=59301",
    "near=02139&within=10&active=1",
    "near=02139&events=1",
    "near=%3Cb%3E02139",
    "near=Cambridge%2C%20MA",
    "state=MA",
    "near=09905",
]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    skeletons._kept.clear()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("query", SEARCHES)
def test_a_kept_page_is_the_page_drawn_anew(
    client: Client, query: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(25):
        make_group(f'<i>"Group" & {number}</i>', near=["02139", "01608", "10001"][number % 3])
    client.cookies["django_language"] = language
    with monkeypatch.context() as patch:
        patch.setattr(skeletons, "is_stranger", lambda request: False)
        anew = client.get(f"/groups/?{query}")
    assert skeletons._kept == {}
    first, kept = client.get(f"/groups/?{query}"), client.get(f"/groups/?{query}")
    assert anew.content == first.content == kept.content
    assert anew.status_code == kept.status_code
    assert f'lang="{language}"'.encode() in kept.content


def test_what_one_visitor_typed_is_not_kept_for_the_next(client: Client) -> None:
    make_group()
    client.get("/groups/?near=02139")
    page = client.get("/groups/?near=10001").content.decode()
    assert "02139, Cambridge" not in page
    assert "10001" in page


def test_marks_in_what_a_visitor_typed_are_nothing_special(client: Client) -> None:
    make_group()
    client.get("/groups/?near=02139")
    page = client.get("/groups/?near=\ue000near\ue001").content.decode()
    assert "\ue000" not in page or "There is a problem" in page


def test_somebody_signed_in_sees_their_own_header(client: Client) -> None:
    make_group()
    client.get("/groups/?near=02139")
    client.force_login(make_user())
    assert "My account" in client.get("/groups/?near=02139").content.decode()
    client.logout()
    assert "My account" not in client.get("/groups/?near=02139").content.decode()


def test_a_page_with_a_token_cannot_be_kept() -> None:
    request: HttpRequest = RequestFactory().get("/groups/tell-me/")
    request._messages = ()  # type: ignore[attr-defined]  # as the middleware would leave it
    with translation.override("en"), pytest.raises(skeletons.SkeletonError):
        skeletons.draw(request, "affiliates/watch.html", shape={"form": None}, words={})


def test_no_more_than_a_bounded_number_is_kept(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skeletons, "MOST_KEPT", 2)
    make_group()
    for query in SEARCHES:
        client.get(f"/groups/?{query}")
        assert len(skeletons._kept) <= 2
