"""Whoever joined near no group is told when one starts. Nothing is shared with the group by it.

The mechanism is that of affiliates.watches; a watch is an address that waits for one mail, this is for people of the
network, who are told of every group that starts near them. Whoever has both gets the mail of the watch only, so a
group is introduced after its watchers were told.
"""

import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from members.consent import mailable
from members.models import ConsentPurpose, Person, PersonEmail
from members.models.people import PersonQuerySet

from .emails import joining as emails
from .models import Group, Introduction, PlaceWatch, RosterEntry, SignUp
from .watches import WATCH_MILES

BATCH = 200


def people_to_introduce(group: Group) -> PersonQuerySet:
    """Those within 50 miles who joined near no group, may be mailed, and neither know the group nor were told of it."""
    if group.point is None:
        return Person.objects.none()
    of_person = {"person": OuterRef("pk")}
    told = PlaceWatch.objects.filter(told_of=group).values("email")
    nearby = Person.objects.within(group.point, WATCH_MILES).filter(
        Exists(SignUp.objects.filter(**of_person, is_near_no_group=True)),
        ~Exists(Introduction.objects.filter(**of_person, group=group)),
        ~Exists(RosterEntry.objects.filter(**of_person, group=group)),
        ~Exists(PersonEmail.objects.filter(**of_person, address__in=told)),
    )
    return mailable(nearby, ConsentPurpose.NETWORK_MAIL)


def introduce_group(*, group_id: int, now: datetime.datetime) -> int:
    """Mail everybody who waits near a newly listed group about it; returns how many. Safe to run twice, and to kill.

    In batches, each in a transaction of its own that locks the group: two runs at once share the work. The lock lets
    others go on referring to the group.
    """
    told = 0
    while batch := _introduce_some(group_id, now):
        told += batch
    return told


@transaction.atomic
def _introduce_some(group_id: int, now: datetime.datetime) -> int:
    waiting = Group.objects.listed().filter(introduced_at=None, watchers_told_at__isnull=False)
    group = waiting.select_for_update(no_key=True).filter(pk=group_id).first()
    if group is None:
        return 0
    people = list(people_to_introduce(group).prefetch_related("emails").order_by("pk")[:BATCH])
    if not people:
        group.introduced_at = now
        group.save(update_fields=["introduced_at"])
    Introduction.objects.bulk_create(Introduction(group=group, person=person, at=now) for person in people)
    emails.queue_introductions(people, group)
    return len(people)
