"""What staff do with an application: approve it, ask for changes, decline it; and with an agreement: countersign it.

Every act carries the revision that was read (affiliates.turns), so that of two at once one wins and the other is told.
"""

import datetime
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .agreements.steps import AgreementStepError, Evidence, countersign_agreement, decline_agreement
from .application_tasks import agreement_of, asked_in, is_attended, question_asked
from .emails import reviewing as emails
from .forming import give_up_group
from .listing import ListingError
from .models import Agreement, AgreementState, Application, ApplicationEvent, ApplicationState, Side
from .models.applications import WITH_STAFF
from .turns import ReviewError, held_application


def obstacles(application: Application) -> list[str]:
    """Why a filed application cannot be approved yet, in words for staff; nothing where it can."""
    agreement = agreement_of(application)
    found = []
    if agreement is None or agreement.state != AgreementState.SIGNED:
        found.append(_("The group has not signed the agreement."))
    elif named_in(agreement) not in ("", application.name):
        found.append(
            _("The agreement was signed for “%(former)s”, but the group has another name now. Ask for a new one.")
            % {"former": named_in(agreement)}
        )
    if application.disputes.open().exists():
        found.append(_("A dispute about the name is open."))
    if not application.call_waived_because and not is_attended(application):
        found.append(_("Nobody of the group came to an organizing call, and none was waived."))
    if application.latitude is None:
        found.append(_("Nobody knows where the place is, so the group could not be found."))
    return found


def named_in(agreement: Agreement) -> str:
    """The name of the group as it stands in the document."""
    first = agreement.events.filter(kind="prepared").order_by("number").first()
    return str(first.data.get("group", "")) if first else ""


def approve_application(*, application: Application, revision: int, actor: User, now: datetime.datetime) -> None:
    """Staff's yes: what is left is to countersign, which somebody may do at once. The contacts are told.

    Raises StaleError, and ReviewError where it is not filed, or something stands in the way (`obstacles`).
    """
    with held_application(application, revision, now=now, states={ApplicationState.FILED}) as held:
        if found := obstacles(held):
            raise ReviewError(" ".join(found))
        held.state, held.waiting_since = ApplicationState.APPROVED, now
        _note(held, "approved", actor=actor, now=now)
        record(actor=actor, action="approved application", subject=f"application:{held.pk}")
        emails.queue_application_approved(held)


def ask_for_changes(
    *, application: Application, revision: int, asked: Mapping[str, str], actor: User, now: datetime.datetime
) -> None:
    """Give it back to the applicant, with what is to be changed at which question, by its key or that of a task.

    Asking at "agreement" declines the signed one, so that another can be signed. The contacts get the list by mail.
    Raises StaleError, and ReviewError where staff do not have it or nothing is asked.
    """
    with held_application(application, revision, now=now, states=WITH_STAFF) as held:
        hand_back(held, asked=asked, actor=actor, now=now)


def hand_back(held: Application, *, asked: Mapping[str, str], actor: User, now: datetime.datetime) -> None:
    """`ask_for_changes` for whoever holds the application already; what was asked and not answered yet stays asked."""
    wanted = {key: text.strip() for key, text in asked.items() if text.strip()}
    if not wanted or not all(question_asked(key) for key in wanted):
        raise ReviewError(_("Say at one question or more what is to be changed."))
    if "agreement" in wanted:
        _decline_signed(held, wanted["agreement"], actor, now)
    if held.state == ApplicationState.CHANGES_ASKED:
        wanted = {**asked_of(held), **wanted}
    held.state, held.waiting_since = ApplicationState.CHANGES_ASKED, now
    event = _note(held, "changes asked", actor=actor, now=now, asked=wanted)
    record(actor=actor, action="asked for changes", subject=f"application:{held.pk}", questions=sorted(wanted))
    emails.queue_changes_asked(held, asked_in(event))


def asked_of(application: Application) -> dict[str, str]:
    """What staff asked for last, by question."""
    last = application.events.filter(kind="changes asked").order_by("-pk").first()
    return dict(last.asked) if last else {}


def decline_application(
    *, application: Application, revision: int, reason: str, actor: User, now: datetime.datetime
) -> None:
    """Staff's no, with the reason, which the contacts are told. The agreement goes with it, and the forming group ends.

    Raises StaleError, and ReviewError where staff do not have it or no reason is given.
    """
    if not reason.strip():
        raise ReviewError(_("Say why the application is declined."))
    with held_application(application, revision, now=now, states=WITH_STAFF) as held:
        _decline_signed(held, reason, actor, now)
        held.state, held.waiting_since = ApplicationState.DECLINED, None
        held.decided_by, held.decided_at = actor, now
        _note(held, "declined", actor=actor, now=now, text=reason.strip())
        record(actor=actor, action="declined application", subject=f"application:{held.pk}")
        emails.queue_application_declined(held, reason.strip())
        if held.group and held.group.agreements.exists():
            give_up_group(held, actor=actor, now=now)


def waive_call(*, application: Application, revision: int, reason: str, actor: User, now: datetime.datetime) -> None:
    """Do without an organizing call this time; why is kept. Raises StaleError, and ReviewError without a reason."""
    if not reason.strip():
        raise ReviewError(_("Say why no organizing call is needed."))
    with held_application(application, revision, now=now) as held:
        held.call_waived_because = reason.strip()
        _note(held, "call waived", actor=actor, now=now, text=reason.strip())
        record(actor=actor, action="waived organizing call", subject=f"application:{held.pk}")


def note_internally(*, application: Application, text: str, actor: User, now: datetime.datetime) -> None:
    """Write something down for staff only. Nobody's turn is lost by it."""
    with transaction.atomic():
        _note(application, "note", actor=actor, now=now, text=text.strip(), is_internal=True)
        record(actor=actor, action="noted on application", subject=f"application:{application.pk}")


def is_under_review(agreement: Agreement) -> bool:
    """Is it part of an application that was not accepted? Then only the application leads to the countersigning."""
    application = Application.objects.filter(group=agreement.group_id).order_by("pk").first()
    return application is not None and application.state != ApplicationState.ACCEPTED


def countersign(
    *,
    application: Application | None,
    agreement: Agreement,
    revision: int | None,
    evidence: Evidence,
    actor: User,
    now: datetime.datetime,
) -> None:
    """National's word: the agreement is in force, the group is listed and, where there is one, `application` accepted.

    `application` and its `revision` are None for a group that is past its application: one that signs a new version
    or is taken back. A group that comes onto the list by it is told what it can do now. Raises StaleError, and
    ReviewError where the application is not approved, a dispute about the name is open, the agreement is not signed,
    `actor` has signed it for the group, or nobody knows where the group is.
    """
    try:
        with transaction.atomic():
            if application is None:
                _countersign(agreement, evidence, actor, now)
                return
            with held_application(application, revision, now=now, states={ApplicationState.APPROVED}) as held:
                _accept(held, agreement, evidence, actor, now)
    except (AgreementStepError, ListingError) as error:
        raise ReviewError(str(error)) from error


def _accept(held: Application, agreement: Agreement, evidence: Evidence, actor: User, now: datetime.datetime) -> None:
    if agreement.group_id != held.group_id:
        raise ReviewError(_("This agreement is another group’s."))
    if held.disputes.open().exists():
        raise ReviewError(_("A dispute about the name is open."))
    held.state, held.waiting_since = ApplicationState.ACCEPTED, None
    held.decided_by, held.decided_at = actor, now
    # Before the agreement's own step, which asks whether the application stands in its way.
    held.save(update_fields=["state", "waiting_since", "decided_by", "decided_at"])
    _countersign(agreement, evidence, actor, now)
    _note(held, "accepted", actor=actor, now=now)
    record(actor=actor, action="accepted application", subject=f"application:{held.pk}")


def _countersign(agreement: Agreement, evidence: Evidence, actor: User, now: datetime.datetime) -> None:
    if is_under_review(agreement):
        raise ReviewError(_("The group’s application is not approved."))
    was_listed = agreement.group.is_listed
    countersign_agreement(agreement=agreement, evidence=evidence, actor=actor, now=now)
    if not was_listed:
        emails.queue_affiliation_in_force(agreement)


def decline_to_countersign(
    *,
    application: Application | None,
    agreement: Agreement,
    revision: int | None,
    reason: str,
    actor: User,
    now: datetime.datetime,
) -> None:
    """Do not countersign what the group has signed; its contacts get the reason and may sign anew.

    An approved application goes back to the applicant with it. Raises as `countersign`.
    """
    if application is not None:
        with held_application(application, revision, now=now, states={ApplicationState.APPROVED}) as held:
            hand_back(held, asked={"agreement": reason}, actor=actor, now=now)
        return
    if is_under_review(agreement):
        raise ReviewError(_("The group’s application is not approved."))
    try:
        decline_agreement(agreement=agreement, reason=reason, actor=actor, now=now)
    except AgreementStepError as error:
        raise ReviewError(str(error)) from error


def _decline_signed(application: Application, reason: str, actor: User, now: datetime.datetime) -> None:
    """The agreement, if it is signed. The mail of the application's own act says why."""
    agreement = agreement_of(application)
    if agreement is None or agreement.state != AgreementState.SIGNED:
        return
    try:
        decline_agreement(agreement=agreement, reason=reason[:1000], actor=actor, now=now, tells=False)
    except AgreementStepError as error:  # taken back by the group at this moment
        raise ReviewError(str(error)) from error


def _note(
    application: Application,
    kind: str,
    *,
    actor: User,
    now: datetime.datetime,
    text: str = "",
    asked: Mapping[str, str] | None = None,
    is_internal: bool = False,
) -> ApplicationEvent:
    return ApplicationEvent.objects.create(
        application=application, at=now, side=Side.STAFF, actor=actor, kind=kind, text=text, asked=dict(asked or {}),
        is_internal=is_internal,
    )  # fmt: skip
