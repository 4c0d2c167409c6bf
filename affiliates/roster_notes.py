"""What the organizers of a group write down about the people of its roster: tags and notes.

Both belong to the entry: they go with it, and the person reads them in their export.
"""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .models import Group, RosterEntry, RosterNote, RosterTag

MOST_TAGS = 100


class RosterTagError(Exception):
    """The group has as many tags as it can have; the message says so to whoever wanted one more."""


class RosterNoteError(Exception):
    """The note is not somebody's to delete; the message says so to them."""


def put_roster_tag(*, entry: RosterEntry, name: str, actor: User) -> RosterTag:
    """Put the group's tag of this name on a person of its roster; a name that is new becomes a tag.

    Upper and lower case do not matter. Raises RosterTagError where the group has 100 others already.
    """
    name = " ".join(name.split())
    with transaction.atomic():
        group = _hold(entry.group)
        tag = group.roster_tags.filter(name__iexact=name).first()
        if tag is None:
            if group.roster_tags.count() >= MOST_TAGS:
                raise RosterTagError(_("A group has at most 100 tags. Use one of those there are."))
            tag = group.roster_tags.create(name=name)
        if not entry.tags.filter(pk=tag.pk).exists():
            entry.tags.add(tag)
            record(actor=actor, action="put on roster tag", subject=f"person:{entry.person_id}", tag=tag.pk)
    return tag


def take_roster_tag(*, entry: RosterEntry, tag: RosterTag, actor: User) -> bool:
    """Take the tag off one person; one that nobody has any more is forgotten. False if they did not have it."""
    with transaction.atomic():
        group = _hold(entry.group)
        if not entry.tags.filter(pk=tag.pk).exists():
            return False
        entry.tags.remove(tag)
        record(actor=actor, action="took off roster tag", subject=f"person:{entry.person_id}", tag=tag.pk)
        forget_unused_tags(group)
    return True


def forget_unused_tags(group: Group) -> None:
    """Delete the tags of `group` that nobody has. Runs in the caller's transaction."""
    RosterTag.objects.filter(group=group, entries__isnull=True).delete()


def _hold(group: Group) -> Group:
    """The group, locked, so that a tag is not forgotten while somebody puts it on."""
    return Group.objects.select_for_update(no_key=True).defer("position").get(pk=group.pk)


def add_roster_note(*, entry: RosterEntry, text: str, actor: User, now: datetime.datetime) -> RosterNote:
    """Note `text` down about a person of the roster."""
    with transaction.atomic():
        note = entry.notes.create(author=actor, text=text, at=now)
        record(actor=actor, action="added roster note", subject=f"person:{entry.person_id}", note=note.pk)
    return note


def delete_roster_note(*, note: RosterNote, actor: User) -> None:
    """Delete one's own note. Raises RosterNoteError for somebody else's."""
    if note.author_id != actor.pk:
        raise RosterNoteError(_("Only whoever wrote a note can delete it."))
    with transaction.atomic():
        record(actor=actor, action="deleted roster note", subject=f"person:{note.entry.person_id}", note=note.pk)
        note.delete()
