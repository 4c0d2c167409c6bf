"""A worker that kills itself (SIGKILL) while it seals.

    python -m tests.affiliates.dying_sealer DATABASE AGREEMENT POINT

It uses the real code on the test's database; only the moment of death is ours.
"""

import os
import signal
import sys
from typing import Any

POINTS = ["before anything", "agreement sealed", "all but the commit"]


def main() -> None:
    database, agreement_id, point = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = database
    from django.utils import timezone

    from affiliates.agreements import steps
    from affiliates.models import Agreement

    if point == "before anything":
        _die()
    if point == "agreement sealed":
        steps.completion_pdf = _die  # type: ignore[attr-defined,assignment]
    else:
        save = Agreement.save

        def save_and_die(self: Agreement, **options: Any) -> None:
            save(self, **options)
            _die()

        Agreement.save = save_and_die  # type: ignore[method-assign,assignment]
    steps.seal_agreement(agreement_id=agreement_id, now=timezone.now())


def _die(*_args: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
