"""What `./dev run` puts into an empty database: the tables, the ZIP codes, the demo network. Each is done once."""

import time
from collections.abc import Callable

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.demo import accounts, network
from foundation.places.loading import load_places

type Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Bring the database up to date. On an up-to-date one this takes a fraction of a second."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        _timed(say, "Making the tables", lambda: call_command("migrate", verbosity=0))
    _timed(say, "Loading the ZIP codes", load_places)
    if not network.is_loaded():
        _timed(say, "Founding a demo network of 1,200 groups and 200,000 people", network.load)
    accounts.ensure_demo_accounts()


def _timed(say: Say, what: str, act: Callable[[], object]) -> None:
    began = time.monotonic()
    act()
    seconds = time.monotonic() - began
    if seconds > 0.5:
        say(f"{what}: {seconds:.1f} s")
