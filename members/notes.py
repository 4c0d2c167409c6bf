"""What staff note down about a person."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .models import Person, PersonNote
from .permissions import can_delete_note


class NoteError(Exception):
    """The note is not somebody's to delete; the message says so to them."""


def add_note(*, person: Person, text: str, actor: User, now: datetime.datetime) -> PersonNote:
    """Note `text` down about `person`. The person reads it in their export."""
    with transaction.atomic():
        note = PersonNote.objects.create(person=person, author=actor, text=text, at=now)
        record(actor=actor, action="added note", subject=f"person:{person.pk}", note=note.pk)
    return note


def delete_note(*, note: PersonNote, actor: User) -> None:
    """Delete one's own note. Raises NoteError for somebody else's."""
    if not can_delete_note(actor, note):
        raise NoteError(_("Only whoever wrote a note can delete it."))
    with transaction.atomic():
        record(actor=actor, action="deleted note", subject=f"person:{note.person_id}", note=note.pk)
        note.delete()
