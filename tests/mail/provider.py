"""A stand-in for a mail provider's HTTP interface (Postmark's), as real as a local port can be."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Provider(ThreadingHTTPServer):
    """What it was asked to send, and the status that it answers; 0 cuts the connection without an answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.sent: list[dict[str, Any]] = []

    @property
    def mailers(self) -> dict[str, Any]:
        options = {"server_token": "token", "api_url": f"http://127.0.0.1:{self.server_port}/"}
        return {"default": {"BACKEND": "anymail.backends.postmark.EmailBackend", "OPTIONS": options}}


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.sent.append(asked)
        if not self.server.status:
            self.connection.close()
            return
        number = len(self.server.sent)
        error = 0 if self.server.status == 200 else 10
        answer = {"To": asked["To"], "SubmittedAt": "2026-07-01T12:00:00Z", "MessageID": f"id-{number}"}
        body = json.dumps({**answer, "ErrorCode": error, "Message": "Told."}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider while the block lasts."""
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            thread.join()
