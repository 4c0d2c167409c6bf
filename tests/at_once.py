"""Acts on connections of their own that meet, for tests of races. The database of such a test is a real one."""

import threading
import time
from collections.abc import Callable

from django.db import connection, connections

from .locks import somebody_waits


def at_once(*acts: Callable[[], object], when_ready: Callable[[], object] = bool) -> list[Exception]:
    """Do all of these at the same moment, each on a connection of its own; returns what they raised.

    `when_ready` is done once all are connected, right before they begin.
    """
    failures: list[Exception] = []
    start = threading.Barrier(len(acts) + 1)

    def at_the_start(act: Callable[[], object]) -> None:
        connection.ensure_connection()
        start.wait(timeout=60)
        start.wait(timeout=60)
        act()

    def waiting(act: Callable[[], object]) -> Callable[[], object]:
        return lambda: at_the_start(act)

    threads = [begin(waiting(act), failures) for act in acts]
    start.wait(timeout=60)
    when_ready()
    start.wait(timeout=60)
    all_done(threads)
    return failures


def begin(act: Callable[[], object], failures: list[Exception]) -> threading.Thread:
    """Begin `act` on a connection of its own; what it raises is added to `failures`."""

    def run() -> None:
        try:
            act()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def begin_and_wait(act: Callable[[], object], failures: list[Exception]) -> threading.Thread:
    """As `begin`; returns once it waits for a lock, or is done."""
    thread = begin(act, failures)
    deadline = time.monotonic() + 30
    while thread.is_alive() and not somebody_waits():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return thread


def all_done(threads: list[threading.Thread]) -> None:
    """Wait for these; none hangs."""
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)


def all_before_any[**P, T](look: Callable[P, T], number: int, *, after: int = 0) -> Callable[P, T]:
    """`look`, from which none of `number` threads returns before all have; the first `after` looks are not held."""
    together, looks = threading.Barrier(number), iter(range(after))

    def held(*args: P.args, **kwargs: P.kwargs) -> T:
        seen = look(*args, **kwargs)
        if next(looks, None) is None:
            together.wait(timeout=30)
        return seen

    return held
