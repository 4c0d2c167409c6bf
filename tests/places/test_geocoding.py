"""Street addresses, asked of a server over a real socket."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from foundation.places import geocoding
from foundation.places.geocoding import point_of_address

FOUND = json.dumps([{"lat": "42.3656", "lon": "-71.1040", "display_name": "City Hall"}])


class Nominatim(ThreadingHTTPServer):
    """Answers every search with `answer`, and keeps what it was asked."""

    daemon_threads = True
    answer = FOUND
    status = 200
    delay: float = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that did not wait is no error."""


class _Handler(BaseHTTPRequestHandler):
    server: Nominatim

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        time.sleep(self.server.delay)
        body = self.server.answer.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def service(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nominatim]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Nominatim() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.NOMINATIM_URL = f"http://127.0.0.1:{server.server_port}/maps/"
        yield server
        server.shutdown()
        thread.join()


def ask() -> object:
    return point_of_address(
        street="795 Massachusetts Ave", city="Cambridge", state="MA", zip_code="02139", country="US"
    )


def test_an_address_is_a_point(service: Nominatim) -> None:
    assert ask() == (42.3656, -71.104)
    asked = urlsplit(service.asked[0])
    assert asked.path == "/maps/search"
    assert parse_qs(asked.query) == {
        "street": ["795 Massachusetts Ave"], "city": ["Cambridge"], "state": ["MA"], "postalcode": ["02139"],
        "country": ["US"], "format": ["json"], "limit": ["1"],
    }  # fmt: skip


def test_without_a_service_nothing_is_asked(settings: Settings) -> None:
    settings.NOMINATIM_URL = ""
    assert ask() is None


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("[]", 200),
        ("", 200),
        ("<html>busy</html>", 200),
        ('{"error": "busy"}', 200),
        ('[{"lat": "x", "lon": "y", "display_name": ""}]', 200),
        ('[{"lat": "nan", "lon": "1", "display_name": ""}]', 200),
        pytest.param(
            '[{"lat": "91", "lon": "0", "display_name": ""}]',
            200,
            marks=pytest.mark.filterwarnings("ignore:Latitude normalization"),  # geopy warns before it raises
        ),
        ('[{"lat": "0", "lon": "0", "display_name": ""}]', 200),
        ("[]", 429),
        ("[]", 500),
        ("[]", 403),
    ],
)
def test_whatever_the_service_answers_the_caller_goes_on_without(
    service: Nominatim, answer: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    service.answer, service.status = answer, status
    assert ask() is None
    assert len(service.asked) == 1
    assert "Massachusetts" not in caplog.text


def test_a_service_that_is_not_there_is_no_error(settings: Settings, service: Nominatim) -> None:
    service.server_close()
    assert ask() is None


def test_a_slow_service_is_not_waited_for(service: Nominatim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geocoding, "TIMEOUT_SECONDS", 0.05)
    service.delay = 2
    began = time.monotonic()
    assert ask() is None
    assert time.monotonic() - began < service.delay
