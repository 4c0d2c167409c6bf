"""What lists of people show of each, in one query."""

import datetime
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from .models import PersonTag
from .models.people import PersonQuerySet

BY_NAME = ("family_key", "given_key", "pk")


class ListedPerson(NamedTuple):
    """One line of a list. Where nothing is known, text is empty; `member_since` is None for whoever is no member."""

    pk: int
    given_name: str
    family_name: str
    country: str
    zip_code: str | None
    city: str | None
    state: str | None
    member_since: datetime.datetime | None
    last_active: datetime.datetime | None
    tags: list[str]

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


_TAGS = ArraySubquery(PersonTag.objects.filter(person=OuterRef("pk")).order_by("tag__name", "tag").values("tag__name"))


def list_people(people: PersonQuerySet) -> list[ListedPerson]:
    """The lines of `people`, in their order."""
    rows = people.annotate(tag_names=_TAGS).values_list(
        *("pk", "given_name", "family_name", "country", "zip_code_id", "zip_code__city", "zip_code__state"),
        *("membership__since", "activity_score__last_at", "tag_names"),
    )
    return [ListedPerson(*row) for row in rows]
