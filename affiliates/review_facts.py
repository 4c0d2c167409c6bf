"""What staff see of one application besides its answers."""

from dataclasses import dataclass

from foundation.accounts.models import User

from .application_history import PastEvent, history
from .application_tasks import agreement_of, call_answers_of
from .disputes import applications_named_like, groups_named_like
from .emails.reviewing import contacts_of
from .finder import FoundGroup
from .models import (
    Agreement,
    Application,
    ApplicationState,
    CallAnswer,
    Group,
    NameDispute,
    Role,
    RoleInvitation,
)
from .pages import nearest_others
from .reviewing import obstacles

MOST_ALIKE = 8


@dataclass(frozen=True)
class Alike:
    """A group or an application whose name resembles the applicant's; `percent` from 0 to 100."""

    other: Group | Application
    percent: int

    @property
    def is_group(self) -> bool:
        return isinstance(self.other, Group)

    @property
    def key(self) -> str:
        """ "group:17" or "application:4": how a form names it."""
        return f"{'group' if self.is_group else 'application'}:{self.other.pk}"


@dataclass(frozen=True)
class Facts:
    """Everything beside the answers. `obstacles` is what stands in the way of approving it."""

    nearby: list[FoundGroup]
    alike: list[Alike]
    contacts: list[User]
    invitations: list[RoleInvitation]
    answers: list[CallAnswer]
    agreement: Agreement | None
    disputes: list[NameDispute]
    history: list[PastEvent]
    obstacles: list[str]

    @property
    def last_event(self) -> int:
        """The id of the newest event: what came after it, whoever reads this has not seen."""
        return self.history[0].event.pk if self.history else 0


def facts_of(application: Application) -> Facts:
    """The facts of this moment. A dozen queries, whatever the application holds."""
    group = application.group
    return Facts(
        nearby=nearest_others(group, limit=5) if group else [],
        alike=names_alike(application),
        contacts=list(contacts_of(group)) if group else [],
        invitations=_invitations(group) if group else [],
        answers=call_answers_of(application),
        agreement=agreement_of(application) or _last_agreement(group),
        disputes=list(application.disputes.with_sides().order_by("-pk")),
        history=history(application, for_staff=True),
        obstacles=obstacles(application) if application.state == ApplicationState.FILED else [],
    )


def names_alike(application: Application) -> list[Alike]:
    """Groups and undecided applications by likeness of the name, the most alike first."""
    found = [*groups_named_like(application)[:MOST_ALIKE], *applications_named_like(application)[:MOST_ALIKE]]
    alike = [Alike(one, round(100 * one.likeness)) for one in found]
    return sorted(alike, key=lambda one: -one.percent)[:MOST_ALIKE]


def _invitations(group: Group) -> list[RoleInvitation]:
    """Those who were asked to be a point of contact and have not accepted."""
    asked = RoleInvitation.objects.filter(
        group=group, role=Role.CONTACT, accepted_at__isnull=True, revoked_at__isnull=True
    )
    return list(asked.order_by("at", "pk"))


def _last_agreement(group: Group | None) -> Agreement | None:
    return group.agreements.without_bodies().order_by("-created_at", "-pk").first() if group else None
