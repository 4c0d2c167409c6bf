from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from affiliates.agreements.templates import publish_first


class Command(BaseCommand):
    help = "Publish the network's own agreement, so that groups can sign. Does nothing where a version is published."

    def handle(self, *args: Any, **options: Any) -> None:
        template = publish_first(now=timezone.now())
        self.stdout.write(f"Groups sign version {template.version} of the agreement, SHA-256 {template.sha256}.")
