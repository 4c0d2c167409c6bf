"""Applications, agreements and disputes for tests of the review, as the steps before would have left them."""

import datetime
import hashlib
from itertools import count
from typing import Any

from affiliates.agreements.chain import append_event
from affiliates.agreements.steps import Evidence, new_reference
from affiliates.agreements.templates import begin_draft, publish_draft
from affiliates.disputes import open_dispute
from affiliates.models import (
    Agreement,
    AgreementState,
    AgreementTemplate,
    Application,
    ApplicationEvent,
    ApplicationState,
    Group,
    GroupStatus,
    NameDispute,
    Region,
    RegionPart,
    Side,
)
from foundation.accounts.models import StaffTask, User
from foundation.places.keys import name_key
from tests.factories import make_contact, make_group, make_staff

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
EVIDENCE = Evidence(ip="192.0.2.7", user_agent="Firefox", sign_in_method="mfa (totp)", signed_in_at="2026-06-01")
PDF = b"%PDF-1.7 not really"

_names = count(1)


def make_reviewer(name: str = "Rita Review") -> User:
    """Staff trusted with agreements."""
    reviewer = make_staff(StaffTask.AGREEMENTS)
    reviewer.name = name
    reviewer.save(update_fields=["name"])
    return reviewer


def make_template() -> AgreementTemplate:
    """The version that is signed today."""
    return AgreementTemplate.objects.current() or publish_draft(
        template=begin_draft(actor=None), actor=None, now=NOW - 90 * DAY
    )


def make_application(
    name: str = "",
    *,
    near: str = "02139",
    state: str = ApplicationState.FILED,
    filed_at: datetime.datetime = NOW - 3 * DAY,
    is_signed: bool = True,
    is_call_waived: bool = True,
    language: str = "en",
    **fields: Any,
) -> Application:
    """An application of a forming group with one contact, who began it, filed three days ago unless said otherwise."""
    name = name or f"Neighbors of Street {next(_names)}"
    group = make_group(name, near=near, status=GroupStatus.FORMING)
    applicant = make_contact(group)
    applicant.name, applicant.language = "Ada Applicant", language
    applicant.save(update_fields=["name", "language"])
    is_with_staff = state in (ApplicationState.FILED, ApplicationState.APPROVED)
    is_decided = state in (ApplicationState.DECLINED, ApplicationState.ACCEPTED)
    values: dict[str, Any] = {
        "applicant": applicant,
        "group": group,
        "state": state,
        "language": language,
        "applicant_name": "Ada Applicant",
        "country": group.country,
        "state_code": group.state,
        "zip_code": group.zip_code,
        "place_name": group.place_name,
        "time_zone": group.time_zone,
        "latitude": group.latitude,
        "longitude": group.longitude,
        "name": name,
        "name_key": name_key(name),
        "plan_issues": "Rents rise faster than wages.",
        "plan_actions": "Knock on every door of the ward.",
        "plan_priorities": "Homes for all.",
        "contacts_done_at": filed_at,
        "neighbours_seen_at": filed_at,
        "started_at": filed_at - DAY,
        "changed_at": filed_at,
        "filed_at": None if state == ApplicationState.DRAFT else filed_at,
        "waiting_since": filed_at if is_with_staff or state == ApplicationState.CHANGES_ASKED else None,
        "decided_at": filed_at + DAY if is_decided else None,
        "call_waived_because": "Has been an organizer for years." if is_call_waived else "",
    }
    application = Application.objects.create(**{**values, **fields})
    if state != ApplicationState.DRAFT:
        ApplicationEvent.objects.create(
            application=application, at=filed_at, side=Side.APPLICANT, actor=applicant, kind="filed"
        )
    if is_signed:
        make_signed_agreement(group, by=applicant)
    return application


def make_signed_agreement(group: Group, *, by: User, at: datetime.datetime = NOW - 4 * DAY) -> Agreement:
    """An agreement that `by` has signed for `group` and nobody has countersigned."""
    agreement = Agreement.objects.create(
        group=group,
        template=make_template(),
        language="en",
        reference=new_reference(),
        state=AgreementState.SIGNED,
        prepared_for=by,
        created_at=at,
        expires_at=at + 30 * DAY,
        understood_at=at,
        understood_by=by,
        pdf=PDF,
        pdf_sha256=hashlib.sha256(PDF).hexdigest(),
        signed_by=by,
        signed_name="Ada Applicant",
        signed_title="Chair",
        signed_at=at,
    )
    append_event(agreement, "prepared", now=at, actor=f"user:{by.pk}", group=group.name)
    append_event(
        agreement, "signed", now=at, actor=f"user:{by.pk}", name="Ada Applicant", title="Chair",
        consent_words="I agree to sign electronically.", authority_words="I may sign for the group.",
        act_words="Sign the agreement",
    )  # fmt: skip
    return agreement


def make_region(*states: str, organizer: User | None = None) -> Region:
    """A region of these states."""
    region = Region.objects.create(name=f"Region {'-'.join(states)}", slug=f"r-{'-'.join(states).lower()}")
    region.organizer = organizer
    region.save()
    RegionPart.objects.bulk_create(RegionPart(region=region, country="US", state=state) for state in states)
    return region


def make_dispute(application: Application, other: Group | Application | None = None) -> NameDispute:
    """An open dispute of this application with another group."""
    return open_dispute(
        application=application,
        other=other or make_group(application.name),
        because="The older group was called so first.",
        actor=make_reviewer("Dana Dispute"),
        now=NOW - DAY,
    )


def agreement_of(application: Application) -> Agreement:
    """The only agreement of its group."""
    return Agreement.objects.get(group=application.group)
