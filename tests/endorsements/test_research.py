"""Research on candidates: notes and files for staff only."""

import pytest

from endorsements.models import Candidate, ResearchNote
from endorsements.research import MOST_BYTES, ResearchError, ResearchFile, add_note, notes_of, remove_note
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from tests.factories import make_staff

from .making import NOW, make_candidate, make_race

pytestmark = pytest.mark.django_db

PDF = ResearchFile("votes.pdf", b"%PDF-1.7 the record")


@pytest.fixture
def staff(db: None) -> User:
    return make_staff(StaffTask.ENDORSEMENTS)


@pytest.fixture
def ann(db: None) -> Candidate:
    return make_candidate(make_race(), "Ann Lee")


def test_a_note_a_file_or_both_are_kept(ann: Candidate, staff: User) -> None:
    add_note(candidate=ann, text=" Voted for the bill. ", file=None, actor=staff, now=NOW)
    note = add_note(candidate=ann, text="", file=PDF, actor=staff, now=NOW)
    assert (note.file_name, note.file_kind, bytes(note.file or b"")) == ("votes.pdf", "application/pdf", PDF.content)
    assert notes_of(ann).count() == 2
    assert AuditEntry.objects.filter(action="added research", subject=ann.subject).count() == 2


def test_the_list_leaves_the_bytes_where_they_are(ann: Candidate, staff: User) -> None:
    add_note(candidate=ann, text="x", file=PDF, actor=staff, now=NOW)
    assert "file" in notes_of(ann).get().get_deferred_fields()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("photo.JPG", b"\xff\xd8\xff\xe0 a picture", "image/jpeg"),
        ("chart.png", b"\x89PNG\r\n\x1a\n a chart", "image/png"),
        ("notes.txt", "Señal".encode(), "text/plain"),
        ("votes.csv", b"bill,vote\nA,yes\n", "text/csv"),
        ("paper.odt", b"PK\x03\x04 a document", "application/vnd.oasis.opendocument.text"),
    ],
)
def test_kinds_that_are_taken(ann: Candidate, staff: User, name: str, content: bytes, kind: str) -> None:
    note = add_note(candidate=ann, text="", file=ResearchFile(name, content), actor=staff, now=NOW)
    assert (note.file_name, note.file_kind) == (name, kind)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.html", b"<script>alert(1)</script>", "Files can be"),
        ("picture.svg", b"<svg onload='alert(1)'/>", "Files can be"),
        ("run.exe", b"MZ", "Files can be"),
        ("nothing", b"x", "Files can be"),
        ("votes.pdf", b"<html>", "not what its name says"),
        ("votes.txt", b"a\0b", "not what its name says"),
        ("votes.pdf", b"", "is empty"),
        ("votes.pdf", b"%PDF-" + b"x" * MOST_BYTES, "10 MB"),
    ],
)
def test_files_that_are_not_taken(ann: Candidate, staff: User, name: str, content: bytes, words: str) -> None:
    with pytest.raises(ResearchError, match=words) as error:
        add_note(candidate=ann, text="", file=ResearchFile(name, content), actor=staff, now=NOW)
    assert error.value.about == "file"
    assert not ResearchNote.objects.exists()


def test_nothing_is_no_note(ann: Candidate, staff: User) -> None:
    with pytest.raises(ResearchError, match="Write a note"):
        add_note(candidate=ann, text=" ", file=None, actor=staff, now=NOW)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/votes.pdf", "votes.pdf"),
        ('C:\\files\\"votes"\r\n<b>.pdf', "votesb.pdf"),
        (f"{'x' * 300}.pdf", f"{'x' * 116}.pdf"),
        ("señales 2026.pdf", "señales 2026.pdf"),
    ],
)
def test_the_name_of_a_file_is_made_harmless(ann: Candidate, staff: User, name: str, kept: str) -> None:
    note = add_note(candidate=ann, text="", file=ResearchFile(name, PDF.content), actor=staff, now=NOW)
    assert note.file_name == kept
    assert len(note.file_name) <= 120


def test_a_note_is_removed_for_good(ann: Candidate, staff: User) -> None:
    note = add_note(candidate=ann, text="x", file=PDF, actor=staff, now=NOW)
    key = note.pk
    remove_note(note=note, actor=staff)
    assert not ResearchNote.objects.exists()
    assert AuditEntry.objects.get(action="removed research").details == {"note": key}
