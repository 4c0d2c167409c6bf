"""Batches of donations in parts, which are loaded at the same time."""

import io
import random
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import File
from pytest_django import Settings

from benchmarks.actblue_files import write_actblue_file
from foundation.accounts.models import StaffTask
from foundation.imports import steps
from foundation.imports.importers import CheckedRow
from foundation.imports.models import ImportJob, ImportState
from foundation.imports.running import run_import
from members import donation_parts
from members.donation_columns import DonationRows
from members.donation_parts import FEWEST, in_parts
from members.donation_rows import DonationRow
from members.models import Donation, Membership, PersonEmail
from tests.factories import make_staff

from .donating import NOW
from .test_donation_loading import make_row


def made_up(count: int, people: int) -> list[CheckedRow[DonationRow]]:
    chance = random.Random(people)
    rows = [
        make_row(
            str(chance.randrange(count)),
            email=chance.choice(["", f"p{chance.randrange(people)}@example.org"]),
            phone=f"+1617{chance.randrange(people):07}",
        )
        for _number in range(count)
    ]
    return [CheckedRow(line, row) for line, row in enumerate(rows, start=2)]


@pytest.mark.parametrize("people", [3, 1_000, 1_000_000])
def test_parts_share_nothing_and_keep_the_order(people: int) -> None:
    rows = made_up(2 * FEWEST, people)
    parts = in_parts(DonationRows.of(rows), 2)
    assert sorted(checked for part in parts for checked in part) == rows
    assert all(list(part) == sorted(part) for part in parts)
    marks = [{text for _line, row in part for text in (row.key, row.email, row.phone) if text} for part in parts]
    assert sum(map(len, marks)) == len(set().union(*marks))


def test_rows_of_different_people_are_halved() -> None:
    assert [len(part) > FEWEST / 2 for part in in_parts(DonationRows.of(made_up(2 * FEWEST, 1_000_000)), 2)] == [
        True,
        True,
    ]


@pytest.mark.django_db(transaction=True)
def test_a_file_in_lanes_is_loaded_whole_and_again_changes_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    path = tmp_path / "actblue.csv"
    write_actblue_file(path, 300)
    staff = make_staff(StaffTask.PEOPLE)

    def load() -> tuple[ImportJob, list[Any]]:
        file = File(io.BytesIO(path.read_bytes()))
        job = steps.start_import(kind="actblue", file=file, name="a.csv", actor=staff, now=NOW)
        steps.check_import(job=job, mapping=job.mapping, actor=staff)
        run_import(job_id=job.pk, worker="check")
        job.refresh_from_db()
        steps.confirm_import(job=job, actor=staff, now=NOW)
        run_import(job_id=job.pk, worker="load")
        job.refresh_from_db()
        assert job.state == ImportState.DONE
        donations = Donation.objects.order_by("line_item").values_list("line_item", "person__emails__address", "amount")
        return job, [*donations, Membership.objects.count(), PersonEmail.objects.count()]

    monkeypatch.setattr(donation_parts, "FEWEST", 1)
    in_lanes, left = load()
    assert (in_lanes.loaded + in_lanes.bad, in_lanes.unchanged) == (300, 0)
    again, left_again = load()
    assert (again.loaded, again.unchanged) == (0, in_lanes.loaded)
    assert left_again == left
    assert Membership.objects.exists()
