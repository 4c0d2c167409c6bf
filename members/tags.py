"""Words that staff put on people, one by one or on all whom a search or a segment finds."""

import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Count
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .models import Person, PersonTag, Tag
from .models.people import PersonQuerySet
from .segments import uses_of_tag

_TAG_ALL = """
INSERT INTO members_persontag (person_id, tag_id, by_id, at)
SELECT found.id, %s, %s, %s FROM ({found}) AS found (id) ON CONFLICT DO NOTHING
"""


class TagError(Exception):
    """The tag cannot be changed so; the message says why to whoever wanted it."""


class CountChangedError(Exception):
    """Not as many people are found as the one who acts was told. `count` is how many there are now."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} people")
        self.count = count


def create_tag(*, name: str, actor: User) -> Tag:
    """A new tag. Raises TagError where there is one of that name, in whatever case."""
    with transaction.atomic():
        tag, is_new = Tag.objects.get_or_create(name__iexact=name, defaults={"name": name})
        if not is_new:
            raise TagError(_("There is such a tag."))
        record(actor=actor, action="created tag", subject=f"tag:{tag.pk}")
    return tag


def rename_tag(*, tag: Tag, name: str, actor: User) -> None:
    """Give the tag another name; the people keep it. Raises TagError where another tag has that name."""
    try:
        with transaction.atomic():
            Tag.objects.filter(pk=tag.pk).update(name=name)
            record(actor=actor, action="renamed tag", subject=f"tag:{tag.pk}")
    except IntegrityError as error:
        raise TagError(_("There is such a tag.")) from error


def delete_tag(*, tag: Tag, actor: User) -> None:
    """Take the tag off everybody and forget it. Raises TagError while a segment has a rule about it."""
    with transaction.atomic():
        used = uses_of_tag(tag).first()
        if used:
            raise TagError(_("The segment “%(segment)s” has a rule about this tag.") % {"segment": used})
        people, _kinds = PersonTag.objects.filter(tag=tag).delete()
        record(actor=actor, action="deleted tag", subject=f"tag:{tag.pk}", people=people)
        tag.delete()


def tags_with_counts() -> list[Tag]:
    """Every tag by name, each with `count`, the number of people who have it."""
    return list(Tag.objects.annotate(count=Count("person_tags")).order_by(Lower("name")))


def put_tag_on(*, tag: Tag, person: Person, actor: User, now: datetime.datetime) -> bool:
    """Put the tag on one person. False if they had it."""
    with transaction.atomic():
        _row, is_new = PersonTag.objects.get_or_create(tag=tag, person=person, defaults={"by": actor, "at": now})
        if is_new:
            record(actor=actor, action="put on tag", subject=f"person:{person.pk}", tag=tag.pk)
    return is_new


def take_tag_off(*, tag: Tag, person: Person, actor: User) -> bool:
    """Take the tag off one person. False if they did not have it."""
    with transaction.atomic():
        gone, _kinds = PersonTag.objects.filter(tag=tag, person=person).delete()
        if gone:
            record(actor=actor, action="took off tag", subject=f"person:{person.pk}", tag=tag.pk)
    return bool(gone)


def tag_people(
    *, tag: Tag, people: PersonQuerySet, expected: int, found_by: str, actor: User, now: datetime.datetime
) -> int:
    """Put the tag on all of `people` in one statement; returns how many did not have it.

    `found_by` says for the audit log what found them ("segment:5"). Raises CountChangedError unless they are
    `expected`, the number that whoever acts has agreed to.
    """
    with transaction.atomic():
        _see_count(people, expected)
        sql, parameters = people.order_by().values("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(_TAG_ALL.format(found=sql), [tag.pk, actor.pk, now, *parameters])
            changed = int(cursor.rowcount)
        record(actor=actor, action="put tag on people", subject=f"tag:{tag.pk}", found_by=found_by, people=changed)
    return changed


def untag_people(*, tag: Tag, people: PersonQuerySet, expected: int, found_by: str, actor: User) -> int:
    """Take the tag off all of `people` in one statement; returns how many had it. As `tag_people` otherwise."""
    with transaction.atomic():
        _see_count(people, expected)
        changed, _kinds = PersonTag.objects.filter(tag=tag, person__in=people.order_by().values("pk")).delete()
        record(actor=actor, action="took tag off people", subject=f"tag:{tag.pk}", found_by=found_by, people=changed)
    return changed


def _see_count(people: PersonQuerySet, expected: int) -> None:
    count = people.count()
    if count != expected:
        raise CountChangedError(count)
