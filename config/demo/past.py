"""A clock that is behind, for what the database itself says when it happened: polls and their ledgers.

Triggers and the ledger's own SQL ask the database for the time, and nothing else may say it. The demo lets polls
happen weeks ago by the very same code: for the length of a transaction, functions of its own stand before Postgres'.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_CLOCKS = """
CREATE SCHEMA demo_clock;
CREATE FUNCTION demo_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() - pg_catalog.current_setting(''demo.behind'')::interval';
CREATE FUNCTION demo_clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.now() - pg_catalog.current_setting(''demo.behind'')::interval';
SET LOCAL search_path = demo_clock, pg_catalog, public;
"""


class PastClock:
    """How far the database's clock is behind at this moment."""

    def __init__(self, now: datetime.datetime) -> None:
        self._now = now

    def set_back(self, ago: datetime.timedelta) -> datetime.datetime:
        """From here on it is `ago` earlier than now; returns that moment (UTC)."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('demo.behind', %s, true)", [f"{ago.total_seconds()} seconds"])
        return self._now - ago


@contextmanager
def past_clock(now: datetime.datetime) -> Iterator[PastClock]:
    """One transaction in which the database's clock can be set back. Nothing of it stays."""
    with transaction.atomic():
        clock = PastClock(now)
        clock.set_back(datetime.timedelta())
        with connection.cursor() as cursor:
            cursor.execute(_CLOCKS)
        yield clock
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL search_path = DEFAULT; DROP SCHEMA demo_clock CASCADE")
