"""A group's own house, invitations to it, and what staff do about groups in force."""

import datetime

from django.urls import reverse
from django.utils import timezone

from affiliates.agreements.steps import end_agreement, record_agreement_elsewhere
from affiliates.models import Agreement, EndCause, EndedBy, Group, GroupStatus, ResigningRound, Role
from affiliates.roles import accept_invitation, invitation_token, invite, revoke_invitation
from affiliates.rounds import send_notices
from affiliates.urls_in_force import GROUP, NATIONAL_GROUP, ROUNDS
from foundation.accounts.models import StaffTask, User
from tests.affiliates.signing import make_signed, make_template
from tests.factories import make_contact, make_group, make_staff, make_user

from .visits import Visit, page, send

INVITATION = "invitations/<str:token>/"


def staff() -> User:
    return make_staff(StaffTask.AGREEMENTS)


def address(name: str, group: Group) -> str:
    return reverse(name, args=[group.slug])


def in_force(group: Group) -> Agreement:
    return record_agreement_elsewhere(group=group, signed_name="Ada", signed_at=None, actor=None, now=timezone.now())


def busy_group() -> tuple[Group, User]:
    """In force, alone, asked to sign anew, with invitations, without words on its page."""
    group = make_group("Table of Plenty")
    contact = make_contact(group, "grace@example.org")
    in_force(group)
    make_round()
    for role in (Role.ORGANIZER, Role.HELPER):
        invite(group=group, email="a-rather-long-address@mail.example.org", role=role, actor=contact,
               now=timezone.now(), name="Ada Lovelace")  # fmt: skip
    return group, contact


def make_round() -> ResigningRound:
    now = timezone.now()
    return ResigningRound.objects.create(
        template=make_template(now), opened_at=now, due_at=now + datetime.timedelta(days=45),
        note="The part on money is new.\n\nPlease read it.",
    )  # fmt: skip


def ended_group(by: EndedBy) -> tuple[Group, User]:
    group = make_group("Table of Plenty")
    contact = make_contact(group)
    make_template()
    end_agreement(
        agreement=in_force(group), by=by, actor=staff(), now=timezone.now(), reason="Money was taken.",
        cause=EndCause.ILLEGAL,
    )  # fmt: skip
    return group, contact


# --- invitations ----------------------------------------------------------------------------------------------


def invited(email: str = "ada@example.org", hands_over: bool = False) -> str:
    group = make_group("Table of Plenty")
    made = invite(
        group=group, email=email, role=Role.CONTACT, actor=make_contact(group), now=timezone.now(),
        hands_over=hands_over,
    )  # fmt: skip
    return reverse("invitation", args=[invitation_token(made)])


@page(INVITATION)
def invitation_opened_by_anybody() -> Visit:
    return Visit(invited())


@page(INVITATION)
def invitation_opened_by_the_one_invited() -> Visit:
    return Visit(invited(hands_over=True), make_user("ada@example.org"))


@page(INVITATION)
def invitation_opened_by_another_address() -> Visit:
    return Visit(invited(), make_user("eve-with-quite-a-long-address@example.org"))


@page(INVITATION)
def invitation_taken_back() -> Visit:
    group = make_group()
    contact = make_contact(group)
    made = invite(group=group, email="ada@example.org", role=Role.HELPER, actor=contact, now=timezone.now())
    revoke_invitation(invitation=made, actor=contact, now=timezone.now())
    return Visit(reverse("invitation", args=[invitation_token(made)]))


@page(INVITATION)
def invitation_accepted() -> Visit:
    group, ada = make_group(), make_user("ada@example.org")
    made = invite(
        group=group, email="ada@example.org", role=Role.ORGANIZER, actor=make_contact(group), now=timezone.now()
    )
    accept_invitation(invitation=made, user=ada, now=timezone.now())
    return Visit(reverse("invitation", args=[invitation_token(made)]), ada)


@page(INVITATION)
def invitation_link_cut_off() -> Visit:
    return Visit("/invitations/abc/", status=404)


# --- the house ------------------------------------------------------------------------------------------------


@page("organize/")
def organize_of_several_groups() -> Visit:
    _group, contact = busy_group()
    for status, role in ((GroupStatus.FORMING, Role.CONTACT), (GroupStatus.ENDED, Role.CONTACT),
                         (GroupStatus.LISTED, Role.HELPER)):  # fmt: skip
        make_group(f"Kraftfahrzeughaftpflicht {role}", status=status).roles.create(user=contact, role=role)
    return Visit(reverse("organize"), contact)


@page("organize/")
def organize_of_nobody() -> Visit:
    return Visit(reverse("organize"), make_user())


@page(GROUP)
def dashboard_with_much_to_do() -> Visit:
    group, contact = busy_group()
    return Visit(address("group_dashboard", group), contact)


@page(GROUP)
def dashboard_of_a_forming_group() -> Visit:
    group = make_group("Ήλιος", status=GroupStatus.FORMING)
    make_contact(group)
    return Visit(address("group_dashboard", group), make_contact(group, role=Role.ORGANIZER))


@page(GROUP)
def dashboard_of_a_helper() -> Visit:
    group = make_group("Table of Plenty")
    return Visit(address("group_dashboard", group), make_contact(group, role=Role.HELPER))


@page(GROUP)
def dashboard_of_a_group_that_ended() -> Visit:
    group, contact = ended_group(EndedBy.GROUP)
    return Visit(address("group_dashboard", group), contact)


@page(GROUP)
def dashboard_of_a_group_that_the_network_ended() -> Visit:
    group, contact = ended_group(EndedBy.NETWORK)
    return Visit(address("group_dashboard", group), contact)


@page(GROUP)
def dashboard_of_a_group_coming_back() -> Visit:
    group, contact = ended_group(EndedBy.GROUP)
    group.refresh_from_db()
    make_signed(group, now=timezone.now())
    return Visit(address("group_dashboard", group), contact)


@page(f"{GROUP}page/")
def own_page_empty() -> Visit:
    group, contact = busy_group()
    return Visit(address("group_page_edit", group), contact)


@page(f"{GROUP}page/")
def own_page_previewed() -> Visit:
    group, contact = busy_group()
    make_group("Next door")
    steps = send(
        press="button[value=preview]", about="We cook.\n\nEvery Saturday.", plan="A kitchen.", label_1="Our site",
        url_1="https://plenty.example",
    )  # fmt: skip
    return Visit(address("group_page_edit", group), contact, then=steps)


@page(f"{GROUP}page/")
def own_page_with_errors() -> Visit:
    group, contact = busy_group()
    steps = send(press="button[value=publish]", contact_email="x", label_1="Our site", url_2="javascript:alert(1)")
    return Visit(address("group_page_edit", group), contact, then=steps, status=422)


@page(f"{GROUP}page/")
def own_page_of_a_forming_group() -> Visit:
    group = make_group(status=GroupStatus.FORMING)
    return Visit(address("group_page_edit", group), make_contact(group), status=403)


@page(f"{GROUP}roles/")
def role_list_of_a_contact() -> Visit:
    group, contact = busy_group()
    make_contact(group, role=Role.ORGANIZER)
    return Visit(address("group_roles", group), contact)


@page(f"{GROUP}roles/")
def role_list_of_an_organizer() -> Visit:
    group, _contact = busy_group()
    return Visit(address("group_roles", group), make_contact(group, role=Role.ORGANIZER))


@page(f"{GROUP}roles/")
def role_list_with_errors() -> Visit:
    group, contact = busy_group()
    return Visit(address("group_roles", group), contact, then=send(press=".panel button.button", email="x"), status=422)


@page(f"{GROUP}roles/<int:pk>/end/")
def role_to_end() -> Visit:
    group, contact = busy_group()
    role = make_contact(group).group_roles.get()
    return Visit(reverse("group_role_end", args=[group.slug, role.pk]), contact)


@page(f"{GROUP}roles/<int:pk>/end/")
def role_of_the_last_contact() -> Visit:
    group, contact = busy_group()
    return Visit(reverse("group_role_end", args=[group.slug, contact.group_roles.get().pk]), contact)


@page(f"{GROUP}logo/")
def logo_kit() -> Visit:
    group, contact = busy_group()
    return Visit(address("group_logo", group), contact)


@page(f"{GROUP}logo/")
def logo_kit_of_a_forming_group() -> Visit:
    group = make_group(status=GroupStatus.FORMING)
    return Visit(address("group_logo", group), make_contact(group), status=403)


@page(f"{GROUP}end/")
def end_by_the_group() -> Visit:
    group, contact = busy_group()
    return Visit(address("group_end", group), contact)


@page(f"{GROUP}end/")
def end_by_the_group_with_errors() -> Visit:
    group, contact = busy_group()
    return Visit(address("group_end", group), contact, then=send(), status=422)


# --- staff ----------------------------------------------------------------------------------------------------


@page(NATIONAL_GROUP)
def group_for_staff() -> Visit:
    group, _contact = busy_group()
    return Visit(reverse("national_group", args=[group.pk]), staff())


@page(NATIONAL_GROUP)
def group_that_may_come_back_with_errors() -> Visit:
    group, _contact = ended_group(EndedBy.NETWORK)
    return Visit(reverse("national_group", args=[group.pk]), staff(), then=send(reason=""), status=422)


@page(f"{NATIONAL_GROUP}end/")
def end_by_the_network() -> Visit:
    group, _contact = busy_group()
    return Visit(reverse("national_group_end", args=[group.pk]), staff())


@page(f"{NATIONAL_GROUP}end/")
def end_by_the_network_with_errors() -> Visit:
    group, _contact = busy_group()
    return Visit(reverse("national_group_end", args=[group.pk]), staff(), then=send(), status=422)


@page(ROUNDS)
def rounds_none_yet() -> Visit:
    make_template()
    return Visit(reverse("national_rounds"), staff())


@page(ROUNDS)
def rounds_with_errors() -> Visit:
    make_template()
    return Visit(reverse("national_rounds"), staff(), then=send(due="2020-01-01"), status=422)


@page(ROUNDS)
def rounds_with_one() -> Visit:
    make_round()
    return Visit(reverse("national_rounds"), staff())


@page(f"{ROUNDS}<int:pk>/")
def round_under_way() -> Visit:
    busy_group()
    asked = ResigningRound.objects.get()
    send_notices(now=timezone.now())
    return Visit(reverse("national_round", args=[asked.pk]), staff())


@page(f"{ROUNDS}<int:pk>/")
def round_with_errors() -> Visit:
    asked = make_round()
    return Visit(reverse("national_round", args=[asked.pk]), staff(), then=send(due="2020-01-01"), status=422)
