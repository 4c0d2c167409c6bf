"""How large the parts of a file may be."""

MAX_CELL = 131_072
"""Characters in a cell: the `csv` module's own limit, which holds for the whole process and stays as it is."""

MAX_ROW = 1_048_576
"""Bytes in a row."""

MAX_COLUMNS = 1_000

MAX_RAW = 4_000
"""Characters of a bad row that are kept for the error file."""
