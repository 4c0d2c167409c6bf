"""What is done again and again about people, straight from Postgres."""

from django.utils import timezone


def compare_people() -> None:
    """Note the pairs among new and changed people that may be one human."""
    from .duplicates import find_duplicates

    find_duplicates()


def forget_merges() -> None:
    """Forget what was kept to undo merges that are older than 30 days."""
    from .merging import forget_old_merges

    forget_old_merges(now=timezone.now())
