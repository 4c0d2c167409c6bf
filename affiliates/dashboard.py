"""What a group's dashboard shows: what needs action first, then the ways to its pages. Apps above add to both."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation.accounts.models import User

from .disputes import claimable_by
from .models import Agreement, AgreementState, Application, Group, Role
from .permissions import can_claim_name
from .rounds import asked_of


@dataclass(frozen=True)
class ToDo:
    """One thing that needs action: what, where it is done (empty where one can only wait), and more about it."""

    text: str
    address: str = ""
    detail: str = ""
    is_urgent: bool = False


@dataclass(frozen=True)
class Way:
    """The way to one of the group's pages."""

    title: str
    address: str
    summary: str = ""


type FindToDos = Callable[[Group, User, datetime.datetime], Iterable[ToDo]]
type FindWays = Callable[[Group, User], Iterable[Way]]

_to_dos: dict[str, tuple[int, FindToDos]] = {}
_ways: dict[str, tuple[int, FindWays]] = {}


def register_to_dos(key: str, order: int, find: FindToDos) -> None:
    """Add to "needs your action": `find(group, user, now)` gives what there is, most often nothing.

    They stand in the order of `order`, urgent ones first; the same `key` again takes the place of the former. Called
    in an app's `ready()`.
    """
    _to_dos[key] = (order, find)


def register_ways(key: str, order: int, find: FindWays) -> None:
    """Add ways to pages of the group that `user` may open: `find(group, user)`."""
    _ways[key] = (order, find)


def to_dos_of(group: Group, user: User, now: datetime.datetime) -> list[ToDo]:
    """What needs the action of those who keep `group`, the urgent first."""
    in_order = sorted(_to_dos.values(), key=lambda entry: entry[0])
    found = [to_do for _order, find in in_order for to_do in find(group, user, now)]
    return sorted(found, key=lambda to_do: not to_do.is_urgent)


def ways_of(group: Group, user: User) -> list[Way]:
    """The ways to the pages of `group`."""
    return [way for _order, find in sorted(_ways.values(), key=lambda entry: entry[0]) for way in find(group, user)]


def register_own_dashboard() -> None:
    """What this app adds. Called in its `ready()`."""
    register_to_dos("agreement", 10, _agreement)
    register_to_dos("application", 20, _application)
    register_to_dos("people", 30, _people)
    register_to_dos("page", 40, _page)
    register_ways("own", 10, _own_ways)


# --- what this app adds ---------------------------------------------------------------------------------------


def _agreement(group: Group, user: User, now: datetime.datetime) -> list[ToDo]:
    """The agreement that waits to be signed, the round that asks for a new one, what national has."""
    address = reverse("group_agreement", args=[group.slug])
    asked = asked_of(group)
    open_one = group.agreements.unfinished().without_bodies().first()
    if open_one and open_one.state == AgreementState.SIGNED:
        return [ToDo(_("The agreement is signed. National staff countersign it."), detail=_since(open_one.signed_at))]
    if asked:
        days = max((asked.due_at - now).days, 0)
        until = date_format(asked.due_at, "DATE_FORMAT")
        return [
            ToDo(
                _("Sign the new agreement by %(date)s") % {"date": until}, address,
                _("%(days)s days are left. After that day the present agreement lapses.") % {"days": days},
                is_urgent=True,
            )
        ]  # fmt: skip
    if open_one:
        return [ToDo(_("Sign the agreement"), address, _until(open_one), is_urgent=True)]
    return []


def _application(group: Group, user: User, now: datetime.datetime) -> list[ToDo]:
    """Where the application of a forming group is."""
    application = Application.objects.filter(group=group).undecided().defer("position").first()
    if application is None:
        return []
    address = reverse("application_status", args=[application.pk])
    if application.is_with_applicant:
        return [ToDo(_("Go on with the application"), address, application.get_state_display(), is_urgent=True)]
    return [
        ToDo(_("The application is with national staff"), address, _since(application.waiting_since))
    ]  # fmt: skip


def _people(group: Group, user: User, now: datetime.datetime) -> list[ToDo]:
    """A contact who is alone, and invitations that nobody has accepted."""
    address, found = reverse("group_roles", args=[group.slug]), []
    if group.roles.filter(role=Role.CONTACT).count() < 2:
        found.append(
            ToDo(
                _("Invite a second point of contact"), address,
                _("A second contact is recommended: if one is away, the other can sign and vote."),
            )
        )  # fmt: skip
    waiting = group.invitations.open(now).count()
    ran_out = group.invitations.filter(accepted_at=None, revoked_at=None, expires_at__lte=now).count()
    if waiting:
        found.append(ToDo(_("Invitations not accepted yet: %(number)s") % {"number": waiting}, address))
    if ran_out:
        found.append(ToDo(_("Invitations that have run out: %(number)s") % {"number": ran_out}, address))
    return found


def _page(group: Group, user: User, now: datetime.datetime) -> list[ToDo]:
    """A public page that says nothing of the group."""
    if not group.is_listed or group.about:
        return []
    detail = _("Its public page says nothing about the group yet.")
    return [ToDo(_("Write what the group is about"), reverse("group_page_edit", args=[group.slug]), detail)]


def _own_ways(group: Group, user: User) -> list[Way]:
    """The pages of this app, by what they are about."""
    slug = [group.slug]
    in_force = [
        Way(_("Group page"), reverse("group_page_edit", args=slug), _("What the public reads.")),
        Way(_("People"), reverse("group_roster", args=slug), _("Who joined, and what they share.")),
        Way(_("Sign-up forms"), reverse("group_forms", args=slug), _("To share, to embed, to print.")),
        Way(_("Messages"), reverse("group_messages", args=slug), _("Write to the people of the group.")),
        Way(_("Logo kit"), reverse("group_logo", args=slug), _("The logo with the group’s name.")),
        Way(_("Calls of your region"), reverse("group_calls", args=slug), _("Dates, the agenda, what was answered.")),
    ]
    if can_claim_name(user, group) and claimable_by(group).exists():
        in_force.append(
            Way(_("This name is ours"), reverse("group_name_dispute", args=slug), _("A new group wants one like it."))
        )
    always = [
        Way(_("Roles"), reverse("group_roles", args=slug), _("Who works for the group.")),
        Way(_("Agreement"), reverse("group_agreement", args=slug), _("Read it, sign it, get the PDF.")),
    ]
    return [*(in_force if group.is_listed else []), *always]


def _since(moment: datetime.datetime | None) -> str:
    return _("Since %(date)s.") % {"date": date_format(moment, "DATE_FORMAT")} if moment else ""


def _until(agreement: Agreement) -> str:
    if agreement.expires_at is None:
        return ""
    return _("It can be signed until %(date)s.") % {"date": date_format(agreement.expires_at, "DATE_FORMAT")}
