"""What `./dev run` puts into an empty database: the tables, the ZIP codes, the demo network. Each is done once."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from config.demo import accounts, network
from foundation.places.loading import load_places

type Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Bring the database up to date. On an up-to-date one this takes a fraction of a second."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        with in_small_steps():
            _timed(say, "Making the tables", lambda: call_command("migrate", verbosity=0))
    _timed(say, "Loading the ZIP codes", load_places)
    if not network.is_loaded():
        _timed(say, "Founding a demo network of 1,200 groups and 200,000 people", network.load)
    accounts.ensure_demo_accounts()


@contextlib.contextmanager
def in_small_steps() -> Iterator[None]:
    """Let migrations draw up one model anew for each constraint and index that it gets.

    Django does so with every model that is related to it, which here takes ten times as long as the SQL. What the
    others know of it, its fields, does not change. Only for the first run: elsewhere nobody waits for it.
    """

    def append(state: ProjectState, app_label: str, model_name: str, option_name: str, added: Any) -> None:
        options = state.models[app_label, model_name].options
        options[option_name] = [*options[option_name], added]
        if "apps" in vars(state):
            state._reload({(app_label, model_name)})  # type: ignore[attr-defined]

    with patch.object(ProjectState, "_append_option", append):
        yield


def _timed(say: Say, what: str, act: Callable[[], object]) -> None:
    began = time.monotonic()
    act()
    seconds = time.monotonic() - began
    if seconds > 0.5:
        say(f"{what}: {seconds:.1f} s")
