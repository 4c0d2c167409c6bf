"""The one browser window through which a worker's gates look at every page.

Another context or page is another process of Chromium with an empty cache: to start it takes longer than to look. So
the window stays, and whoever enters it anew has no cookies, a phone's screen, light colours, and JavaScript.
"""

from typing import TYPE_CHECKING

from django.conf import settings
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser import PHONE

if TYPE_CHECKING:
    from foundation.accounts.models import User


# Chromium's process keeps something of every page: after some hundred it is more than a gigabyte.
_PAGES_OF_ONE = 60
_SCREEN = ViewportSize(width=PHONE["width"], height=PHONE["height"])


class Window:
    """A page of the browser that is used again and again."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._open()

    def _open(self) -> None:
        self._left = _PAGES_OF_ONE
        self._context = self._browser.new_context(
            base_url=self._url, viewport=_SCREEN, locale="en-US", reduced_motion="reduce", service_workers="block"
        )
        self._context.set_default_timeout(10_000)
        self.page = self._context.new_page()
        # What playwright's java_script_enabled=False does, but for one page and to be taken back.
        self._devtools = self._context.new_cdp_session(self.page)

    def enter(self, *, user: "User | None" = None, language: str = "", has_scripts: bool = True) -> Page:
        """The page, for somebody who was never here: `user` signed in, or nobody."""
        self._left -= 1
        if self.page.is_closed() or self._left < 0:
            self._context.close()
            self._open()
        self._context.clear_cookies()
        self.page.set_viewport_size(_SCREEN)
        self.page.emulate_media(color_scheme="light")
        self._devtools.send("Emulation.setScriptExecutionDisabled", {"value": not has_scripts})
        cookies = {settings.LANGUAGE_COOKIE_NAME: language} if language else {}
        if user:
            from tests.signing_in import session_of

            cookies[settings.SESSION_COOKIE_NAME] = session_of(user)
        self._context.add_cookies([{"name": name, "value": value, "url": self._url} for name, value in cookies.items()])
        return self.page

    def close(self) -> None:
        self._context.close()
