"""Donations of the ActBlue shape, 100,000 and 1,000,000 of them, from the uploaded file to members with their bases.

Measured in each of five rounds: the upload (one pass over all bytes), the dry run and the loading, by the very code of
a worker in a process of its own; and before and after it the floor, a plain COPY of the same file into a table without
indexes. One COPY goes ahead unmeasured: the first reads a file that was just written, and is slow for that.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.core.files.base import File
from django.db import connection
from django.utils import timezone

from benchmarks.actblue_files import COLUMNS, write_actblue_file
from benchmarks.preparation import empty, prepare
from benchmarks.report import IS_SMALL, Report
from foundation.accounts.models import User
from foundation.imports import steps
from foundation.imports.models import ImportState
from foundation.imports.running import run_import
from members.models import Donation, Membership

SIZES = (1_000, 3_000) if IS_SMALL else (100_000, 1_000_000)
ROUNDS = 5
TABLES = (
    "members_activity", "members_activityscore", "members_donation", "members_duplicate", "members_membership",
    "members_person", "members_peopletocompare", "members_personemail", "members_personphone",
    "members_persontocompare", "imports_importjob", "imports_importrowerror",
)  # fmt: skip


def copy_plainly(path: Path) -> float:
    """Seconds of a COPY of the file into a fresh table of 101 text columns."""
    columns = ", ".join(f"c{number} text" for number in range(len(COLUMNS)))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE plain ({columns})")
        began = time.perf_counter()
        with path.open("rb") as file, cursor.copy("COPY plain FROM STDIN (FORMAT csv, HEADER)") as copy:
            while chunk := file.read(262_144):
                copy.write(chunk)
        took = time.perf_counter() - began
        cursor.execute("DROP TABLE plain")
    return took


def empty_tables() -> None:
    empty(*TABLES)


def import_as_a_worker(path: Path) -> dict[str, float]:
    """Run this module in a process of its own with `--work`; what it measured."""
    command = [sys.executable, "-m", "benchmarks.bench_import", "--work", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def work(path: Path) -> None:
    """Upload, check and load the file; print seconds and the peak memory of this process in MB."""
    user, _is_new = User.objects.get_or_create(email="bench@example.org", is_staff=True, is_superuser=True)
    taken = {}
    began = time.perf_counter()
    with path.open("rb") as file:
        job = steps.start_import(kind="actblue", file=File(file), name="bench.csv", actor=user, now=timezone.now())
    steps.check_import(job=job, mapping=job.mapping, actor=user)
    taken["upload"] = time.perf_counter() - began
    began = time.perf_counter()
    run_import(job_id=job.pk, worker="bench-check")
    taken["dry run"] = time.perf_counter() - began
    job.refresh_from_db()
    assert job.state == ImportState.CHECKED, job.error
    steps.confirm_import(job=job, actor=user, now=timezone.now())
    began = time.perf_counter()
    run_import(job_id=job.pk, worker="bench-load")
    taken["load"] = time.perf_counter() - began
    job.refresh_from_db()
    assert job.state == ImportState.DONE, job.error
    job.file.delete(save=False)
    taken["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    taken["bad"] = job.bad
    print(json.dumps(taken))


def measure(path: Path, size: int) -> dict[str, float]:
    """What one round takes: seconds, and how many times the floor."""
    empty_tables()
    before = copy_plainly(path)
    taken = import_as_a_worker(path)
    taken["floor"] = (before + copy_plainly(path)) / 2
    taken["all"] = taken["upload"] + taken["dry run"] + taken["load"]
    taken["ratio"] = taken["all"] / taken["floor"]
    assert Donation.objects.count() == size - taken["bad"], "every row that can be used is there"
    assert Membership.objects.exists()
    return taken


def row(what: str, size: int, taken: dict[str, float]) -> list[str]:
    """A row of the table."""
    seconds = (f"{taken[name]:.1f}" for name in ("upload", "dry run", "load", "all", "floor"))
    return [what, *seconds, f"{size / taken['all']:,.0f}", f"{taken['ratio']:.2f}", f"{taken['peak MB']:.0f}"]


def main() -> None:
    prepare()
    report = Report("import")
    rows, medians = [], {}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / "actblue.csv"
            write_actblue_file(path, size)
            copy_plainly(path)
            rounds = [measure(path, size) for _round in range(ROUNDS)]
            medians[size] = {name: statistics.median(taken[name] for taken in rounds) for name in rounds[0]}
            rows += [row(f"{size:,}", size, taken) for taken in rounds]
            rows.append(row("median", size, medians[size]))
    report.table(
        ["rows", "upload s", "dry run s", "load s", "all s", "COPY s", "rows/s", "all / COPY", "peak MB"], rows
    )
    small, large = medians[SIZES[0]], medians[SIZES[-1]]
    report.at_most(f"end to end / COPY at {SIZES[-1]:,}, median of {ROUNDS} rounds", large["ratio"], 8)
    report.at_most(f"peak memory at {SIZES[-1]:,} / at {SIZES[0]:,}", large["peak MB"] / small["peak MB"], 1.5)
    growth = large["all"] / small["all"] / (SIZES[-1] / SIZES[0])
    report.at_most(f"time a row at {SIZES[-1]:,} / at {SIZES[0]:,}", growth, 1.5)
    report.finish()


if __name__ == "__main__":
    if "--work" in sys.argv:
        work(Path(sys.argv[-1]))
    else:
        main()
