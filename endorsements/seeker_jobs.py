"""What is done again and again for office seekers."""

from django.utils import timezone

from .seekers import forget_unconfirmed


def forget_old_hands() -> None:
    """A sweep: what was typed and not confirmed in time goes."""
    forget_unconfirmed(now=timezone.now())
