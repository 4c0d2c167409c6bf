"""Checking and loading, batch by batch; stopping, going on; what is lost and found again."""

import datetime
import logging
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models.functions import Now
from django_rq import get_queue
from rq import SimpleWorker

from foundation.audit.models import AuditEntry
from foundation.imports import importers, jobs, running, steps
from foundation.imports.models import ImportJob, ImportRowError, ImportState
from foundation.imports.opening import FileError

from .conftest import NOW, Upload, dry_run, load, work
from .probe import ProbeImporter, probe_rows

pytestmark = pytest.mark.django_db


def file_of(*values: str) -> bytes:
    return "".join(f"{value}\n" for value in ("value", *values)).encode()


def errors_of(job: ImportJob) -> list[tuple[int, str, str]]:
    return list(job.row_errors.order_by("line").values_list("line", "column", "reason"))


def counts_of(job: ImportJob) -> tuple[int, int, int, int]:
    return job.rows_read, job.loaded, job.unchanged, job.bad


# --- The dry run --------------------------------------------------------------------------------------------


def test_a_dry_run_finds_the_bad_rows_and_writes_nothing(upload: Upload) -> None:
    job = dry_run(upload(file_of("a", "bad", '"never', "b")))
    assert job.state == ImportState.CHECKED
    assert counts_of(job) == (4, 2, 0, 2)
    assert [(line, column) for line, column, _reason in errors_of(job)] == [(3, "Value"), (4, "")]
    assert probe_rows() == []


def test_an_importer_that_writes_in_the_dry_run_is_stopped_by_the_database(upload: Upload) -> None:
    job = dry_run(upload(file_of("a"), kind="writing"))
    assert job.state == ImportState.FAILED
    assert probe_rows() == []


def test_a_dry_run_that_is_repeated_forgets_what_the_first_one_found(upload: Upload) -> None:
    job = upload(b"value,note\nbad,a\n")
    assert dry_run(job).bad == 1
    job = dry_run(job, value=1)
    assert counts_of(job) == (1, 1, 0, 0)
    assert errors_of(job) == []


def test_a_needed_column_that_is_not_chosen_is_named(upload: Upload, staff: Any) -> None:
    job = upload(b"something,else\na,b\n")
    assert job.mapping == {}
    with pytest.raises(steps.StepError, match="Value"):
        steps.check_import(job=job, mapping={"note": 0}, actor=staff)


def test_a_column_that_the_file_does_not_have_is_refused(upload: Upload, staff: Any) -> None:
    with pytest.raises(steps.StepError, match="no such column"):
        steps.check_import(job=upload(file_of("a")), mapping={"value": 7}, actor=staff)


def test_columns_are_guessed_by_name_label_and_alias(upload: Upload) -> None:
    assert upload(b"Note;WERT\nx;a\n").mapping == {"value": 1, "note": 0}


def test_columns_of_one_name_are_told_apart_by_their_place(upload: Upload) -> None:
    job = dry_run(upload(b"note,note,value\n1,2,a\n"), value=2, note=1)
    assert job.loaded == 1


def test_what_was_chosen_for_the_same_header_is_proposed_again(upload: Upload, staff: Any) -> None:
    job = dry_run(upload(b"A,B\nx,y\n"), value=1)
    steps.confirm_import(job=job, actor=staff, now=NOW)
    assert upload(b"A,B\nz,z\n").mapping == {"value": 1}


# --- Loading ------------------------------------------------------------------------------------------------


def test_the_good_rows_are_loaded_and_the_bad_ones_reported(upload: Upload) -> None:
    values = [f"v{number}" for number in range(25)]
    values[3], values[14], values[15], values[16] = "bad", "late", "no", "same"
    job = load(upload(file_of(*values)))
    assert job.state == ImportState.DONE
    assert counts_of(job) == (25, 21, 1, 3)
    assert [line for line, _column, _reason in errors_of(job)] == [5, 16, 17]
    assert len(probe_rows()) == 21
    assert job.bytes_done == job.size


def test_a_row_that_the_database_refuses_takes_no_other_with_it(upload: Upload) -> None:
    job = load(upload(file_of(*"abcde", "no", *"fghi")))
    assert errors_of(job) == [(7, "", "The database refuses this row.")]
    assert [value for _line, value in probe_rows()] == list("abcdefghi")


def test_nothing_is_loaded_before_the_confirmation(upload: Upload, staff: Any) -> None:
    job = upload(file_of("a"))
    with pytest.raises(steps.StepError):
        steps.confirm_import(job=job, actor=staff, now=NOW)
    work(job)
    assert probe_rows() == []


def test_a_file_with_bad_rows_only_cannot_be_confirmed(upload: Upload, staff: Any) -> None:
    job = dry_run(upload(file_of("bad")))
    with pytest.raises(steps.StepError, match="no row"):
        steps.confirm_import(job=job, actor=staff, now=NOW)


def test_confirming_twice_loads_once(upload: Upload, staff: Any) -> None:
    job = load(upload(file_of("a")))
    with pytest.raises(steps.StepError):
        steps.confirm_import(job=job, actor=staff, now=NOW)
    work(job)
    assert len(probe_rows()) == 1


def test_keys_that_two_rows_share_are_an_error_that_names_both_lines(upload: Upload) -> None:
    job = load(upload(file_of(*"abcdefghijklm", "b"), kind="keyed"))
    assert errors_of(job) == [(15, "", "Lines 3 and 15 both have the value b.")]


def test_keys_are_known_after_a_new_worker_took_over(upload: Upload, staff: Any) -> None:
    job = dry_run(upload(file_of(*"abcdefghijklm", "b"), kind="keyed"))
    steps.confirm_import(job=job, actor=staff, now=NOW)
    stop_after_batches(job, 1, staff)
    assert job.rows_read == 10
    steps.resume_import(job=job, actor=staff)
    assert errors_of(work(job)) == [(15, "", "Lines 3 and 15 both have the value b.")]


def test_an_importer_that_loses_count_of_a_row_has_failed(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProbeImporter, "check_batch", lambda self, rows: importers.Outcome(loaded=len(rows) - 1))
    assert dry_run(upload(file_of("a", "b"))).state == ImportState.FAILED


def test_a_spreadsheets_apostrophe_before_a_formula_is_taken_off_again(upload: Upload) -> None:
    load(upload(file_of("'=1+1", "'plain")))
    assert [value for _line, value in probe_rows()] == ["=1+1", "'plain"]


def test_every_step_is_in_the_audit_log(upload: Upload) -> None:
    job = load(upload(file_of("a")))
    acts = AuditEntry.objects.filter(subject=f"import:{job.pk}").order_by("pk")
    assert list(acts.values_list("action", flat=True)) == [
        "uploaded import",
        "checked import",
        "confirmed import",
        "finished import",
    ]


# --- Stopping and going on ----------------------------------------------------------------------------------


def stop_after_batches(job: ImportJob, count: int, staff: Any) -> None:
    """Work on `job`, and stop it as somebody would who presses the button in the middle of a later batch."""
    original = running._Run._work_on
    done = 0

    def work_on(self: Any, batch: Any) -> None:
        nonlocal done
        if done == count:
            steps.stop_import(job=job, actor=staff)
        done += 1
        original(self, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running._Run, "_work_on", work_on)
        work(job)


def test_a_stopped_import_goes_on_behind_its_last_row(upload: Upload, staff: Any) -> None:
    values = [f"v{number}" for number in range(35)]
    job = dry_run(upload(file_of(*values)))
    steps.confirm_import(job=job, actor=staff, now=NOW)
    stop_after_batches(job, 2, staff)
    assert (job.state, job.rows_read, job.claimed_by) == (ImportState.STOPPED, 20, "")
    assert len(probe_rows()) == 20
    work(job)
    assert len(probe_rows()) == 20  # nobody works on what is stopped
    steps.resume_import(job=job, actor=staff)
    work(job)
    assert [value for _line, value in probe_rows()] == values
    assert (job.state, counts_of(job)) == (ImportState.DONE, (35, 35, 0, 0))


def test_a_stopped_dry_run_goes_on_as_a_dry_run(upload: Upload, staff: Any) -> None:
    job = upload(file_of(*(f"v{number}" for number in range(25))))
    steps.check_import(job=job, mapping=job.mapping, actor=staff)
    stop_after_batches(job, 1, staff)
    assert (job.state, job.rows_read) == (ImportState.STOPPED, 10)
    steps.resume_import(job=job, actor=staff)
    work(job)
    assert (job.state, job.rows_read, probe_rows()) == (ImportState.CHECKED, 25, [])


def test_what_is_done_can_be_neither_stopped_nor_resumed(upload: Upload, staff: Any) -> None:
    job = load(upload(file_of("a")))
    with pytest.raises(steps.StepError):
        steps.stop_import(job=job, actor=staff)
    with pytest.raises(steps.StepError):
        steps.resume_import(job=job, actor=staff)
    with pytest.raises(steps.StepError):
        steps.check_import(job=job, mapping={"value": 0}, actor=staff)


def test_a_bug_in_an_importer_is_told_without_what_was_in_the_row(
    upload: Upload, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        job = dry_run(upload(file_of("a", "break secret")))
    assert job.state == ImportState.FAILED
    assert "RuntimeError" in job.error
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text + job.error


# --- Claims -------------------------------------------------------------------------------------------------


def claim(job: ImportJob, *, lease: datetime.timedelta) -> None:
    """As another worker would have left it."""
    steps.check_import(job=job, mapping=job.mapping, actor=job.owner)  # type: ignore[arg-type]
    ImportJob.objects.filter(pk=job.pk).update(claimed_by="other", claimed_at=Now(), lease_until=Now() + lease)


def test_what_another_worker_holds_is_left_to_it(upload: Upload) -> None:
    job = upload(file_of("a"))
    claim(job, lease=datetime.timedelta(seconds=30))
    assert work(job).state == ImportState.CHECKING
    assert job.claimed_by == "other"


def test_a_claim_that_ran_out_is_taken_over(upload: Upload) -> None:
    job = upload(file_of("a"))
    claim(job, lease=datetime.timedelta(seconds=-1))
    assert work(job).state == ImportState.CHECKED


def test_a_worker_whose_claim_was_taken_over_writes_nothing_more(upload: Upload, staff: Any) -> None:
    job = dry_run(upload(file_of(*(f"v{number}" for number in range(15)))))
    steps.confirm_import(job=job, actor=staff, now=NOW)
    slow = running._claim(job.pk, "slow")
    assert slow is not None
    ImportJob.objects.filter(pk=job.pk).update(lease_until=Now() - datetime.timedelta(seconds=1))
    work(job)
    with pytest.raises(running._ClaimLostError):
        running._Run(slow).to_the_end()
    assert len(probe_rows()) == 15


def test_an_import_whose_workers_keep_dying_fails_in_the_end(upload: Upload) -> None:
    job = upload(file_of("a"))
    claim(job, lease=datetime.timedelta(seconds=-1))
    ImportJob.objects.filter(pk=job.pk).update(claims_without_progress=running.MAX_CLAIMS)
    job = work(job)
    assert (job.state, job.claimed_by) == (ImportState.FAILED, "")
    assert "5 times" in job.error


def test_of_one_kind_the_second_waits_until_the_first_is_done(upload: Upload, staff: Any) -> None:
    first, second = dry_run(upload(file_of("a"))), dry_run(upload(file_of("b")))
    for job in (first, second):
        steps.confirm_import(job=job, actor=staff, now=NOW)
    assert running._claim(first.pk, "busy") is not None
    assert work(second).state == ImportState.QUEUED
    ImportJob.objects.filter(pk=first.pk).update(lease_until=Now() - datetime.timedelta(seconds=1))
    assert work(first).state == ImportState.DONE
    assert work(second).state == ImportState.DONE


# --- The doorbell -------------------------------------------------------------------------------------------


def empty_queue() -> Any:
    """The queue of imports, with nothing in it."""
    queue: Any = get_queue("imports")
    queue.empty()
    return queue


@pytest.mark.django_db(transaction=True)
def test_a_worker_of_the_queue_checks_and_loads(upload: Upload, staff: Any) -> None:
    queue = empty_queue()
    job = upload(file_of("a", "bad", "c"))
    steps.check_import(job=job, mapping=job.mapping, actor=staff)
    SimpleWorker([queue], connection=queue.connection).work(burst=True)
    job.refresh_from_db()
    steps.confirm_import(job=job, actor=staff, now=NOW)
    SimpleWorker([queue], connection=queue.connection).work(burst=True)
    job.refresh_from_db()
    assert (job.state, counts_of(job)) == (ImportState.DONE, (3, 2, 0, 1))


@pytest.mark.django_db(transaction=True)
def test_a_lost_doorbell_is_rung_again(upload: Upload, staff: Any) -> None:
    job = upload(file_of("a"))
    steps.check_import(job=job, mapping=job.mapping, actor=staff)
    queue = empty_queue()
    jobs.ring_for_abandoned()
    assert [entry.args for entry in queue.jobs] == [(job.pk,)]
    empty_queue()
    work(job)
    jobs.ring_for_abandoned()
    assert queue.jobs == []


@pytest.mark.django_db(transaction=True)
def test_a_doorbell_that_does_not_ring_stops_nobody(
    upload: Upload, staff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redis import Redis

    away = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    monkeypatch.setattr("django_rq.queues.get_redis_connection", lambda *args, **kwargs: away)
    monkeypatch.setattr(jobs.carry_on_import, "delay", lambda *args: away.ping())
    job = upload(file_of("a"))
    steps.check_import(job=job, mapping=job.mapping, actor=staff)
    job.refresh_from_db()
    assert job.state == ImportState.CHECKING


# --- Files --------------------------------------------------------------------------------------------------


def test_a_stored_file_is_for_this_program_alone(upload: Upload) -> None:
    path = Path(upload(file_of("a")).file.path)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert "rows" not in path.name


def test_a_refused_file_leaves_nothing_behind(upload: Upload, tmp_path: Path) -> None:
    with pytest.raises(FileError):
        upload(b"")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not ImportJob.objects.exists()


def test_a_file_whose_row_cannot_be_written_is_deleted(upload: Upload, tmp_path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE imports_importjob ADD CONSTRAINT never CHECK (false) NOT VALID")
    with pytest.raises(IntegrityError):
        upload(file_of("a"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_files_and_the_text_of_bad_rows_are_forgotten_after_thirty_days(
    upload: Upload, django_capture_on_commit_callbacks: Any
) -> None:
    job = load(upload(file_of("a", "bad")))
    path = Path(job.file.path)
    assert steps.forget_old_files(now=NOW + datetime.timedelta(days=29)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert steps.forget_old_files(now=NOW + datetime.timedelta(days=31)) == 1
    job.refresh_from_db()
    assert not path.exists()
    assert not job.file
    assert list(ImportRowError.objects.values_list("raw", "line")) == [("", 3)]
