"""The 20 nearest groups for 500 ZIP codes weighted by population, at 1,000, 10,000 and 100,000 groups.

In the same run, for each ZIP code in turn: the page in process (every middleware, rendering), the time
its queries take inside it, and the floor: the best hand-written SQL for the same rows, bare through psycopg.
"""

import gc
import io
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.core.wsgi import get_wsgi_application
from django.db import connection

from benchmarks.networks import make_groups
from benchmarks.preparation import prepare
from benchmarks.report import IS_SMALL, Report, milliseconds
from foundation.places.models import ZipCode
from foundation.places.population import sample_zip_codes

SIZES = (1_000, 3_000) if IS_SMALL else (1_000, 10_000, 100_000)
SEARCHES = 30 if IS_SMALL else 500
FLOOR = """
SELECT name, slug, place_name, last_active_at, next_event_at, time_zone, latitude, longitude,
       position <-> places_position(%s, %s) AS chord
FROM affiliates_group WHERE status = 'listed'
ORDER BY position <-> places_position(%s, %s), id LIMIT 21
"""


class QueryClock:
    """Times what Django's cursors do, by the kind of statement."""

    def __init__(self) -> None:
        self.place = 0.0
        self.groups = 0.0
        self.count = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = time.perf_counter() - began
            self.count += 1
            if "affiliates_group" in sql:
                self.groups += took
            else:
                self.place += took


def environ(zip_code: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/groups/", "QUERY_STRING": f"near={zip_code}", "SERVER_NAME": "bench",
        "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http", "wsgi.errors": io.StringIO(), "HTTP_ACCEPT": "text/html", "HTTP_HOST": "localhost",
    }  # fmt: skip


def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
    assert status == "200 OK", status
    return lambda data: None


def measure(zip_codes: list[str]) -> dict[str, list[float]]:
    """Seconds per search: the page, the query within it, the place look-up within it, the floor; and query counts."""
    application = get_wsgi_application()
    points = dict(ZipCode.objects.values_list("code", "latitude").filter(code__in=zip_codes))
    longitudes = dict(ZipCode.objects.values_list("code", "longitude").filter(code__in=zip_codes))
    taken: dict[str, list[float]] = {"page": [], "query": [], "place": [], "floor": [], "queries": []}
    parameters = connection.get_connection_params()
    parameters = {k: v for k, v in parameters.items() if k in {"host", "user", "dbname", "port", "password"}}
    with psycopg.connect(**parameters, autocommit=True) as bare:
        cursor = bare.cursor()
        for zip_code in zip_codes:
            point = (points[zip_code], longitudes[zip_code])
            clock = QueryClock()
            gc.disable()
            with connection.execute_wrapper(clock):
                began = time.perf_counter()
                body = b"".join(application(environ(zip_code), start_response))
                taken["page"].append(time.perf_counter() - began)
            assert b'class="result"' in body
            began = time.perf_counter()
            rows = cursor.execute(FLOOR, point * 2).fetchall()
            taken["floor"].append(time.perf_counter() - began)
            gc.enable()
            assert len(rows) == 21
            taken["query"].append(clock.groups)
            taken["place"].append(clock.place)
            taken["queries"].append(clock.count)
    return taken


def main() -> None:
    prepare()
    report = Report("finder")
    zip_codes = sample_zip_codes(SEARCHES, seed=7)
    random.Random(7).shuffle(zip_codes)
    rows, medians, over, counts = [], {}, {}, set()
    for size in SIZES:
        make_groups(size)
        measure(zip_codes[:20])  # warm
        taken = measure(zip_codes)
        medians[size] = {name: statistics.median(values) for name, values in taken.items()}
        over[size] = statistics.median(
            page - query - place
            for page, query, place in zip(taken["page"], taken["query"], taken["place"], strict=True)
        )
        counts |= set(taken["queries"])
        rows.append([f"{size:,}", *(milliseconds(taken[name]) for name in ("page", "query", "place", "floor"))])
    report.table(["groups", "page ms (median / p95)", "its group query", "its place query", "floor"], rows)
    small, large = medians[SIZES[0]], medians[SIZES[-1]]
    print(f"queries a page: {sorted(int(count) for count in counts)}")
    report.at_most(f"query at {SIZES[-1]:,} / at {SIZES[0]:,}", large["query"] / small["query"], 1.5)
    report.at_most(f"query / floor at {SIZES[-1]:,}", large["query"] / large["floor"], 1.3)
    report.at_most("page over its queries", max(over.values()) * 1000, 3, "ms")
    report.at_most("kinds of query count", len(counts), 1, "(a fixed number)")
    report.finish()


if __name__ == "__main__":
    main()
