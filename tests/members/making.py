"""People for the tests of the staff's pages."""

import datetime
from itertools import count
from typing import Any

from members.membership import record_activity
from members.models import Activity, ActivityKind, ConsentPurpose, Person, PersonEmail, PersonPhone
from members.people import home_of
from members.wordings import present_wording

NOW = datetime.datetime(2026, 6, 15, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
_numbers = count(1)


def make_person(
    name: str = "Ada Lovelace", *, email: str = "", phone: str = "", near: str = "02139", **fields: Any
) -> Person:
    """A person whose family name is the last word of `name`, at home in a ZIP code ("" for unknown)."""
    given, _space, family = name.rpartition(" ")
    home = home_of(near) if near else {}
    person = Person.objects.create(given_name=given, family_name=family, **{**home, **fields})
    address = email or f"person{next(_numbers)}@example.org"
    PersonEmail.objects.create(person=person, address=address, is_primary=True, verified_at=NOW)
    if phone:
        PersonPhone.objects.create(person=person, number=phone)
    return person


def did(
    person: Person, kind: ActivityKind = ActivityKind.ATTENDANCE, *, at: datetime.datetime = NOW, title: str = ""
) -> Activity:
    """Something that the person did."""
    source = f"{kind}:{next(_numbers)}"
    return record_activity(person=person, kind=kind, source=source, at=at, details={"title": title} if title else {})


def agreed(person: Person, purpose: ConsentPurpose = ConsentPurpose.PROMOTIONS) -> None:
    """The person's yes to something of the network."""
    person.consents.create(
        purpose=purpose, scope="network", is_given=True, wording=present_wording(purpose, "en"), source="test", at=NOW
    )
