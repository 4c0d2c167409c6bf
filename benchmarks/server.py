"""The production server on a free port for the time of a benchmark, and a client that costs next to nothing."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from config.services import free_port

ROOT = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def production_server(application: str = "benchmarks.wsgi:application", *, workers: int = 1) -> Iterator[int]:
    """granian with worker processes of four threads, one a core as docs/operations.md runs it; yields its port."""
    port = free_port(18400)
    command = [
        str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", application, "--host", "127.0.0.1",
        "--port", str(port), "--workers", str(workers), "--blocking-threads", "4", "--no-access-log",
        "--log-level", "warning",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def fetch_all(port: int, paths: Sequence[str]) -> float:
    """GET each path in turn over one kept connection; returns the seconds. Any status but 200 is an error."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        began = time.perf_counter()
        for path in paths:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n".encode())
            _read_answer(connection)
        return time.perf_counter() - began


def _read_answer(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    assert " 200 " in lines[0] + " ", lines[0]
    length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
    missing = length - len(body)
    while missing > 0:
        missing -= len(connection.recv(65536))
