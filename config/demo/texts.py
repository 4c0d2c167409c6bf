"""Reads the demo's word lists: the text files in `data/`, each made of `[sections]` of lines."""

from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@cache
def sections(file: str) -> dict[str, tuple[str, ...]]:
    """The lines of `data/<file>.txt` by section. Empty lines and those that begin with `#` are left out."""
    found: dict[str, list[str]] = {}
    for line in (DATA / f"{file}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found[line[1:-1]] = []
        elif line and not line.startswith("#"):
            found[list(found)[-1]].append(line)
    return {name: tuple(lines) for name, lines in found.items()}


def table(file: str, section: str) -> dict[str, str]:
    """A section of lines such as `MA: 339 413 508` as a dictionary."""
    return dict(_halves(line, ": ") for line in sections(file)[section])


def words(text: str, separator: str = ",") -> list[str]:
    """The parts of a text between separators, without the space around them, and without empty ones."""
    return [part.strip() for part in text.split(separator) if part.strip()]


def tagged(line: str) -> tuple[str, str]:
    """`Pilsen = es` as ("Pilsen", "es"); without a tag the second is empty."""
    return _halves(line, " = ")


def _halves(line: str, separator: str) -> tuple[str, str]:
    before, _, after = line.partition(separator)
    return before, after
