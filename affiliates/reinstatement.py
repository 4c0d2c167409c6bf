"""How a group that is no affiliate any more comes back: by a new agreement, signed and countersigned like the first."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .agreements.chain import append_event
from .agreements.steps import AgreementStepError, prepare_agreement
from .emails import ending as emails
from .models import Agreement, AgreementState, EndedBy, Group, GroupStatus
from .permissions import is_contact


class ReturnError(Exception):
    """The group cannot come back in this way; the message, for the reader, says why."""


def why_not_back(group: Group) -> str:
    """Why a contact of `group` cannot begin an agreement to come back with, for the reader; empty where they can."""
    if group.status != GroupStatus.ENDED:
        return _("This group has not ended.")
    former = group.agreements.last_over()
    if former is None:
        return _("This group never had an agreement in force. Start an application instead.")
    if former.bars_return:
        return _("The network ended the agreement of this group. Ask national staff first.")
    return ""


def come_back(*, group: Group, language: str, actor: User, now: datetime.datetime) -> Agreement:
    """Begin the agreement of the present version, which a contact of the ended group then signs.

    Once national has countersigned it the group is listed again. Raises ReturnError where it cannot be begun.
    """
    if not is_contact(actor, group):
        raise ReturnError(_("Only a point of contact of the group can do this."))
    group = Group.objects.defer("position").get(pk=group.pk)
    if refusal := why_not_back(group):
        raise ReturnError(refusal)
    try:
        with transaction.atomic():
            record(actor=actor, action="asked to come back", subject=group.scope)
            return prepare_agreement(group=group, language=language, actor=actor, now=now)
    except AgreementStepError as error:
        raise ReturnError(str(error)) from error


def allow_return(*, group: Group, reason: str, actor: User, now: datetime.datetime) -> None:
    """National lets a group come back whose agreement it ended; the contacts are told. Doing it twice is no mistake.

    Raises ReturnError without a reason, which stays with the agreement, and where national did not end it.
    """
    if not reason.strip():
        raise ReturnError(_("Say why the group may come back."))
    with transaction.atomic():
        group = Group.objects.defer("position").get(pk=group.pk)
        former = group.agreements.last_over()
        if former is None or former.ended_by != EndedBy.NETWORK or group.status != GroupStatus.ENDED:
            raise ReturnError(_("The network did not end the agreement of this group."))
        former = Agreement.objects.without_bodies().select_for_update(of=("self",)).get(pk=former.pk)
        if former.return_allowed_at:
            return
        former.return_allowed_at = now
        former.save(update_fields=["return_allowed_at"])
        append_event(former, "return allowed", now=now, actor=f"user:{actor.pk}", reason=reason.strip())
        record(actor=actor, action="allowed return", subject=group.scope, agreement=former.reference)
        emails.queue_return_allowed(former)


def is_coming_back(group: Group) -> bool:
    """Has the ended group signed, and does national have it now?"""
    return group.status == GroupStatus.ENDED and group.agreements.filter(state=AgreementState.SIGNED).exists()
