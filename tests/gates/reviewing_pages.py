"""The staff's review: queues, one application, its acts, agreements to countersign, disputes about names."""

from django.utils import timezone
from playwright.sync_api import Page as BrowserPage

from affiliates.agreements.steps import withdraw_agreement
from affiliates.assigning import assign_application
from affiliates.disputes import note_on_dispute, settle_dispute
from affiliates.models import Application, ApplicationState, DisputeOutcome, Role, RoleInvitation
from affiliates.presence import come_and_look
from affiliates.reviewing import ask_for_changes, countersign, decline_application, note_internally, waive_call
from tests.affiliates.reviewing import (
    DAY,
    EVIDENCE,
    NOW,
    agreement_of,
    make_application,
    make_dispute,
    make_region,
    make_reviewer,
    make_signed_agreement,
)
from tests.factories import make_contact, make_group

from .visits import Visit, page, send

QUEUE = "/national/applications/"


def path_of(application: Application, act: str = "") -> str:
    return f"{QUEUE}{application.pk}/{act}"


def make_full_application() -> Application:
    """One with everything that the page can show."""
    make_group("Neighbors of the Commons", near="02138")
    make_application("Neighbors of the Common")
    application = make_application("Neighbors of the Commons", is_call_waived=False, why_another="They sleep.")
    assert application.group
    RoleInvitation.objects.create(
        group=application.group, email="second.contact@example.org", name="Second Contact", role=Role.CONTACT, at=NOW,
        expires_at=NOW + 14 * DAY,
    )  # fmt: skip
    note_internally(application=application, text="Rang her.\n\nNice.", actor=make_reviewer(), now=NOW)
    asked = {"issues": "Name the ward.", "agreement": "Sign with your full name."}
    ask_for_changes(application=application, revision=1, asked=asked, actor=make_reviewer(), now=NOW)
    Application.objects.filter(pk=application.pk).update(state=ApplicationState.FILED)
    make_dispute(application)
    application.refresh_from_db()
    return application


# --- queues -------------------------------------------------------------------------------------------------------


@page("national/applications/")
def review_queue() -> Visit:
    staff = make_reviewer()
    make_region("MA", organizer=staff)
    for number in range(5):
        make_application(filed_at=NOW - number * DAY)
    application = make_application("A rather long name of a group that wants to begin in the hills behind the town")
    assign_application(application=application, revision=1, to=staff, actor=staff, now=NOW)
    return Visit(QUEUE, user=staff)


@page("national/applications/")
def review_queue_empty() -> Visit:
    make_application(state=ApplicationState.APPROVED)
    return Visit(QUEUE, user=make_reviewer())


@page("national/applications/")
def review_queue_filtered() -> Visit:
    make_application()
    return Visit(f"{QUEUE}?assigned=me", user=make_reviewer())


@page("national/applications/")
def review_queue_of_drafts() -> Visit:
    make_application(state=ApplicationState.DRAFT, is_signed=False)
    return Visit(f"{QUEUE}?state=draft", user=make_reviewer())


@page("national/applications/decided/")
def review_decided() -> Visit:
    for state in (ApplicationState.ACCEPTED, ApplicationState.DECLINED, ApplicationState.WITHDRAWN):
        make_application(state=state, decided_by=make_reviewer())
    return Visit(f"{QUEUE}decided/", user=make_reviewer())


@page("national/applications/decided/")
def review_decided_none() -> Visit:
    return Visit(f"{QUEUE}decided/?q=nothing", user=make_reviewer())


@page("national/agreements/")
def review_agreements() -> Visit:
    make_application(state=ApplicationState.APPROVED)
    taken_back = make_application(state=ApplicationState.APPROVED)
    assert taken_back.applicant
    withdraw_agreement(agreement=agreement_of(taken_back), actor=taken_back.applicant, now=NOW)
    for status in ("listed", "ended"):
        group = make_group(status=status)
        make_signed_agreement(group, by=make_contact(group))
    return Visit("/national/agreements/", user=make_reviewer())


@page("national/agreements/")
def review_agreements_none() -> Visit:
    make_application()
    return Visit("/national/agreements/", user=make_reviewer())


# --- one application ----------------------------------------------------------------------------------------------


@page("national/applications/<int:pk>/")
def review_application() -> Visit:
    return Visit(path_of(make_application()), user=make_reviewer())


@page("national/applications/<int:pk>/")
def review_application_with_everything() -> Visit:
    application, other = make_full_application(), make_reviewer("Ana Also")
    come_and_look(item=f"application:{application.pk}", user=other, now=timezone.now())
    return Visit(path_of(application), user=make_reviewer())


@page("national/applications/<int:pk>/")
def review_application_approved() -> Visit:
    return Visit(path_of(make_application(state=ApplicationState.APPROVED)), user=make_reviewer())


@page("national/applications/<int:pk>/")
def review_application_with_the_applicant() -> Visit:
    application = make_application()
    ask_for_changes(application=application, revision=1, asked={"plan": "More."}, actor=make_reviewer(), now=NOW)
    return Visit(path_of(application), user=make_reviewer())


@page("national/applications/<int:pk>/")
def review_application_declined() -> Visit:
    application = make_application()
    decline_application(application=application, revision=1, reason="No.", actor=make_reviewer(), now=NOW)
    return Visit(path_of(application), user=make_reviewer())


@page("national/applications/<int:pk>/")
def review_application_of_a_draft() -> Visit:
    application = make_application(state=ApplicationState.DRAFT, is_signed=False)
    return Visit(path_of(application), user=make_reviewer())


@page("national/applications/<int:pk>/")
def review_application_with_an_error() -> Visit:
    then = send(press="section:has(textarea[name=text]) form button", text=" ")
    return Visit(path_of(make_application()), user=make_reviewer(), then=then, status=422)


@page("national/applications/<int:pk>/")
def review_application_changed_meanwhile() -> Visit:
    application = make_application()

    def approve_an_old_page(page: BrowserPage) -> None:
        # As somebody else did it while the page was open: the revision on it is an old one.
        page.locator("form[action*=approve] [name=revision]").evaluate("field => { field.value = '7' }")
        page.locator("form[action*=approve] [name=seen]").evaluate("field => { field.value = '0' }")
        page.locator("form[action*=approve] button").click()
        page.wait_for_load_state()

    return Visit(path_of(application), user=make_reviewer(), then=approve_an_old_page, status=409)


# --- acts ---------------------------------------------------------------------------------------------------------


@page("national/applications/<int:pk>/changes/")
def review_changes() -> Visit:
    return Visit(path_of(make_application(), "changes/"), user=make_reviewer())


@page("national/applications/<int:pk>/changes/")
def review_changes_with_errors() -> Visit:
    return Visit(path_of(make_application(), "changes/"), user=make_reviewer(), then=send(), status=422)


@page("national/applications/<int:pk>/changes/")
def review_changes_too_late() -> Visit:
    application = make_application()
    waive_call(application=application, revision=1, reason="Known to us.", actor=make_reviewer(), now=NOW)

    def with_an_old_page(page: BrowserPage) -> None:
        page.locator("[name=revision]").evaluate("field => { field.value = '1' }")
        page.locator("[name=seen]").evaluate("field => { field.value = '0' }")
        send(issues="Name the ward.")(page)

    return Visit(path_of(application, "changes/"), user=make_reviewer(), then=with_an_old_page, status=409)


@page("national/applications/<int:pk>/decline/")
def review_decline() -> Visit:
    return Visit(path_of(make_application(), "decline/"), user=make_reviewer())


@page("national/applications/<int:pk>/decline/")
def review_decline_with_errors() -> Visit:
    return Visit(path_of(make_application(), "decline/"), user=make_reviewer(), then=send(reason=" "), status=422)


@page("national/applications/<int:pk>/waive/")
def review_waive() -> Visit:
    return Visit(path_of(make_application(), "waive/"), user=make_reviewer())


@page("national/applications/<int:pk>/waive/")
def review_waive_with_errors() -> Visit:
    return Visit(path_of(make_application(), "waive/"), user=make_reviewer(), then=send(reason=" "), status=422)


# --- countersigning -----------------------------------------------------------------------------------------------


@page("national/agreements/<str:reference>/")
def review_countersign() -> Visit:
    agreement = agreement_of(make_application(state=ApplicationState.APPROVED))
    return Visit(f"/national/agreements/{agreement.reference}/", user=make_reviewer())


@page("national/agreements/<str:reference>/")
def review_countersign_too_early() -> Visit:
    agreement = agreement_of(make_application())
    return Visit(f"/national/agreements/{agreement.reference}/", user=make_reviewer())


@page("national/agreements/<str:reference>/")
def review_countersign_in_a_dispute() -> Visit:
    application = make_application(state=ApplicationState.APPROVED)
    make_dispute(application)
    return Visit(f"/national/agreements/{agreement_of(application).reference}/", user=make_reviewer())


@page("national/agreements/<str:reference>/")
def review_countersigned() -> Visit:
    application = make_application(state=ApplicationState.APPROVED)
    agreement = agreement_of(application)
    countersign(
        application=application, agreement=agreement, revision=1, evidence=EVIDENCE, actor=make_reviewer(), now=NOW
    )
    return Visit(f"/national/agreements/{agreement.reference}/", user=make_reviewer())


@page("national/agreements/<str:reference>/decline/")
def review_countersign_decline() -> Visit:
    agreement = agreement_of(make_application(state=ApplicationState.APPROVED))
    return Visit(f"/national/agreements/{agreement.reference}/decline/", user=make_reviewer())


@page("national/agreements/<str:reference>/decline/")
def review_countersign_decline_with_errors() -> Visit:
    agreement = agreement_of(make_application(state=ApplicationState.APPROVED))
    path = f"/national/agreements/{agreement.reference}/decline/"
    return Visit(path, user=make_reviewer(), then=send(reason=" "), status=422)


# --- disputes -----------------------------------------------------------------------------------------------------


@page("national/disputes/")
def review_disputes() -> Visit:
    make_dispute(make_application())
    settled = make_dispute(make_application())
    settle_dispute(dispute=settled, outcome=DisputeOutcome.KEEPS, because="Far apart.", actor=make_reviewer(), now=NOW)
    return Visit("/national/disputes/", user=make_reviewer())


@page("national/disputes/")
def review_disputes_none() -> Visit:
    return Visit("/national/disputes/", user=make_reviewer())


@page("national/disputes/<int:pk>/")
def review_dispute() -> Visit:
    dispute = make_dispute(make_application())
    note_on_dispute(dispute=dispute, text="Rang both.", actor=make_reviewer(), now=NOW)
    return Visit(f"/national/disputes/{dispute.pk}/", user=make_reviewer())


@page("national/disputes/<int:pk>/")
def review_dispute_settled() -> Visit:
    dispute = make_dispute(make_application(), make_application())
    settle_dispute(dispute=dispute, outcome=DisputeOutcome.RENAMED, because="Too near.", actor=make_reviewer(), now=NOW)
    return Visit(f"/national/disputes/{dispute.pk}/", user=make_reviewer())


@page("national/disputes/<int:pk>/")
def review_dispute_with_errors() -> Visit:
    dispute = make_dispute(make_application())
    return Visit(f"/national/disputes/{dispute.pk}/", user=make_reviewer(), then=send(text=" "), status=422)


@page("national/disputes/<int:pk>/settle/")
def review_dispute_settle() -> Visit:
    dispute = make_dispute(make_application())
    return Visit(f"/national/disputes/{dispute.pk}/settle/", user=make_reviewer())


@page("national/disputes/<int:pk>/settle/")
def review_dispute_settle_with_errors() -> Visit:
    dispute = make_dispute(make_application())
    path = f"/national/disputes/{dispute.pk}/settle/"
    return Visit(path, user=make_reviewer(), then=send(because=" "), status=422)


@page("national/applications/<int:pk>/dispute/")
def review_dispute_open() -> Visit:
    make_group("Prairie Commons")
    return Visit(path_of(make_application("Prairie Commons"), "dispute/"), user=make_reviewer())


@page("national/applications/<int:pk>/dispute/")
def review_dispute_open_with_errors() -> Visit:
    make_group("Prairie Commons")
    path = path_of(make_application("Prairie Commons"), "dispute/")
    return Visit(path, user=make_reviewer(), then=send(because=" "), status=422)


@page("national/applications/<int:pk>/dispute/")
def review_dispute_open_with_nobody() -> Visit:
    return Visit(path_of(make_application("Quite Alone"), "dispute/"), user=make_reviewer())


@page("organize/groups/<slug:slug>/name-dispute/")
def name_dispute() -> Visit:
    group = make_group("Prairie Commons")
    make_application("Prairie Commons")
    return Visit(f"/organize/groups/{group.slug}/name-dispute/", user=make_contact(group))


@page("organize/groups/<slug:slug>/name-dispute/")
def name_dispute_with_errors() -> Visit:
    group = make_group("Prairie Commons")
    make_application("Prairie Commons")
    path = f"/organize/groups/{group.slug}/name-dispute/"
    return Visit(path, user=make_contact(group), then=send(because=" "), status=422)


@page("organize/groups/<slug:slug>/name-dispute/")
def name_dispute_with_nobody() -> Visit:
    group = make_group("Prairie Commons")
    return Visit(f"/organize/groups/{group.slug}/name-dispute/", user=make_contact(group))
