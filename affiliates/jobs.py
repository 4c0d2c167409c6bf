"""Work done outside the request. Jobs take ids, reload, call one function, and are safe to run twice."""

from django.utils import timezone
from django_rq import job


@job("default")
def tell_watchers_of(group_id: int) -> None:
    """Tell those who waited for a group near them of this one, and introduce it to those who joined near none."""
    from .introductions import introduce_group
    from .watches import tell_watchers

    tell_watchers(group_id=group_id, now=timezone.now())
    introduce_group(group_id=group_id, now=timezone.now())


def tell_waiting_watchers() -> None:
    """The sweep behind the job: every listed group whose watchers were not told yet."""
    from .models import Group
    from .watches import tell_watchers

    waiting = Group.objects.listed().filter(watchers_told_at__isnull=True).order_by("listed_at", "pk")
    for group_id in waiting.values_list("pk", flat=True)[:500]:
        tell_watchers(group_id=group_id, now=timezone.now())


def introduce_new_groups() -> None:
    """The sweep behind the job: every listed group that was not introduced yet."""
    from .introductions import introduce_group
    from .models import Group

    waiting = Group.objects.listed().filter(introduced_at__isnull=True).order_by("listed_at", "pk")
    for group_id in waiting.values_list("pk", flat=True)[:500]:
        introduce_group(group_id=group_id, now=timezone.now())


def forget_expired_sign_ups() -> None:
    """The sweep that deletes what nobody confirmed in time."""
    from .sign_up import forget_expired

    forget_expired(now=timezone.now())
