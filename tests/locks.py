"""Who waits for whom, for tests in which two connections meet."""

from django.db import connection

# A pytest worker's own database only: the others have theirs in the same server. (pg_stat_activity would say it more
# plainly, but does not change within a transaction.)
_SOMEBODY_WAITS = """
SELECT EXISTS (
    SELECT FROM pg_locks waits JOIN pg_locks has ON has.pid = waits.pid
    WHERE NOT waits.granted AND has.database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""


def somebody_waits() -> bool:
    """Does some connection to this database wait for a lock?"""
    with connection.cursor() as cursor:
        cursor.execute(_SOMEBODY_WAITS)
        return bool(cursor.fetchone()[0])
