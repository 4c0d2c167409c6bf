"""Loading the parts of a batch at the same time, each by a connection and in a transaction of its own.

One connection is one process of Postgres, and so one processor. What a lane has committed before its worker dies is
loaded again by the next worker, and found unchanged: loading is idempotent by the rows' own keys (`Importer`). So such
rows, at most one batch, are then counted as unchanged.
"""

import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager

from django.db import OperationalError, connection, transaction
from django.utils import translation

from .importers import Outcome

LANES = 2
PARTS = 4
"""A batch has more parts than there are lanes, so that none waits long for the other."""

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
        """What `load` makes of all parts, which share nothing. Returns when each is done or has failed.

        Each lane takes a part when it is done with one. The caller's thread does `meanwhile`. Raises what the first to
        fail has raised.
        """
        language = translation.get_language()
        waiting, again, total = deque(parts), list[Sequence[R]](), Outcome()

        def one(rows: Sequence[R]) -> Outcome:
            with translation.override(language), transaction.atomic():
                return load(rows)

        def lane() -> Outcome:
            loaded = Outcome()
            while (rows := _first_of(waiting)) is not None:
                try:
                    loaded.add(one(rows))
                except Exception as error:
                    if not _is_deadlock(error):
                        waiting.clear()
                        raise
                    again.append(rows)  # the parts did meet, at a person with two addresses: one by one
            return loaded

        running = [thread.submit(lane) for thread in self._threads]
        try:
            meanwhile()
        finally:
            wait(running)
        for future in running:
            total.add(future.result())
        for rows in again:
            total.add(self._threads[0].submit(one, rows).result())
        return total


def _is_deadlock(error: Exception) -> bool:
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") == _DEADLOCK


def _first_of[T](waiting: deque[T]) -> T | None:
    try:
        return waiting.popleft()
    except IndexError:  # another lane took the last one
        return None


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
