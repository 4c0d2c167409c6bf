"""Large files are read and checked by processes of their own, stretch after stretch, each by whichever comes next.

Where a stretch ends is guessed: behind a line break, which may stand within a cell. Whoever reads it says where its
last row really ended. Where that is elsewhere, what was read behind it is thrown away and read anew from there.
"""

import logging
import pickle
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from django.conf import settings

from .batches import Batch, BatchReader, Place, Reading
from .importers import Importer, importer_of

logger = logging.getLogger("network.imports")

READERS = 2
FEWEST_BYTES = 32 * 1024**2
"""Of shorter files a process would not be worth its start, which takes most of a second."""

_AHEAD = 2  # stretches that a reader is asked for before the first is needed


class ReaderError(Exception):
    """A process that reads has failed; the message names the type of its error, and nothing of the file."""


type _Pipes = tuple[IO[bytes], IO[bytes]]


class _Task(NamedTuple):
    """What a process is told first."""

    reading: Reading
    path: str
    language: str | None


class _Stretch(NamedTuple):
    """Lines of the file from a place to an offset."""

    begin: Place
    until: int


class _Answer(NamedTuple):
    """A batch, and its parts (`Importer.packed`)."""

    batch: Batch
    parts: list[bytes]


class _Failure(NamedTuple):
    """Why there is no batch, without what was in the file."""

    error: str
    where: str


# --- The process that asks ----------------------------------------------------------------------------------


def batches_apart(reading: Reading, path: str, begin: Place, language: str | None) -> Iterator[Batch]:
    """The batches of the file at `path` from `begin` on, in order."""
    size = Path(path).stat().st_size
    if begin.offset == size:
        return
    with ExitStack() as stack:
        readers = [stack.enter_context(_Reader(_Task(reading, path, language))) for _reader in range(READERS)]
        file = stack.enter_context(Path(path).open("rb"))
        while begin.offset < size:
            stretches = _stretches(file, begin, _stretch_size(file, begin, reading))
            for batch in _batches_as_guessed(readers, stretches):
                begin = batch.end
                yield batch


def _batches_as_guessed(readers: "Sequence[_Reader]", stretches: "Iterator[_Stretch]") -> Iterator[Batch]:
    """The batches of these stretches, up to the first that ends elsewhere than was guessed."""
    turns = cycle(readers)
    coming: deque[tuple[_Stretch, Future[Batch]]] = deque()
    is_as_guessed = True
    while is_as_guessed:
        for stretch in islice(stretches, len(readers) * _AHEAD - len(coming)):
            coming.append((stretch, next(turns).read(stretch)))
        if not coming:
            return
        stretch, future = coming.popleft()
        batch = future.result()
        is_as_guessed = batch.end.offset == stretch.until
        yield batch
    for _stretch, future in coming:
        future.result()


def _stretch_size(file: IO[bytes], begin: Place, reading: Reading) -> int:
    """The bytes of about as many rows as make a batch."""
    file.seek(begin.offset)
    sample = file.read(1024**2)
    return max(len(sample) // max(sample.count(b"\n"), 1) * importer_of(reading.kind).batch_size, 1)


def _stretches(file: IO[bytes], begin: Place, size: int) -> Iterator[_Stretch]:
    """The file from `begin` on in stretches of about this size, which end behind a line break."""
    while True:
        file.seek(begin.offset)
        text = file.read(size) + file.readline()
        if not text:
            return
        until = begin.offset + len(text)
        yield _Stretch(begin, until)
        begin = Place(until, begin.line + text.count(b"\n"))


class _Reader:
    """A process that reads, and a thread that waits for it."""

    def __init__(self, task: _Task) -> None:
        self._task = task
        self._importer: Importer[Any] = importer_of(task.reading.kind)

    def __enter__(self) -> "_Reader":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "foundation.imports.reading_process"],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._asks, self._answers = cast("_Pipes", (self._process.stdin, self._process.stdout))
        self._thread = ThreadPoolExecutor(1, "reader")
        self._send(self._task)
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._thread.shutdown(cancel_futures=True)
        for pipe in (self._asks, self._answers):
            with suppress(BrokenPipeError):
                pipe.close()
        self._process.wait()

    def read(self, stretch: _Stretch) -> "Future[Batch]":
        """The rows that begin within this stretch. Raises ReaderError."""
        return self._thread.submit(self._read, stretch)

    def _read(self, stretch: _Stretch) -> Batch:
        try:
            self._send(stretch)
            answer: _Answer | _Failure = pickle.load(self._answers)  # noqa: S301 - of our own process
        except (EOFError, BrokenPipeError) as error:
            raise ReaderError("the process ended") from error
        if isinstance(answer, _Failure):
            logger.error("a process that reads failed: %s\n%s", answer.error, answer.where)
            raise ReaderError(answer.error)
        return replace(answer.batch, parts=list(map(self._importer.unpacked, answer.parts)))

    def _send(self, what: object) -> None:
        pickle.dump(what, self._asks)
        self._asks.flush()


# --- The process that reads ---------------------------------------------------------------------------------


def answer() -> None:
    """Read what stdin asks for, until it ends: whoever asked is done, or dead."""
    asks, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    task: _Task = pickle.load(asks)  # noqa: S301 - of the process that started us
    with suppress(BrokenPipeError):
        for found in _answers(task, asks):
            pickle.dump(found, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


def _answers(task: _Task, asks: IO[bytes]) -> Iterator[_Answer | _Failure]:
    from django.core.files.base import File
    from django.utils import translation

    from .running import rare_collections

    importer: Importer[Any] = importer_of(task.reading.kind)
    with File(open(task.path, "rb")) as file, translation.override(task.language), rare_collections():  # noqa: PTH123
        while True:
            try:
                stretch: _Stretch = pickle.load(asks)  # noqa: S301
            except EOFError:
                return
            try:
                batch = BatchReader(task.reading, file, stretch.begin).next_batch(until=stretch.until)
                yield _Answer(replace(batch, parts=()), [importer.packed(rows) for rows in batch.parts])
            except Exception as error:
                yield _Failure(type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
