"""The checked rows of a large file, kept beside it from the dry run until they are loaded: nothing is read twice.

They are as private as the file and go with it. They count only where they were made by this very code from this file,
with these columns, and each batch by its checksum: whatever else is there, the file itself is read again.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from .batches import Batch, Place, Reading
from .importers import BadRow, CheckedRow, Importer, importer_of

_KEPT, _BEING_WRITTEN = ".checked", ".checking-"
_HEAD = 8  # hexadecimal digits of a length, and of a checksum


class Keeper:
    """Writes the batches of a dry run down, one behind the other."""

    def __init__(self, file: IO[bytes], importer: Importer[Any]) -> None:
        self._file = file
        self._importer = importer

    def keep(self, batch: Batch) -> None:
        """Write one batch."""
        parts = [self._importer.packed(rows) for rows in batch.parts]
        facts = {
            "begin": batch.begin, "end": batch.end, "bad": batch.bad,
            "raw": list(batch.raw.items()), "parts": list(map(len, parts)),
        }  # fmt: skip
        for piece in (json.dumps(facts).encode(), b"".join(parts)):
            self._file.write(b"%08x%08x" % (len(piece), zlib.crc32(piece)))
            self._file.write(piece)


@contextmanager
def keeping(reading: Reading, path: str) -> Iterator[Keeper]:
    """Keep the batches of the file at `path` that are written within the block; none where it raises."""
    forget_kept(path)
    # A name of its own: a worker whose claim ran out may still be at it.
    being_written = Path(f"{path}{_BEING_WRITTEN}{uuid4().hex}")
    try:
        with being_written.open("xb") as file:
            being_written.chmod(0o600)
            file.write(_mark(reading))
            yield Keeper(file, importer_of(reading.kind))
        with suppress(FileNotFoundError):
            being_written.rename(path + _KEPT)
    finally:
        being_written.unlink(missing_ok=True)


def kept_batches(reading: Reading, path: str, begin: Place) -> Iterator[Batch]:
    """The batches of the file at `path` from `begin` on, as far as they are kept."""
    importer = importer_of(reading.kind)
    with suppress(FileNotFoundError), Path(path + _KEPT).open("rb") as file:
        if file.read(len(_mark(reading))) != _mark(reading):
            return
        while (facts := _piece(file)) and (rows := _piece(file)) is not None:
            batch = _batch(json.loads(facts), rows, importer, begin)
            if batch.begin == begin:
                yield batch
                begin = batch.end


def forget_kept(path: str) -> None:
    """Delete what is kept beside the file at `path`."""
    file = Path(path)
    for beside in [*file.parent.glob(file.name + _KEPT), *file.parent.glob(f"{file.name}{_BEING_WRITTEN}*")]:
        beside.unlink(missing_ok=True)


def _piece(file: IO[bytes]) -> bytes | None:
    """The next piece, or None where it is not there as it was written."""
    head = file.read(2 * _HEAD)
    try:
        piece = file.read(int(head[:_HEAD], 16))
        return piece if zlib.crc32(piece) == int(head[_HEAD:], 16) else None
    except ValueError:  # no numbers, or none at all
        return None


def _batch(facts: dict[str, Any], rows: bytes, importer: Importer[Any], begin: Place) -> Batch:
    """A batch as it was written; without its rows where it begins elsewhere, and so is not asked for."""
    batch = Batch(Place(*facts["begin"]), Place(*facts["end"]))
    if batch.begin == begin:
        batch.bad = [BadRow(*row) for row in facts["bad"]]
        batch.raw = dict(facts["raw"])
        batch.parts = _parts(rows, facts["parts"], importer)
    return batch


def _parts(rows: bytes, sizes: Sequence[int], importer: Importer[Any]) -> list[Sequence[CheckedRow[Any]]]:
    parts, begin = [], 0
    for size in sizes:
        parts.append(importer.unpacked(rows[begin : begin + size]))
        importer.prepare(parts[-1])
        begin += size
    return parts


def _mark(reading: Reading) -> bytes:
    """What was read how, and by which code."""
    facts = repr((reading.kind, reading.layout, sorted(reading.mapping.items()), _code_of(reading.kind)))
    return hashlib.sha256(facts.encode()).digest()


@cache
def _code_of(kind: str) -> str:
    """What the modules of the engine and of the importer's app are: another release may check otherwise."""
    import sys

    own = Path(__file__).parent
    its = Path(str(sys.modules[type(importer_of(kind)).__module__].__file__)).parent
    digest = hashlib.sha256()
    for module in sorted([*own.glob("*.py"), *its.glob("*.py")]):
        digest.update(module.read_bytes())
    return digest.hexdigest()
