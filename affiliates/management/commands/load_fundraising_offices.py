"""`load_fundraising_offices`: the states' campaign-finance offices into the database, where they are not there."""

from typing import Any

from django.core.management.base import BaseCommand

from affiliates.fundraising import load_offices


class Command(BaseCommand):
    help = "Load the campaign-finance office of each state. What staff have written stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_offices()} offices are new.")
