"""Work done outside the request. Jobs take ids, reload, call one function, and are safe to run twice."""

from django.utils import timezone
from django_rq import job


@job("default")
def tell_watchers_of(group_id: int) -> None:
    """Tell those who waited for a group near them of this one."""
    from .watches import tell_watchers

    tell_watchers(group_id=group_id, now=timezone.now())


def tell_waiting_watchers() -> None:
    """The sweep behind the job: every listed group whose watchers were not told yet."""
    from .models import Group
    from .watches import tell_watchers

    waiting = Group.objects.listed().filter(watchers_told_at__isnull=True).order_by("listed_at", "pk")
    for group_id in waiting.values_list("pk", flat=True)[:500]:
        tell_watchers(group_id=group_id, now=timezone.now())
