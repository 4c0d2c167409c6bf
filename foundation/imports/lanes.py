"""Loading the parts of a batch at the same time, each by a connection and in a transaction of its own.

One connection is one process of Postgres, and so one processor. What a lane has committed before its worker dies is
loaded again by the next worker, and found unchanged: loading is idempotent by the rows' own keys (`Importer`). So such
rows, at most one batch, are then counted as unchanged.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager

from django.db import OperationalError, connection, transaction
from django.utils import translation

from .importers import Outcome

LANES = 2
_DEADLOCK = "40P01"
_SWITCH_SECONDS = 0.001
"""So long one thread keeps another waiting that has its answer from Postgres. Python's 5 ms would be felt."""


class Lanes:
    """Threads that load, each by its connection. They never hold a lock that the caller's transaction waits for, nor
    wait for one of its locks."""

    def __init__(self, threads: Sequence[ThreadPoolExecutor]) -> None:
        self._threads = threads

    def load[R](
        self, parts: Sequence[Sequence[R]], load: Callable[[Sequence[R]], Outcome], meanwhile: Callable[[], None]
    ) -> Outcome:
        """What `load` makes of all parts, at most LANES, which share nothing. Returns when each is done or has failed.

        The caller's thread does `meanwhile`. Raises what the first to fail has raised.
        """
        language = translation.get_language()

        def lane(rows: Sequence[R]) -> Outcome:
            with translation.override(language), transaction.atomic():
                return load(rows)

        running = [thread.submit(lane, rows) for thread, rows in zip(self._threads, parts, strict=False)]
        try:
            meanwhile()
        finally:
            wait(running)
        total = Outcome()
        for thread, rows, future in zip(self._threads, parts, running, strict=False):
            try:
                outcome = future.result()
            except OperationalError as error:  # the parts did meet, at a person with two addresses: one by one
                if getattr(error.__cause__, "sqlstate", "") != _DEADLOCK:
                    raise
                outcome = thread.submit(lane, rows).result()
            total.add(outcome)
        return total


@contextmanager
def open_lanes() -> Iterator[Lanes]:
    """Lanes for the length of an import."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    with ExitStack() as stack:
        stack.callback(sys.setswitchinterval, before)
        threads = [stack.enter_context(ThreadPoolExecutor(1, "lane")) for _lane in range(LANES)]
        for thread in threads:
            stack.callback(_close_connection_of, thread)
        yield Lanes(threads)


def _close_connection_of(thread: ThreadPoolExecutor) -> None:
    thread.submit(lambda: connection.close()).result()  # noqa: PLW0108 - `connection` is another in each thread
