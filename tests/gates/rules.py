"""What every page has to fulfil. Each rule looks at an open page and returns in words what is wrong, if anything."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Error, Frame, Page, Request, Response

# WCAG 2.2 level AA, and what axe calls best practice.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_COLOUR_RULES = ["color-contrast", "link-in-text-block"]
# What depends on the words: a text that comes out empty names nothing.
AXE_NAMING_RULES = [
    "aria-command-name", "aria-input-field-name", "aria-toggle-field-name", "button-name", "document-title",
    "empty-heading", "empty-table-header", "html-has-lang", "html-lang-valid", "image-alt", "input-button-name",
    "label", "link-name", "select-name", "svg-img-alt", "valid-lang",
]  # fmt: skip
MOST_BYTES = 60 * 1024
NARROW = {"width": 320, "height": 640}
# Shown by JavaScript only, because only it can do them.
ENHANCEMENTS = ".js-only, [data-use-location], .group-map"

_HERE = Path(__file__).parent
_TARGETS, _CONTENTS, _OVERFLOW = ((_HERE / f"{name}.js").read_text() for name in ("targets", "contents", "overflow"))
_CSP_VIOLATIONS = """
    window.cspViolations = [];
    addEventListener("securitypolicyviolation", (event) => {
        window.cspViolations.push(`${event.violatedDirective} refuses ${event.blockedURI || event.sample}`);
    });
"""

# The pages that already have what is run in each document.
_told: WeakSet[Page] = WeakSet()


class Traffic:
    """What a page asks for, gets, and complains about, from the moment this begins to watch it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.documents: list[Response] = []
        self.responses: list[Response] = []  # to what the last page has asked for
        self._faults: list[str] = []
        if page not in _told:
            page.add_init_script(_CSP_VIOLATIONS)
            _told.add(page)
        for event, handler in self._handlers():
            page.on(event, handler)  # type: ignore[call-overload]

    def stop(self) -> None:
        """Watch no longer: the page is used again."""
        for event, handler in self._handlers():
            self._page.remove_listener(event, handler)

    def _handlers(self) -> list[tuple[str, Callable[[Any], None]]]:
        return [
            ("request", self._on_request),
            ("response", self._on_response),
            ("requestfailed", self._on_failure),
            ("console", self._on_console),
            ("pageerror", self._on_script_error),
        ]

    def faults(self) -> list[str]:
        """Requests to other hosts, parts that failed, script errors, and what the content security policy refused."""
        refused: list[str] = self._page.evaluate("() => window.cspViolations ?? []")
        return [*self._faults, *(f"CSP: {line}" for line in refused)]

    def document(self) -> bytes:
        """The last page as it was served."""
        return self._body(self.documents[-1])

    def weight(self) -> int:
        """The bytes of the last page and of everything that it has loaded, each gzipped where that makes it smaller."""
        bodies = [self.document(), *map(self._body, self.responses)]
        return sum(min(len(body), len(gzip.compress(body, 6))) for body in bodies)

    def _body(self, response: Response) -> bytes:
        # Playwright takes the statuses 300, "several choices", and 304, "not modified", for redirects, which have none.
        if 300 <= response.status < 400:
            return self._page.context.request.get(response.url).body()
        return response.body()

    def _on_request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in {"data", "blob"} and url.hostname != "localhost":
            self._faults.append(f"asks another host: {request.url}")

    def _on_response(self, response: Response) -> None:
        if _is_of_page(response.request, self._page.main_frame):
            self.documents.append(response)
            self.responses.clear()
            return
        self.responses.append(response)
        if response.status >= 400:
            self._faults.append(f"{response.status} for {response.url}")

    def _on_failure(self, request: Request) -> None:
        # A request that a page takes back itself, as the map does when it is moved, is no failure.
        if request.failure != "net::ERR_ABORTED":
            self._faults.append(f"{request.failure} for {request.url}")

    def _on_script_error(self, error: Error) -> None:
        self._faults.append(f"script error: {error}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        # Chromium also complains of a page that is itself an answer such as 404.
        if message.location["url"] in {response.url for response in self.documents}:
            return
        self._faults.append(f"console: {message.text}")


def _is_of_page(request: Request, frame: Frame) -> bool:
    return request.is_navigation_request() and request.frame == frame


def load_all(page: Page) -> None:
    """Have the page load also what it would load on scrolling, and wait for it."""
    page.evaluate("() => document.querySelectorAll('img').forEach((image) => { image.loading = 'eager'; })")
    page.wait_for_function("() => [...document.images].every((image) => image.complete)")


def accessibility_faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA and best practice."""
    return _axe(page, {"type": "tag", "values": AXE_TAGS})


def colour_faults(page: Page) -> list[str]:
    """What axe finds against the colours alone: for the other colour scheme of a page that is looked at already."""
    return _axe(page, {"type": "rule", "values": AXE_COLOUR_RULES})


def naming_faults(page: Page) -> list[str]:
    """What axe finds against names and languages alone: for another language of a page that is looked at already."""
    return _axe(page, {"type": "rule", "values": AXE_NAMING_RULES})


def _axe(page: Page, what: dict[str, Any]) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = page.evaluate(
        # Not within frames: those of ours show mails and run no scripts, so axe cannot look into them.
        "(what) => axe.run(document, {runOnly: what, resultTypes: ['violations'], iframes: false})",
        what,
    )
    return [
        f"{violation['id']} ({violation['help']}): {node['html'][:200]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"][:3]
    ]


def overflow_faults(page: Page) -> list[str]:
    """What makes the page scroll sideways on a screen of 320 px. Leaves the screen that wide."""
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    found: list[str] = page.evaluate(_OVERFLOW)
    return found


def target_faults(page: Page) -> list[str]:
    """What is to be pressed and smaller than 44 × 44 px (targets.js has the rule and its exemptions)."""
    found: list[str] = page.evaluate(_TARGETS)
    return found


def contents(page: Page) -> list[str]:
    """What the page's main part says and offers without JavaScript (contents.js)."""
    found: list[str] = page.evaluate(_CONTENTS, ENHANCEMENTS)
    return found
