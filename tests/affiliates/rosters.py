"""People on the roster of a group, for tests."""

import datetime

from affiliates.models import Group, JoinedBy, RosterEntry
from affiliates.roster import enter_roster
from members.consent import give_consent
from members.models import ConsentPurpose, Person
from members.people import Contact, take_in
from members.wordings import present_wording

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
BOTH = (ConsentPurpose.SHARING, ConsentPurpose.GROUP_MAIL)


def make_entry(
    group: Group,
    name: str = "Ada Díaz",
    *,
    email: str = "",
    phone: str = "",
    zip_code: str = "02139",
    consents: tuple[ConsentPurpose, ...] = BOTH,
    how: JoinedBy = JoinedBy.GROUP_PAGE,
    language: str = "en",
    at: datetime.datetime = NOW,
) -> RosterEntry:
    """Somebody on the roster who agreed to `consents`, by default to all that a group can ask."""
    given, _blank, family = name.partition(" ")
    email = email or f"{given.lower()}{Person.objects.count()}@example.org"
    contact = Contact(email, phone, given, family, zip_code, language)
    person = take_in(contact=contact, is_own_act=True, now=at)
    for purpose in consents:
        give_consent(
            person=person, purpose=purpose, wording=present_wording(purpose), source="test", now=at, scope=group.scope
        )
    entry, _is_new = enter_roster(group=group, person=person, how=how, source="test", now=at)
    return entry
