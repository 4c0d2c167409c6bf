"""Coming onto a group's roster, and what the group may see of its people."""

import datetime

from django.db.models import QuerySet

from members.consent import who_consented
from members.models import ConsentPurpose, Person

from .models import Group, JoinedBy, RosterEntry


def enter_roster(
    *, group: Group, person: Person, how: JoinedBy, source: str, now: datetime.datetime
) -> tuple[RosterEntry, bool]:
    """Put `person` on the roster of `group`; whoever is on it stays as they came. True if they are new."""
    return RosterEntry.objects.get_or_create(
        group=group, person=person, defaults={"joined_at": now, "how": how, "source": source}
    )


def who_shares_with(group: Group) -> QuerySet[Person]:
    """The people who agreed that the organizers of `group` see their name and contact details, and still do."""
    return who_consented(Person.objects.all(), ConsentPurpose.SHARING, group.scope)
