"""Coming onto a group's roster and off it, and what the group may see of its people."""

import datetime

from django.db import transaction
from django.db.models import QuerySet

from foundation.accounts.models import User
from foundation.audit.models import record
from members.consent import who_consented, withdraw_consent
from members.models import ConsentPurpose, Person
from members.models.consent import GROUP_PURPOSES

from .models import Group, JoinedBy, RosterEntry
from .roster_notes import forget_unused_tags

REMOVED = "removed by the group"
"""The source of a consent that ended because the group took the person off its roster."""


def enter_roster(
    *, group: Group, person: Person, how: JoinedBy, source: str, now: datetime.datetime
) -> tuple[RosterEntry, bool]:
    """Put `person` on the roster of `group`; whoever is on it stays as they came. True if they are new."""
    return RosterEntry.objects.get_or_create(
        group=group, person=person, defaults={"joined_at": now, "how": how, "source": source}
    )


def remove_from_roster(*, entry: RosterEntry, actor: User, now: datetime.datetime) -> None:
    """Take a person off the group's roster, with the group's tags and notes on them.

    Their consents to this group end with it, so that the group neither sees nor writes to them any more by another
    way; their membership of the network and its mails stay. They may join again, and then say anew what they agree to.
    """
    with transaction.atomic():
        for purpose in GROUP_PURPOSES:
            withdraw_consent(person=entry.person, purpose=purpose, source=REMOVED, now=now, scope=entry.group.scope)
        record(actor=actor, action="removed from roster", subject=f"person:{entry.person_id}", group=entry.group_id)
        RosterEntry.objects.filter(pk=entry.pk).delete()
        forget_unused_tags(entry.group)


def who_shares_with(group: Group) -> QuerySet[Person]:
    """The people who agreed that the organizers of `group` see their name and contact details, and still do."""
    return who_consented(Person.objects.all(), ConsentPurpose.SHARING, group.scope)
