"""Who may do what with groups."""

from django.contrib.auth.models import AnonymousUser

from foundation.accounts.models import StaffTask, User
from foundation.accounts.permissions import can_do_staff_task
from members.permissions import can_see_people

from .models import KEEPS_GROUP, Agreement, Application, Group, GroupStatus, Role


def can_view_group(user: User | AnonymousUser, group: Group, *, has_passed_second_factor: bool) -> bool:
    """The public sees listed groups; a group's own people and staff for agreements see theirs in any state.

    Staff see it in a session that has passed the second factor: the page is outside of the staff's door.
    """
    if group.is_listed:
        return True
    return isinstance(user, User) and (
        group.roles.filter(user=user).exists()
        or (has_passed_second_factor and can_do_staff_task(user, StaffTask.AGREEMENTS))
    )


def can_import_groups(user: User | AnonymousUser) -> bool:
    """Staff trusted with agreements bring groups in by file."""
    return can_do_staff_task(user, StaffTask.AGREEMENTS)


def can_list_groups(user: User | AnonymousUser) -> bool:
    """Staff trusted with agreements put groups on the finder and take them off it."""
    return can_do_staff_task(user, StaffTask.AGREEMENTS)


def can_organize(user: User | AnonymousUser, group: Group) -> bool:
    """A group's contacts and organizers work for it until it ends: what they could see closes with it."""
    return (
        isinstance(user, User)
        and user.is_active
        and group.status != GroupStatus.ENDED
        and group.roles.filter(user=user, role__in=KEEPS_GROUP).exists()
    )


def can_build_form(user: User | AnonymousUser, group: Group | None) -> bool:
    """Forms of a group, and who signed up on them, are its organizers'; those of the network, staff's for people."""
    return can_see_people(user) if group is None else can_organize(user, group)


def can_review_applications(user: User | AnonymousUser) -> bool:
    """Staff trusted with agreements read applications, countersign, and end agreements."""
    return can_do_staff_task(user, StaffTask.AGREEMENTS)


def can_edit_agreement_text(user: User | AnonymousUser) -> bool:
    """Staff trusted with agreements write and publish versions of the text."""
    return can_do_staff_task(user, StaffTask.AGREEMENTS)


def can_hold_calls(user: User | AnonymousUser) -> bool:
    """Staff trusted with agreements hold calls, keep the regions and the fundraising guide."""
    return can_do_staff_task(user, StaffTask.AGREEMENTS)


def can_see_regional_calls(user: User | AnonymousUser, group: Group) -> bool:
    """Contacts and organizers of a group in force come to the calls of its region and put questions on the agenda."""
    return group.is_listed and can_organize(user, group)


def can_fill_in_application(user: User | AnonymousUser, application: Application) -> bool:
    """The points of contact of its group; as long as there is none, whoever began it."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return application.applicant_id == user.pk if application.group is None else is_contact(user, application.group)


def is_contact(user: User | AnonymousUser, group: Group) -> bool:
    """Is this user a point of contact of the group, whatever became of the group?"""
    return isinstance(user, User) and user.is_active and group.roles.filter(user=user, role=Role.CONTACT).exists()


def can_claim_name(user: User | AnonymousUser, group: Group) -> bool:
    """A point of contact of a group in force objects to a name that is too much like the group's."""
    return group.is_listed and is_contact(user, group)


def can_see_agreement(user: User | AnonymousUser, agreement: Agreement) -> bool:
    """The group's contacts and organizers, also after its end: it is their document too; and staff for agreements."""
    if can_review_applications(user):
        return True
    return (
        isinstance(user, User)
        and user.is_active
        and agreement.group.roles.filter(user=user, role__in=KEEPS_GROUP).exists()
    )


def can_sign_agreement(user: User | AnonymousUser, group: Group) -> bool:
    """A point of contact signs for the group."""
    return is_contact(user, group)


def can_see_roster(user: User | AnonymousUser, group: Group) -> bool:
    """Contacts and organizers, while the agreement is in force."""
    return group.is_listed and can_organize(user, group)


def can_keep_page(user: User | AnonymousUser, group: Group) -> bool:
    """Contacts and organizers write the group's page, while the agreement is in force."""
    return group.is_listed and can_organize(user, group)


def can_use_logo(user: User | AnonymousUser, group: Group) -> bool:
    """The licence to the name and the logo lasts as long as the agreement is in force."""
    return group.is_listed and can_organize(user, group)


def can_give_roles(user: User | AnonymousUser, group: Group) -> bool:
    """Contacts say who works for the group, from its founding to its end."""
    return group.status != GroupStatus.ENDED and is_contact(user, group)


def can_end_agreement(user: User | AnonymousUser, group: Group) -> bool:
    """Either side may: a point of contact, or staff for agreements."""
    return group.is_listed and (is_contact(user, group) or can_review_applications(user))
