"""Rows for tests, made with sensible defaults. Each takes what the test is about and invents the rest."""

import datetime
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from affiliates.models import Group, GroupRole, GroupStatus, Role
from foundation.accounts.models import StaffRight, StaffTask, User
from foundation.places.keys import name_key
from foundation.places.search import find_place

_numbers = count(1)
LONG_AGO = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def make_user(email: str = "", **fields: Any) -> User:
    """A user who can sign in with a code."""
    user = User.objects.create_user(email or f"user{next(_numbers)}@example.org", **fields)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def make_staff(*tasks: StaffTask, email: str = "", is_superuser: bool = False) -> User:
    """National staff with these rights and a second factor."""
    user = make_user(email, is_staff=True, is_superuser=is_superuser)
    StaffRight.objects.bulk_create(StaffRight(user=user, task=task) for task in tasks)
    TOTP.activate(user, generate_totp_secret())
    return user


def make_group(name: str = "", *, near: str = "02139", status: str = GroupStatus.LISTED, **fields: Any) -> Group:
    """A group at home in a place that the search knows, listed unless said otherwise."""
    number = next(_numbers)
    name = name or f"Group {number}"
    place = find_place(near)
    values: dict[str, Any] = {
        "name": name,
        "name_key": name_key(name),
        "slug": f"group-{number}",
        "status": status,
        "listed_at": None if status == GroupStatus.FORMING else LONG_AGO,
        "country": place.country,
        "state": place.state,
        "zip_code_id": place.zip_code or None,
        "place_name": place.name,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "time_zone": place.time_zone,
        "watchers_told_at": LONG_AGO,
        "introduced_at": LONG_AGO,
    }
    return Group.objects.create(**{**values, **fields})


def make_contact(group: Group, email: str = "", role: str = Role.CONTACT) -> User:
    """Somebody who answers for a group."""
    user = make_user(email)
    GroupRole.objects.create(group=group, user=user, role=role)
    return user
