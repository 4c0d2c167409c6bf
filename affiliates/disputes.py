"""Disputes about a group's name: opened by staff or by the group whose name it is, settled by staff with a reason.

While one is open, the application is not approved.
"""

import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .applications import withdraw_application
from .emails.reviewing import queue_dispute_settled
from .models import (
    Application,
    ApplicationEvent,
    ApplicationState,
    DisputeNote,
    DisputeOutcome,
    Group,
    GroupStatus,
    NameDispute,
    Side,
)
from .models.applications import UNDECIDED, ApplicationQuerySet
from .models.groups import GroupQuerySet
from .reviewing import hand_back
from .turns import ReviewError, held_application

# What staff have seen and not decided: a draft's name is not said yet.
DISPUTABLE = (ApplicationState.FILED, ApplicationState.CHANGES_ASKED, ApplicationState.APPROVED)


class DisputeError(ReviewError):
    """The dispute cannot be opened or settled; the message says why."""


def groups_named_like(application: Application) -> GroupQuerySet:
    """The other groups, listed or forming, whose name resembles the applicant's, most alike first."""
    groups = Group.objects.named_like(application.name).exclude(status=GroupStatus.ENDED)
    # A forming group with an application is found as that.
    return (
        groups.exclude(application=application)
        .exclude(status=GroupStatus.FORMING, application__isnull=False)
        .defer("position")
    )


def applications_named_like(application: Application) -> ApplicationQuerySet:
    """The other undecided applications whose name resembles this one's, most alike first."""
    return Application.objects.named_like(application.name).undecided().exclude(pk=application.pk).defer("position")


def claimable_by(group: Group) -> ApplicationQuerySet:
    """The applications before staff whose name resembles that of `group`: what its contacts may object to."""
    alike = Application.objects.named_like(group.name).filter(state__in=DISPUTABLE)
    return alike.exclude(group=group).exclude(pk__in=_in_dispute_with(group)).defer("position")


def _in_dispute_with(group: Group) -> models.QuerySet[NameDispute, int]:
    return NameDispute.objects.open().filter(other_group=group).values_list("application", flat=True)


def open_dispute(
    *,
    application: Application,
    other: Group | Application,
    because: str,
    actor: User,
    now: datetime.datetime,
    side: Side = Side.STAFF,
) -> NameDispute:
    """Begin a case between the applicant and `other`; `because` is its first note.

    `side` tells whether staff began it, or (`Side.APPLICANT`) a contact of the other group. Raises DisputeError where
    no reason is given, it is the same group, one between the two is open, and ReviewError where the application is a
    draft or decided.
    """
    if not because.strip():
        raise DisputeError(_("Say what the dispute is about."))
    with held_application(application, None, now=now, states=DISPUTABLE) as held:
        if other in (held, held.group):
            raise DisputeError(_("A group has no dispute with itself."))
        parties = {
            "other_group": other if isinstance(other, Group) else None,
            "other_application": other if isinstance(other, Application) else None,
        }
        if held.disputes.open().filter(**parties).exists():
            raise DisputeError(_("A dispute between the two is open already."))
        dispute = NameDispute.objects.create(
            application=held, name=held.name, opened_at=now, opened_by=actor, **parties
        )
        DisputeNote.objects.create(dispute=dispute, at=now, author=actor, text=because.strip())
        _note(held, "name dispute opened", str(other), actor=actor, now=now)
        record(actor=actor, action="opened name dispute", subject=f"application:{held.pk}", by=side)
    return dispute


def note_on_dispute(*, dispute: NameDispute, text: str, actor: User, now: datetime.datetime) -> DisputeNote:
    """Write down what staff learned, for staff. Also possible once it is settled."""
    with transaction.atomic():
        record(actor=actor, action="noted on name dispute", subject=f"dispute:{dispute.pk}")
        return DisputeNote.objects.create(dispute=dispute, at=now, author=actor, text=text.strip())


def settle_dispute(
    *, dispute: NameDispute, outcome: DisputeOutcome, because: str, actor: User, now: datetime.datetime
) -> None:
    """End the case: both sides are told the outcome and why, and whoever takes another name is asked for it.

    An applicant who joins the other group has the application withdrawn. A group in force that takes another name
    does so itself. Raises DisputeError where somebody has settled it or no reason is given.
    """
    because = because.strip()
    if not because:
        raise DisputeError(_("Say why it ends so. Both sides read it."))
    with transaction.atomic():
        settled = _settle(dispute, outcome, because, actor, now)
        record(actor=actor, action="settled name dispute", subject=f"dispute:{settled.pk}", outcome=outcome)
        queue_dispute_settled(settled)
        _follow(settled, actor, now)
    dispute.refresh_from_db()


def _settle(
    dispute: NameDispute, outcome: DisputeOutcome, because: str, actor: User, now: datetime.datetime
) -> NameDispute:
    # The application first, as all acts on it do; then nobody can settle at the same moment.
    Application.objects.select_for_update(of=("self",)).only("pk").get(pk=dispute.application_id)
    settled = NameDispute.objects.with_sides().select_for_update(of=("self",)).get(pk=dispute.pk)
    if not settled.is_open:
        raise DisputeError(_("Somebody else has settled this dispute."))
    settled.outcome, settled.because = outcome, because
    settled.settled_at, settled.settled_by = now, actor
    settled.save(update_fields=["outcome", "because", "settled_at", "settled_by"])
    return settled


def _follow(dispute: NameDispute, actor: User, now: datetime.datetime) -> None:
    """What the outcome brings to the application, and to the other one."""
    own, other = dispute.application, dispute.other_application
    with held_application(own, None, now=now, states=ApplicationState.values) as held:
        _note(held, "name dispute settled", dispute.because, actor=actor, now=now)
        if dispute.outcome == DisputeOutcome.RENAMED and held.state in DISPUTABLE:
            hand_back(held, asked={"name": dispute.because}, actor=actor, now=now)
    if dispute.outcome == DisputeOutcome.JOINED and own.state in UNDECIDED:
        withdraw_application(application=own, actor=actor, now=now, text=dispute.because)
    if dispute.outcome == DisputeOutcome.OTHER_RENAMED and other and other.state in DISPUTABLE:
        with held_application(other, None, now=now, states=DISPUTABLE) as held:
            hand_back(held, asked={"name": dispute.because}, actor=actor, now=now)


def _note(application: Application, kind: str, text: str, *, actor: User, now: datetime.datetime) -> None:
    ApplicationEvent.objects.create(application=application, at=now, side=Side.STAFF, actor=actor, kind=kind, text=text)
