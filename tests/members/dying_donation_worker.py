"""A worker in a process of its own, which kills itself in the middle of an import of donations. See test_donation_kill.

python -m tests.members.dying_donation_worker DATABASE JOB POINT BATCH
"""

import os
import signal
import sys
from typing import Any

import django

ROWS_A_BATCH = 10


def main() -> None:
    database, job_id, point, batch = sys.argv[1:]
    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = database

    from foundation.imports import running
    from members import donation_incoming, donation_loading, donation_parts
    from members.actblue_file import ActBlueImporter

    ActBlueImporter.batch_size = ROWS_A_BATCH
    donation_parts.FEWEST = 1  # so that each batch is loaded in lanes, as large ones are
    owner: Any = next(one for one in (running._Run, donation_loading, donation_incoming) if hasattr(one, point))
    original = getattr(owner, point)
    calls = 0

    def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == int(batch):
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    setattr(owner, point, dying)
    running.run_import(job_id=int(job_id), worker=f"dying:{os.getpid()}")


if __name__ == "__main__":
    main()
