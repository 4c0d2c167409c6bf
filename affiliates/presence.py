"""Who has the same item before them at this moment.

In the cache, because it is gone after a minute anyway. Where the cache is away nobody is told, and the revision of the
item still lets only one of two act on what both read.
"""

import datetime

from django.core.cache import cache

from foundation.accounts.models import User

PRESENT_SECONDS = 60


def come_and_look(*, item: str, user: User, now: datetime.datetime) -> list[User]:
    """Say that `user` looks at `item` ("application:17"); returns who else did within the last minute, by name."""
    key, since = f"presence:{item}", now.timestamp() - PRESENT_SECONDS
    seen = {pk: at for pk, at in (cache.get(key) or {}).items() if at > since}
    seen[user.pk] = now.timestamp()
    cache.set(key, seen, timeout=PRESENT_SECONDS)
    others = [pk for pk in seen if pk != user.pk]
    return list(User.objects.filter(pk__in=others).order_by("name", "pk")) if others else []


def leave(*, item: str, user: User) -> None:
    """`user` is done with it."""
    key = f"presence:{item}"
    seen = cache.get(key) or {}
    if seen.pop(user.pk, None):
        cache.set(key, seen, timeout=PRESENT_SECONDS)
