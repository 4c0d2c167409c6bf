"""What people can be found by beyond what is known of them here: `group:akron` in the search, a rule of a segment.

An app above writes a filter for its own rows and registers it in its `ready()`.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import PersonTag, Tag
from .models.people import PersonQuerySet


class UnknownValueError(ValueError):
    """Nothing is like what was typed. The message says so to whoever typed it."""


class PeopleFilter(ABC):
    """One way to find people. `key` is what is typed before the colon; it never changes, as segments keep it.

    A value is the text that stands for what was found, such as a group's id; segments keep it too.
    """

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    hint: ClassVar[str | Promise] = ""
    in_segments: ClassVar[bool] = True

    @abstractmethod
    def find(self, typed: str) -> str:
        """The value that `typed` means. Raises UnknownValueError."""

    @abstractmethod
    def narrow(self, people: PersonQuerySet, value: str) -> PersonQuerySet:
        """Those of `people` whom the filter lets through. A value whose row is gone lets nobody through."""

    @abstractmethod
    def describe(self, value: str, *, negated: bool = False) -> str:
        """The rest of a sentence about people: "is on the roster of Akron", "is not on the roster of Akron"."""

    @abstractmethod
    def typed(self, value: str) -> str:
        """What to type for this value: `find` turned round."""


_filters: dict[str, PeopleFilter] = {}


def register_people_filter(people_filter: PeopleFilter) -> None:
    """Add a filter to the search and, unless it says otherwise, to segments. The same key again replaces it."""
    _filters[people_filter.key] = people_filter


def people_filters() -> list[PeopleFilter]:
    """All of them, in the order in which they were registered."""
    return list(_filters.values())


def people_filter(key: str) -> PeopleFilter | None:
    return _filters.get(key)


class TagFilter(PeopleFilter):
    """`tag:driver`: who has a tag. Segments have a rule of their own for it."""

    key = "tag"
    label = gettext_lazy("Tag")
    in_segments = False

    def find(self, typed: str) -> str:
        tag = Tag.objects.filter(name__iexact=typed).first()
        if tag is None:
            raise UnknownValueError(_("There is no tag “%(name)s”.") % {"name": typed})
        return str(tag.pk)

    def narrow(self, people: PersonQuerySet, value: str) -> PersonQuerySet:
        return people.filter(Exists(PersonTag.objects.filter(person=OuterRef("pk"), tag=int(value))))

    def describe(self, value: str, *, negated: bool = False) -> str:
        words = _("does not have the tag “%(tag)s”") if negated else _("has the tag “%(tag)s”")
        return words % {"tag": self.typed(value) or _("a tag that is gone")}

    def typed(self, value: str) -> str:
        return Tag.objects.filter(pk=int(value)).values_list("name", flat=True).first() or ""
