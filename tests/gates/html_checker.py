"""The Nu HTML checker (vnu), as a service of one process for each xdist worker: it takes seconds to start."""

import json
import shutil
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from config import node_tools, services

PACKAGE = "vnu-jar@26.9.27"
JAR = node_tools.folder_of(PACKAGE) / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
START_SECONDS = 60


class HtmlChecker:
    """Says what is wrong with a page's HTML."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._is_up = False

    def faults(self, html: bytes) -> list[str]:
        """The errors in a whole document, each with its line."""
        self._wait()
        request = urllib.request.Request(
            f"{self.url}/?out=json&level=error", data=html, headers={"Content-Type": "text/html; charset=utf-8"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            messages = json.load(answer)["messages"]
        return [f"line {m.get('lastLine')}: {m['message']} … {m.get('extract', '').strip()}" for m in messages]

    def _wait(self) -> None:
        deadline = monotonic() + START_SECONDS
        while not self._is_up:
            try:
                urllib.request.urlopen(self.url, timeout=5).close()
                self._is_up = True
            except OSError:
                if monotonic() > deadline:
                    raise
                sleep(0.1)


def install() -> str:
    """Have the checker below var/. Returns in words what is missing for it, if anything."""
    if shutil.which("java") is None:
        return "No Java here. The line is:  sudo apt-get install default-jre-headless"
    return node_tools.install(PACKAGE)


@contextmanager
def html_checker(folder: Path) -> Iterator[HtmlChecker]:
    """Run the installed checker while the block lasts, its log in `folder`."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    # It lives for minutes: what the better compiler of the two saves is less than what it takes.
    options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss8m", "-Xmx512m"]
    java = ["java", *options, "-Dnu.validator.servlet.bind-address=127.0.0.1", "-cp", str(JAR)]
    log = folder / "html-checker.log"
    process = services.start([*java, "nu.validator.servlet.Main", str(port)], folder=folder, log=log)
    try:
        yield HtmlChecker(f"http://127.0.0.1:{port}")
    finally:
        services.stop(process)
