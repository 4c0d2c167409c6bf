"""The database that tests start from: all tables and places, made once for each state of the migrations and kept.

`./dev test` copies the kept cluster instead of running hundreds of migrations for each pytest-xdist worker.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from config import services

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "prepared"
MOST_KEPT = 3


def kept_cluster(store: Path) -> Path:
    """The data folder of a stopped Postgres that has DATABASE, made now if this state of the code has none yet.

    `store` is the folder where they are kept; the oldest beyond MOST_KEPT are removed. Raises ServiceError.
    """
    store.mkdir(parents=True, exist_ok=True)
    wanted = store / _fingerprint()
    with (store / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not wanted.exists():
            _make(wanted)
        wanted.touch()
        kept = sorted((folder for folder in store.iterdir() if folder.is_dir()), key=lambda it: it.stat().st_mtime)
        for old in kept[:-MOST_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return wanted


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in _what_it_is_made_of():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _what_it_is_made_of() -> Iterator[Path]:
    yield ROOT / "requirements.lock"
    yield Path(__file__)
    for app in ("foundation", "members", "affiliates", "endorsements", "events"):
        yield from sorted(ROOT.glob(f"{app}/**/migrations/*.py"))
    yield from sorted(path for path in ROOT.glob("foundation/places/**/*") if path.is_file() and path.suffix != ".pyc")


def _make(wanted: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="affiliates-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        with services.services(folder, durable=False) as urls:
            environment = {**os.environ, **urls, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
            done = subprocess.run([sys.executable, "-m", "config.test_tables"], cwd=ROOT, env=environment, check=False)
        if done.returncode:
            raise services.ServiceError("The tables for tests could not be made; see above.")
        unfinished = wanted.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        services.copy_cluster(services.data_folder(folder), unfinished)
        os.sync()  # the server that made it did not
        unfinished.rename(wanted)


def _fill() -> None:
    """Make DATABASE beside the one that DATABASE_URL names, with every table and place."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from foundation.places.loading import load_places

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {DATABASE}")
    connection.close()
    connection.settings_dict["NAME"] = DATABASE
    call_command("migrate", verbosity=0)
    load_places()
    connection.close()


if __name__ == "__main__":
    _fill()
