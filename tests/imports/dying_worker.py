"""A worker in a process of its own, which kills itself at a given point. Run by test_kill.py.

python -m tests.imports.dying_worker DATABASE JOB POINT LINE GUARD
"""

import os
import signal
import sys

import django


def main() -> None:
    database, job_id, point, line, guard = sys.argv[1:]
    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = database

    from foundation.imports import running
    from foundation.imports.importers import register_importer
    from tests.imports.probe import ProbeImporter

    ProbeImporter.kill_at = (point, int(line))
    ProbeImporter.commits_by_itself = guard == "off"
    register_importer(ProbeImporter())
    if point == "finish":
        running._Run._finish = lambda self: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
    running.run_import(job_id=int(job_id), worker=f"dying:{os.getpid()}")


if __name__ == "__main__":
    main()
