"""Who is a member, and why. Membership follows from bases: attendances and donations in effect.

`record_basis` and `withdraw_basis` are what events and donations call. Both are safe to repeat: the source's key makes
one fact one basis. The rest is the database's (members.models.activity).
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, transaction

from foundation.audit.models import Actor, record

from .models import Activity, ActivityKind, Merge, Person
from .models.activity import BASIS_KINDS


class BasisError(ValueError):
    """What was recorded cannot be a basis, or its source belongs to somebody else."""


def record_basis(
    *,
    person: Person,
    kind: ActivityKind,
    source: str,
    at: datetime.datetime,
    details: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
) -> Activity:
    """Record that `person` attended or gave, at `at` (UTC). They are a member from this moment on.

    `source` is the opaque key of the fact ("attendance:55"); the same source again changes nothing, and puts back a
    basis that was withdrawn. `details` is what the person is told of it: "title", and what else the kind shows
    (members.explaining). Raises BasisError for a kind that makes nobody a member, and where the source is
    another person's.
    """
    if kind not in BASIS_KINDS:
        raise BasisError(f"{kind} makes nobody a member")
    return record_activity(person=person, kind=kind, source=source, at=at, details=details, actor=actor)


def withdraw_basis(*, source: str, because: str, now: datetime.datetime, actor: Actor | None = None) -> bool:
    """Take back the basis of `source`: the attendance was a mistake, the donation was refunded.

    True if it was in effect. Membership ends with the last basis. `because` is told to the person.
    """
    return withdraw_activity(source=source, because=because, now=now, actor=actor)


def record_activity(
    *,
    person: Person,
    kind: ActivityKind,
    source: str,
    at: datetime.datetime,
    details: Mapping[str, Any] | None = None,
    actor: Actor | None = None,
) -> Activity:
    """Record anything that a person did; a basis too. Safe to repeat, see `record_basis`."""
    with transaction.atomic():
        person = hold_present(person)
        activity, is_new = Activity.objects.get_or_create(
            source=source,
            defaults={"person": person, "kind": kind, "at": at, "details": dict(details or {})},
        )
        if is_new:
            _note(actor, "recorded activity", activity)
            return activity
        lock_people([activity.person_id])
        activity = Activity.objects.select_for_update().get(pk=activity.pk)
        if activity.person_id != person.pk or activity.kind != kind:
            raise BasisError(f"{source} is recorded otherwise already")
        if activity.withdrawn_at is not None:
            activity.withdrawn_at, activity.withdrawn_because = None, ""
            activity.save(update_fields=["withdrawn_at", "withdrawn_because"])
            _note(actor, "put back activity", activity)
    return activity


def withdraw_activity(*, source: str, because: str, now: datetime.datetime, actor: Actor | None = None) -> bool:
    """Take back anything that a person did. True if it was in effect."""
    with transaction.atomic():
        lock_people(Activity.objects.filter(source=source).values_list("person", flat=True))
        activity = Activity.objects.select_for_update().in_effect().filter(source=source).first()
        if activity is None:
            return False
        activity.withdrawn_at, activity.withdrawn_because = now, because[:200]
        activity.save(update_fields=["withdrawn_at", "withdrawn_because"])
        _note(actor, "withdrew activity", activity)
    return True


def lock_people(people: Iterable[int]) -> None:
    """Lock these persons (by id), in the order of their ids, until the transaction ends.

    Whoever changes or deletes activities does this first. Two who take back two bases of one person would each hold
    a basis that the other's membership row refers to, and wait for each other for ever.
    """
    list(Person.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=people).order_by("pk").values("pk"))


def hold_present(person: Person) -> Person:
    """This person, or the one into whom staff have merged them since the caller looked; neither can go meanwhile.

    The lock is the one that a reference to the person takes (FOR KEY SHARE): it stops nobody but merges and deletions.
    Raises Person.DoesNotExist for somebody who was deleted.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM members_person WHERE id = %s FOR KEY SHARE", [person.pk])
        if cursor.rowcount:
            return person
    merge = Merge.objects.in_effect().select_related("kept").filter(gone_id=person.pk).order_by("-pk").first()
    if merge is None:
        raise Person.DoesNotExist
    return hold_present(merge.kept)


def _note(actor: Actor | None, action: str, activity: Activity) -> None:
    """What a human did is in the audit log; what the system itself took in is in the activity's own row."""
    if actor:
        record(actor=actor, action=action, subject=f"person:{activity.person_id}", source=activity.source)
