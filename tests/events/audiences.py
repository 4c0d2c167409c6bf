"""People whom a promotion may go to, for tests."""

import datetime
from itertools import count

from foundation.places.search import find_place
from members.models import Activity, ActivityKind, Consent, ConsentPurpose, ConsentWording, Person, PersonEmail

from .making import NOW

_numbers = count(1)
DAY = datetime.timedelta(days=1)


def wording_of_promotions() -> ConsentWording:
    """The words that people agreed to."""
    words, _is_new = ConsentWording.objects.get_or_create(
        purpose=ConsentPurpose.PROMOTIONS, version=1, language="en", defaults={"text": "Invite me to events nearby."}
    )
    return words


def make_readers(
    amount: int,
    *,
    near: str = "02139",
    consents: bool = True,
    active: datetime.datetime | None = NOW - 30 * DAY,
    has_zip_code: bool = True,
    **fields: object,
) -> list[Person]:
    """People who live there, agreed to promotions, and attended something; the first of them longest ago."""
    place, words = find_place(near), wording_of_promotions()
    home = {
        "zip_code_id": place.zip_code if has_zip_code else None,
        "country": place.country,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "given_name": "Grace",
        **fields,
    }
    people = Person.objects.bulk_create(Person(**home) for _ in range(amount))
    numbers = {person.pk: next(_numbers) for person in people}
    PersonEmail.objects.bulk_create(
        PersonEmail(person=person, address=f"reader{numbers[person.pk]}@example.org", is_primary=True)
        for person in people
    )
    if consents:
        Consent.objects.bulk_create(
            Consent(
                person=person, purpose=ConsentPurpose.PROMOTIONS, scope="network", is_given=True, wording=words,
                source="test", at=NOW - DAY,
            )
            for person in people
        )  # fmt: skip
    if active:
        Activity.objects.bulk_create(
            Activity(
                person=person,
                kind=ActivityKind.ATTENDANCE,
                source=f"reader:{numbers[person.pk]}",
                at=active + datetime.timedelta(minutes=place),
            )
            for place, person in enumerate(people)
        )
    return people


def make_reader(**options: object) -> Person:
    """One of them."""
    [person] = make_readers(1, **options)  # type: ignore[arg-type]
    return person


def address_of(person: Person) -> str:
    return str(PersonEmail.objects.get(person=person, is_primary=True).address)
