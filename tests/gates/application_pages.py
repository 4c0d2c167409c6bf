"""The guide for starting a group, and the pages on which an application is filled in and followed."""

import datetime

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from affiliates.applications import file_application, withdraw_application
from affiliates.models import Application, ApplicationState, Role
from affiliates.reviewing import ask_for_changes, decline_application
from affiliates.roles import invite
from affiliates.urls_applications import APPLICATION
from foundation.accounts.models import StaffTask
from tests.affiliates.applying import applicant_of, call_it, make_draft, make_filed, make_founded, make_ready, settle
from tests.affiliates.calling import make_call
from tests.affiliates.signing import make_prepared, make_shown
from tests.factories import make_contact, make_group, make_staff, make_user

from .visits import Steps, Visit, page, send


def visit(application: Application, name: str, *, then: Steps | None = None, status: int = 200) -> Visit:
    """One of the pages of an application, as whoever began it sees it."""
    path = reverse(f"application_{name}", args=[application.pk])
    return Visit(path, user=applicant_of(application), then=then, status=status)


# --- the guide ------------------------------------------------------------------------------------------------


@page("groups/start/")
def start_a_group() -> Visit:
    make_call(timezone.now() + datetime.timedelta(days=3))
    return Visit("/groups/start/?near=59301")


@page("groups/start/")
def start_a_group_near_others() -> Visit:
    for name in ("Ήλιος", "Kraftfahrzeughaftpflichtversicherung"):
        make_group(name)
    return Visit("/groups/start/?near=02139")


@page("groups/start/")
def start_a_group_with_errors() -> Visit:
    return Visit("/groups/start/?near=00000", status=422)


@page("groups/start/")
def start_a_group_with_one_open() -> Visit:
    return Visit("/groups/start/", user=applicant_of(make_founded()))


@page("groups/start/application/")
def application_start() -> Visit:
    return Visit("/groups/start/application/?near=02139", user=make_user())


# --- the task list --------------------------------------------------------------------------------------------


@page(APPLICATION)
def application_tasks_at_the_start() -> Visit:
    return visit(make_draft(), "status")


@page(APPLICATION)
def application_tasks_all_done() -> Visit:
    return visit(make_ready(), "status")


@page(APPLICATION)
def application_tasks_with_changes_asked() -> Visit:
    return visit(make_asked(), "status")


def make_asked() -> Application:
    application = make_filed()
    ask_for_changes(
        application=application, revision=application.revision, actor=make_staff(StaffTask.AGREEMENTS),
        asked={"plan": "Say what you will do first.\n\nAnd with whom.", "where": "Is this where you meet?"},
        now=timezone.now(),
    )  # fmt: skip
    return application


# --- the questions --------------------------------------------------------------------------------------------


@page(f"{APPLICATION}who/")
def application_who() -> Visit:
    return visit(make_draft(), "who")


@page(f"{APPLICATION}who/")
def application_who_with_errors() -> Visit:
    return visit(make_draft(make_user()), "who", then=send(phone="12"), status=422)


@page(f"{APPLICATION}where/")
def application_where() -> Visit:
    return visit(make_asked(), "where")


@page(f"{APPLICATION}where/")
def application_where_with_errors() -> Visit:
    return visit(make_draft(), "where", then=send(place="Ohio"), status=422)


@page(f"{APPLICATION}abroad/")
def application_abroad() -> Visit:
    return visit(make_draft(), "abroad")


@page(f"{APPLICATION}abroad/")
def application_abroad_with_errors() -> Visit:
    return visit(make_draft(), "abroad", then=send(country="Nowhere", latitude="100"), status=422)


@page(f"{APPLICATION}name/")
def application_name() -> Visit:
    return visit(make_founded(), "name")


@page(f"{APPLICATION}name/")
def application_name_with_errors() -> Visit:
    return visit(make_founded(), "name", then=send(name="!!!"), status=422)


def make_beside_others() -> Application:
    """Of which others are near, alike, and being started."""
    make_group("Table of Plenty", near="94110")
    make_group("Rising Sun", near="02138")
    make_founded(name="Long Table")
    application = make_draft()
    settle(application, "02139")
    call_it(application, "Tables of Plenty")
    return application


@page(f"{APPLICATION}neighbours/")
def application_neighbours() -> Visit:
    return visit(make_beside_others(), "neighbours")


@page(f"{APPLICATION}neighbours/")
def application_neighbours_without_a_reason() -> Visit:
    return visit(make_beside_others(), "neighbours", then=send(why_another=""), status=422)


@page(f"{APPLICATION}neighbours/")
def application_neighbours_none() -> Visit:
    return visit(make_founded(), "neighbours")


@page(f"{APPLICATION}issues/")
def application_issues() -> Visit:
    return visit(make_asked(), "issues")


@page(f"{APPLICATION}actions/")
def application_actions_with_errors() -> Visit:
    return visit(make_draft(), "actions", then=send(text=""), status=422)


@page(f"{APPLICATION}priorities/")
def application_priorities_when_another_tab_was_quicker() -> Visit:
    application = make_draft()
    found = visit(application, "priorities", then=send(text="What I typed."), status=409)

    def then(browser: Page) -> None:
        Application.objects.filter(pk=application.pk).update(
            revision=F("revision") + 1, plan_priorities="What somebody else typed."
        )
        assert found.then
        found.then(browser)

    return Visit(found.path, user=found.user, then=then, status=409)


@page(f"{APPLICATION}contacts/")
def application_contacts() -> Visit:
    application = make_founded()
    assert application.group
    make_contact(application.group)
    invite(
        group=application.group, email="three@example.org", name="Grace Hopper", role=Role.CONTACT,
        actor=applicant_of(application), now=timezone.now(),
    )  # fmt: skip
    return visit(application, "contacts")


@page(f"{APPLICATION}contacts/")
def application_contacts_with_errors() -> Visit:
    return visit(make_founded(), "contacts", then=send(name="Grace", email="x"), status=422)


@page(f"{APPLICATION}call/")
def application_call() -> Visit:
    return visit(make_founded(), "call")


@page(f"{APPLICATION}agreement/")
def application_agreement_to_get() -> Visit:
    return visit(make_founded(), "agreement")


@page(f"{APPLICATION}agreement/")
def application_agreement_written_out() -> Visit:
    application = make_founded()
    make_prepared(application.group)
    return visit(application, "agreement")


@page(f"{APPLICATION}agreement/")
def application_agreement_to_sign() -> Visit:
    application = make_founded()
    make_shown(application.group, now=timezone.now())
    return visit(application, "agreement")


@page(f"{APPLICATION}agreement/")
def application_agreement_signed() -> Visit:
    return visit(make_ready(), "agreement")


@page(f"{APPLICATION}agreement/")
def application_agreement_to_sign_again() -> Visit:
    application = make_ready()
    call_it(application, "Long Table")
    return visit(application, "agreement")


# --- filed ----------------------------------------------------------------------------------------------------


@page(f"{APPLICATION}check/")
def application_check() -> Visit:
    return visit(make_ready(), "check")


@page(f"{APPLICATION}check/")
def application_check_not_ready() -> Visit:
    return visit(make_draft(make_user()), "check")


@page(f"{APPLICATION}check/")
def application_check_when_an_answer_changed() -> Visit:
    application = make_ready()
    found = visit(application, "check", status=409)

    def then(browser: Page) -> None:
        Application.objects.filter(pk=application.pk).update(revision=99)
        send()(browser)

    return Visit(found.path, user=found.user, then=then, status=409)


@page(f"{APPLICATION}filed/")
def application_filed() -> Visit:
    return visit(make_filed(), "filed")


@page(APPLICATION)
def application_status_filed() -> Visit:
    return visit(make_filed(), "status")


@page(APPLICATION)
def application_status_declined() -> Visit:
    application = make_filed()
    decline_application(
        application=application, revision=application.revision, reason="Join the group next door.",
        actor=make_staff(StaffTask.AGREEMENTS), now=timezone.now(),
    )  # fmt: skip
    return visit(application, "status")


@page(APPLICATION)
def application_status_approved() -> Visit:
    application = make_filed()
    Application.objects.filter(pk=application.pk).update(
        state=ApplicationState.APPROVED, assigned_to=make_user(name="Stella Staff")
    )
    return visit(application, "status")


@page(APPLICATION)
def application_status_filed_again() -> Visit:
    application = make_asked()
    file_application(application=application, actor=applicant_of(application), now=timezone.now())
    return visit(application, "status")


@page(APPLICATION)
def application_status_withdrawn() -> Visit:
    application = make_filed()
    withdraw_application(application=application, actor=applicant_of(application), now=timezone.now(), text="No time.")
    return visit(application, "status")


@page(f"{APPLICATION}withdraw/")
def application_withdraw() -> Visit:
    return visit(make_filed(), "withdraw")
