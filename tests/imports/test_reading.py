"""Rows out of files, good and bad."""

import csv
import hashlib
import tracemalloc
from dataclasses import dataclass
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

import pytest
from django.core.files.base import File
from hypothesis import given
from hypothesis import strategies as st

from foundation.imports.batches import WHITE_SPACE
from foundation.imports.importers import LINE
from foundation.imports.limits import MAX_CELL, MAX_RAW, MAX_ROW
from foundation.imports.opening import Encoding, FileError, OpenedFile, layout_of, open_upload
from foundation.imports.reading import Layout, Row, RowReader
from foundation.imports.taking import RowTaker


def reader_of(content: bytes, width: int = 0, encoding: str = "utf-8", offset: int = 0, line: int = 0) -> RowReader:
    return RowReader(File(BytesIO(content)), Layout(encoding, ",", width), offset=offset, line=line)


def rows_of(content: bytes, **how: Any) -> list[Row]:
    return list(reader_of(content, **how))


@dataclass
class Found:
    """What was found out about an upload, with the cells of its rows."""

    file: OpenedFile
    stored: bytes
    cells: list[list[str]]


def opened(content: bytes) -> Found:
    with open_upload(File(BytesIO(content))) as file:
        layout = layout_of(file.encoding, file.delimiter, len(file.header))
        rows = list(RowReader(file.file, layout, offset=file.data_offset, line=file.data_line))
        file.file.seek(0)
        return Found(file, file.file.read(), [row.cells for row in rows])


def refusal(content: bytes) -> str:
    with pytest.raises(FileError) as refused:
        opened(content)
    return str(refused.value)


# --- Rows ---------------------------------------------------------------------------------------------------


def test_rows_have_their_lines_also_behind_blank_lines_and_cells_of_several_lines() -> None:
    rows = rows_of(b'a,b\n\n,\n"x\ny",2\nz,3\n')
    assert [(row.line, row.cells) for row in rows] == [(1, ["a", "b"]), (4, ["x\ny", "2"]), (6, ["z", "3"])]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_of_either_kind_are_read(end: bytes) -> None:
    assert [row.cells for row in rows_of(end.join([b"a,b", b"c,d"]))] == [["a", "b"], ["c", "d"]]


def test_a_quote_that_is_never_closed_spoils_its_own_row_only() -> None:
    rows = rows_of(b'a,b\n"never,1\nc,2\nd,3\n', width=2)
    assert [(row.line, row.cells) for row in rows if not row.problem] == [
        (1, ["a", "b"]),
        (3, ["c", "2"]),
        (4, ["d", "3"]),
    ]
    assert [(row.line, row.raw) for row in rows if row.problem] == [(2, '"never,1\n')]


def test_a_quote_that_is_never_closed_before_a_quoted_cell_does_not_merge_rows() -> None:
    rows = rows_of(b'"never,1\n"c, d",2\ne,3\n', width=2)
    assert [row.cells for row in rows if not row.problem] == [["c, d", "2"], ["e", "3"]]


def test_an_open_quote_before_more_than_a_cell_may_hold_is_found_and_costs_no_row() -> None:
    content = b'"never,1\n' + b"c,2\n" * (MAX_CELL // 2)
    rows = rows_of(content, width=2)
    assert len(rows) == 1 + MAX_CELL // 2
    assert [row.line for row in rows if row.problem] == [1]


def test_a_cell_of_a_megabyte_is_a_bad_row_and_the_next_is_read() -> None:
    rows = rows_of(b"a,b\n" + b"x" * MAX_ROW + b",1\nc,2\n", width=2)
    assert [bool(row.problem) for row in rows] == [False, True, False]
    assert f"{MAX_ROW:,}" in rows[1].problem
    assert rows[2].line == 3


def test_a_cell_beyond_the_limit_of_characters_is_a_bad_row() -> None:
    rows = rows_of(b"x" * (MAX_CELL + 1) + b",1\nc,2\n", width=2)
    assert f"{MAX_CELL:,}" in rows[0].problem
    assert rows[1].cells == ["c", "2"]


def test_a_row_of_ten_megabytes_takes_no_ten_megabytes() -> None:
    content = b"a,b\n" + b"x" * 10 * MAX_ROW + b",1\nc,2\n"
    tracemalloc.start()
    rows = rows_of(content, width=2)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(rows) == 3
    assert peak < 5 * MAX_ROW


def test_the_csv_modules_own_limit_is_left_as_it_is() -> None:
    assert csv.field_size_limit() == MAX_CELL


def test_ragged_rows_say_how_many_cells_they_have() -> None:
    rows = rows_of(b"a\na,b\na,b,c\na,b,,\n", width=2)
    assert [row.problem for row in rows] == [
        "This row has 1 cells, but the header has 2.",
        "",
        "This row has 3 cells, but the header has 2.",
        "",
    ]


def test_fifty_thousand_cells_in_a_row_are_a_bad_row() -> None:
    assert "50,000 cells" in rows_of(b"x," * 49_999 + b"x\n", width=2)[0].problem


def test_bytes_that_are_no_utf_8_make_a_bad_row() -> None:
    rows = rows_of("José,1\n".encode() + "José,2\n".encode("latin-1") + b"c,3\n", width=2)
    assert [bool(row.problem) for row in rows] == [False, True, False]


def test_a_line_break_of_old_macs_within_a_row_is_a_bad_row() -> None:
    rows = rows_of(b"a,b\rc,d\ne,f\n", width=2)
    assert [row.cells for row in rows if not row.problem] == [["e", "f"]]


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(
    table=st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=3, max_size=3
        ).filter(any),
        max_size=12,
    ),
    stop=st.integers(0, 12),
)
def test_reading_goes_on_anywhere_as_if_it_had_not_stopped(table: list[list[str]], stop: int) -> None:
    text = StringIO()
    # Quoted throughout, so that a lone carriage return within a cell is no line end.
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table)
    content = text.getvalue().encode()
    first = reader_of(content, width=3)
    before = []
    for row in first:
        before.append(row)
        if len(before) == stop:
            break
    after = rows_of(content, width=3, offset=first.offset, line=first.line) if len(before) == stop else []
    whole = rows_of(content, width=3)
    assert [row.cells for row in whole] == table
    assert (before + after if stop else whole) == whole


@given(st.binary(max_size=400))
def test_no_bytes_whatever_break_the_reader(content: bytes) -> None:
    reader = reader_of(content, width=2)
    lines = [row.line for row in reader]
    assert lines == sorted(set(lines))
    assert reader.offset <= len(content)


# --- Files --------------------------------------------------------------------------------------------------


def test_a_plain_file_is_opened() -> None:
    found = opened(b"name,zip\nAkron,44305\n")
    file = found.file
    assert (file.header, file.delimiter, file.encoding) == (["name", "zip"], ",", Encoding.UTF_8)
    assert (file.data_offset, file.data_line, file.size) == (9, 1, 21)


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    found = opened(b"\xef\xbb\xbfname,zip\nAkron,44305\n")
    file = found.file
    assert (file.header, file.encoding) == (["name", "zip"], Encoding.UTF_8_BOM)


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_stored_as_utf_8(codec: str) -> None:
    mark = "" if codec == "utf-16" else "\ufeff"
    found = opened(f"{mark}name\tzip\r\nJosé 漢字\t44305\r\n".encode(codec))
    file = found.file
    assert (file.header, file.delimiter, file.encoding) == (["name", "zip"], "\t", Encoding.UTF_16)
    assert found.stored == "name\tzip\nJosé 漢字\t44305\n".encode()


def test_latin_1_is_told_from_utf_8() -> None:
    found = opened("name,zip\nPeña,44305\n".encode("latin-1"))
    file = found.file
    assert file.encoding == Encoding.WINDOWS_1252
    assert found.cells == [["Peña", "44305"]]


def test_one_broken_byte_does_not_spoil_the_accents_of_all_others() -> None:
    content = b"name,zip\n" + "Peña,44305\n".encode() * 10 + "Peña,44306\n".encode("latin-1")
    assert opened(content).file.encoding == Encoding.UTF_8


def test_a_character_cut_by_the_end_of_a_chunk_is_read_whole() -> None:
    content = b"name,zip\n" + b"x" * (262_144 - 10) + "é,1\n".encode()
    assert opened(content).file.encoding == Encoding.UTF_8


def test_line_ends_of_old_macs_are_read() -> None:
    assert opened(b"name,zip\rAkron,44305\rErie,16501\r").cells == [["Akron", "44305"], ["Erie", "16501"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    content = delimiter.join(["name", "a, b; c", "zip"]).replace("a, b; c", '"a, b; c"')
    row = delimiter.join(['"Akron, Ohio; US"', "x", "44305"])
    assert opened(f"{content}\n{row}\n".encode()).file.delimiter == delimiter


def test_headers_of_one_name_are_all_kept() -> None:
    assert opened(b"name,Reserved,Reserved\na,b,c\n").file.header == ["name", "Reserved", "Reserved"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\n\n,,\n", "empty"),
        (b"name,zip\n", "no rows"),
        (b"PK\x03\x04\x14\x00", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (b"%PDF-1.7\n", "not a CSV"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"name,zip\nAk\0ron,44305\n", "NUL"),
        ("name,zip\nAk\0ron,44305\n".encode("utf-16"), "NUL"),
        (b"\xff\xfea", "cannot be read"),
        (b'"name,zip\nAkron,44305\n', "quotation mark"),
        (b"x" * (2 * MAX_ROW) + b"\na,b\n", "first line"),
        (b"x," * 50_000 + b"x\n1,2\n", "50,001 columns"),
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes, words: str) -> None:
    assert words in refusal(content)


def test_a_file_beyond_the_limit_is_refused(settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 1024**2
    with pytest.raises(FileError, match="1 MB") as refused:
        opened(b"name,zip\n" + b"Akron,44305\n" * 100_000)
    assert refused.value.status == 413


def test_the_fingerprint_is_of_the_upload_as_it_came() -> None:
    content = "name,zip\nAkron,44305\n".encode("utf-16")
    assert opened(content).file.sha256 == hashlib.sha256(content).hexdigest()


def test_what_is_kept_of_a_bad_row_fits_into_a_row() -> None:
    assert MAX_RAW < MAX_CELL


# --- Many rows at once --------------------------------------------------------------------------------------


CELLS = st.text(alphabet='ab ,"\n\ré\xa0\t', max_size=5)


@given(
    lines=st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=30),
    as_csv=st.lists(st.booleans(), min_size=30, max_size=30),
    count=st.integers(1, 12),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "cp1252"]),
)
def test_rows_taken_many_at_once_are_those_read_one_by_one(
    lines: list[list[str]], as_csv: list[bool], count: int, end: str, encoding: str
) -> None:
    text = StringIO(newline="")
    for cells, is_csv in zip(lines, as_csv, strict=False):
        if is_csv:
            csv.writer(text, lineterminator=end).writerow(cells)
        else:
            text.write(",".join(cells) + end)
    content = text.getvalue().encode(encoding)
    one_by_one, at_once = (reader_of(content, width=2, encoding=encoding) for _ in range(2))
    taker = RowTaker(at_once, {"b": 1, "a": 0})
    expected = iter(one_by_one)
    while (taken := taker.take(count)).count:
        rows = list(islice(expected, count))
        readable = [(row.line, row.cells[1], row.cells[0]) for row in rows if not row.problem]
        assert taken.rows.columns == [LINE, "b", "a"]
        assert taken.rows.rows() == readable
        assert taken.unreadable == [row for row in rows if row.problem]
        assert taken.raw(row.line for row in rows) == {row.line: row.raw.rstrip("\r\n") for row in rows}
        assert (at_once.offset, at_once.line) == (one_by_one.offset, one_by_one.line)
    assert list(expected) == []


def test_rows_taken_many_at_once_cross_the_ends_of_what_is_read_at_once() -> None:
    content = b"".join(b"%d,%s\r\n" % (number, b"x" * (number % 900)) for number in range(1_000))
    content += b'last,"' + b"y" * 100_000 + b'"'
    taker = RowTaker(reader_of(content, width=2), {"number": 0})
    taken = []
    while (some := taker.take(300)).count:
        taken.append(some)
    assert [some.count for some in taken] == [300, 300, 300, 101]
    assert [cell for some in taken for cell in some.rows["number"]] == [
        row.cells[0] for row in rows_of(content, width=2)
    ]


def test_what_is_unusual_in_a_long_file_is_found_and_the_rest_taken_at_once() -> None:
    lines = [b"%d,%s\r\n" % (number, b"x" * 400) for number in range(20_000)]
    lines[7_000] = b'7000,"two\r\nlines"\r\n'
    lines[15_000] = b"15000\r\n"
    content = b"".join(lines)
    taken = RowTaker(reader_of(content, width=2), {"number": 0, "text": 1}).take(30_000)
    assert taken.rows.rows() == [(row.line, *row.cells) for row in rows_of(content, width=2) if not row.problem]
    assert [row.line for row in taken.unreadable] == [15_002]
    assert taken.raw([7_001, 15_002]) == {7_001: '7000,"two\r\nlines"', 15_002: "15000"}


def test_white_space_is_what_python_takes_for_it() -> None:
    assert set(WHITE_SPACE) == {chr(code) for code in range(0x110000) if chr(code).isspace()}
