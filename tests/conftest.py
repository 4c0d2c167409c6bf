"""What all tests share: the places in every test database, a clean cache, and the `--full` option."""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.utils import translation
from pytest_django import DjangoDbBlocker

pytest_plugins = ["tests.browser"]

# No test depends on how busy the machine is.
hypothesis.settings.register_profile("ours", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("ours")

# Loaded once a test session and never changed by a test that means to be seen. (A test that does change
# them does so in a transaction that is rolled back.) The last two are what Django knows of the models.
REFERENCE_TABLES = frozenset(
    {"places_zipcode", "places_namedplace", "places_loadeddata", "auth_permission", "django_content_type"}
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the slow fault matrices in full")


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether `--full` was given: a test marked `slow` takes its reduced counts where it was not."""
    return bool(request.config.getoption("--full"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Every worker's database starts with all ZIP codes and names of places, and keeps them.

    Tests with real transactions (`transactional_db`, `live_server`) end by emptying all tables. Loading the places
    again would take seconds each time, so theirs are left out. So are Django's own of models and permissions, for
    which it would look through all models after each test.
    """
    from foundation.places.loading import load_places

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", _delete_what_a_test_left)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_: None)
        with django_db_blocker.unblock():
            load_places()
        yield


def _delete_what_a_test_left(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
    """In place of Django's TRUNCATE, which writes a new file for each table and index of the product: some 500.

    Without triggers, foreign keys and append-only ledgers among them, which takes the rights of a superuser.
    """
    with connection.cursor() as cursor:
        ours = [table for table in tables if table not in REFERENCE_TABLES]
        of_each = [f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in ours]
        cursor.execute(" UNION ALL ".join(of_each))
        filled = [table for (table,) in cursor.fetchall()]
    emptying = [f'DELETE FROM "{table}"' for table in filled]
    return ["SET LOCAL session_replication_role = replica", *emptying, "SET LOCAL session_replication_role = DEFAULT"]


@pytest.fixture(autouse=True)
def _clean_cache(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing that one test left in Valkey (rate limits, cached pages) is seen by the next.

    Only after tests that use the database: the others don't get as far as the cache.
    """
    yield
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        from django.core.cache import cache

        cache.clear()


@pytest.fixture(autouse=True)
def _language_of_the_site() -> Iterator[None]:
    """The language of the last page that a test opened is not that of the next test."""
    yield
    translation.deactivate()
