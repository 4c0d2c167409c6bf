"""A statement that the database works on while we do something else."""

import select
from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg import errors, pq

_SECONDS = 1.0  # between two looks; an answer that comes ends the wait at once


class Underway:
    """A question of yes or no, asked. Nothing else may be asked of the database before its `answer` was.

    Within a transaction of the caller's it is done at once. Both steps raise what Django raises for the database.

    psycopg waits for what it asks, also in its pipelines; so this speaks to libpq as `psycopg.pq` offers it.
    """

    def __init__(self, sql: str, values: Mapping[str, Any]) -> None:
        self._is_so = False
        self._waits = None
        with connection.cursor() as cursor:
            if connection.in_atomic_block:
                cursor.execute(sql, values)
                self._is_so = bool(cursor.fetchone()[0])
                return
            with connection.wrap_database_errors:
                written = cursor.cursor.mogrify(sql, values)
                self._waits = connection.connection.pgconn
                self._waits.send_query(written.encode())
                while self._waits.flush():
                    select.select([], [self._waits.socket], [], _SECONDS)

    def answer(self) -> bool:
        """Wait for it. Outside of a transaction what the statement did is committed then."""
        waits, self._waits = self._waits, None
        if waits is not None:
            with connection.wrap_database_errors:
                self._is_so = _is_true(_result_of(waits))
        return self._is_so


def _result_of(waits: pq.abc.PGconn) -> pq.abc.PGresult:
    """The answer to the one statement that was sent, read to its end."""
    while waits.is_busy():
        select.select([waits.socket], [], [], _SECONDS)
        waits.consume_input()
    first = last = waits.get_result()
    while last is not None:
        last = waits.get_result()
    if first is None:
        raise errors.OperationalError("the database has not answered")
    return first


def _is_true(result: pq.abc.PGresult) -> bool:
    if result.status != pq.ExecStatus.TUPLES_OK:
        raise errors.error_from_result(result)
    return result.get_value(0, 0) == b"t"
