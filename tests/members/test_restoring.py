"""After a restore whoever had themselves deleted is deleted again."""

import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from foundation.mail.models import OutgoingMail
from members.erasure import erase_person
from members.models import Erasure, Person, PersonEmail, PersonPhone
from members.people import Contact, take_in
from members.restoring import ErasedKeysError, erase_again, list_erased_keys, read_erased_keys
from tests.factories import make_staff

pytestmark = pytest.mark.django_db
NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def arrive(email: str = "", phone: str = "", *, since: datetime.datetime = NOW - DAY) -> Person:
    person = take_in(contact=Contact(email=email, phone=phone), is_own_act=True, now=NOW)
    Person.objects.filter(pk=person.pk).update(created_at=since)
    person.refresh_from_db()
    return person


def test_who_was_deleted_since_the_backup_is_deleted_again_and_nobody_else(tmp_path: Path) -> None:
    erase_person(person=arrive("ada@example.org"), actor=None, now=NOW)
    erase_person(person=arrive(phone="+16175551234"), actor=None, now=NOW)
    kept = tmp_path / "erased"
    said = StringIO()
    call_command("erased_keys", stdout=said)
    kept.write_text(said.getvalue())

    # The restore: the hashes are gone, the people are back.
    Erasure.objects.all().delete()
    arrive("ada@example.org")
    arrive(phone="+16175551234")
    bystander = arrive("grace@example.org")
    mails = OutgoingMail.objects.count()

    call_command("erase_again", str(kept), stdout=(said := StringIO()))
    assert said.getvalue().startswith("2 people")
    assert list(Person.objects.all()) == [bystander]
    assert not PersonPhone.objects.exists()
    assert Erasure.objects.count() == 2
    assert OutgoingMail.objects.count() == mails  # they were told when they asked
    assert erase_again(read_erased_keys(list_erased_keys()), now=NOW) == (0, 0)


def test_nobody_is_deleted_after_a_restore_who_was_made_known_after_the_deletion() -> None:
    """Whoever has the number next, or has come back by themselves."""
    erase_person(person=arrive("ada@example.org", "+16175551234"), actor=None, now=NOW)
    kept = read_erased_keys(list_erased_keys())
    grace = arrive("grace@example.org", since=NOW + DAY)
    PersonPhone.objects.create(person=grace, number="+16175551234")
    arrive("ada@example.org", since=NOW + DAY)
    assert erase_again(kept, now=NOW) == (0, 0)
    assert Person.objects.count() == 2


def test_staff_stay_and_are_counted() -> None:
    erase_person(person=arrive("boss@example.org"), actor=None, now=NOW)
    erasures = read_erased_keys(list_erased_keys())
    Erasure.objects.all().delete()
    person = arrive("boss@example.org")
    person.user = make_staff(email="boss@example.org")
    person.save()
    assert erase_again(erasures, now=NOW) == (0, 1)
    assert PersonEmail.objects.get().address == "boss@example.org"


@pytest.mark.parametrize("line", ["ada@example.org", f"{'a' * 64}", f"{'a' * 64} yesterday", f"{'g' * 64} 2026-06-01"])
def test_a_file_that_is_no_such_list_is_refused_whole(line: str, tmp_path: Path) -> None:
    good = f"{'a' * 64} 2026-06-01T00:00:00+00:00"
    with pytest.raises(ErasedKeysError, match="line 3"):
        read_erased_keys([good, "", line])
    file = tmp_path / "list"
    file.write_text(f"{good}\n\n{line}\n")
    with pytest.raises(CommandError, match="line 3"):
        call_command("erase_again", str(file))
    assert not Erasure.objects.exists()


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("erase_again", str(tmp_path / "nothing"))
