"""What the database itself refuses."""

from typing import Any

import pytest
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from foundation.imports.limits import MAX_RAW
from foundation.imports.models import ImportJob, ImportRowError, ImportState

pytestmark = pytest.mark.django_db

CLAIM = {"claimed_by": "worker", "claimed_at": timezone.now(), "lease_until": timezone.now()}


def make_job(**fields: Any) -> ImportJob:
    values: dict[str, Any] = {
        "kind": "groups",
        "file_name": "groups.csv",
        "size": 100,
        "sha256": "0" * 64,
        "encoding": "utf-8",
        "delimiter": ",",
        "header": ["name"],
        "data_offset": 10,
        "data_line": 1,
        "bytes_done": 10,
        "lines_done": 1,
    }
    return ImportJob.objects.create(**{**values, **fields})


def refuses(constraint: str, **fields: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_job(**fields)


def test_a_job_is_made() -> None:
    assert make_job().state == ImportState.UPLOADED


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("importjob_state_known", {"state": "lost"}),
        ("importjob_encoding_known", {"encoding": "ebcdic"}),
        ("importjob_has_kind", {"kind": ""}),
        ("importjob_sha256_form", {"sha256": "A" * 64}),
        ("importjob_counts_add_up", {"rows_read": 3, "loaded": 1, "unchanged": 1}),
        ("importjob_progress_within_file", {"bytes_done": 101}),
        ("importjob_progress_within_file", {"bytes_done": 9}),
        ("importjob_claim_has_lease", {"state": "checking", "claimed_by": "worker"}),
        ("importjob_claim_has_lease", {"state": "checking", "lease_until": CLAIM["lease_until"]}),
        ("importjob_claimed_while_working", {"state": "stopped", **CLAIM}),
        ("importjob_claimed_while_working", {"state": "running", "confirmed_at": CLAIM["claimed_at"]}),
        ("importjob_confirmed_before_loading", {"state": "running", **CLAIM}),
        ("importjob_confirmed_before_loading", {"state": "queued"}),
        ("importjob_confirmed_before_loading", {"state": "checking", "confirmed_at": CLAIM["claimed_at"]}),
        (
            "importjob_done_read_it_all",
            {"state": "done", "confirmed_at": CLAIM["claimed_at"], "finished_at": CLAIM["claimed_at"]},
        ),
        ("importjob_done_read_it_all", {"state": "done", "confirmed_at": CLAIM["claimed_at"], "bytes_done": 100}),
        ("importjob_done_read_it_all", {"finished_at": CLAIM["claimed_at"]}),
    ],
)
def test_what_cannot_be_is_refused(constraint: str, fields: dict[str, Any]) -> None:
    refuses(constraint, **fields)


def test_of_one_kind_one_is_loaded_at_a_time() -> None:
    running = {"state": "running", "confirmed_at": timezone.now(), **CLAIM}
    make_job(**running)
    refuses("importjob_one_running_a_kind", **running)
    assert make_job(**running, kind="others").pk


def test_a_line_has_one_error() -> None:
    job = make_job()
    ImportRowError.objects.create(job=job, line=2, reason="bad")
    with pytest.raises(IntegrityError, match="importrowerror_once_a_line"), transaction.atomic():
        ImportRowError.objects.create(job=job, line=2, reason="worse")


def test_an_error_has_a_reason() -> None:
    with pytest.raises(IntegrityError, match="importrowerror_has_reason"), transaction.atomic():
        ImportRowError.objects.create(job=make_job(), line=2, reason="")


def test_what_is_kept_of_a_row_is_bounded() -> None:
    with pytest.raises(DataError), transaction.atomic():
        ImportRowError.objects.create(job=make_job(), line=2, reason="bad", raw="x" * (MAX_RAW + 1))
