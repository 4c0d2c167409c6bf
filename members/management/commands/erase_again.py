from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from members.restoring import ErasedKeysError, erase_again, read_erased_keys


class Command(BaseCommand):
    help = "After a restore: delete again whoever had themselves deleted since the backup."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what `manage.py erased_keys` printed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open(encoding="ascii", errors="replace") as lines:
                erasures = read_erased_keys(lines)
        except (OSError, ErasedKeysError) as error:
            raise CommandError(str(error)) from error
        erased, refused = erase_again(erasures, now=timezone.now())
        self.stdout.write(f"{erased} people deleted again, {refused} are staff and stay until their rights end.")
