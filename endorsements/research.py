"""Research on candidates, in words and as files: for staff only, and never drawn by a browser.

A file is taken by what it begins with, not by what it is called, and goes out as an attachment: even one that hides a
script in itself runs nowhere on this site.
"""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .models import Candidate, ResearchNote

MOST_BYTES = 10 * 1024 * 1024
LONGEST_NAME = 120
ACCEPTED = ".pdf,.jpg,.jpeg,.png,.txt,.csv,.docx,.xlsx,.odt,.ods"


class ResearchError(Exception):
    """This is no note or file that can be kept; the message, for the reader, says why. `about` is the field, or ""."""

    def __init__(self, message: str, *, about: str = "") -> None:
        super().__init__(message)
        self.about = about


@dataclass(frozen=True, slots=True)
class ResearchFile:
    """An uploaded file: what it is called, its bytes."""

    name: str
    content: bytes


_ZIP = b"PK\x03\x04"
_OFFICE = "application/vnd.openxmlformats-officedocument"
# By ending: the kind, and what the bytes begin with; text has no beginning of its own.
_KINDS: dict[str, tuple[str, bytes]] = {
    "pdf": ("application/pdf", b"%PDF-"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "docx": (f"{_OFFICE}.wordprocessingml.document", _ZIP),
    "xlsx": (f"{_OFFICE}.spreadsheetml.sheet", _ZIP),
    "odt": ("application/vnd.oasis.opendocument.text", _ZIP),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", _ZIP),
    "txt": ("text/plain", b""),
    "csv": ("text/csv", b""),
}


def notes_of(candidate: Candidate) -> QuerySet[ResearchNote]:
    """The notes on a candidate without the bytes of their files. No order."""
    return candidate.research.defer("file").select_related("by")


def add_note(
    *, candidate: Candidate, text: str, file: ResearchFile | None, actor: User, now: datetime.datetime
) -> ResearchNote:
    """Keep a note, a file, or both.

    Raises ResearchError for neither, for a file of more than MOST_BYTES or none, and for kinds other than ACCEPTED.
    """
    text = text.strip()
    if not text and file is None:
        raise ResearchError(_("Write a note, or choose a file."), about="text")
    name, kind = _checked(file) if file else ("", "")
    with transaction.atomic():
        note = ResearchNote.objects.create(
            candidate=candidate, text=text, file_name=name, file_kind=kind, file=file.content if file else None,
            by=actor, at=now,
        )  # fmt: skip
        size = len(file.content) if file else 0
        record(actor=actor, action="added research", subject=candidate.subject, note=note.pk, bytes=size)
    return note


def remove_note(*, note: ResearchNote, actor: User) -> None:
    """Delete a note with its file, for good."""
    with transaction.atomic():
        record(actor=actor, action="removed research", subject=f"candidate:{note.candidate_id}", note=note.pk)
        note.delete()


def _checked(file: ResearchFile) -> tuple[str, str]:
    """Its name as it is kept, and its kind. Raises ResearchError."""
    name = _plain_name(file.name)
    known = _KINDS.get(name.rpartition(".")[2].lower())
    if known is None:
        raise ResearchError(_("Files can be PDF, pictures, text, CSV, documents and tables."), about="file")
    kind, beginning = known
    if not file.content:
        raise ResearchError(_("This file is empty."), about="file")
    if len(file.content) > MOST_BYTES:
        raise ResearchError(_("The file is larger than 10 MB. Choose a smaller one."), about="file")
    is_text = not beginning
    if (is_text and b"\0" in file.content) or not file.content.startswith(beginning):
        raise ResearchError(_("This file is not what its name says."), about="file")
    return name, kind


def _plain_name(name: str) -> str:
    """What a file is called, without folders, control characters and quotes, with its ending."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(character for character in last if character.isprintable() and character not in '"<>:|?*')
    stem, dot, ending = " ".join(plain.split()).rpartition(".")
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}" if dot and len(ending) < 10 else ""
