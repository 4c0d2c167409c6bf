"""What an uploaded file is: looked at once from end to end, and refused in words where it is no table."""

import codecs
import csv
import hashlib
import io
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import File
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .limits import MAX_COLUMNS
from .reading import ByteFile, Layout, RowReader

_CHUNK = 65_536
_HEAD = 65_536
_DELIMITERS = (",", ";", "\t")


class FileError(Exception):
    """The file cannot be imported; the message says why and what to do. `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


class Encoding(models.TextChoices):
    """How the uploaded file's characters were written."""

    UTF_8 = "utf-8", gettext_lazy("UTF-8")
    UTF_8_BOM = "utf-8-sig", gettext_lazy("UTF-8 with a byte order mark")
    UTF_16 = "utf-16", gettext_lazy("UTF-16")
    WINDOWS_1252 = "cp1252", gettext_lazy("Windows-1252 (Latin-1, Western European)")


@dataclass(frozen=True)
class OpenedFile:
    """A file that can be imported, and how to read it.

    `file` holds the bytes to store: those of the upload, save that UTF-16 and files with the line ends of
    old Macs are written anew as UTF-8 with line feeds, so that reading can go on from any offset.
    `sha256` is of the upload as it came. The rows begin at `data_offset`, behind `data_line` lines.
    """

    file: ByteFile
    size: int
    sha256: str
    encoding: Encoding
    delimiter: str
    header: list[str]
    data_offset: int
    data_line: int


@dataclass(frozen=True)
class _Survey:
    """What one pass over all bytes tells."""

    size: int
    sha256: str
    encoding: Encoding
    has_line_feeds: bool


def layout_of(encoding: str, delimiter: str, width: int = 0) -> Layout:
    """How to read the stored file of an upload in this encoding."""
    return Layout("cp1252" if encoding == Encoding.WINDOWS_1252 else "utf-8", delimiter, width)


@contextmanager
def open_upload(upload: ByteFile) -> Iterator[OpenedFile]:
    """Look through `upload`; what is found can be used within the block.

    Raises FileError for what is no CSV file with a header and at least one row.
    """
    survey = _survey(upload)
    with ExitStack() as stack:
        if survey.encoding == Encoding.UTF_16 or not survey.has_line_feeds:
            file, size = _rewrite(upload, survey.encoding)
            stack.callback(file.close)
            start = 0  # decoding took the byte order mark away
        else:
            file, size = upload, survey.size
            start = len(codecs.BOM_UTF8) if survey.encoding == Encoding.UTF_8_BOM else 0
        delimiter = _sniff_delimiter(file, start, layout_of(survey.encoding, ",").encoding)
        header, offset, line = _read_header(file, layout_of(survey.encoding, delimiter), start)
        file.seek(0)
        yield OpenedFile(file, size, survey.sha256, survey.encoding, delimiter, header, offset, line)


# --- One pass over all bytes ------------------------------------------------------------------------------


def _survey(upload: ByteFile) -> _Survey:
    limit = largest_file()
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")("surrogateescape")
    size = readable = unreadable = 0
    has_line_feeds = False
    head = b""
    for chunk in _chunks(upload):
        if not size:
            head = chunk[:16]
            _refuse_other_formats(chunk)
        size += len(chunk)
        if size > limit:
            raise too_large()
        digest.update(chunk)
        has_line_feeds = has_line_feeds or b"\n" in chunk
        if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            if b"\0" in chunk:
                raise not_text()
            if not chunk.isascii() or decoder.getstate()[0]:
                good, bad = _count_beyond_ascii(decoder.decode(chunk))
                readable, unreadable = readable + good, unreadable + bad
    if not size:
        raise FileError(_("This file is empty."))
    encoding = _encoding(head, readable, unreadable + len(decoder.getstate()[0]))
    return _Survey(size, digest.hexdigest(), encoding, has_line_feeds)


def largest_file() -> int:
    """How many bytes a file may have."""
    return int(settings.IMPORT_MAX_BYTES)


def too_large(most: int | None = None) -> FileError:
    """The refusal of a file beyond `most` bytes, by default IMPORT_MAX_BYTES."""
    limit = (most or largest_file()) // 1024**2
    return FileError(_("This file is larger than %(limit)s MB. Split it and try again.") % {"limit": f"{limit:,}"}, 413)


def not_text() -> FileError:
    """The refusal of a file with NUL bytes, which no text has and the database cannot store."""
    return FileError(_("This file is not text: it has NUL bytes in it. Save it as CSV and try again."))


def _chunks(upload: ByteFile) -> Iterator[bytes]:
    upload.seek(0)
    while chunk := upload.read(_CHUNK):
        yield chunk


def _refuse_other_formats(head: bytes) -> None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")):
        raise FileError(_("This is an Excel file or a ZIP file. Open it, save it as CSV, and upload that."))
    if head.startswith((b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")):
        raise FileError(_("This is not a CSV file. Save the table as CSV and upload that."))
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise FileError(_("This is a web page and not a CSV file. Save the table as CSV and upload that."))


def _count_beyond_ascii(text: str) -> tuple[int, int]:
    """How many characters beyond ASCII could be read as UTF-8, and how many bytes could not."""
    if text.isascii():
        return 0, 0
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    bad = len(text) - len(text.encode("utf-8", "ignore").decode())
    return beyond - bad, bad


def _encoding(head: bytes, readable: int, unreadable: int) -> Encoding:
    """UTF-8 where most of what is beyond ASCII reads as that; the rows where it does not are then reported."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding.UTF_16
    if head.startswith(codecs.BOM_UTF8):
        return Encoding.UTF_8_BOM
    return Encoding.UTF_8 if not unreadable or readable > unreadable else Encoding.WINDOWS_1252


def _rewrite(upload: ByteFile, encoding: Encoding) -> tuple[ByteFile, int]:
    """The upload as UTF-8 with line feeds, in a file that is gone once it is closed."""
    # "surrogateescape" keeps what cannot be read, and hands it on to whoever reads the rows.
    errors = "strict" if encoding == Encoding.UTF_16 else "surrogateescape"
    back = layout_of(encoding, ",").encoding
    plain = codecs.getincrementaldecoder(encoding.value)(errors)
    file: ByteFile = File(tempfile.TemporaryFile())  # noqa: SIM115 - the caller reads it
    try:
        _write_anew(upload, file, io.IncrementalNewlineDecoder(plain, translate=True), back)
    except UnicodeError as error:
        file.close()
        raise FileError(_("This file's text cannot be read. Save it as CSV in UTF-8 and try again.")) from error
    except FileError:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    return file, size


def _write_anew(upload: ByteFile, file: ByteFile, decoder: io.IncrementalNewlineDecoder, encoding: str) -> None:
    for chunk in itertools.chain(_chunks(upload), [b""]):
        text = decoder.decode(chunk, final=not chunk)
        if "\0" in text:
            raise not_text()
        file.write(text.encode(encoding, "surrogateescape"))


# --- The header -------------------------------------------------------------------------------------------


def _sniff_delimiter(file: ByteFile, start: int, encoding: str) -> str:
    """The delimiter that makes the first rows equally wide, and the widest; a comma where none does."""
    file.seek(start)
    text = file.read(_HEAD).decode(encoding, "replace")
    lines = list(io.StringIO(text, newline=""))
    whole = lines[:-1] or lines  # the head may end within a line
    return max(_DELIMITERS, key=lambda delimiter: _fit(whole[:30], delimiter))


def _fit(lines: list[str], delimiter: str) -> tuple[bool, int]:
    try:
        widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
    except csv.Error:
        return False, 0
    if not widths:
        return False, 0
    return widths[0] > 1 and len(set(widths)) == 1, widths[0]


def _read_header(file: ByteFile, layout: Layout, start: int) -> tuple[list[str], int, int]:
    """The names of the columns, and the offset and the number of lines behind them."""
    reader = RowReader(file, layout, offset=start, line=0)
    rows = iter(reader)
    header = next(rows, None)
    if header is None:
        raise FileError(_("This file is empty."))
    if header.problem:
        raise FileError(_("The first line of this file cannot be read. %(problem)s") % {"problem": header.problem})
    if len(header.cells) > MAX_COLUMNS:
        sizes = {"count": f"{len(header.cells):,}", "limit": f"{MAX_COLUMNS:,}"}
        raise FileError(_("This file has %(count)s columns. At most %(limit)s can be read.") % sizes)
    offset, line = reader.offset, reader.line
    if next(rows, None) is None:
        raise FileError(_("This file has a first line and no rows below it."))
    return [" ".join(name.split())[:120] for name in header.cells], offset, line
