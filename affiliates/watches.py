"""People near no group ask to be told when there is one, confirm by mail, and are told once."""

import datetime

from django.core import signing
from django.db import transaction

from foundation.places.search import Place

from .emails import joining as emails
from .models import Group, PlaceWatch

WATCH_MILES = 50  # the same distance below which the finder says that a group is near
CONFIRM_DAYS = 14
_SALT = "affiliates.watches"


class WatchLinkError(Exception):
    """The link of a mail is forged, cut off or too old."""


def ask_to_be_told(*, email: str, place: Place, language: str, now: datetime.datetime) -> None:
    """Remember that `email` waits for a group near `place`, and mail them the link that confirms it.

    The page says the same whether the address is new, known or confirmed already.
    """
    with transaction.atomic():
        watch, _made = PlaceWatch.objects.get_or_create(
            email=email.strip().lower(),
            place_label=place.label,
            told_at=None,
            defaults={
                "latitude": place.latitude,
                "longitude": place.longitude,
                "language": language,
                "asked_at": now,
            },
        )
        emails.queue_watch_confirmation(watch, token=watch_token(watch))


def watch_token(watch: PlaceWatch) -> str:
    """The signed reference to `watch` that goes into its mails; it holds no address."""
    return signing.dumps(watch.pk, salt=_SALT)


def watch_of(token: str) -> PlaceWatch:
    """The watch that a link of a mail refers to. Raises WatchLinkError."""
    try:
        pk = signing.loads(token, salt=_SALT, max_age=datetime.timedelta(days=365))
        return PlaceWatch.objects.get(pk=pk)
    except (signing.BadSignature, PlaceWatch.DoesNotExist) as error:
        raise WatchLinkError from error


def confirm_watch(*, watch: PlaceWatch, now: datetime.datetime) -> None:
    """The person pressed the button behind the link. Pressing it again changes nothing."""
    PlaceWatch.objects.filter(pk=watch.pk, confirmed_at=None).update(confirmed_at=now)


def forget_watch(*, watch: PlaceWatch) -> None:
    """The person does not want to be told: their address goes."""
    PlaceWatch.objects.filter(pk=watch.pk).delete()


def tell_watchers(*, group_id: int, now: datetime.datetime) -> int:
    """Mail everybody who waits within 50 miles of a newly listed group; returns how many. Safe to run twice.

    The group's row is locked, so that two runs at once cannot both tell; each watch is told once.
    """
    with transaction.atomic():
        group = Group.objects.select_for_update().filter(pk=group_id, watchers_told_at=None).listed().first()
        if group is None or group.point is None:
            return 0
        watches = list(PlaceWatch.objects.waiting().within(group.point, WATCH_MILES).select_for_update().order_by("pk"))
        for watch in watches:
            emails.queue_group_started(watch, group, token=watch_token(watch))
            watch.told_at, watch.told_of = now, group
        PlaceWatch.objects.bulk_update(watches, ["told_at", "told_of"])
        group.watchers_told_at = now
        group.save(update_fields=["watchers_told_at"])
    return len(watches)
