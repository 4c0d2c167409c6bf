"""The logins of the demo network: a volunteer, an organizer, and two of national staff."""

import datetime
from typing import NamedTuple

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from affiliates.applications import answer_plan, start_application
from affiliates.homes import home_at
from affiliates.models import KEEPS_GROUP, Group, GroupRole
from config.demo.applications import file_applications
from config.demo.elections import hold_elections
from config.demo.organizers_events import answer_and_attend
from config.demo.regions import give_regions
from config.demo.seeking import load_seekers
from foundation.accounts.models import StaffRight, StaffTask, User
from foundation.places.search import find_place
from members.consent import give_consent
from members.membership import record_basis
from members.models import ActivityKind, ConsentPurpose, Person
from members.people import Contact, take_in
from members.wordings import present_wording

ORGANIZERS_ZIP_CODE = "02139"
APPLICATION_ZIP_CODE = "59301"
SECRET = "MANYHANDSMAKELIGHTWORKMANYHANDSM"  # noqa: S105 (the demo's own; the outbox page shows its codes)
"""Of the staff's authenticator apps, in base 32."""


class _Login(NamedTuple):
    email: str
    name: str
    is_staff: bool = False
    is_superuser: bool = False


VOLUNTEER = _Login("volunteer@demo.example", "Vera Volunteer")
ORGANIZER = _Login("organizer@demo.example", "Omar Organizer")
STAFF = _Login("staff@demo.example", "Stella Staff", is_staff=True)
ADMIN = _Login("admin@demo.example", "Ada Admin", is_staff=True, is_superuser=True)
LOGINS = (VOLUNTEER, ORGANIZER, STAFF, ADMIN)


def ensure_demo_accounts() -> None:
    """Make those of the demo logins that are not there; one query where all are.

    Anybody who reads the code can sign in as the superuser: raises ImproperlyConfigured unless DEBUG is on.
    """
    if not settings.DEBUG:
        raise ImproperlyConfigured("the demo's logins are for local runs only")
    present = set(User.objects.filter(email__in=[login.email for login in LOGINS]).values_list("email", flat=True))
    for login in LOGINS:
        if login.email not in present:
            _make(login)


@transaction.atomic
def _make(login: _Login) -> None:
    user = User.objects.create_user(
        login.email, name=login.name, is_staff=login.is_staff, is_superuser=login.is_superuser
    )
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    if login.is_staff:
        TOTP.activate(user, SECRET)
        RecoveryCodes.activate(user)
    if login is STAFF:
        StaffRight.objects.bulk_create(StaffRight(user=user, task=task, granted_by=None) for task in StaffTask)
        give_regions(user)
        file_applications(user)
    if login is ORGANIZER:
        _give_group(user)
    if login is VOLUNTEER:
        _give_history(user)
        _begin_application(user)
    if login is ADMIN:
        _give_elections(user)


def _give_group(user: User) -> None:
    """The oldest listed group in ZIP code 02139 is the demo organizer's, if there is one."""
    if group := _organizers_group():
        GroupRole.objects.bulk_create(GroupRole(group=group, user=user, role=role) for role in KEEPS_GROUP)


def _organizers_group() -> Group | None:
    return Group.objects.listed().filter(zip_code_id=ORGANIZERS_ZIP_CODE).order_by("pk").first()


def _give_history(user: User) -> None:
    """The demo volunteer is a member for two reasons, gets the network's mail, and goes to the organizer's events."""
    now = timezone.now()
    given, _, family = user.name.partition(" ")
    person = take_in(
        contact=Contact(email=user.email, given_name=given, family_name=family, zip_code=ORGANIZERS_ZIP_CODE),
        is_own_act=True,
        now=now,
    )
    wording = present_wording(ConsentPurpose.NETWORK_MAIL, user.language)
    give_consent(person=person, purpose=ConsentPurpose.NETWORK_MAIL, wording=wording, source="join", now=now)
    record_basis(
        person=person,
        kind=ActivityKind.ATTENDANCE,
        source="demo:attendance:volunteer",
        at=now - datetime.timedelta(days=120),
        details={"title": "Sidewalk repair day", "place": "Cambridge, MA"},
    )
    record_basis(
        person=person,
        kind=ActivityKind.CALL,
        source="demo:call:volunteer",
        at=now - datetime.timedelta(days=20),
        details={"title": "Regional call"},
    )
    if group := _organizers_group():
        answer_and_attend(person, group, now=now)


def _give_elections(admin: User) -> None:
    """Races and polls, on which the two of the staff decide, and people who think of running."""
    now = timezone.now()
    staff, volunteer = User.objects.get(email=STAFF.email), Person.objects.get(user__email=VOLUNTEER.email)
    hold_elections(staff=(staff, admin), now=now)
    load_seekers(staff=staff, volunteer=volunteer, now=now)


def _begin_application(user: User) -> None:
    """The demo volunteer has begun to start a group where there is none near: two tasks are done."""
    now = timezone.now()
    place = home_at(find_place(APPLICATION_ZIP_CODE))
    application = start_application(actor=user, language=user.language, now=now, place=place)
    answer_plan(
        application=application, revision=None, field="plan_issues", text="The only bus into town was cut.",
        actor=user, now=now,
    )  # fmt: skip
