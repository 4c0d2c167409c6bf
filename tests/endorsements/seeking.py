"""Office seekers for tests."""

from itertools import count
from typing import Any

from endorsements.models import OfficeSeeker, SeekerStage
from foundation.places.models import ZipCode
from members.models import Person
from members.people import Contact, take_in

from .making import NOW

_numbers = count(1)


def make_seeker(email: str = "", *, zip_code: str = "02139", **fields: Any) -> OfficeSeeker:
    """Somebody who has confirmed that they think of running. `person` may be given."""
    person: Person = fields.pop("person", None) or take_in(
        contact=Contact(email=email or f"seeker{next(_numbers)}@example.org", given_name="Ada", family_name="Díaz"),
        is_own_act=True,
        now=NOW,
    )
    home = ZipCode.objects.filter(pk=zip_code).first()
    values: dict[str, Any] = {
        "person": person,
        "zip_code": home,
        "state": home.state if home else "",
        "stage": SeekerStage.NEW,
        "at": NOW,
        "confirmed_at": NOW,
    }
    return OfficeSeeker.objects.create(**{**values, **fields})


def make_hand(email: str = "ada@example.org", **fields: Any) -> OfficeSeeker:
    """What was typed and nobody has confirmed."""
    values: dict[str, Any] = {"email": email, "name": "Ada Díaz", "language": "en", "at": NOW}
    return OfficeSeeker.objects.create(**{**values, **fields})
