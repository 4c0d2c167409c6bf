"""Files of donations, from the upload to members: what ActBlue exports, what others have, and what may be wrong."""

import csv
import io
import zipfile
from collections.abc import Callable, Collection
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.core.files.base import ContentFile, File
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from benchmarks.actblue_files import COLUMNS, FAULTS, write_actblue_file
from foundation.accounts.models import StaffTask, User
from foundation.imports import steps
from foundation.imports.importers import LINE, importers_for, sorted_out
from foundation.imports.models import ImportJob, ImportState
from foundation.imports.opening import FileError
from foundation.imports.running import run_import
from members.actblue_columns import read_columns
from members.actblue_file import ActBlueImporter
from members.models import Activity, CancelledRecurring, Donation, Membership, Person, PersonEmail, PersonPhone
from tests.factories import make_staff

from .donating import NOW

pytestmark = pytest.mark.django_db
CANCELLED_COLUMNS = ["Receipt ID", "Recurrence Amount", "Cancelled On", "Donor Email", "Managed Entitity Name"]

type Import = Callable[..., ImportJob]


@pytest.fixture(autouse=True)
def _own_media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PEOPLE)


@pytest.fixture
def take_in(staff: User) -> Import:
    """`take_in(content, kind)` uploads, checks and loads a file; `loads=False` ends with the dry run."""

    def import_file(content: bytes, kind: str = "actblue", *, loads: bool = True) -> ImportJob:
        job = steps.start_import(kind=kind, file=File(io.BytesIO(content)), name="a.csv", actor=staff, now=NOW)
        steps.check_import(job=job, mapping=job.mapping, actor=staff)
        run_import(job_id=job.pk, worker="check")
        job.refresh_from_db()
        if loads and job.bad < job.rows_read:
            steps.confirm_import(job=job, actor=staff, now=NOW)
            run_import(job_id=job.pk, worker="load")
            job.refresh_from_db()
        return job

    return import_file


def actblue_file(*rows: dict[str, str]) -> bytes:
    """A file of ActBlue with a good row for each of these, changed by it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, changes in enumerate(rows, start=1):
        row = {
            "Receipt ID": f"AB{number}", "Lineitem ID": f"{100 + number}", "Date": "2026-11-20 09:30:00",
            "Amount": "25.00", "Donor Email": f"donor{number}@example.org", "Donor First Name": "Ada",
            "Donor ZIP": "02139", "Donor Addr1": "1 Canary Row", "Donor Employer": "Canary, Works & Co",
            "Donor Occupation": "Canary keeper",
            **changes,
        }  # fmt: skip
        writer.writerow([row.get(name, "") for name in COLUMNS])
    return text.getvalue().encode()


def errors(job: ImportJob) -> list[tuple[int, str, str]]:
    return [(error.line, error.column, error.reason) for error in job.row_errors.order_by("line")]


# --- ActBlue's file ---------------------------------------------------------------------------------------------------


def test_the_file_has_101_columns_seven_of_them_reserved() -> None:
    assert (len(COLUMNS), COLUMNS.count("Reserved")) == (101, 7)


def test_only_staff_for_people_import_donations() -> None:
    kinds = {"actblue", "actblue-cancelled", "plain-donations"}
    assert kinds <= {importer.kind for importer in importers_for(make_staff(StaffTask.PEOPLE))}
    assert not kinds & {importer.kind for importer in importers_for(make_staff(StaffTask.AGREEMENTS))}


def test_a_file_as_exported_is_loaded_without_choosing_a_column(take_in: Import) -> None:
    job = take_in(
        actblue_file(
            {"Donor Phone": "(617) 555-1234", "Recurring Total Months": "unlimited", "Recipient": "Many Hands Network"},
            {"Donor Email": "DONOR1@example.org", "Amount": "$1,250.5", "Date": "11/21/2026 0:15"},
        )
    )
    assert (job.state, job.loaded, job.bad) == (ImportState.DONE, 2, 0)
    person = Person.objects.get()
    assert (person.given_name, person.zip_code_id, str(person.phones.get().number)) == ("Ada", "02139", "+16175551234")
    one, other = Donation.objects.order_by("line_item")
    assert (one.amount, one.receipt, one.is_recurring, one.recipient) == (
        Decimal(25),
        "AB1",
        True,
        "Many Hands Network",
    )
    assert str(one.paid_at) == "2026-11-20 14:30:00+00:00"  # half past nine in the east
    assert (other.amount, str(other.paid_at)) == (Decimal("1250.50"), "2026-11-21 05:15:00+00:00")
    assert Activity.objects.bases().count() == 2
    assert Membership.objects.get().since == one.paid_at


def test_the_same_file_again_changes_nothing(take_in: Import, tmp_path: Path) -> None:
    path = tmp_path / "actblue.csv"
    write_actblue_file(path, 300)
    first = take_in(path.read_bytes())
    assert first.loaded + first.bad == 300
    before = (Donation.objects.count(), Person.objects.count(), list(Membership.objects.order_by("pk").values()))
    again = take_in(path.read_bytes())
    assert (again.loaded, again.unchanged, again.bad) == (0, first.loaded, first.bad)
    assert (
        Donation.objects.count(),
        Person.objects.count(),
        list(Membership.objects.order_by("pk").values()),
    ) == before


def test_a_refund_in_a_later_file_ends_the_membership(take_in: Import) -> None:
    take_in(actblue_file({}))
    assert Membership.objects.exists()
    job = take_in(actblue_file({"Refund ID": "R1", "Refund Date": "2026-11-21 08:00:00"}))
    assert job.loaded == 1
    assert not Membership.objects.exists()
    assert Donation.objects.get().refund == "R1"


def test_a_refund_without_a_date_is_of_the_day_of_the_donation(take_in: Import) -> None:
    take_in(actblue_file({"Refund ID": "R1"}))
    donation = Donation.objects.get()
    assert donation.refunded_at == donation.paid_at


def test_address_employer_and_occupation_are_not_kept(take_in: Import) -> None:
    job = take_in(actblue_file({}))
    kept = str([list(model.objects.values()) for model in (Donation, Person, Activity, PersonEmail)])
    assert "Canary" not in kept
    assert not {"addr", "employer", "occupation"} & set(job.mapping)


def test_a_needed_column_that_is_missing_is_named(staff: User) -> None:
    file = ContentFile(b"Date,Amount,Donor Email\n2026-01-01,5,a@example.org\n")
    job = steps.start_import(kind="actblue", file=file, name="a.csv", actor=staff, now=NOW)
    with pytest.raises(steps.StepError, match="Lineitem ID"):
        steps.check_import(job=job, mapping=job.mapping, actor=staff)


def test_columns_that_are_not_needed_may_be_missing_and_unknown_ones_are_there(take_in: Import) -> None:
    content = b"New,Lineitem ID,Date,Amount,Donor Email,\nx,1,2026-01-01,5,a@example.org,\n"
    assert take_in(content).loaded == 1


def test_what_was_cancelled_is_noted_once(take_in: Import) -> None:
    rows = ["AB1,5.00,2026-11-20 10:00:00,a@example.org,x", "AB2,5.00,11/20/2026,b@example.org,x", ",5,,c@example.org,"]
    content = "\r\n".join([",".join(CANCELLED_COLUMNS), *rows, rows[0], ""]).encode()
    job = take_in(content, "actblue-cancelled")
    assert (job.loaded, job.unchanged, job.bad) == (2, 1, 1)
    assert set(CancelledRecurring.objects.values_list("receipt", flat=True)) == {"AB1", "AB2"}
    assert take_in(content, "actblue-cancelled", loads=False).unchanged == 3
    assert not Person.objects.exists()


# --- bad input --------------------------------------------------------------------------------------------------------

BAD_CELLS = [
    ({"Date": "1899-12-31 00:00:00"}, "Date", "The year 1899 cannot be right."),
    ({"Date": "2999-01-01"}, "Date", "The year 2999 cannot be right."),
    ({"Date": "2098-01-01"}, "Date", "This date is in the future."),
    ({"Date": "02/30/2026"}, "Date", "This is no date."),
    ({"Date": "2026-02-30"}, "Date", "This is no date."),
    ({"Date": "11/20/2026 13:00 PM"}, "Date", "This is no date."),
    ({"Date": "yesterday"}, "Date", "This is no date."),
    ({"Date": "20261120"}, "Date", "This is no date."),
    ({"Date": ""}, "Date", "The date is missing."),
    ({"Amount": "-25.00"}, "Amount", "The amount must be more than 0."),
    ({"Amount": "($25.00)"}, "Amount", "The amount must be more than 0."),
    ({"Amount": "0.00"}, "Amount", "The amount must be more than 0."),
    ({"Amount": "1234567890"}, "Amount", "This amount is too large"),
    ({"Amount": "10000000.00"}, "Amount", "This amount is too large"),
    ({"Amount": "12345678901.00"}, "Amount", "This is no amount."),
    ({"Amount": "25.001"}, "Amount", "This is no amount."),
    ({"Amount": ""}, "Amount", "The amount is missing."),
    ({"Amount": "25.00 EUR"}, "Amount", "This amount is not in US dollars."),
    ({"Amount": "£25.00"}, "Amount", "This amount is not in US dollars."),
    ({"Amount": "C$25.00"}, "Amount", "This amount is not in US dollars."),
    ({"Donor Email": "not an address"}, "Donor Email", "This is no e-mail address."),
    ({"Donor Email": ""}, "Donor Email", "The row has neither an e-mail address nor a phone number"),
    ({"Donor Email": "d\N{CYRILLIC SMALL LETTER O}nor@example.org"}, "Donor Email", "a letter in it that is not plain"),
    ({"Donor Email": "donor@ex\N{CYRILLIC SMALL LETTER A}mple.org"}, "Donor Email", "a letter in it that is not plain"),
    ({"Donor Email": "donor\N{ZERO WIDTH SPACE}@example.org"}, "Donor Email", "U+200B"),
    ({"Donor First Name": "=cmd|' /C calc'!A0"}, "Donor First Name", "begins like a formula"),
    ({"Donor Last Name": "@SUM(1)"}, "Donor Last Name", "begins like a formula"),
    ({"Reference Code": "=HYPERLINK(1)"}, "", "begins like a formula"),
    ({"Lineitem ID": ""}, "Lineitem ID", "The id of the line item is missing."),
    ({"Lineitem ID": "9" * 81}, "Lineitem ID", "This is no id"),
    ({"Refund ID": "R1", "Refund Date": "later"}, "Refund Date", "This is no date."),
]


@pytest.mark.parametrize(("changes", "column", "reason"), BAD_CELLS)
def test_a_bad_cell_is_an_error_at_its_row_and_no_other_row_suffers(
    take_in: Import, changes: dict[str, str], column: str, reason: str
) -> None:
    content = actblue_file({}, changes, {})
    dry = take_in(content, loads=False)
    job = take_in(content)
    for done in (dry, job):
        ((line, at, why),) = errors(done)
        assert (line, at) == (3, column)
        assert reason in why
        assert done.loaded == 2
    assert set(Donation.objects.values_list("line_item", flat=True)) == {"101", "103"}


CELLS = {
    "key": ["", "1", "x" * 80, "x" * 81, "a\x07", "\N{LATIN SMALL LETTER E WITH ACUTE}"],
    "date": [
        "", "2026-11-20 09:30:00", "2026-03-08 02:30:00", "2026-11-01 01:30:00", "2026-02-30 09:30:00",
        "2026-11-20 24:00:00", "2026-11-20 09:59:60", "2026-11-20T09:30:00", "2026-11-20 09:30:00+00:00",
        "11/21/2026 0:15", "1899-12-30", "1899-12-30 00:00:00", "2100-01-01 00:00:00", "soon",
    ],
    "amount": ["", "25.00", "7", "0", "0.00", "9999999.99", "10000000", "$25", "-5", "\N{POUND SIGN}5", "1,250.5"],
    "email": [
        "", "ADA@example.org", "no address", "d\N{CYRILLIC SMALL LETTER O}nor@example.org", "a..b@example.org",
        "\N{KELVIN SIGN}im@example.org", "x" * 250 + "@example.org", "ada@localhost",
    ],
    "phone": ["", "6175551234", "1-617-555-1234", "+1 (617) 555.1234", "617 555 1234 x5", "12", "+44 20 7946 0958"],
    "given_name": [
        "", "Ada", "=cmd", "-Ada", "O\N{RIGHT SINGLE QUOTATION MARK}Neil", "Jos\N{LATIN SMALL LETTER E WITH ACUTE}",
        "\N{FULLWIDTH EQUALS SIGN}x", "x" * 121, "Ada\N{NO-BREAK SPACE}B", "Ada\nB",
    ],
    "family_name": ["", "Love  lace", "@x", "van der Berg"],
    "zip": ["", "02139", "2139", "213", "02139-1234", "021391234", "x", "123456"],
    "country": ["", "United States", "U.S.A.", "Canada"],
    "receipt": ["", "AB1", "x" * 81],
    "months": ["", "0", "1", "unlimited"],
    "recurring": ["", "monthly"],
    "refund": ["", "R1", "x" * 81],
    "refunded": ["", "2026-11-21", "2026-11-21 10:00:00", "2026-02-30 10:00:00", "never"],
    "page": ["", "launch", "=x", "x" * 201],
    "code": ["", "-mail", "two\nlines"],
    "recipient": ["", "Many Hands Network", "@x"],
    "currency": ["", "USD", "usd", "EUR"],
}  # fmt: skip
NEEDED = {"key", "date", "amount", "email"}


def assert_columns_are_read_as_rows(rows: list[dict[str, str]], names: Collection[str]) -> int:
    """Compare, and return how many of the rows the columns alone could read."""
    importer = ActBlueImporter()
    columns = {name: [row[name] for row in rows] for name in names}
    lines = list(range(2, len(rows) + 2))
    frame = pl.DataFrame({LINE: lines, **columns}, {LINE: pl.Int64, **dict.fromkeys(columns, pl.String)})
    good, wrong = sorted_out((line, importer.check_one(columns, place, line)) for place, line in enumerate(lines))
    good_rows, bad = importer.check_rows(frame)
    assert (list(good_rows), sorted(bad)) == (good, wrong)
    assert list(importer.unpacked(importer.packed(good_rows))) == good
    return len(read_columns(frame)[0])


@given(st.data())
def test_whole_columns_are_checked_as_each_row_is_by_itself(data: st.DataObject) -> None:
    names = NEEDED | data.draw(st.sets(st.sampled_from(sorted(CELLS))))
    cells = {name: st.sampled_from(CELLS[name]) for name in sorted(names)}
    assert_columns_are_read_as_rows(data.draw(st.lists(st.fixed_dictionaries(cells), max_size=12)), names)


COMMON = {name: texts[0] for name, texts in CELLS.items()} | {
    "key": "1", "date": "2026-11-20 09:30:00", "amount": "25.00", "email": "ada@example.org",
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_each_form_of_a_cell_is_read_alike_by_column_and_by_row(name: str) -> None:
    assert_columns_are_read_as_rows([COMMON | {name: text} for text in CELLS[name]], CELLS)


@given(st.sampled_from(sorted(CELLS)), st.text(max_size=30))
def test_any_text_is_read_alike_by_column_and_by_row(name: str, text: str) -> None:
    assert_columns_are_read_as_rows([COMMON | {name: text.strip()}], CELLS)


def test_columns_read_what_is_common_without_the_rows() -> None:
    assert assert_columns_are_read_as_rows([COMMON] * 3, CELLS) == 3


def test_a_quote_that_is_never_closed_costs_its_row_only(take_in: Import) -> None:
    lines = actblue_file({}, {"Comments": "mark"}, {}).replace(b",mark,", b',"never closed,')
    job = take_in(lines)
    assert [line for line, _column, _reason in errors(job)] == [3]
    assert "quotation mark" in errors(job)[0][2]
    assert job.loaded == 2


def test_the_faults_of_the_made_up_files_are_found_every_one(take_in: Import, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    write_actblue_file(path, len(FAULTS), repeat_share=0, bad_share=1)
    assert take_in(path.read_bytes()).bad == len(FAULTS)


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", b"0" * 20_000_000)
    return packed.getvalue()


@pytest.mark.parametrize("name", ["bomb.csv", "bomb.zip"])
def test_a_zip_bomb_is_refused_and_not_unpacked(staff: User, name: str) -> None:
    with pytest.raises(FileError, match="ZIP file"):
        steps.start_import(kind="actblue", file=ContentFile(zip_bomb()), name=name, actor=staff, now=NOW)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "not a CSV file"),
        (b"\x00\x01\x02" * 50, "not text"),
        (b"<!DOCTYPE html><p>Sign in", "web page"),
        (",".join(COLUMNS).encode(), "no rows"),
    ],
)
def test_what_is_no_table_is_refused(staff: User, content: bytes, message: str) -> None:
    with pytest.raises(FileError, match=message):
        steps.start_import(kind="actblue", file=ContentFile(content), name="a.csv", actor=staff, now=NOW)
    assert not ImportJob.objects.exists()


class _Endless(File):  # type: ignore[type-arg]
    """A file of 3 GB that nobody has: it makes its bytes as they are read, and counts them."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO())
        self.given = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def read(self, size: int = -1) -> bytes:
        assert 0 < size <= 1_000_000, "never the whole of it"
        self.given += size
        return (b"a,b\n" * (size // 4 + 1))[:size] if self.given < 3 * 1024**3 else b""


def test_a_file_beyond_the_limit_is_refused_piece_by_piece(staff: User, settings: Settings) -> None:
    settings.IMPORT_MAX_BYTES = 50_000_000  # the rule is the same at 2 GB, and the test quicker
    file = _Endless()
    with pytest.raises(FileError, match="larger than") as refusal:
        steps.start_import(kind="actblue", file=file, name="a.csv", actor=staff, now=NOW)
    assert refusal.value.status == 413
    assert file.given < 51_000_000


def test_two_gigabytes_are_the_limit_unless_said_otherwise() -> None:
    from config.settings import base

    assert base.IMPORT_MAX_BYTES == 2 * 1024**3


# --- any other file ---------------------------------------------------------------------------------------------------


def plain(*rows: str, header: str = "Date,Amount,Email,Phone,Whole name,ZIP") -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def test_a_plain_file_needs_a_date_an_amount_and_a_way_to_reach_the_giver(take_in: Import) -> None:
    job = take_in(
        plain(
            "2026-11-20,5,ada@example.org,,Ada King Lovelace,2139",
            "11/20/2026,7.5,,617.555.1234,Bo,",
            "2026-11-20,5,,12,,",
            "2026-11-20,5 GBP,c@example.org,,,",
        ),
        "plain-donations",
    )
    assert (job.loaded, [line for line, *_rest in errors(job)]) == (2, [4, 5])
    ada, bo = Person.objects.order_by("pk")
    assert (ada.given_name, ada.family_name, ada.zip_code_id) == ("Ada King", "Lovelace", "02139")
    assert (bo.given_name, str(PersonPhone.objects.get().number)) == ("Bo", "+16175551234")
    assert str(Donation.objects.order_by("pk")[0].paid_at) == "2026-11-20 17:00:00+00:00"


def test_without_address_and_number_the_columns_are_too_few(staff: User) -> None:
    file = ContentFile(b"Date,Amount\n2026-01-01,5\n")
    job = steps.start_import(kind="plain-donations", file=file, name="a.csv", actor=staff, now=NOW)
    with pytest.raises(steps.StepError, match="phone number"):
        steps.check_import(job=job, mapping=job.mapping, actor=staff)


def test_two_equal_rows_are_two_donations_and_the_same_file_again_is_none(take_in: Import) -> None:
    content = plain(*["2026-11-20,5,ada@example.org,,Ada,"] * 2, "2026-11-20,5.00,ADA@example.org,,Ada,")
    assert take_in(content, "plain-donations").loaded == 3
    again = take_in(content, "plain-donations")
    assert (again.loaded, again.unchanged) == (0, 3)
    longer = take_in(content + b"2026-11-20,5,ada@example.org,,Ada,\n", "plain-donations")
    assert (longer.loaded, longer.unchanged) == (1, 3)
    assert Donation.objects.count() == 4


def test_an_id_tells_a_repeat_from_a_second_donation(take_in: Import) -> None:
    header = "Date,Amount,Email,Donation ID"
    rows = ["2026-11-20,5,ada@example.org,A1", "2026-11-20,5,ada@example.org,A2", "2026-11-20,5,ada@example.org,A1"]
    job = take_in(plain(*rows, header=header), "plain-donations")
    assert (job.loaded, job.unchanged) == (2, 1)


def test_an_id_that_is_known_with_another_amount_is_an_error_at_its_row(take_in: Import) -> None:
    header = "Date,Amount,Email,Donation ID"
    take_in(plain("2026-11-20,5,ada@example.org,1", header=header), "plain-donations")
    job = take_in(
        plain("2026-11-20,6,bo@example.org,1", "2026-11-20,7,bo@example.org,2", header=header), "plain-donations"
    )
    assert (job.loaded, [line for line, *_rest in errors(job)]) == (1, [2])


def test_the_numbers_of_equal_rows_go_on_after_another_worker_took_over(
    take_in: Import, monkeypatch: pytest.MonkeyPatch, staff: User
) -> None:
    from members.donation_file import DonationFileImporter

    monkeypatch.setattr(DonationFileImporter, "batch_size", 2)
    content = plain(*["2026-11-20,5,ada@example.org,,Ada,"] * 5)
    job = take_in(content, "plain-donations", loads=False)
    steps.confirm_import(job=job, actor=staff, now=NOW)
    original = DonationFileImporter.load_batch
    batches = 0

    def stopping(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal batches
        batches += 1
        if batches == 2:
            raise RuntimeError
        return original(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(DonationFileImporter, "load_batch", stopping)
        run_import(job_id=job.pk, worker="first")
    steps.resume_import(job=job, actor=staff)
    run_import(job_id=job.pk, worker="second")
    assert Donation.objects.count() == 5
