"""What every benchmark needs first: the tables, the ZIP codes, the static files as production serves them."""

from django.core.management import call_command
from django.db import connection

from foundation.places.loading import load_places


def prepare() -> None:
    """Bring the throwaway database and folder of `./dev bench` to where a fresh production machine is."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    load_places()


def empty(*tables: str) -> None:
    """Empty these tables and all that refer to them, append-only ledgers among them."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        cursor.execute("SET session_replication_role = DEFAULT")
