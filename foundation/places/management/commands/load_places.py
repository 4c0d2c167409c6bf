"""`load_places`: ZIP codes and named places into the database, where they are not there already."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from foundation.places.loading import load_places


class Command(BaseCommand):
    help = "Load the ZIP codes and the names of places, where this edition is not loaded already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="load again even if this edition is loaded")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        result = load_places(force=options["force"])
        done = "Loaded" if result.changed else "Already there:"
        self.stdout.write(
            f"{done} {result.zip_codes:,} ZIP codes and {result.named_places:,} names of places"
            f" ({time.monotonic() - began:.1f} s)"
        )
