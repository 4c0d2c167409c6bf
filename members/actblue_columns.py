"""ActBlue's file of contributions by whole columns: the forms that nearly every cell has.

What is read here is what ActBlueImporter.check_row reads of the same texts (a test compares them). Whatever has any
other form is left to it, and so is every row with a fault.
"""

import polars as pl

from foundation.imports.importers import LINE

from .actblue_file import NOT_AGAIN, ActBlueImporter
from .donation_columns import SCHEMA, DonationRows
from .donation_texts import MOST, NANP, PLAIN_ADDRESS, UnreadableError, is_of_us, offset_of_hour

_ID = r"^[ -~]{0,80}$"
_AMOUNT = rf"^[0-9]{{1,{len(str(MOST))}}}(?:\.[0-9]{{1,2}})?$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
_HOUR = len("2026-11-21 14")
_NAME = r"^[\p{L}\p{M} -~]*$"  # which has no other white space than blanks
_LONGEST_NAME = 120
_NOT_IN_NAMES = r"^[=+\-@]|  "


def read_columns(rows: pl.DataFrame) -> tuple[DonationRows, pl.DataFrame]:
    """The rows in which all cells have a common form, read; and the others as they came."""
    blank = [pl.lit("").alias(field.name) for field in ActBlueImporter.fields if field.name not in rows.columns]
    texts = rows.with_columns(blank)
    offsets = _offsets(texts)
    countries = [country for country in texts["country"].unique() if is_of_us(country)]
    paid_at, refunded = _moment("date", offsets), _moment("refunded", offsets)
    read = texts.select(
        LINE,
        key=_where(_is("key", _ID) & (pl.col("key") != ""), "key"),
        receipt=_where(_is("receipt", _ID), "receipt"),
        email=_where(_is_blank("email"), "email", or_else=_address()),
        phone=_where(_is_blank("phone"), "phone", or_else=_number()),
        given_name=_name("given_name"),
        family_name=_name("family_name"),
        zip_code=pl.when(pl.col("country").is_in(countries)).then(_zip_code()).otherwise(pl.lit("")),
        amount=_where(_is("amount", _AMOUNT) & _is("amount", "[1-9]"), "amount"),
        paid_at=paid_at,
        is_recurring=(pl.col("recurring") != "") | ~pl.col("months").is_in(list(NOT_AGAIN)),
        refund=_where(_is("refund", _ID), "refund"),
        refunded_at=pl.when(~_is_blank("refunded")).then(refunded)
        .when(~_is_blank("refund")).then(paid_at).otherwise(pl.lit("")),
        page=_note("page"),
        reference_code=_note("code"),
        recipient=_note("recipient"),
        is_plain=pl.col("currency").is_in(["", "USD"]) & ~(_is_blank("email") & _is_blank("phone")),
    )  # fmt: skip
    is_read = read.select(pl.all_horizontal("is_plain", pl.col(list(SCHEMA)).is_not_null())).to_series()
    return DonationRows(read.filter(is_read)), rows.filter(~is_read)


def _where(condition: pl.Expr, name: str, *, or_else: pl.Expr | None = None) -> pl.Expr:
    """The cells of which the condition holds; of others what is said else, or null."""
    return pl.when(condition).then(name).otherwise(pl.lit(None, pl.String) if or_else is None else or_else)


def _is(name: str, form: str) -> pl.Expr:
    return pl.col(name).str.contains(form)


def _is_blank(name: str) -> pl.Expr:
    return pl.col(name) == ""


def _address() -> pl.Expr:
    text = pl.col("email")
    address = text.str.to_lowercase()
    is_plain = text.str.contains("^[!-~]{1,254}$") & address.str.contains(f"^(?:{PLAIN_ADDRESS.pattern})$")
    return pl.when(is_plain).then(address)


def _number() -> pl.Expr:
    digits = pl.col("phone").str.replace_all(r"[()\-. ]", "").str.strip_prefix("+")
    return pl.lit("+1") + digits.str.extract(f"^(?:{NANP.pattern})$")


def _zip_code() -> pl.Expr:
    text = pl.col("zip")
    short = pl.when(text.str.contains("^[0-9]{3,4}$")).then(text.str.zfill(5))
    return pl.coalesce(text.str.extract("^([0-9]{5})(?:-?[0-9]{4})?$"), short, pl.lit(""))


def _name(name: str) -> pl.Expr:
    is_short = pl.col(name).str.len_chars() <= _LONGEST_NAME
    return _where(is_short & _is(name, _NAME) & ~_is(name, _NOT_IN_NAMES), name)


def _note(name: str) -> pl.Expr:
    return pl.when(~_is(name, "^[=@]")).then(pl.col(name).str.head(200))


def _moment(name: str, offsets: dict[str, str]) -> pl.Expr:
    """Moments without an offset, with that of the zone they are in."""
    text = pl.col(name)
    is_moment = _is(name, _MOMENT) & text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).is_not_null()
    offset = text.str.head(_HOUR).replace_strict(offsets, default=None, return_dtype=pl.String)
    return pl.when(is_moment).then(text + offset)


def _offsets(texts: pl.DataFrame) -> dict[str, str]:
    """The offset of each hour in which something was paid or given back."""
    moments = pl.concat([texts["date"], texts["refunded"].rename("date")])
    offsets = {}
    for hour in moments.filter(moments.str.contains(_MOMENT)).str.head(_HOUR).unique():
        try:
            offsets[hour] = offset_of_hour(hour)
        except (UnreadableError, ValueError):  # no such day, or no such year
            continue
    return offsets
