"""A scheduler as a process of its own, sending into the sink. `python -m tests.events.scheduler PORT`

It runs every sweep of the product, straight from Postgres, until it is told to stop.
"""

import signal
import sys
import threading


def main() -> None:
    import django

    django.setup()
    from django.test import override_settings

    from foundation.web.sweeps import sweep_until
    from tests.mail.conftest import smtp_mailers

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with override_settings(MAILERS=smtp_mailers(int(sys.argv[1]))):
        sweep_until(stop)


if __name__ == "__main__":
    main()
