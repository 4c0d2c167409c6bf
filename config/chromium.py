"""The Chromium of this machine, for the tests of pages and for Lighthouse."""

import os
import shutil

MISSING = "No Chromium here. The line is:  sudo apt-get install chromium-headless-shell"
# The first is Chromium without a desktop's windows: Debian has it as a package of its own. (./dev has the same list.)
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str | None:
    """The Chromium to use: what CHROMIUM names, else the first that is installed."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
