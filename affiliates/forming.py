"""The forming group of an application: founded from its answers, kept in step with them, given up with it."""

import datetime

from foundation.accounts.models import User
from foundation.audit.models import record

from .agreements.steps import withdraw_agreement
from .application_tasks import agreement_of
from .emails import applications as emails
from .founding import found_group, free_slug, slug_for
from .homes import home_of
from .listing import unlist_group
from .models import Agreement, AgreementState, Application, Group, GroupRole, GroupStatus, Role
from .roles import revoke_open_invitations

# What of an application the group has too, by its own names. The agreement names the first two.
_NAMED_IN_AGREEMENT = ("name", "place_name")


def keep_group_in_step(application: Application, *, actor: User, now: datetime.datetime) -> bool:
    """Write the answers into the group, in the caller's transaction, which holds the lock on the application's row.

    The group is founded once its home and its name are known and the neighbours were seen; whoever began the
    application is its first point of contact. An agreement that was shown or signed under another name or place is
    withdrawn, and its signer is told. True where that was so. A group that is no longer forming stays as it is.
    """
    if not (application.name and application.place_name and application.neighbours_seen_at):
        return False
    if application.group is None:
        application.group = _found(application, actor, now)
        return False
    # In the order of the agreement's own steps: what is open, then the group.
    list(Agreement.objects.unfinished().filter(group=application.group_id).select_for_update().values_list("pk"))
    group = Group.objects.select_for_update(of=("self",), no_key=True).defer("position").get(pk=application.group.pk)
    if group.status != GroupStatus.FORMING:
        return False
    before = [getattr(group, name) for name in _NAMED_IN_AGREEMENT]
    _write_answers(application, group)
    application.group = group
    if before == [getattr(group, name) for name in _NAMED_IN_AGREEMENT]:
        return False
    record(actor=actor, action="renamed forming group", subject=group.scope)
    return _withdraw_agreement(application, actor=actor, now=now)


def give_up_group(application: Application, *, actor: User | None, now: datetime.datetime) -> None:
    """The application is over without an agreement in force: the forming group goes, in the caller's transaction.

    Where papers were made out for it (they are never deleted) it ends instead, as a group that nobody but its own
    people and staff ever saw.
    """
    group = application.group
    if group is None or group.status != GroupStatus.FORMING:
        return
    if group.agreements.exists():
        if actor:
            _withdraw_agreement(application, actor=actor, now=now, tells=False)
        revoke_open_invitations(group=group, actor=actor, now=now)
        unlist_group(group=group, actor=actor)
        return
    application.group = None
    application.save(update_fields=["group"])
    record(actor=actor, action="gave up forming group", subject=group.scope)
    group.delete()


def _found(application: Application, actor: User, now: datetime.datetime) -> Group:
    group = found_group(name=application.name, place=home_of(application), actor=actor, now=now)
    GroupRole.objects.create(group=group, user=actor, role=Role.CONTACT, since=now)
    group.plan = _plan_of(application)
    group.save(update_fields=["plan"])
    return group


def _write_answers(application: Application, group: Group) -> None:
    home = home_of(application)
    if (group.name, group.place_name) != (application.name, home.name):
        group.slug = free_slug(slug_for(application.name, home.name), state=home.state, besides=group)
    group.name, group.name_key = application.name, application.name_key
    group.country, group.state, group.zip_code_id = home.country, home.state, home.zip_code or None
    group.place_name, group.time_zone = home.name, home.time_zone
    group.latitude, group.longitude = home.latitude, home.longitude
    group.plan = _plan_of(application)
    group.save()


def _plan_of(application: Application) -> str:
    parts = (application.plan_issues, application.plan_actions, application.plan_priorities)
    return "\n\n".join(part for part in parts if part)


def _withdraw_agreement(application: Application, *, actor: User, now: datetime.datetime, tells: bool = True) -> bool:
    agreement = agreement_of(application)
    if agreement is None:
        return False
    was_signed = agreement.state == AgreementState.SIGNED
    withdraw_agreement(agreement=agreement, actor=actor, now=now)
    if tells and was_signed and agreement.signed_by and agreement.signed_by != actor:
        emails.queue_sign_again(application, agreement)
    return True
