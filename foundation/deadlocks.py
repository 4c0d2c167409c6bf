"""Two who wait for each other's rows: Postgres ends the transaction of one, and it is done again.

For the rare acts that touch what others hold too, in an order that they cannot choose.
"""

from collections.abc import Callable
from functools import wraps

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

TRIES = 3


def again_after_deadlock[**P, T](act: Callable[P, T]) -> Callable[P, T]:
    """Marks an act that is one transaction: ended by a deadlock, it is done again, at most TRIES times in all.

    Within a transaction of the caller's the error goes on, since that transaction is lost as a whole.
    """

    @wraps(act)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        for _lost in range(TRIES - 1):
            try:
                return act(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or not isinstance(error.__cause__, DeadlockDetected):
                    raise
        return act(*args, **kwargs)

    return done
