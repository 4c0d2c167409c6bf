"""The embedded services: real, private, gone when they should be, whatever ends the run."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis

from config import services

ROOT = Path(__file__).resolve().parents[2]

HOLD = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from config import services
    with services.services(Path(sys.argv[1]), durable=True) as urls:
        print(urls["DATABASE_URL"], urls["REDIS_URL"], flush=True)
        time.sleep(600)
""")


def processes_of(folder: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if services._is_ours(process, folder)]


def wait_for_none(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(folder) == []


type Hold = Callable[[Path], tuple[subprocess.Popen[str], str, str]]


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Starts processes of their own that keep both services up; gives each with its addresses."""
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path) -> tuple[subprocess.Popen[str], str, str]:
        command = [sys.executable, "-c", HOLD, str(folder)]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        started.append(process)
        assert process.stdout
        database, cache = process.stdout.readline().split()
        return process, database, cache

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    # pytest's folders are closed to others: the case in which data must move to where Postgres' user can reach.
    folder = tmp_path / "var"
    yield folder
    services.end_leftovers(folder)
    shutil.rmtree(services._refuge(folder), ignore_errors=True)


def test_data_stays_between_runs_and_nothing_listens_that_needs_no_password(folder: Path, hold: Hold) -> None:
    import psycopg

    process, database, cache = hold(folder)
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    open_door = "redis://" + cache.rpartition("@")[2]
    with redis.Redis.from_url(open_door) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    with redis.Redis.from_url(cache) as client:
        client.set("kept", "yes")
    process.send_signal(signal.SIGINT)
    process.wait(180)  # a checkpoint to disk comes first, however busy the disk is
    wait_for_none(folder)

    process, database, cache = hold(folder)
    with psycopg.connect(database) as connection:
        connection.execute("SELECT n FROM kept")
    with redis.Redis.from_url(cache) as client:
        assert client.get("kept") == b"yes"


def test_everything_ends_with_a_killed_run_and_the_next_one_starts(folder: Path, hold: Hold) -> None:
    process, _database, _cache = hold(folder)
    assert len(processes_of(folder)) >= 2
    process.kill()
    process.wait(180)  # a checkpoint to disk comes first, however busy the disk is
    services.end_leftovers(folder)
    wait_for_none(folder)
    hold(folder)


def test_a_taken_port_means_another_one() -> None:
    first = services.free_port(18231)
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first))
        taken.listen()
        assert services.free_port(first) > first


def test_addresses_in_the_environment_are_used_as_they_are(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/network")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example")
    with services.services(folder, durable=False) as urls:
        assert urls == {"DATABASE_URL": "postgresql://db.example/network", "REDIS_URL": "redis://cache.example"}
    assert processes_of(folder) == []


def test_a_service_that_cannot_start_says_why(folder: Path) -> None:
    folder.mkdir(parents=True)
    data = services._refuge(folder) / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(services.ServiceError, match=r"Postgres did not start"), services.postgres(folder, durable=True):
        pass
