"""What the sweepers do about decisions. Each may run at any moment, and twice."""

from django.utils import timezone

from .conflicts import follow_conflicts, seek_conflicts
from .decisions import tell_of_decisions


def publish_and_seek_conflicts() -> None:
    """Look for what stands against an endorsement that has just become public."""
    seek_conflicts(now=timezone.now())


def tell_groups_of_decisions() -> None:
    """Mail those who were asked."""
    tell_of_decisions(now=timezone.now())


def follow_open_conflicts() -> None:
    """Remind, and end what was put right."""
    follow_conflicts(now=timezone.now())
