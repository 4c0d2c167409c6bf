"""The 20 nearest upcoming events for 500 ZIP codes weighted by population, at 1,000, 10,000 and 100,000 upcoming events
and as many that are over.

In the same run, for each ZIP code in turn: the page in process (every middleware, rendering), the time its query of
the events nearby takes inside it, that of its query of those online, and the floor: the best hand-written SQL for the
same events, bare through psycopg. The floor knows of no series, and of no host: it is what the index alone can do.
"""

import datetime
import gc
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.utils import timezone

from benchmarks.bench_finder import environ, start_response
from benchmarks.networks import make_groups
from benchmarks.preparation import empty, prepare
from benchmarks.report import IS_SMALL, Report, milliseconds
from events.models import Event
from foundation.places.models import ZipCode
from foundation.places.population import sample_zip_codes

SIZES = (1_000, 3_000) if IS_SMALL else (1_000, 10_000, 100_000)
SEARCHES = 30 if IS_SMALL else 500
GROUPS = 1_000
OF_SERIES = 0.3  # of the events; each series has ten dates
DATES = 10
FLOOR = """
SELECT title, slug, kind, format, starts_at, ends_at, time_zone, place_name, shown_latitude, shown_longitude,
       position <-> places_position(%(latitude)s, %(longitude)s) AS chord
FROM events_event WHERE state = 'approved' AND is_listed AND format <> 'online' AND ends_at > %(now)s
ORDER BY chord, starts_at, id LIMIT 21
"""
COLUMNS = [field.attname for field in Event._meta.concrete_fields if not field.generated and not field.primary_key]
KINDS = ("meeting", "training", "watch_party", "phone_bank", "canvass", "rally")


def make_events(count: int, *, seed: int = 1) -> None:
    """Replace all events by `count` upcoming ones at population-weighted ZIP codes, and as many in the year before.

    One in ten is online, one in ten in person and online. Then ANALYZE, as autovacuum does.
    """
    chance, now = random.Random(seed), timezone.now()
    known = {code.code: code for code in ZipCode.objects.filter(latitude__isnull=False)}
    zip_codes = sample_zip_codes(count, seed=seed)
    empty("events_event", "events_series")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM affiliates_group ORDER BY id")
        groups = [pk for (pk,) in cursor.fetchall()]
        series = _make_series(cursor, int(count * OF_SERIES) // DATES)
        place = _Place(next(iter(known.values())), chance)
        with cursor.copy(f"COPY events_event ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for number, code in enumerate(zip_codes):
                # The dates of a series are at one place.
                is_later_date = number // DATES < len(series) and number % DATES > 0
                place = place if is_later_date else _Place(known[code], chance)
                ahead = datetime.timedelta(minutes=chance.randrange(30, 90 * 24 * 60))
                of_series = series[number // DATES] if number // DATES < len(series) else None
                copy.write_row(place.row(number, groups[number % len(groups)], of_series, now + ahead, chance))
                behind = datetime.timedelta(minutes=chance.randrange(24 * 60, 365 * 24 * 60))
                copy.write_row(place.row(count + number, groups[number % len(groups)], None, now - behind, chance))
        cursor.execute("ANALYZE events_event")


def _make_series(cursor: Any, count: int) -> list[int]:
    cursor.execute(
        """INSERT INTO events_series (rule, starts_local, time_zone, left_out, created_at)
           SELECT 'FREQ=WEEKLY;COUNT=10', now(), 'America/New_York', '{}', now() FROM generate_series(1, %s)
           RETURNING id""",
        [count],
    )
    return [pk for (pk,) in cursor.fetchall()]


class _Place:
    """Where an event is: some streets away from the middle of a ZIP code."""

    def __init__(self, code: ZipCode, chance: random.Random) -> None:
        self.code = code
        self.latitude = (code.latitude or 0) + chance.uniform(-0.02, 0.02)
        self.longitude = (code.longitude or 0) + chance.uniform(-0.02, 0.02)
        self.format = chance.choices(("in_person", "hybrid", "online"), (8, 1, 1))[0]
        self.is_public = chance.random() < 0.7

    def row(
        self, number: int, group: int, series: int | None, starts_at: datetime.datetime, chance: random.Random
    ) -> list[Any]:
        """An event here as a row of COLUMNS."""
        code, is_online = self.code, self.format == "online"
        event = Event(
            slug=f"event-{number}",
            group_id=group,
            series_id=series,
            series_date=starts_at if series else None,
            kind=chance.choice(KINDS),
            format=self.format,
            title=f"Evening {number} in {code.city}",
            about="We meet, eat and plan. " * 20,
            starts_at=starts_at,
            ends_at=starts_at + datetime.timedelta(hours=2),
            time_zone=code.time_zone or "America/New_York",
            venue_name="Library",
            address="1 Main Street",
            state_code=code.state,
            zip_code_id=code.code,
            place_name=f"{code.city}, {code.state}",
            is_address_public=self.is_public,
            state="approved",
            approved_at=starts_at,
            latitude=None if is_online else self.latitude,
            longitude=None if is_online else self.longitude,
        )
        values = (getattr(event, column) for column in COLUMNS)
        # A choice is a kind of text, but psycopg would write its name.
        return [str(value) if isinstance(value, str) else value for value in values]


class QueryClock:
    """Times what Django's cursors do, by what is asked."""

    def __init__(self) -> None:
        self.place = self.nearby = self.online = 0.0
        self.count = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = time.perf_counter() - began
            self.count += 1
            if "events_event" not in sql:
                self.place += took
            elif "<->" in sql:
                self.nearby += took
            else:
                self.online += took


def measure(zip_codes: list[str]) -> dict[str, list[float]]:
    """Seconds per search: the page, its queries, the floor; and query counts."""
    application = get_wsgi_application()
    known = ZipCode.objects.filter(code__in=zip_codes).values_list("code", "latitude", "longitude")
    points = {code: {"latitude": latitude, "longitude": longitude} for code, latitude, longitude in known}
    taken: dict[str, list[float]] = {"page": [], "nearby": [], "online": [], "place": [], "floor": [], "queries": []}
    wanted = {"host", "user", "dbname", "port", "password"}
    parameters = {name: value for name, value in connection.get_connection_params().items() if name in wanted}
    # Its values are put into the text by the client, as Django has it: the planner knows them.
    with psycopg.connect(**parameters, autocommit=True, cursor_factory=psycopg.ClientCursor) as bare:
        cursor = bare.cursor()
        for zip_code in zip_codes:
            clock = QueryClock()
            gc.disable()
            with connection.execute_wrapper(clock):
                began = time.perf_counter()
                body = b"".join(application({**environ(zip_code), "PATH_INFO": "/events/"}, start_response))
                taken["page"].append(time.perf_counter() - began)
            assert b'class="result"' in body
            cursor.execute("SELECT 1")  # its backend slept while that of the page was awake
            began = time.perf_counter()
            rows = cursor.execute(FLOOR, {**points[zip_code], "now": timezone.now()}).fetchall()
            taken["floor"].append(time.perf_counter() - began)
            gc.enable()
            assert len(rows) == 21
            taken["nearby"].append(clock.nearby)
            taken["online"].append(clock.online)
            taken["place"].append(clock.place)
            taken["queries"].append(clock.count)
    return taken


def main() -> None:
    prepare()
    report = Report("events")
    make_groups(GROUPS)
    zip_codes = sample_zip_codes(SEARCHES, seed=7)
    random.Random(7).shuffle(zip_codes)
    rows, medians, counts = [], {}, set()
    for size in SIZES:
        make_events(size)
        measure(zip_codes[:20])  # warm
        taken = measure(zip_codes)
        medians[size] = {name: statistics.median(values) for name, values in taken.items()}
        counts |= set(taken["queries"])
        shown = (milliseconds(taken[name]) for name in ("page", "nearby", "online", "place", "floor"))
        rows.append([f"{size:,}", *shown])
    report.table(["upcoming", "page ms (median / p95)", "its query nearby", "online", "of the place", "floor"], rows)
    small, large = medians[SIZES[0]], medians[SIZES[-1]]
    print(f"queries a page: {sorted(int(count) for count in counts)}")
    report.at_most(f"query at {SIZES[-1]:,} / at {SIZES[0]:,}", large["nearby"] / small["nearby"], 1.5)
    report.at_most(f"online at {SIZES[-1]:,} / at {SIZES[0]:,}", large["online"] / small["online"], 1.5)
    report.at_most(f"query / floor at {SIZES[-1]:,}", large["nearby"] / large["floor"], 2)
    report.at_most("kinds of query count", len(counts), 1, "(a fixed number)")
    report.finish()


if __name__ == "__main__":
    main()
