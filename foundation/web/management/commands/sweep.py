"""`manage.py sweep`: the process that makes up for lost doorbells and dead workers."""

import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from foundation.web.sweeps import registered_sweeps, run_sweep, sweep_until


class Command(BaseCommand):
    help = "Runs every registered sweep when it is due, until SIGTERM. Needs Postgres only; any number may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="run each sweep once and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            for sweep in registered_sweeps():
                run_sweep(sweep)
            return
        stop = Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda signum, frame: stop.set())
        sweep_until(stop)
