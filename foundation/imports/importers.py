"""What can be imported. An app above writes an importer for its own rows and registers it in its `ready()`.

class GroupImporter(Importer[GroupRow]):
    kind = "groups"
    ...

register_importer(GroupImporter())
"""

import datetime
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from foundation.accounts.models import User

if TYPE_CHECKING:  # only workers need it, and it takes long to import
    import polars as pl

LINE = "line number"
"""The column with the first line of each row, beside those of the fields: no name of a field has a space."""


class RowError(Exception):
    """A row cannot be used. `column` is the label of the column at fault, or "" for the row as a whole."""

    def __init__(self, column: str | Promise, reason: str | Promise) -> None:
        super().__init__(column, reason)
        self.column = str(column)
        self.reason = str(reason)


@dataclass(frozen=True)
class ImportField:
    """One of our fields that a column can fill. `aliases` are other headers that mean it, in any case."""

    name: str
    label: str | Promise
    required: bool = False
    aliases: tuple[str, ...] = ()
    help_text: str | Promise = ""


class CheckedRow[R](NamedTuple):
    """What `check_row` made of the row that begins at `line` of the file."""

    line: int
    row: R


class BadRow(NamedTuple):
    """A row of a batch that was not loaded, and why."""

    line: int
    column: str
    reason: str


@dataclass
class Outcome:
    """What became of a batch. Each of its rows is counted once: loaded, unchanged, or among `bad`."""

    loaded: int = 0
    unchanged: int = 0
    bad: list[BadRow] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Count what became of other rows too."""
        self.loaded += other.loaded
        self.unchanged += other.unchanged
        self.bad.extend(other.bad)


class Importer[R](ABC):
    """How the rows of one kind of file are checked and loaded. R is what a checked row is.

    Loading must be idempotent by a key of the row's own: the same file again changes nothing.
    """

    kind: ClassVar[str]  # a slug, stored with the jobs and part of addresses
    title: ClassVar[str | Promise]
    fields: ClassVar[tuple[ImportField, ...]]
    batch_size: ClassVar[int] = 1_000
    # Whether `file_keys` gives any. They are held in memory: not for files of millions of rows.
    has_file_keys: ClassVar[bool] = False
    # Whether equal rows of a file are numbered (`repeat_key`, `numbered`). Held in memory too.
    counts_repeats: ClassVar[bool] = False
    # Whether there are files of millions of rows: what has been checked of them is kept until it is loaded (`kept`).
    # Not with any of the two above.
    has_large_files: ClassVar[bool] = False

    @abstractmethod
    def may_import(self, user: User | AnonymousUser) -> bool:
        """May this user import this kind and see its imports?"""

    def problem_with_columns(self, mapped: frozenset[str]) -> str:
        """Why these fields (by name) are too few to begin with, naming the missing columns, or ""."""
        missing = [str(field.label) for field in self.fields if field.required and field.name not in mapped]
        if not missing:
            return ""
        return _("Choose the column for: %(names)s.") % {"names": ", ".join(missing)}

    def questions(self) -> Mapping[str, forms.Field]:
        """What whoever imports a file is asked beside its columns, by name. Their answers become the job's options."""
        return {}

    def with_answers(self, answers: Mapping[str, Any]) -> Self:
        """The importer as it checks and loads batches with these answers (texts by name, days as 2026-11-03).

        `check_row` does not know them: it runs in processes that know nothing of the job.
        """
        return self

    @abstractmethod
    def check_row(self, values: Mapping[str, str], line: int) -> R:
        """The row from the texts of its mapped columns, stripped, by field name. Raises RowError.

        Called for every row, in a thread of its own while the rows before are loaded: asks the database nothing.
        """

    def check_rows(self, rows: "pl.DataFrame") -> tuple[Sequence[CheckedRow[R]], list[BadRow]]:
        """What `check_row` makes of these rows, and those for which it raises RowError.

        `rows` has the line of each (LINE) and the texts of its fields. An importer for files of millions of rows reads
        whole columns here. It must come to the same as one by one.
        """
        columns: dict[str, list[str]] = rows.drop(LINE).to_dict(as_series=False)
        return sorted_out((line, self.check_one(columns, place, line)) for place, line in enumerate(rows[LINE]))

    def packed(self, rows: Sequence[CheckedRow[R]]) -> bytes:
        """What `unpacked` makes these rows of again, where `has_large_files`."""
        raise NotImplementedError

    def unpacked(self, packed: bytes) -> Sequence[CheckedRow[R]]:
        """The rows of which `packed` was made."""
        raise NotImplementedError

    def prepare(self, rows: Sequence[CheckedRow[R]]) -> None:  # noqa: B027 - most have nothing to prepare
        """Do what can be done about these rows before it is their turn to be loaded, while those before them are."""

    def check_one(self, columns: Mapping[str, Sequence[str]], place: int, line: int) -> R | RowError:
        """What `check_row` makes of the row at this place of the columns, or the RowError that it raises."""
        try:
            return self.check_row({name: texts[place] for name, texts in columns.items()}, line)
        except RowError as error:
            return error

    def file_keys(self, row: R) -> Iterable[tuple[Hashable, str]]:
        """Keys that no two rows of one file may share, each with what it is in words ("the address “akron”")."""
        return ()

    def repeat_key(self, row: R) -> Hashable | None:
        """What equal rows of a file have in common, where only their number tells them apart; None for the others."""
        return None

    def numbered(self, row: R, number: int) -> R:
        """The row with the number (from 1) that it has among the rows of its file with its `repeat_key`."""
        return row

    def check_batch(self, rows: Sequence[CheckedRow[R]]) -> Outcome:
        """What `load_batch` would do with these rows. The database refuses to write meanwhile."""
        return Outcome(loaded=len(rows))

    def apart(self, rows: Sequence[CheckedRow[R]], most: int) -> Sequence[Sequence[CheckedRow[R]]]:
        """The rows of a batch in at most so many parts that share nothing: they are loaded at the same time (`lanes`).

        Each part keeps the order. One part, as here, is loaded in the transaction that writes the import's progress.
        Asks the database nothing either.
        """
        return [rows]

    @abstractmethod
    def load_batch(
        self, rows: Sequence[CheckedRow[R]], *, actor: User | None, options: Mapping[str, Any], now: datetime.datetime
    ) -> Outcome:
        """Write these rows, within the caller's transaction.

        Where the database refuses (IntegrityError, DataError), the batch is rolled back and tried in halves
        until the bad row stands alone. So nothing may be done that a rollback does not undo.
        """


def sorted_out[R](rows: Iterable[tuple[int, R | RowError]]) -> tuple[list[CheckedRow[R]], list[BadRow]]:
    """Rows by their lines: those that can be loaded, and those that cannot."""
    checked: list[CheckedRow[R]] = []
    bad: list[BadRow] = []
    for line, made in rows:
        if isinstance(made, RowError):
            bad.append(BadRow(line, made.column, made.reason))
        else:
            checked.append(CheckedRow(line, made))
    return checked, bad


_importers: dict[str, Importer[Any]] = {}


def register_importer(importer: Importer[Any]) -> None:
    """Make `importer` known by its kind; the same kind again takes the place of the former."""
    _importers[importer.kind] = importer


def importer_of(kind: str) -> Importer[Any]:
    """The importer of `kind`. Raises KeyError."""
    return _importers[kind]


def importers_for(user: User | AnonymousUser) -> list[Importer[Any]]:
    """The importers that this user may use."""
    return [importer for importer in _importers.values() if importer.may_import(user)]
