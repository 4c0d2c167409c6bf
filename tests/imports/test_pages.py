"""The pages of imports: who may, what they show, and files that are none."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.imports import importers, steps
from foundation.imports.limits import MAX_ROW
from foundation.imports.models import ImportJob, ImportState
from tests.factories import make_staff, make_user
from tests.signing_in import sign_in

from .conftest import NOW, Upload, dry_run, load, work
from .probe import probe_rows

pytestmark = pytest.mark.django_db

GOOD = b"value,note\na,x\nb,y\n"


@pytest.fixture
def page(client: Client, staff: User) -> Client:
    """A client of a member of staff who may import."""
    sign_in(client, staff)
    return client


def send(client: Client, content: bytes, name: str = "rows.csv") -> Any:
    return client.post(reverse("import_start", args=["probe"]), {"file": SimpleUploadedFile(name, content)})


# --- Who may ------------------------------------------------------------------------------------------------

GET_PAGES = ["import_job", "import_mapping", "import_progress", "import_errors"]
POST_PAGES = ["import_confirm", "import_stop", "import_resume"]


def statuses_of(client: Client, job: ImportJob) -> dict[str, int]:
    """What every route answers to this client."""
    answers = {
        "import_list": client.get(reverse("import_list")).status_code,
        "import_start": client.get(reverse("import_start", args=["probe"])).status_code,
        "import_start POST": send(client, GOOD).status_code,
        "import_mapping POST": client.post(reverse("import_mapping", args=[job.pk]), {"value": "0"}).status_code,
    }
    answers |= {name: client.get(reverse(name, args=[job.pk])).status_code for name in GET_PAGES}
    return answers | {name: client.post(reverse(name, args=[job.pk])).status_code for name in POST_PAGES}


def test_the_public_is_sent_to_sign_in(client: Client, upload: Upload) -> None:
    job = upload(GOOD)
    assert set(statuses_of(client, job).values()) == {302}
    assert client.get(reverse("import_job", args=[job.pk])).headers["Location"].startswith("/accounts/login/")
    assert ImportJob.objects.count() == 1


def test_users_who_are_no_staff_may_not(client: Client, upload: Upload) -> None:
    sign_in(client, make_user())
    assert set(statuses_of(client, upload(GOOD)).values()) == {403}
    assert ImportJob.objects.count() == 1


def test_staff_with_other_tasks_see_only_that_there_is_nothing_for_them(client: Client, upload: Upload) -> None:
    sign_in(client, make_staff(StaffTask.ENDORSEMENTS))
    answers = statuses_of(client, upload(GOOD))
    assert answers.pop("import_list") == 200
    assert set(answers.values()) == {403}
    assert b"rows.csv" not in client.get(reverse("import_list")).content


def test_staff_with_the_task_may(page: Client, upload: Upload) -> None:
    assert set(statuses_of(page, upload(GOOD)).values()) <= {200, 302}


def test_what_does_not_exist_is_not_found(page: Client, probes: None) -> None:
    assert page.get(reverse("import_job", args=[999])).status_code == 404
    assert page.get(reverse("import_start", args=["nothing"])).status_code == 404
    assert page.get(reverse("import_list"), {"page": "-1"}).status_code == 404


def test_steps_are_taken_by_post_only(page: Client, upload: Upload) -> None:
    job = upload(GOOD)
    assert {page.get(reverse(name, args=[job.pk])).status_code for name in POST_PAGES} == {405}


def test_an_upload_without_the_csrf_token_is_refused(staff: User, probes: None, probe_table: None) -> None:
    client = Client(enforce_csrf_checks=True)
    sign_in(client, staff)
    assert send(client, GOOD).status_code == 403
    assert not ImportJob.objects.exists()


# --- The way through ----------------------------------------------------------------------------------------


def test_from_the_upload_to_the_result(page: Client, probes: None, probe_table: None) -> None:
    answer = send(page, b"value,note\na,x\nbad,y\nc,z\n")
    job = ImportJob.objects.get()
    assert answer.headers["Location"] == reverse("import_mapping", args=[job.pk])
    columns = page.get(answer.headers["Location"])
    assert b'<option value="0" selected>value</option>' in columns.content
    assert page.post(answer.headers["Location"], {"value": "0"}).headers["Location"] == job.get_absolute_url()
    assert b"<progress" in page.get(job.get_absolute_url()).content
    work(job)
    checked = page.get(job.get_absolute_url()).content.decode()
    assert "Nothing is loaded yet" in checked
    assert "This is bad." in checked
    assert "Load 2 rows" in checked
    assert probe_rows() == []
    page.post(reverse("import_confirm", args=[job.pk]))
    work(job)
    assert "rows loaded" in page.get(job.get_absolute_url()).content.decode()
    assert probe_rows() == [(2, "a"), (4, "c")]
    assert "rows.csv" in page.get(reverse("import_list")).content.decode()


def test_a_needed_column_that_is_not_chosen_is_an_error_at_its_field(page: Client, upload: Upload) -> None:
    job = upload(b"other,note\na,x\n")
    assert "Choose the column for: Value." in page.get(reverse("import_mapping", args=[job.pk])).content.decode()
    answer = page.post(reverse("import_mapping", args=[job.pk]), {"note": "1"})
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert "Choose the column for: Value." in answer.content.decode()


def test_one_column_for_two_fields_is_refused(page: Client, upload: Upload) -> None:
    answer = page.post(reverse("import_mapping", args=[upload(GOOD).pk]), {"value": "0", "note": "0"})
    assert answer.status_code == 422
    assert "already chosen for: Value" in answer.content.decode()


def test_a_column_that_is_none_is_refused(page: Client, upload: Upload) -> None:
    assert page.post(reverse("import_mapping", args=[upload(GOOD).pk]), {"value": "7"}).status_code == 422


def test_latin_1_is_reported_in_words(page: Client, upload: Upload) -> None:
    job = upload("value,note\nPeña,x\n".encode("latin-1"))
    text = page.get(reverse("import_mapping", args=[job.pk])).content.decode()
    assert "This file is not UTF-8" in text
    assert "Peña" in text


def test_the_same_file_again_is_recognised(page: Client, upload: Upload) -> None:
    load(upload(GOOD))
    assert "was loaded before" in page.get(reverse("import_mapping", args=[upload(GOOD).pk])).content.decode()


def test_progress_is_a_piece_for_htmx_that_reloads_the_page_at_the_end(
    page: Client, upload: Upload, staff: User
) -> None:
    job = upload(GOOD)
    steps.check_import(job=job, mapping=job.mapping, actor=staff)
    url = reverse("import_progress", args=[job.pk])
    during = page.get(url, headers={"HX-Request": "true"})
    assert "<html" not in during.content.decode()
    assert 'data-hx-trigger="every 1s"' in during.content.decode()
    assert "HX-Refresh" not in during.headers
    work(job)
    assert page.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_rate_and_time_left_are_told(upload: Upload) -> None:
    import datetime

    job = upload(b"value\n" + b"abc\n" * 100)
    job.claimed_by, job.claimed_at = "worker", NOW
    job.rows_read, job.bytes_done = 20, job.data_offset + 80
    pace = job.pace(NOW + datetime.timedelta(seconds=10))
    assert pace is not None
    assert (pace.rows_per_second, pace.left.total_seconds()) == (2, 40)
    assert pace.left_in_words == "1 minute"


def test_an_import_is_stopped_and_goes_on(page: Client, upload: Upload, staff: User) -> None:
    job = dry_run(upload(GOOD))
    steps.confirm_import(job=job, actor=staff, now=NOW)
    page.post(reverse("import_stop", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == ImportState.STOPPED
    assert "Go on" in page.get(job.get_absolute_url()).content.decode()
    page.post(reverse("import_resume", args=[job.pk]))
    assert work(job).state == ImportState.DONE


def test_a_step_that_came_too_late_says_so(page: Client, upload: Upload) -> None:
    job = load(upload(GOOD))
    answer = page.post(reverse("import_confirm", args=[job.pk]), follow=True)
    assert "has gone on in the meantime" in answer.content.decode()


def test_fifty_errors_are_shown_and_all_can_be_downloaded(page: Client, upload: Upload) -> None:
    job = dry_run(upload(b"value\n" + b"bad\n" * 60 + b"good\n"))
    assert page.get(job.get_absolute_url()).content.decode().count("This is bad.") == 50
    file = b"".join(page.get(reverse("import_errors", args=[job.pk]))).decode()
    assert file.count("This is bad.") == 60
    assert AuditEntry.objects.filter(action="downloaded error file", subject=f"import:{job.pk}").exists()


def test_pages_ask_a_fixed_number_of_queries(page: Client, upload: Upload, django_assert_max_num_queries: Any) -> None:
    job = dry_run(upload(b"value\n" + b"bad\n" * 60 + b"good\n"))
    with django_assert_max_num_queries(10):
        page.get(job.get_absolute_url())
    for _more in range(5):
        upload(GOOD)
    with django_assert_max_num_queries(4 + len(importers._importers)):  # one a kind: may this user import it?
        page.get(reverse("import_list"))


# --- The error file -----------------------------------------------------------------------------------------


def error_rows(page: Client, job: ImportJob) -> list[list[str]]:
    answer = page.get(reverse("import_errors", args=[job.pk]))
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline="")))


def test_the_error_file_holds_line_reason_and_the_row_as_it_came(page: Client, upload: Upload) -> None:
    job = dry_run(upload(b'value;note\ngood;\nbad;"x; ""y""\nz"\n"never;1\n'))
    assert error_rows(page, job) == [
        ["Line", "Column", "Reason", "value", "note"],
        ["3", "Value", "This is bad.", "bad", 'x; "y"\nz'],
        ["5", "", 'A quotation mark (") opens in this row and is not closed as it should be.', '"never;1'],
    ]


@pytest.mark.parametrize("evil", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "＝1", " =1", "\t=1"])
def test_no_cell_of_the_error_file_is_run_by_a_spreadsheet(page: Client, upload: Upload, evil: str) -> None:
    job = dry_run(upload(f'value,note,"{evil}"\nbad,"{evil}",x\n'.encode()))
    rows = error_rows(page, job)
    assert rows[1][4] == f"'{evil}"
    assert not any(cell.strip().startswith(("=", "+", "-", "@", "＝")) for row in rows for cell in row)


def test_a_corrected_error_file_can_be_uploaded(page: Client, upload: Upload) -> None:
    job = dry_run(upload(b"value,note\nbad,=1\n"))
    file = b"".join(page.get(reverse("import_errors", args=[job.pk])))
    assert load(upload(file.replace(b",bad,", b",good,"))).loaded == 1


# --- Bad input ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty."),
        (b"value,note\n", "no rows"),
        (b"PK\x03\x04\x14\x00\x06\x00", "save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as CSV"),
        (b"value,note\na,\x00\n", "NUL bytes"),
        (b'"value,note\na,b\n', "quotation mark"),
        (b"x," * 49_999 + b"x\n1\n", "50,000 columns"),
        (b"x" * (MAX_ROW + 1) + b"\na\n", "first line"),
    ],
)
def test_what_is_no_table_is_refused_in_words(
    page: Client, probes: None, probe_table: None, content: bytes, words: str
) -> None:
    answer = send(page, content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "There is a problem" in answer.content.decode()
    assert "<title>Error: " in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_no_file_at_all_is_an_error(page: Client, probes: None) -> None:
    answer = page.post(reverse("import_start", args=["probe"]))
    assert answer.status_code == 422
    assert "Choose a file." in answer.content.decode()


def test_a_body_that_is_too_large_is_refused_unread(page: Client, probes: None, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 1024
    answer = send(page, b"value\n" + b"a\n" * 100_000)
    assert answer.status_code == 413
    assert "larger than" in answer.content.decode()


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "=cmd.csv", "x" * 250 + ".csv", "名前.csv", "<b>.csv"])
def test_whatever_the_file_is_called_it_is_taken_in(page: Client, probes: None, probe_table: None, name: str) -> None:
    assert send(page, GOOD, name).status_code == 302
    job = ImportJob.objects.get()
    assert "/" not in job.file_name
    assert page.get(reverse("import_mapping", args=[job.pk])).status_code == 200
    assert "<b>" not in page.get(reverse("import_list")).content.decode()


@pytest.mark.parametrize(
    "rows",
    [
        b"a\nb,x\n",
        b"a,b,c\nb,x\n",
        b'"never,x\nb,x\n',
        b"x" * 1_100_000 + b",1\nb,x\n",
        b"x" * 140_000 + b",1\nb,x\n",
        b"x," * 50_000 + b"\nb,x\n".replace(b"\n", b"x\n", 1),
        b"\xff\xfe\xfd,1\nb,x\n",
    ],
)
def test_a_row_that_cannot_be_read_costs_no_other(page: Client, upload: Upload, rows: bytes) -> None:
    header = "value,note\nJosé,é\nJosé,é\n".encode()  # UTF-8 beyond doubt
    job = load(upload(header + rows))
    assert (job.state, job.loaded, job.bad) == (ImportState.DONE, 3, 1)
    assert job.row_errors.get().line == 4
    assert page.get(job.get_absolute_url()).status_code == 200
    assert len(error_rows(page, job)) == 2


def test_a_wide_file_can_be_mapped(page: Client, probes: None, probe_table: None) -> None:
    header = ",".join(f"c{number}" for number in range(101))
    answer = send(page, f"{header}\n{header}\n".encode())
    assert page.get(answer.headers["Location"]).status_code == 200
