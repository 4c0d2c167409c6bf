"""Loading the parts of a batch at the same time, each by a connection and in a transaction of its own.

One connection is one process of Postgres, and so one processor. What a lane has committed before its worker dies is
loaded again by the next worker, and found unchanged: loading is idempotent by the rows' own keys (`Importer`). So such
rows, at most one batch, are then counted as unchanged.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils import translation

from .importers import Outcome

LANES = 2
_DEADLOCK = "40P01"
_SWITCH_SECONDS = 0.001
"""So long one thread keeps another waiting that has its answer from Postgres. Python's 5 ms would be felt."""


class Lanes:
    """Threads that load. They never hold a lock that the caller's transaction waits for, nor wait for its locks."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

    def load[R](self, parts: Sequence[Sequence[R]], load: Callable[[Sequence[R]], Outcome]) -> Outcome:
        """What `load` makes of all parts, which share nothing. Returns when each is committed or has failed."""
        language = translation.get_language()

        def lane(rows: Sequence[R]) -> Outcome:
            try:
                with translation.override(language), transaction.atomic():
                    return load(rows)
            finally:
                connection.close()

        running = [self._threads.submit(lane, rows) for rows in parts]
        wait(running)
        total = Outcome()
        for rows, future in zip(parts, running, strict=True):
            try:
                outcome = future.result()
            except OperationalError as error:  # the parts did meet, at a person with two addresses: one by one
                if getattr(error.__cause__, "sqlstate", "") != _DEADLOCK:
                    raise
                outcome = self._threads.submit(lane, rows).result()
            total.add(outcome)
        return total


@contextmanager
def open_lanes() -> Iterator[Lanes]:
    """Lanes for the length of an import."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        with ThreadPoolExecutor(LANES, "lane") as threads:
            yield Lanes(threads)
    finally:
        sys.setswitchinterval(before)
