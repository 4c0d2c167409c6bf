"""The sweep of the door."""

from django.utils import timezone

from .sending import forget_sent


def forget_sent_presses() -> None:
    """Delete the keys of presses that no phone sends any more."""
    forget_sent(now=timezone.now())
