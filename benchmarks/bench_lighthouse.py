"""Lighthouse's four marks, on a slow phone as it simulates one, for the public pages of the production server.

The marks are out of 100. Each page is loaded several times and the middle mark counts: performance varies with what
else the machine does. What Lighthouse finds wanting is printed below the table.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.networks import make_groups
from benchmarks.preparation import prepare
from benchmarks.report import IS_SMALL, Report
from benchmarks.server import production_server
from config import chromium, node_tools

CATEGORIES = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
GROUPS = 200 if IS_SMALL else 1_200
RUNS = 1 if IS_SMALL else 3
TRIES = 3  # on a busy machine Lighthouse sometimes misses the beginning of a load, and asks to be run again
PAGES = {
    "home": "/",
    "finder": "/groups/",
    "results": "/groups/?near=02139",
    "nobody near": "/groups/?near=59301",
    "a group": "/groups/group-1/",
    "write to it": "/groups/group-1/contact/",
    "start one": "/groups/start/",
    "tell me": "/groups/tell-me/",
    "map": "/groups/map/",
    "sign in": "/accounts/login/",
    "sign up": "/accounts/signup/",
}
# Pages that say themselves that search engines shall not list them: one for each place that somebody may type.
NOT_FOR_SEARCH_ENGINES = {"results", "nobody near"}
# The newest Lighthouse, and the newest that runs on Node older than 22.19.
NEWEST, OLDER = "lighthouse@13.5.0", "lighthouse@12.8.2"
CHROMIUM_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run"


def lighthouse() -> Path | str:
    """The script to run with Node; or, in words, what is missing."""
    if shutil.which("node") is None:
        return "No Node here. The line is:  sudo apt-get install nodejs npm"
    if chromium.chromium_path() is None:
        return chromium.MISSING
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    package = NEWEST if numbers >= [22, 19] else OLDER
    script = node_tools.folder_of(package) / "node_modules" / "lighthouse" / "cli" / "index.js"
    return node_tools.install(package) or script


def look(script: Path, url: str, *, skip: str) -> dict[str, Any]:
    """One run of Lighthouse: its whole result. Ends the benchmark where it cannot be had."""
    command = ["node", str(script), url, "--quiet", "--output=json", f"--only-categories={','.join(CATEGORIES)}"]
    command += [f"--chrome-flags={CHROMIUM_FLAGS}", *([f"--skip-audits={skip}"] if skip else [])]
    environment = {**os.environ, "CHROME_PATH": chromium.chromium_path() or ""}
    for _ in range(TRIES):
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
        if done.returncode == 0:
            result: dict[str, Any] = json.loads(done.stdout)
            return result
    sys.exit(f"Lighthouse failed on {url}:\n{done.stderr[-2000:]}")


def marks(result: dict[str, Any]) -> dict[str, float]:
    return {name: round(100 * (result["categories"][name]["score"] or 0)) for name in CATEGORIES}


def wanting(result: dict[str, Any]) -> list[str]:
    """The audits that count and are not passed in full."""
    counting = {
        ref["id"] for name in CATEGORIES for ref in result["categories"][name]["auditRefs"] if ref["weight"] > 0
    }
    audits = [result["audits"][name] for name in sorted(counting)]
    return [
        f"{audit['title']} ({audit['score']:.2f}{', ' + audit['displayValue'] if audit.get('displayValue') else ''})"
        for audit in audits
        if audit["score"] is not None and audit["score"] < 0.995
    ]


def main() -> None:
    script = lighthouse()
    if isinstance(script, str):
        print(f"SKIPPED: {script}")
        sys.exit(0 if IS_SMALL else 1)
    prepare()
    make_groups(GROUPS)
    report = Report("lighthouse")
    rows, least = [], dict.fromkeys(CATEGORIES, 100.0)
    remarks: dict[str, list[str]] = {}
    with production_server("config.wsgi:application") as port:
        for name, path in list(PAGES.items())[: 1 if IS_SMALL else None]:
            skip = "is-crawlable" if name in NOT_FOR_SEARCH_ENGINES else ""
            results = [look(script, f"http://localhost:{port}{path}", skip=skip) for _ in range(RUNS)]
            middle = {category: median(marks(result)[category] for result in results) for category in CATEGORIES}
            least = {category: min(least[category], middle[category]) for category in CATEGORIES}
            rows.append([name, *(f"{middle[category]:.0f}" for category in CATEGORIES)])
            for remark in wanting(results[-1]):
                remarks.setdefault(remark, []).append(name)
    report.table(["page", *CATEGORIES], rows)
    for remark, names in remarks.items():
        print(f"wanting: {remark}: {', '.join(names)}")
    for category, aim in CATEGORIES.items():
        report.at_least(f"{category}, least of all pages", least[category], aim, "of 100")
    report.finish()


if __name__ == "__main__":
    main()
