"""Applications for tests as applicants make them: by the steps of affiliates.applications."""

import datetime

from affiliates import applications
from affiliates.homes import home_at
from affiliates.models import Application
from foundation.accounts.models import User
from foundation.places.search import find_place
from tests.factories import make_user

from .signing import make_signed

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
PLAN = {
    "plan_issues": "Rents rise faster than wages.",
    "plan_actions": "Knock on every door of the ward.",
    "plan_priorities": "Homes for all.",
}


def make_draft(actor: User | None = None, *, now: datetime.datetime = NOW) -> Application:
    """Begun, and nothing answered yet."""
    return applications.start_application(actor=actor or make_user(name="Ada Lovelace"), language="en", now=now)


def applicant_of(application: Application) -> User:
    """Whoever began it."""
    assert application.applicant
    return application.applicant


def settle(application: Application, near: str, *, now: datetime.datetime = NOW) -> None:
    """Say where the group is at home."""
    home, actor = home_at(find_place(near)), applicant_of(application)
    applications.answer_where(application=application, revision=None, place=home, actor=actor, now=now)


def call_it(application: Application, name: str, *, now: datetime.datetime = NOW) -> None:
    """Say what the group is called."""
    actor = applicant_of(application)
    applications.answer_name(application=application, revision=None, name=name, actor=actor, now=now)


def make_founded(
    actor: User | None = None, *, near: str = "02139", name: str = "Table of Plenty", now: datetime.datetime = NOW
) -> Application:
    """With a home, a name, and, if need be, a reason: so there is a forming group."""
    application = make_draft(actor, now=now)
    settle(application, near, now=now)
    call_it(application, name, now=now)
    if application.neighbours_seen_at is None:
        applications.answer_neighbours(
            application=application, revision=None, why_another="The other one meets at noon.",
            actor=applicant_of(application), now=now,
        )  # fmt: skip
    return application


def make_ready(
    actor: User | None = None, *, near: str = "02139", name: str = "Table of Plenty", now: datetime.datetime = NOW
) -> Application:
    """All done but the call, the agreement signed."""
    application = make_founded(actor, near=near, name=name, now=now)
    assert application.group
    user = applicant_of(application)
    who = {"name": "Ada Lovelace", "phone": ""}
    applications.answer_who(application=application, revision=None, actor=user, now=now, **who)
    for field, text in PLAN.items():
        applications.answer_plan(application=application, revision=None, field=field, text=text, actor=user, now=now)
    applications.finish_contacts(application=application, revision=None, actor=user, now=now)
    make_signed(application.group, now=now)
    return application


def make_filed(
    actor: User | None = None, *, near: str = "02139", name: str = "Table of Plenty", now: datetime.datetime = NOW
) -> Application:
    """With national staff."""
    application = make_ready(actor, near=near, name=name, now=now)
    applications.file_application(application=application, actor=applicant_of(application), now=now)
    return application
