"""Cells that a spreadsheet must not run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.web.spreadsheets import original_cell, safe_cell


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "  =1", "\0=1", "＝1", "＠a"])
def test_what_could_be_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["", "Akron", "1-2", "a=b", "'quoted'", "José"])
def test_what_could_not_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


def test_nul_bytes_are_left_out() -> None:
    assert safe_cell("a\0b") == "ab"


@given(st.text(st.characters(exclude_characters="\0'")))
def test_a_safe_cell_can_be_turned_back(text: str) -> None:
    assert original_cell(safe_cell(text)) == text
