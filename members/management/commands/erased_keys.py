from typing import Any

from django.core.management.base import BaseCommand

from members.restoring import list_erased_keys


class Command(BaseCommand):
    help = "Print the keyed hashes of deleted people, to be kept beside the backups (see erase_again)."

    def handle(self, *args: Any, **options: Any) -> None:
        for line in list_erased_keys():
            self.stdout.write(line)
