"""`manage.py take_bounce ADDRESS < REPORT`: what came back to the return path of a mail. For the mail server's pipe."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from foundation.mail.return_path import take_bounce

MOST_BYTES = 1_000_000


class Command(BaseCommand):
    help = "Take a bounce from standard input that arrived at the return path ADDRESS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")

    def handle(self, *args: Any, **options: Any) -> None:
        # Whatever it is, it is taken: an error would make the mail server send a bounce of the bounce.
        take_bounce(address=options["address"], report=sys.stdin.buffer.read(MOST_BYTES), now=timezone.now())
