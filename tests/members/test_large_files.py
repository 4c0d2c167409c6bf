"""Large files: what was checked of them is kept until it is loaded."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import File
from pytest_django import Settings

from benchmarks.actblue_files import write_actblue_file
from foundation.accounts.models import StaffTask, User
from foundation.imports import kept, running, steps
from foundation.imports.batches import Batch
from foundation.imports.models import ImportJob, ImportState
from foundation.imports.running import run_import
from members.actblue_file import ActBlueImporter
from members.models import Donation, Person
from tests.factories import make_staff

from .donating import NOW

ROWS = 500
LINE_BREAKS = {"Comments": "It was\r\na\r\npleasure.", "Recipient": "Many\r\nHands"}

pytestmark = pytest.mark.django_db(transaction=True)

type Step = Callable[..., ImportJob]


@pytest.fixture(autouse=True)
def _files_are_large(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(ActBlueImporter, "batch_size", 100)


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PEOPLE)


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    path = tmp_path / "actblue.csv"
    write_actblue_file(path, ROWS)
    return path.read_bytes()


def checked(content: bytes, staff: User) -> ImportJob:
    job = steps.start_import(kind="actblue", file=File(io.BytesIO(content)), name="a.csv", actor=staff, now=NOW)
    steps.check_import(job=job, mapping=job.mapping, actor=staff)
    run_import(job_id=job.pk, worker="check")
    job.refresh_from_db()
    assert job.state == ImportState.CHECKED
    return job


def loaded(job: ImportJob, staff: User) -> ImportJob:
    steps.confirm_import(job=job, actor=staff, now=NOW)
    run_import(job_id=job.pk, worker="load")
    job.refresh_from_db()
    assert job.state == ImportState.DONE
    return job


def result(job: ImportJob) -> list[Any]:
    donations = Donation.objects.order_by("line_item").values_list("line_item", "amount", "person__emails__address")
    bad = job.row_errors.order_by("line").values_list("line", "column", "reason", "raw")
    return [list(donations), list(bad), job.rows_read, job.loaded, job.bad]


def forget_all() -> None:
    Donation.objects.all().delete()
    Person.objects.all().delete()


def test_a_large_file_gives_what_a_small_one_gives(
    content: bytes, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = result(loaded(checked(content, staff), staff))
    forget_all()
    monkeypatch.setattr(ActBlueImporter, "has_large_files", False)
    assert result(loaded(checked(content, staff), staff)) == large


def test_what_was_checked_is_kept_until_it_is_loaded_and_not_read_again(
    content: bytes, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = checked(content, staff)
    (beside,) = Path(job.file.path).parent.glob("*.checked")
    assert beside.stat().st_mode & 0o077 == 0
    with monkeypatch.context() as patch:
        patch.setattr(running._Run, "_read", lambda self, begin: iter([]))
        job = loaded(job, staff)
    assert job.rows_read == ROWS
    assert list(Path(job.file.path).parent.glob("*.check*")) == []


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "of other code", "of other columns"])
def test_where_what_was_kept_does_not_hold_the_file_is_read_again(
    content: bytes, staff: User, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    job = checked(content, staff)
    (beside,) = Path(job.file.path).parent.glob("*.checked")
    kept_bytes = beside.read_bytes()
    match damage:
        case "cut":
            beside.write_bytes(kept_bytes[: len(kept_bytes) // 2])
        case "changed":
            beside.write_bytes(kept_bytes.replace(b"example.org", b"example.com"))
        case "gone":
            beside.unlink()
        case "of other code":
            monkeypatch.setattr(kept, "_code_of", lambda kind: "another release")
        case "of other columns":
            monkeypatch.setattr(kept, "_mark", lambda reading: b"x" * 32)
    damaged = result(loaded(job, staff))
    forget_all()
    assert result(loaded(checked(content, staff), staff)) == damaged
    assert all(address.endswith("example.org") for _key, _amount, address in damaged[0])


def test_a_load_that_was_stopped_goes_on_with_what_was_kept(
    content: bytes, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = checked(content, staff)
    steps.confirm_import(job=job, actor=staff, now=NOW)
    original, batches = running._Run._work_on, []

    def work_on(self: Any, batch: Batch) -> None:
        batches.append(batch)
        if len(batches) == 3:
            steps.stop_import(job=job, actor=staff)
        original(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(running._Run, "_work_on", work_on)
        run_import(job_id=job.pk, worker="load")
    steps.resume_import(job=job, actor=staff)
    monkeypatch.setattr(running._Run, "_read", lambda self, begin: iter([]))
    run_import(job_id=job.pk, worker="load again")
    job.refresh_from_db()
    assert (job.state, job.rows_read, job.loaded + job.bad) == (ImportState.DONE, ROWS, ROWS)


def test_what_is_kept_goes_with_the_file(content: bytes, staff: User) -> None:
    job = checked(content, staff)
    folder = Path(job.file.path).parent
    ImportJob.objects.filter(pk=job.pk).update(created_at=NOW - steps.KEPT * 2)
    assert steps.forget_old_files(now=NOW) == 1
    assert list(folder.iterdir()) == []


def test_a_dry_run_that_was_broken_off_keeps_nothing(
    content: bytes, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = steps.start_import(kind="actblue", file=File(io.BytesIO(content)), name="a.csv", actor=staff, now=NOW)
    steps.check_import(job=job, mapping=job.mapping, actor=staff)
    with monkeypatch.context() as patch:
        patch.setattr(running._Run, "_would_load", lambda self, batch: 1 / 0)
        run_import(job_id=job.pk, worker="check")
    assert list(Path(job.file.path).parent.iterdir()) == [Path(job.file.path)]
