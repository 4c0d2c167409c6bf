"""The bad rows of an import as a CSV file: correct it and upload it again."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from foundation.web.spreadsheets import safe_cell

from .models import ImportJob, ImportRowError


class _Echo:
    """A file whose `write` gives the text back."""

    def write(self, text: str) -> str:
        return text


def error_file(job: ImportJob) -> Iterator[str]:
    """Line by line: where and why, then the row as it came. No cell is run by a spreadsheet.

    The columns are those of the file, three of our own before them, which a later import overlooks.
    """
    writer: Any = csv.writer(_Echo())
    # Excel reads UTF-8 only where the mark says so.
    yield "\ufeff"
    yield writer.writerow([_("Line"), _("Column"), _("Reason"), *map(safe_cell, job.header)])
    errors = ImportRowError.objects.filter(job=job).order_by("line")
    for line, column, reason, raw in errors.values_list("line", "column", "reason", "raw").iterator(chunk_size=2_000):
        yield writer.writerow([line, safe_cell(column), safe_cell(reason), *map(safe_cell, _cells(raw, job))])


def _cells(raw: str, job: ImportJob) -> list[str]:
    """The cells of a bad row; the whole of it in one cell where it cannot be taken apart."""
    try:
        rows = list(csv.reader(io.StringIO(raw, newline=""), delimiter=job.delimiter, strict=True))
    except csv.Error:
        return [raw]
    return rows[0] if len(rows) == 1 else [raw]
