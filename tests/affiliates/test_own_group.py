"""A group's own house in the browser: dashboard, page, roles, invitations, end and return."""

import datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from affiliates import dashboard
from affiliates.agreements.steps import end_agreement, record_agreement_elsewhere
from affiliates.dashboard import ToDo, Way, register_to_dos, register_ways
from affiliates.models import Agreement, EndedBy, Group, GroupStatus, ResigningRound, Role, RoleInvitation
from affiliates.page_editing import PageContent, PageError, publish_page
from affiliates.roles import invitation_token, invite
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from foundation.places.models import Area, AreaKind, ZipCode
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import sign_in

from .reviewing import make_application
from .signing import make_signed, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    made = make_group("Table of Plenty", slug="plenty")
    record_agreement_elsewhere(group=made, signed_name="Ada", signed_at=None, actor=None, now=timezone.now())
    return made


@pytest.fixture
def contact(group: Group, client: Client) -> User:
    user = make_contact(group, "grace@example.org")
    sign_in(client, user)
    return user


def at(name: str, *more: object) -> str:
    return reverse(name, args=["plenty", *more])


def text_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def sign_in_as(client: Client, group: Group, role: str) -> User:
    user = make_contact(group, role=role)
    sign_in(client, user)
    return user


def end(group: Group, by: EndedBy = EndedBy.GROUP) -> None:
    agreement = Agreement.objects.in_force().get(group=group)
    end_agreement(agreement=agreement, by=by, actor=make_staff(), now=timezone.now(), reason="Money was taken.")


# --- the dashboard --------------------------------------------------------------------------------------------


def test_the_dashboard_says_what_needs_action(client: Client, group: Group, contact: User) -> None:
    now = timezone.now()
    ResigningRound.objects.create(
        template=make_template(), opened_at=now, due_at=now + datetime.timedelta(days=40, hours=1)
    )
    for email, days in (("ada@example.org", 0), ("bea@example.org", 20)):
        invite(group=group, email=email, role=Role.HELPER, actor=contact, now=now - datetime.timedelta(days=days))
    page = text_of(client, at("group_dashboard"))
    for line in (
        "Sign the new agreement by",
        "40 days are left",
        "Invite a second point of contact",
        "Invitations not accepted yet: 1",
        "Invitations that have run out: 1",
        "Write what the group is about",
    ):
        assert line in page
    assert page.index("Sign the new agreement") < page.index("Invite a second")


def test_a_group_in_order_has_nothing_to_do(client: Client, group: Group, contact: User) -> None:
    make_contact(group)
    Group.objects.update(about="We cook.")
    assert "Nothing at the moment." in text_of(client, at("group_dashboard"))


def test_what_is_signed_waits_for_national(client: Client, group: Group, contact: User) -> None:
    make_signed(group)
    assert "National staff countersign it." in text_of(client, at("group_dashboard"))


def test_a_forming_group_sees_where_its_application_is(client: Client) -> None:
    application = make_application()
    assert application.group is not None
    user = make_contact(application.group)
    sign_in(client, user)
    page = text_of(client, reverse("group_dashboard", args=[application.group.slug]))
    assert reverse("application_status", args=[application.pk]) in page
    assert "Logo kit" not in page


def test_a_contact_is_shown_the_way_to_object_while_a_new_group_wants_a_name_like_theirs(
    client: Client, group: Group, contact: User
) -> None:
    address = f"/organize/groups/{group.slug}/name-dispute/"
    assert address not in client.get(at("group_dashboard")).content.decode()
    make_application(name=group.name, near="04101")
    assert address in client.get(at("group_dashboard")).content.decode()


def test_apps_above_add_to_the_dashboard(
    client: Client, group: Group, contact: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "_to_dos", dict(dashboard._to_dos))
    monkeypatch.setattr(dashboard, "_ways", dict(dashboard._ways))
    register_to_dos("events", 1, lambda group, user, now: [ToDo("Check in people today", "/events/x/", is_urgent=True)])
    register_ways("events", 1, lambda group, user: [Way("Events", "/events/")])
    page = text_of(client, at("group_dashboard"))
    assert page.index("Check in people today") < page.index("Invite a second")
    assert page.index('href="/events/"') < page.index("Roles")


def test_a_helper_sees_the_name_and_nothing_else(client: Client, group: Group) -> None:
    make_contact(group, "grace@example.org")
    sign_in_as(client, group, Role.HELPER)
    page = text_of(client, at("group_dashboard"))
    assert "Table of Plenty" in page
    assert "grace" not in page
    for name in ("group_roles", "group_page_edit", "group_logo", "group_end", "group_forms"):
        assert client.get(at(name)).status_code == 404
        assert at(name) not in page


def test_organize_lists_the_groups_of_each_kind(client: Client, group: Group, contact: User) -> None:
    for name, role, status in (
        ("Helped", Role.HELPER, GroupStatus.LISTED),
        ("Former", Role.CONTACT, GroupStatus.ENDED),
        ("Gone", Role.ORGANIZER, GroupStatus.ENDED),
    ):
        make_group(name, status=status).roles.create(user=contact, role=role)
    page = text_of(client, reverse("organize"))
    for name in ("Table of Plenty", "Helped", "Former"):
        assert page.count(f"<bdi>{name}</bdi>") == 1
    assert "Gone" not in page


def test_the_dashboard_takes_few_queries(
    client: Client, group: Group, contact: User, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(28):
        client.get(at("group_dashboard"))


# --- the page -------------------------------------------------------------------------------------------------

WORDS = {"about": "We cook.", "plan": "A kitchen.", "contact_email": "Us@Example.org", "label_1": "Our site",
         "url_1": "https://plenty.example"}  # fmt: skip


def test_a_preview_shows_the_page_and_saves_nothing(client: Client, group: Group, contact: User) -> None:
    answer = client.post(at("group_page_edit"), {**WORDS, "do": "preview"})
    page = answer.content.decode()
    assert (answer.status_code, page.count("We cook.")) == (200, 2)  # as it will be, and in the form
    assert 'href="https://plenty.example"' in page
    group.refresh_from_db()
    assert (group.about, group.links.count()) == ("", 0)
    assert "We cook." not in text_of(client, "/groups/plenty/")


def test_publishing_shows_it_to_the_public(client: Client, group: Group, contact: User) -> None:
    group.links.create(label="Old", url="https://old.example")
    assert client.post(at("group_page_edit"), {**WORDS, "do": "publish"}).status_code == 302
    group.refresh_from_db()
    assert (group.about, group.plan, group.contact_email) == ("We cook.", "A kitchen.", "us@example.org")
    assert [link.url for link in group.links.all()] == ["https://plenty.example"]
    public = Client().get("/groups/plenty/").content.decode()
    assert "We cook." in public
    assert "us@example.org" not in public
    assert AuditEntry.objects.filter(action="published page", subject=group.scope).count() == 1


def test_an_organizer_may_publish(client: Client, group: Group) -> None:
    sign_in_as(client, group, Role.ORGANIZER)
    assert client.post(at("group_page_edit"), {**WORDS, "do": "publish"}).status_code == 302


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"about": "x" * 4001}, "at most 4000"),
        ({"contact_email": "x"}, "valid email"),
        ({"url_1": "javascript:alert(1)"}, "valid URL"),
        ({"url_1": "ftp://plenty.example"}, "begins with https"),
        ({"label_1": ""}, "Say what the link is called"),
        ({"url_1": ""}, "Enter the address of the link"),
        ({"label_2": "Twice", "url_2": "https://plenty.example"}, "is there already"),
    ],
)
@pytest.mark.parametrize("do", ["preview", "publish"])
@pytest.mark.usefixtures("contact")
def test_what_is_wrong_is_said_and_nothing_is_lost(
    client: Client, group: Group, changes: dict[str, str], words: str, do: str
) -> None:
    answer = client.post(at("group_page_edit"), {**WORDS, **changes, "do": do})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "There is a problem" in page
    assert "A kitchen." in page
    group.refresh_from_db()
    assert group.plan == ""


def test_links_that_are_not_filled_in_are_folded_away_but_for_one(client: Client, group: Group, contact: User) -> None:
    group.links.create(label="Ours", url="https://plenty.example")
    shown, _summary, more = text_of(client, at("group_page_edit")).partition("<summary>More links</summary>")
    assert 'name="url_2"' in shown
    assert 'name="url_3"' not in shown
    assert 'name="url_8"' in more


def test_a_group_says_which_areas_it_serves(client: Client, group: Group, contact: User) -> None:
    near, far = make_area("Middlesex County", "02140"), make_area("Cook County", "60601")
    page = text_of(client, at("group_page_edit"))
    assert "Middlesex County" in page
    assert "Cook County" not in page
    preview = client.post(at("group_page_edit"), {**WORDS, "areas": [near.pk], "do": "preview"}).content.decode()
    assert "<li>Middlesex County</li>" in preview
    assert not group.areas_served.exists()
    client.post(at("group_page_edit"), {**WORDS, "areas": [near.pk], "do": "publish"})
    assert list(group.areas_served.all()) == [near]
    refused = client.post(at("group_page_edit"), {**WORDS, "areas": [far.pk], "do": "publish"})
    assert refused.status_code == 422
    client.post(at("group_page_edit"), {**WORDS, "do": "publish"})
    assert not group.areas_served.exists()


def test_an_area_that_staff_gave_a_group_is_kept_however_far(client: Client, group: Group, contact: User) -> None:
    far = make_area("Cook County", "60601")
    group.areas_served.add(far)
    assert "Cook County" in text_of(client, at("group_page_edit"))
    client.post(at("group_page_edit"), {**WORDS, "areas": [far.pk], "do": "publish"})
    assert list(group.areas_served.all()) == [far]


def make_area(name: str, *zip_codes: str) -> Area:
    area = Area.objects.create(kind=AreaKind.CUSTOM, name=name, slug=name.lower().replace(" ", "-"))
    area.zip_codes.set(ZipCode.objects.filter(pk__in=zip_codes))
    return area


def test_a_forming_group_has_no_page_to_edit(client: Client, group: Group, contact: User) -> None:
    Group.objects.update(status=GroupStatus.FORMING)
    assert client.get(at("group_page_edit")).status_code == 403
    assert client.post(at("group_page_edit"), {**WORDS, "do": "publish"}).status_code == 403
    assert not group.links.exists()


def test_what_ends_while_somebody_writes_is_not_published(group: Group, contact: User) -> None:
    stale = Group.objects.get(pk=group.pk)
    end(group)
    with pytest.raises(PageError):
        publish_page(group=stale, content=PageContent("Late", "", "", []), actor=contact)


# --- roles ----------------------------------------------------------------------------------------------------


def test_a_contact_invites(client: Client, group: Group, contact: User) -> None:
    answer = client.post(at("group_roles"), {"email": "ada@example.org", "role": "organizer"}, follow=True)
    assert "The invitation is on its way." in answer.content.decode()
    assert "ada@example.org" in answer.content.decode()
    assert OutgoingMail.objects.filter(to_email="ada@example.org").count() == 1


def test_the_roles_page_says_what_is_wrong(client: Client, group: Group, contact: User) -> None:
    for posted, words in (
        ({"email": "x", "role": "organizer"}, "valid email"),
        ({"email": "ada@example.org", "role": "king"}, "Select a valid choice"),
        ({"email": "grace@example.org", "role": "contact"}, "has this role already"),
        ({"email": "ada@example.org", "role": "helper", "hands_over": "on"}, "only hand over"),
    ):
        answer = client.post(at("group_roles"), posted)
        assert answer.status_code == 422
        assert words in answer.content.decode()


def test_an_address_is_not_written_to_again_and_again(client: Client, group: Group, contact: User) -> None:
    posted = {"email": "ada@example.org", "role": "organizer"}
    assert [client.post(at("group_roles"), posted).status_code for _number in range(4)] == [302, 302, 302, 422]
    assert OutgoingMail.objects.filter(to_email="ada@example.org").count() <= 3


def test_an_organizer_reads_the_roles_and_changes_none(client: Client, group: Group) -> None:
    owner = make_contact(group, "grace@example.org")
    other = make_contact(group)
    invitation = invite(group=group, email="ada@example.org", role=Role.HELPER, actor=owner, now=timezone.now())
    organizer = sign_in_as(client, group, Role.ORGANIZER)
    page = text_of(client, at("group_roles"))
    assert "grace@example.org" in page
    assert "Send the invitation" not in page
    assert "Take back" not in page
    assert client.post(at("group_roles"), {"email": "eve@example.org", "role": "helper"}).status_code == 403
    assert client.post(at("group_role_end", other.group_roles.get().pk)).status_code == 404
    assert client.post(at("group_invitation_revoke", invitation.pk)).status_code == 404
    answer = client.post(at("group_role_end", organizer.group_roles.get().pk))
    assert answer["Location"] == reverse("organize")


def test_a_contact_ends_a_role_after_a_question(client: Client, group: Group, contact: User) -> None:
    role = make_contact(group, role=Role.HELPER).group_roles.get()
    client.get(at("group_role_end", role.pk))
    assert group.roles.filter(pk=role.pk).exists()
    client.post(at("group_role_end", role.pk))
    assert not group.roles.filter(pk=role.pk).exists()


def test_the_last_contact_is_told_why_not(client: Client, group: Group, contact: User) -> None:
    role = contact.group_roles.get()
    assert "A group needs a point of contact" in text_of(client, at("group_role_end", role.pk))
    answer = client.post(at("group_role_end", role.pk), follow=True)
    assert "A group needs a point of contact" in answer.content.decode()
    assert contact.group_roles.exists()


def test_a_role_of_another_group_is_not_found(client: Client, group: Group, contact: User) -> None:
    other = make_contact(make_group()).group_roles.get()
    assert client.post(at("group_role_end", other.pk)).status_code == 404
    assert make_contact(group).group_roles.exists()


def test_a_contact_takes_an_invitation_back(client: Client, group: Group, contact: User) -> None:
    invitation = invite(group=group, email="ada@example.org", role=Role.HELPER, actor=contact, now=timezone.now())
    client.post(at("group_invitation_revoke", invitation.pk))
    invitation.refresh_from_db()
    assert invitation.revoked_at


# --- an invitation's page -------------------------------------------------------------------------------------


@pytest.fixture
def invitation(group: Group) -> RoleInvitation:
    actor = make_contact(group, "grace@example.org")
    return invite(group=group, email="ada@example.org", role=Role.ORGANIZER, actor=actor, now=timezone.now())


def link(invitation: RoleInvitation) -> str:
    return reverse("invitation", args=[invitation_token(invitation)])


def test_opening_the_link_changes_nothing_and_the_button_accepts(client: Client, invitation: RoleInvitation) -> None:
    ada = make_user("ada@example.org")
    sign_in(client, ada)
    assert client.get(link(invitation)).status_code == client.head(link(invitation)).status_code == 200
    assert not ada.group_roles.exists()
    assert client.post(link(invitation))["Location"] == at("group_dashboard")
    assert ada.group_roles.get().role == Role.ORGANIZER
    assert "You accepted this invitation." in text_of(client, link(invitation))


def test_who_is_not_signed_in_is_asked_to(client: Client, invitation: RoleInvitation) -> None:
    page = text_of(client, link(invitation))
    assert f"{reverse('account_login')}?next={quote(link(invitation))}" in page
    assert client.post(link(invitation)).status_code == 200
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_another_address_is_told_why_it_may_not(client: Client, invitation: RoleInvitation) -> None:
    eve = make_user("eve@example.org")
    sign_in(client, eve)
    for answer, status in ((client.get(link(invitation)), 200), (client.post(link(invitation)), 403)):
        page = answer.content.decode()
        assert answer.status_code == status
        assert "You are signed in as eve@example.org" in page
        assert reverse("account_logout") in page
        assert "ada@example.org" not in page
    assert not eve.group_roles.exists()


def test_links_that_do_not_work_say_so_kindly(client: Client, invitation: RoleInvitation) -> None:
    assert "This link does not work" in client.get("/invitations/abc/").content.decode()
    sign_in(client, make_user("ada@example.org"))
    RoleInvitation.objects.update(expires_at=timezone.now())
    answer = client.post(link(invitation))
    assert (answer.status_code, "has run out" in answer.content.decode()) == (409, True)
    RoleInvitation.objects.update(revoked_at=timezone.now())
    assert "was taken back" in text_of(client, link(invitation))


# --- the end and the return -----------------------------------------------------------------------------------


def test_a_contact_ends_the_agreement_with_a_tick(client: Client, group: Group, contact: User) -> None:
    assert "public page is closed" in text_of(client, at("group_end"))
    answer = client.post(at("group_end"), {"reason": "We stop."})
    assert (answer.status_code, "Tick the box" in answer.content.decode()) == (422, True)
    assert "We stop." in answer.content.decode()
    answer = client.post(at("group_end"), {"reason": "We stop.", "understood": "on"}, follow=True)
    assert "Come back" in answer.content.decode()
    group.refresh_from_db()
    assert group.status == GroupStatus.ENDED


def test_an_organizer_does_not_end_the_agreement(client: Client, group: Group) -> None:
    sign_in_as(client, group, Role.ORGANIZER)
    assert client.post(at("group_end"), {"understood": "on"}).status_code == 404
    assert at("group_end") not in text_of(client, at("group_dashboard"))


def test_all_pages_close_with_the_end_but_the_former_view(client: Client, group: Group, contact: User) -> None:
    end(group)
    for name in ("group_roles", "group_page_edit", "group_logo", "group_end", "group_forms"):
        assert client.get(at(name)).status_code == 404
    agreement = group.agreements.get()
    page = text_of(client, at("group_dashboard"))
    assert reverse("agreement", args=[agreement.reference]) in page
    assert client.get(reverse("agreement", args=[agreement.reference])).status_code == 200


def test_the_former_view_is_for_contacts(client: Client, group: Group) -> None:
    sign_in_as(client, group, Role.ORGANIZER)
    end(group)
    assert client.get(at("group_dashboard")).status_code == 404
    assert client.post(at("group_return")).status_code == 404


def test_a_former_contact_comes_back_by_a_press(client: Client, group: Group, contact: User) -> None:
    make_template()
    end(group)
    answer = client.post(at("group_return"))
    agreement = group.agreements.unfinished().get()
    assert answer["Location"] == reverse("agreement", args=[agreement.reference])
    assert "waits for a point of contact to sign it" in text_of(client, at("group_dashboard"))


def test_one_that_the_network_ended_is_told_why_and_to_ask(client: Client, group: Group, contact: User) -> None:
    make_template()
    end(group, EndedBy.NETWORK)
    page = text_of(client, at("group_dashboard"))
    assert "Money was taken." in page
    assert "Ask national staff first" in page
    answer = client.post(at("group_return"), follow=True)
    assert "Ask national staff first" in answer.content.decode()
    assert not group.agreements.unfinished().exists()


# --- staff ----------------------------------------------------------------------------------------------------


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff(StaffTask.AGREEMENTS)
    sign_in(client, user)
    return user


def test_staff_end_an_agreement_with_a_reason(client: Client, group: Group, staff: User) -> None:
    address = reverse("national_group_end", args=[group.pk])
    answer = client.post(address, {"cause": "illegal", "reason": "  ", "understood": "on"})
    assert answer.status_code == 422
    answer = client.post(address, {"cause": "illegal", "reason": "Money was taken.", "understood": "on"}, follow=True)
    assert "has ended" in answer.content.decode()
    ended = group.agreements.get()
    assert (ended.ended_by, ended.ended_for, ended.reason) == ("network", "illegal", "Money was taken.")
    assert "No agreement of this group is in force." in client.get(address, follow=True).content.decode()


def test_ending_asks_who_is_there(client: Client, group: Group, staff: User) -> None:
    client.force_login(staff)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": 1.0}]
    session.save()
    answer = client.post(reverse("national_group_end", args=[group.pk]), {"cause": "other", "reason": "x"})
    assert "reauthenticate" in answer["Location"]
    group.refresh_from_db()
    assert group.is_listed


def test_staff_let_a_group_come_back(client: Client, group: Group, staff: User) -> None:
    end(group, EndedBy.NETWORK)
    address = reverse("national_group", args=[group.pk])
    assert "Let it come back" in text_of(client, address)
    assert client.post(address, {"reason": ""}).status_code == 422
    client.post(address, {"reason": "It was settled."})
    assert group.agreements.get().return_allowed_at
    assert "Let it come back" not in text_of(client, address)
    assert client.post(address, {"reason": "Again."}).status_code == 302


def test_a_round_is_opened_extended_and_closed(client: Client, group: Group, staff: User) -> None:
    make_template()
    rounds = reverse("national_rounds")
    today = timezone.localdate()
    for days, note in ((29, "New."), (60, "")):
        posted = {"due": today + datetime.timedelta(days=days), "note": note}
        assert client.post(rounds, posted).status_code == 422
    answer = client.post(rounds, {"due": today + datetime.timedelta(days=60), "note": "New."})
    asked = ResigningRound.objects.get()
    board = reverse("national_round", args=[asked.pk])
    assert answer["Location"] == board
    assert "Table of Plenty" in text_of(client, board)
    assert "Table of Plenty" not in text_of(client, f"{board}?standing=signed")
    assert client.post(board, {"due": today + datetime.timedelta(days=50)}).status_code == 422
    assert client.post(board, {"due": today + datetime.timedelta(days=70)}).status_code == 302
    client.post(reverse("national_round_close", args=[asked.pk]))
    answer = client.post(reverse("national_round_close", args=[asked.pk]), follow=True)
    assert "This round is closed." in answer.content.decode()
    assert client.post(rounds, posted | {"note": "New."}).status_code == 422  # this version had its round


def test_the_board_takes_few_queries(
    client: Client, group: Group, staff: User, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    asked = ResigningRound.objects.create(
        template=make_template(), opened_at=now, due_at=now + datetime.timedelta(days=40)
    )
    for _number in range(20):
        record_agreement_elsewhere(group=make_group(), signed_name="A", signed_at=None, actor=None, now=now)
    with django_assert_max_num_queries(16):
        client.get(reverse("national_round", args=[asked.pk]))
