"""Finding people by their group: `group:akron` in the staff's search, and a rule of segments."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.places.keys import name_key
from members.models.people import PersonQuerySet
from members.people_filters import PeopleFilter, UnknownValueError

from .models import Group, RosterEntry


class RosterFilter(PeopleFilter):
    """The people on the roster of one group."""

    key = "group"
    label = gettext_lazy("Group")
    hint = gettext_lazy("The group’s name, or the last part of its page’s address.")

    def find(self, typed: str) -> str:
        """The group with this slug or name; failing that the one whose name begins so."""
        key = name_key(typed)
        groups = Group.objects.order_by("name_key", "pk")
        for found in (
            groups.filter(slug=typed.lower())[:1],
            groups.filter(name_key=key)[:4],
            groups.filter(name_key__startswith=key)[:4] if key else groups.none(),
        ):
            if len(found) == 1:
                return str(found[0].pk)
            if found:
                names = ", ".join(f"{group} ({group.slug})" for group in found)
                raise UnknownValueError(_("Several groups are called so. Enter one of: %(names)s.") % {"names": names})
        raise UnknownValueError(_("There is no group “%(name)s”.") % {"name": typed})

    def narrow(self, people: PersonQuerySet, value: str) -> PersonQuerySet:
        return people.filter(Exists(RosterEntry.objects.filter(person=OuterRef("pk"), group=int(value))))

    def describe(self, value: str, *, negated: bool = False) -> str:
        group = Group.objects.filter(pk=int(value)).first()
        words = _("is not on the roster of %(group)s") if negated else _("is on the roster of %(group)s")
        return words % {"group": group or _("a group that is gone")}

    def typed(self, value: str) -> str:
        return Group.objects.filter(pk=int(value)).values_list("slug", flat=True).first() or ""
