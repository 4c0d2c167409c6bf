"""What happens to every request: its id, its log line, refused input, health, limits, a cache that is away."""

import json
import logging
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from pythonjsonlogger.json import JsonFormatter

from config.services import free_port
from foundation.web.cache import ForgivingRedisCache
from foundation.web.limits import is_over_limit, limit_posts
from foundation.web.logs import RequestIdFilter

CANARY = "canary.person@example.org"


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """Every line that the whole product logs, formatted as in production."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep(logging.DEBUG)
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(JsonFormatter("{asctime}{levelname}{name}{message}{request_id}", style="{"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_request_gets_an_id_and_keeps_a_well_formed_one(client: Client) -> None:
    assert len(client.get("/health/live").headers["X-Request-ID"]) == 32
    given = "0123abcd-proxy"
    assert client.get("/health/live", headers={"x-request-id": given}).headers["X-Request-ID"] == given
    forged = client.get("/health/live", headers={"x-request-id": 'evil"}\n{'}).headers["X-Request-ID"]
    assert len(forged) == 32


def test_the_log_line_names_the_route_and_not_what_was_typed(client: Client, log_lines: list[str]) -> None:
    client.get("/health/live", {"who": CANARY}, headers={"x-request-id": "id-of-this-one"})
    line = next(json.loads(line) for line in log_lines if "network.requests" in line)
    assert line["message"] == "GET health/live 200"
    assert line["request_id"] == "id-of-this-one"
    assert line["milliseconds"] >= 0
    assert not any(CANARY in line for line in log_lines)


@pytest.mark.django_db
def test_an_error_line_does_not_show_the_address(
    client: Client, log_lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: object, **kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("affiliates.views.finder.find_place", breaks)
    client.raise_request_exception = False
    response = client.get("/groups/", {"near": CANARY})
    assert response.status_code == 500
    assert CANARY not in response.content.decode()
    assert any("RuntimeError" in line for line in log_lines)
    assert not any(CANARY in line for line in log_lines)


@pytest.mark.parametrize("address", ["/health/live?a=%00", "/health/%00live", "/?" + "x" * 9000])
def test_an_address_that_cannot_be_stored_is_refused_in_words(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 400
    assert "cannot be used" in response.content.decode()


@pytest.mark.django_db
def test_ready_while_the_database_answers(client: Client) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": True, "redis": True})


@pytest.mark.django_db
def test_not_ready_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("foundation.web.health._database_answers", lambda: False)
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").status_code == 200


@pytest.fixture
def cache_away() -> ForgivingRedisCache:
    """The site's cache at an address where nobody listens."""
    return ForgivingRedisCache(f"redis://127.0.0.1:{free_port(28000)}/1", {})


def test_a_cache_that_is_away_answers_as_an_empty_one(cache_away: ForgivingRedisCache) -> None:
    cache_away.set("a", 1)
    assert cache_away.get("a", "nothing") == "nothing"
    assert cache_away.add("a", 1) is True
    assert cache_away.incr("a") == 1
    assert cache_away.get_many(["a"]) == {}
    assert cache_away.has_key("a") is False
    assert cache_away.touch("a") is False
    assert cache_away.delete("a") is False
    cache_away.set_many({"a": 1})
    cache_away.delete_many(["a"])


@pytest.mark.django_db
def test_pages_and_limits_go_on_while_redis_is_away(client: Client) -> None:
    address = f"redis://127.0.0.1:{free_port(28000)}/1"
    away = {"default": {"BACKEND": "foundation.web.cache.ForgivingRedisCache", "LOCATION": address}}
    with override_settings(CACHES=away):
        assert client.get("/groups/", {"near": "02139"}).status_code == 200
        assert client.get("/groups/").status_code == 200
        assert client.get("/accounts/login/").status_code == 200
        assert not is_over_limit("test", "somebody", amount=1, seconds=60)
        assert client.get("/health/ready").json()["redis"] is False


def test_the_limit_counts_each_one_for_themselves() -> None:
    caches["default"].clear()
    answers = [is_over_limit("test", "ada", amount=2, seconds=60) for _ in range(4)]
    assert answers == [False, False, True, True]
    assert is_over_limit("test", "grace", amount=2, seconds=60) is False
    assert is_over_limit("other", "ada", amount=2, seconds=60) is False


def test_only_posts_count_towards_the_limit() -> None:
    caches["default"].clear()

    @limit_posts("test", amount=1, seconds=60)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    factory = RequestFactory()
    assert [view(factory.get("/")).status_code for _ in range(3)] == [200, 200, 200]
    assert [view(factory.post("/")).status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("forged", ["1.2.3.4", "1.2.3.4, 5.6.7.8", "garbage"])
def test_a_forged_forwarded_address_does_not_reset_the_limit(forged: str) -> None:
    caches["default"].clear()

    @limit_posts("test", amount=1, seconds=60)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    factory = RequestFactory()
    view(factory.post("/"))
    assert view(factory.post("/", headers={"x-forwarded-for": forged})).status_code == 429


def test_behind_trusted_proxies_the_address_that_they_report_counts(settings: object) -> None:
    caches["default"].clear()
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1):

        @limit_posts("test", amount=1, seconds=60)
        def view(request: HttpRequest) -> HttpResponse:
            return HttpResponse("ok")

        factory = RequestFactory()
        statuses = [
            view(factory.post("/", headers={"x-forwarded-for": f"9.9.9.9, {client}"})).status_code
            for client in ("1.1.1.1", "2.2.2.2", "1.1.1.1")
        ]
    assert statuses == [200, 200, 429]
