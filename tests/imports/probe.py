"""An importer for tests of the engine: it writes line and value into a table that refuses no double."""

import datetime
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db import connection

from foundation.accounts.models import StaffTask, User
from foundation.accounts.permissions import can_do_staff_task
from foundation.imports.importers import BadRow, CheckedRow, Importer, ImportField, Outcome, RowError

MAKE_TABLE = (
    "CREATE TABLE IF NOT EXISTS import_probe (line integer NOT NULL, value text NOT NULL CHECK (value <> 'no'))"
)


class ProbeImporter(Importer[str]):
    """`value` is needed; "bad" is refused by the check, "late" by the loading, "no" by the database."""

    kind = "probe"
    title = "Probe"
    batch_size = 10
    fields = (ImportField("value", "Value", required=True, aliases=("wert",)), ImportField("note", "Note"))

    # Where the process kills itself: ("check" | "load" | "loaded", line).
    kill_at: ClassVar[tuple[str, int] | None] = None
    # The guard off: rows are committed by themselves and not with the offset behind them.
    commits_by_itself: ClassVar[bool] = False

    def may_import(self, user: User | AnonymousUser) -> bool:
        return can_do_staff_task(user, StaffTask.AGREEMENTS)

    def check_row(self, values: Mapping[str, str], line: int) -> str:
        self._perhaps_die("check", line)
        if values["value"] == "bad":
            raise RowError("Value", "This is bad.")
        if values["value"].startswith("break"):
            raise RuntimeError(values["value"])
        return values["value"]

    def load_batch(
        self, rows: Sequence[CheckedRow[str]], *, actor: User | None, options: Mapping[str, Any], now: datetime.datetime
    ) -> Outcome:
        outcome = Outcome()
        own = connection.copy() if self.commits_by_itself else None
        with (own or connection).cursor() as cursor:
            for line, value in rows:
                self._perhaps_die("load", line)
                if value == "late":
                    outcome.bad.append(BadRow(line, "Value", "Too late."))
                elif value == "same":
                    outcome.unchanged += 1
                else:
                    cursor.execute("INSERT INTO import_probe VALUES (%s, %s)", [line, value])
                    outcome.loaded += 1
        if rows:
            self._perhaps_die("loaded", rows[-1].line)
        if own:
            own.close()
        return outcome

    def _perhaps_die(self, where: str, line: int) -> None:
        if self.kill_at == (where, line):
            os.kill(os.getpid(), signal.SIGKILL)


class KeyedProbeImporter(ProbeImporter):
    """No two rows of a file may have one value."""

    kind = "keyed"
    has_file_keys = True

    def file_keys(self, row: str) -> list[tuple[str, str]]:
        return [(row, f"the value {row}")]


class WritingProbeImporter(ProbeImporter):
    """Breaks its promise to write nothing in the dry run."""

    kind = "writing"

    def check_batch(self, rows: Sequence[CheckedRow[str]]) -> Outcome:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO import_probe VALUES (0, 'written')")
        return Outcome(loaded=len(rows))


def probe_rows() -> list[tuple[int, str]]:
    """What is in the table, by line."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT line, value FROM import_probe ORDER BY line, value")
        return [(line, value) for line, value in cursor.fetchall()]
