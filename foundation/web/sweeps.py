"""Work that is done again and again by `manage.py sweep`, straight from Postgres: what makes up for a lost doorbell.

Each app registers its sweeps in its `ready()`. A sweep runs in one sweeper at a time, however many there are.
"""

import logging
import time
import traceback
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

logger = logging.getLogger("network.sweeps")

# The first half of the advisory lock's key: no other part of the product takes locks under it.
LOCK_SPACE = 0x53574550


@dataclass(frozen=True)
class Sweep:
    """One piece of recurring work. `run` takes nothing, may run at any moment, and finds its work in Postgres."""

    name: str
    run: Callable[[], None]
    every_seconds: float


_sweeps: dict[str, Sweep] = {}


def register_sweep(name: str, function: Callable[[], None], every_seconds: float) -> None:
    """Have `function` run about every `every_seconds`. `name` ("mail: send what is overdue") is for the log."""
    _sweeps[name] = Sweep(name, function, every_seconds)


def registered_sweeps() -> list[Sweep]:
    return list(_sweeps.values())


def run_sweep(sweep: Sweep) -> bool:
    """Run one sweep unless another process is at it; True if it ran to its end. An error is logged, never raised.

    The lock is held by the open transaction of a connection of its own: the sweep commits as it likes, a sweeper that
    dies lets go of it at once, and it holds behind a pooler in transaction mode too.
    """
    holder = connection.copy()
    try:
        holder.set_autocommit(False)
        with holder.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_SPACE, _number(sweep.name)])
            if not cursor.fetchone()[0]:
                return False
        sweep.run()
    except Exception as error:  # one sweep's trouble must not stop the others
        _log(sweep, error)
        return False
    finally:
        _close(holder)
    return True


def sweep_until(stop: Event) -> None:
    """Run every registered sweep whenever it is due, until `stop` is set."""
    due = dict.fromkeys(_sweeps, time.monotonic())
    while not stop.is_set():
        for sweep in registered_sweeps():
            if stop.is_set():
                return
            if due[sweep.name] <= time.monotonic():
                close_old_connections()
                run_sweep(sweep)
                due[sweep.name] = time.monotonic() + sweep.every_seconds
        stop.wait(max(0.0, min(due.values(), default=time.monotonic() + 60) - time.monotonic()))


def _number(name: str) -> int:
    """The second half of the lock's key: a signed 32-bit number that is the same in every process."""
    return zlib.crc32(name.encode()) - 2**31


def _log(sweep: Sweep, error: Exception) -> None:
    """The name and the place of an error, not its message: a database's message repeats what the row held."""
    place = "".join(traceback.format_tb(error.__traceback__))
    logger.error("the sweep %r failed: %s\n%s", sweep.name, type(error).__name__, place)
    if isinstance(error, (DatabaseError, InterfaceError)) and not connection.in_atomic_block:
        connection.close()


def _close(holder: object) -> None:
    try:
        holder.rollback()  # type: ignore[attr-defined]  # ends the transaction and with it the lock
        holder.close()  # type: ignore[attr-defined]
    except (DatabaseError, InterfaceError):
        logger.info("the connection that held a sweep's lock was gone already")
