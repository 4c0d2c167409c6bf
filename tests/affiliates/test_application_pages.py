"""The pages on which somebody starts a group: the guide, the questions, filing, and where it stands."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from affiliates.models import Application, ApplicationState, Group, GroupStatus, RoleInvitation
from affiliates.reviewing import approve_application, ask_for_changes, decline_application, note_internally
from foundation.accounts.models import StaffTask, User
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import sign_in

from .applying import NOW, PLAN, call_it, make_draft, make_filed, make_founded, make_ready, settle
from .calling import make_call
from .signing import make_shown, make_signed, make_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user(name="Ada Lovelace")


@pytest.fixture
def applicant(client: Client, user: User) -> Client:
    """A browser in which `user` is signed in."""
    sign_in(client, user)
    return client


def path(application: Application, name: str = "status") -> str:
    return reverse(f"application_{name}", args=[application.pk])


def read(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def answer(client: Client, application: Application, question: str, /, **typed: str) -> str:
    """Post an answer on the present reading; where it leads to."""
    application.refresh_from_db()
    response = client.post(path(application, question), {"revision": application.revision, **typed})
    assert response.status_code == 302, response.content.decode()
    return response.headers["Location"]


# --- the guide ------------------------------------------------------------------------------------------------


def test_the_guide_shows_the_groups_near_a_place_and_the_next_calls(client: Client) -> None:
    make_group("Rising Sun", near="02138")
    make_call(timezone.now() + datetime.timedelta(days=3))
    page = read(client, "/groups/start/?near=02139")
    assert "Rising Sun" in page
    assert "/groups/start/calls/" in page
    assert "/fundraising/" in page
    assert "/groups/start/application/?near=02139" in page


def test_the_guide_says_where_nobody_is_near_and_what_is_no_place(client: Client) -> None:
    assert "No group within 50 miles" in read(client, "/groups/start/?near=59301")
    wrong = client.get("/groups/start/?near=00000")
    assert wrong.status_code == 422
    assert "There is no ZIP code 00000" in wrong.content.decode()


def test_the_guide_shows_nothing_of_applications_to_strangers(client: Client) -> None:
    make_founded(name="Rising Sun")
    assert "Rising Sun" not in read(client, "/groups/start/?near=02139")


def test_starting_needs_a_sign_in_and_comes_back_with_the_place(client: Client) -> None:
    answer = client.get("/groups/start/application/?near=02139")
    assert answer.headers["Location"] == "/accounts/login/?next=/groups/start/application/%3Fnear%3D02139"
    sign_in(client, make_user())
    assert 'value="02139"' in read(client, "/groups/start/application/?near=02139")
    assert not Application.objects.exists()


def test_the_button_starts_an_application_at_the_place(applicant: Client) -> None:
    answer = applicant.post("/groups/start/application/", {"near": "Cambridge, MA"})
    application = Application.objects.get()
    assert answer.headers["Location"] == path(application)
    assert application.place_name == "Cambridge, MA"
    page = read(applicant, "/groups/start/")
    assert "Go on with your application" in page
    assert path(application) in page


@pytest.mark.parametrize("near", ["", "00000", "Ohio", "x" * 500])
def test_what_is_no_home_starts_an_application_without_one(applicant: Client, near: str) -> None:
    applicant.post("/groups/start/application/", {"near": near})
    assert Application.objects.get().place_name == ""


def test_the_eleventh_start_within_an_hour_is_refused(applicant: Client) -> None:
    answers = [applicant.post("/groups/start/application/").status_code for _ in range(11)]
    assert answers == [302] * 10 + [429]


def test_a_sixth_application_is_refused_with_a_word(applicant: Client, user: User) -> None:
    for near in ("02139", "59301", "10001", "60601", "94110"):
        settle(make_draft(user), near)
    response = applicant.post("/groups/start/application/", follow=True)
    assert "5 applications open" in response.content.decode()
    assert Application.objects.count() == 5


# --- from the first question to filing ------------------------------------------------------------------------


def test_the_whole_way_from_the_guide_to_filing(applicant: Client, user: User) -> None:
    make_template()
    applicant.post("/groups/start/application/")
    application = Application.objects.get()
    tasks = path(application)
    assert answer(applicant, application, "who", name="Ada Lovelace", phone="(617) 555-0123") == tasks
    assert answer(applicant, application, "where", place="02139") == tasks
    assert answer(applicant, application, "name", name="  Table   of Plenty ") == tasks
    assert answer(applicant, application, "issues", text=PLAN["plan_issues"]) == path(application, "actions")
    assert answer(applicant, application, "actions", text=PLAN["plan_actions"]) == path(application, "priorities")
    assert answer(applicant, application, "priorities", text=PLAN["plan_priorities"]) == tasks
    invited = applicant.post(path(application, "contacts"), {"name": "Grace", "email": "grace@example.org"})
    assert invited.status_code == 302
    assert applicant.post(path(application, "contacts_done")).headers["Location"] == tasks
    assert applicant.post(path(application, "agreement")).status_code == 302
    application.refresh_from_db()
    assert application.applicant_phone == "+16175550123"
    assert application.group
    assert application.group.name == "Table of Plenty"
    assert application.group.agreements.count() == 1
    assert "writing out your copy" in read(applicant, path(application, "agreement"))
    assert RoleInvitation.objects.get().email == "grace@example.org"
    assert "Not ready to file" in read(applicant, path(application, "check"))


def test_filing_shows_the_reference_number_and_then_who_has_it(applicant: Client, user: User) -> None:
    application = make_ready(user)
    page = read(applicant, path(application, "check"))
    assert PLAN["plan_issues"] in page
    filed = applicant.post(path(application, "check"), {"revision": application.revision})
    assert filed.headers["Location"] == path(application, "filed")
    assert application.group
    reference = application.group.agreements.get().reference
    assert reference in read(applicant, path(application, "filed"))
    page = read(applicant, path(application))
    assert "Who has it" in page
    assert reference in page


def test_what_was_changed_after_the_check_is_not_filed(applicant: Client, user: User) -> None:
    application = make_ready(user)
    refused = applicant.post(path(application, "check"), {"revision": application.revision - 1})
    assert refused.status_code == 409
    assert "Check the answers once more" in refused.content.decode()
    application.refresh_from_db()
    assert application.state == ApplicationState.DRAFT


@pytest.mark.parametrize("revision", ["", "x", "99999999999999999999", "²"])
def test_a_check_without_its_revision_files_nothing(applicant: Client, user: User, revision: str) -> None:
    application = make_ready(user)
    assert applicant.post(path(application, "check"), {"revision": revision}).status_code == 409


def test_a_post_that_skips_the_missing_tasks_names_them(applicant: Client, user: User) -> None:
    application = make_founded(user)
    refused = applicant.post(path(application, "check"), {"revision": application.revision})
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "<title>Error:" in page
    assert path(application, "issues") in page


def test_the_task_list_does_not_lead_to_what_cannot_start_yet(applicant: Client, user: User) -> None:
    application = make_draft(user)
    page = read(applicant, path(application))
    assert "Cannot start yet" in page
    assert path(application, "agreement") not in page
    for name in ("name", "neighbours", "contacts", "agreement"):
        assert applicant.get(path(application, name)).headers["Location"] == path(application, "where")
    settle(application, "02139")
    for name in ("neighbours", "contacts"):
        assert applicant.get(path(application, name)).headers["Location"] == path(application, "name")


# --- a question -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("who", {"name": ""}, "Fill in “Your full name”."),
        ("who", {"name": "Ada", "phone": "12"}, "phone number"),
        ("where", {"place": "Ohio"}, "too large"),
        ("where", {"place": "00000"}, "There is no ZIP code 00000"),
        ("abroad", {"place_name": "X", "country": "Atlantis", "latitude": "1", "longitude": "1"}, "no country"),
        ("abroad", {"place_name": "X", "country": "US", "latitude": "42", "longitude": "-71"}, "ZIP code"),
        ("abroad", {"place_name": "X", "country": "Mexico", "latitude": "42", "longitude": "-71"}, "United States"),
        (
            "abroad",
            {"place_name": "X", "country": "Mexico", "latitude": "95", "longitude": "-71"},
            "less than or equal",
        ),
        ("abroad", {"place_name": "X", "country": "Mexico", "latitude": "0", "longitude": "0"}, "nowhere"),
        ("abroad", {"place_name": "X", "country": "Mexico", "latitude": "nan", "longitude": "1"}, "number"),
        ("issues", {"text": ""}, "Fill in “Which issues of your place do you want to work on?”."),
        ("issues", {"text": "x" * 2501}, "2500"),
    ],
)
def test_a_bad_answer_is_refused_at_its_field_and_nothing_is_lost(
    applicant: Client, user: User, name: str, typed: dict[str, str], words: str
) -> None:
    application = make_draft(user)
    refused = applicant.post(path(application, name), {"revision": application.revision, **typed})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "<title>Error:" in page
    assert words in page
    assert all(text in page for text in typed.values())
    before = application.revision
    application.refresh_from_db()
    assert application.revision == before


def test_a_place_abroad_is_saved_with_its_coordinates(applicant: Client, user: User) -> None:
    application = make_draft(user)
    typed = {"place_name": "Allende", "country": "Mexico", "latitude": "25.28", "longitude": "-100.02"}
    answer(applicant, application, "abroad", **typed)
    application.refresh_from_db()
    assert (application.place_name, application.country, application.state_code) == ("Allende", "MX", "")
    assert application.point == (25.28, -100.02)


def test_two_tabs_get_both_texts_and_nothing_is_lost(applicant: Client, user: User) -> None:
    application = make_draft(user)
    seen = application.revision
    answer(applicant, application, "issues", text="From the first tab.")
    refused = applicant.post(path(application, "issues"), {"revision": seen, "text": "From the second tab."})
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "From the first tab." in page
    assert "From the second tab." in page
    application.refresh_from_db()
    assert application.plan_issues == "From the first tab."
    assert f'value="{application.revision}"' in page  # pressed once more, it is saved
    answer(applicant, application, "issues", text="From the second tab.")
    application.refresh_from_db()
    assert application.plan_issues == "From the second tab."


def test_an_answer_after_another_contact_has_filed_is_kept_on_the_page(applicant: Client, user: User) -> None:
    application = make_ready(user)
    Application.objects.filter(pk=application.pk).update(state=ApplicationState.FILED, filed_at=NOW)
    refused = applicant.post(
        path(application, "issues"), {"revision": application.revision, "text": "My last thought."}
    )
    assert refused.status_code == 409
    assert "My last thought." in refused.content.decode()
    assert applicant.get(path(application, "issues")).headers["Location"] == path(application)


def test_the_neighbours_are_shown_with_a_way_to_join_them(applicant: Client, user: User) -> None:
    group = make_group("Rising Sun", near="02138")
    make_founded(make_user("first@example.org", name="Grace Hopper"), name="Long Table")
    application = make_draft(user)
    settle(application, "02139")
    assert answer(applicant, application, "name", name="Table of Plenty") == path(application, "neighbours")
    page = read(applicant, path(application, "neighbours"))
    assert f"/groups/{group.slug}/join/" in page
    assert "Long Table" in page
    assert "to be put in touch" in page
    assert "Grace" not in page
    assert "first@example.org" not in page
    application.refresh_from_db()
    refused = applicant.post(path(application, "neighbours"), {"revision": application.revision, "why_another": ""})
    assert refused.status_code == 422
    assert not Group.objects.filter(name="Table of Plenty").exists()
    answer(applicant, application, "neighbours", why_another="They meet at noon.")
    assert Group.objects.get(name="Table of Plenty").status == GroupStatus.FORMING


def test_a_group_that_appeared_meanwhile_asks_for_a_reason_at_the_save(applicant: Client, user: User) -> None:
    application = make_draft(user)
    settle(application, "02139")
    make_group("Far", near="01605")
    call_it(application, "Table of Plenty")
    page = read(applicant, path(application, "neighbours"))
    assert "Go on with this name" in page
    make_group("Rising Sun", near="02138")
    application.refresh_from_db()
    refused = applicant.post(path(application, "neighbours"), {"revision": application.revision, "why_another": ""})
    assert refused.status_code == 422
    assert "Rising Sun" in refused.content.decode()


# --- contacts, the call, the agreement ------------------------------------------------------------------------


def test_an_invitation_can_be_taken_back(applicant: Client, user: User) -> None:
    application = make_founded(user)
    applicant.post(path(application, "contacts"), {"name": "Grace", "email": "grace@example.org"})
    sent = RoleInvitation.objects.get()
    assert "Invited" in read(applicant, path(application, "contacts"))
    applicant.post(reverse("application_contact_revoke", args=[application.pk, sent.pk]))
    sent.refresh_from_db()
    assert sent.revoked_at


def test_an_address_gets_three_invitations_a_day_at_most_however_often_it_is_invited(
    applicant: Client, user: User
) -> None:
    application, typed = make_founded(user), {"name": "Grace", "email": "grace@example.org"}
    for _number in range(3):
        assert applicant.post(path(application, "contacts"), typed).status_code == 302
    refused = applicant.post(path(application, "contacts"), {**typed, "email": "Grace@Example.org"})
    assert refused.status_code == 422
    assert "several times today" in refused.content.decode()
    assert OutgoingMail.objects.filter(to_email="grace@example.org").count() == 3


def test_an_invitation_of_another_group_is_not_found(applicant: Client, user: User) -> None:
    application = make_founded(user)
    other = make_founded(make_user(name="B"), near="59301", name="Long Table")
    assert other.group
    sent = other.group.invitations.create(
        email="x@example.org", role="contact", at=NOW, expires_at=NOW + datetime.timedelta(days=14)
    )
    assert applicant.post(reverse("application_contact_revoke", args=[application.pk, sent.pk])).status_code == 404


def test_whoever_is_a_contact_already_is_not_invited_again(applicant: Client, user: User) -> None:
    application = make_founded(user)
    refused = applicant.post(path(application, "contacts"), {"name": "Me", "email": user.email})
    assert refused.status_code == 422
    assert not RoleInvitation.objects.exists()


def test_contacts_before_there_is_a_group_are_not_done(applicant: Client, user: User) -> None:
    application = make_draft(user)
    page = applicant.post(path(application, "contacts_done"), follow=True).content.decode()
    assert "Say first where the group is at home" in page


def test_without_a_published_agreement_the_page_says_so(applicant: Client, user: User) -> None:
    application = make_founded(user)
    page = applicant.post(path(application, "agreement"), follow=True).content.decode()
    assert "There is no agreement to sign yet." in page


def test_the_agreement_leads_to_reading_and_signing_and_says_when_it_has_to_be_signed_again(
    applicant: Client, user: User
) -> None:
    application = make_founded(user)
    assert application.group
    agreement = make_shown(application.group)
    page = read(applicant, path(application, "agreement"))
    assert f"/agreements/{agreement.reference}/" in page
    assert "Read, check and sign" in page
    call_it(application, "Long Table")
    page = read(applicant, path(application, "agreement"))
    assert "was withdrawn" in page
    assert "Get the agreement" in page


def test_a_signed_agreement_says_by_whom(applicant: Client, user: User) -> None:
    application = make_founded(user)
    make_signed(application.group)
    assert "Ada Lovelace signed it" in read(applicant, path(application, "agreement"))


# --- with staff, and over -------------------------------------------------------------------------------------


def test_changes_stand_on_the_task_list_and_at_the_question(applicant: Client, user: User) -> None:
    application = make_filed(user)
    staff = make_staff(StaffTask.AGREEMENTS)
    ask_for_changes(
        application=application, revision=application.revision, asked={"plan": "Say with whom."}, actor=staff, now=NOW
    )
    page = read(applicant, path(application))
    assert "Say with whom." in page
    assert path(application, "issues") in page
    assert "Say with whom." in read(applicant, path(application, "issues"))
    assert "Say with whom." not in read(applicant, path(application, "actions"))


def test_the_status_page_tells_the_reason_and_no_internal_note(applicant: Client, user: User) -> None:
    application = make_filed(user)
    staff = make_staff(StaffTask.AGREEMENTS)
    note_internally(application=application, text="Sounds odd.", actor=staff, now=NOW)
    decline_application(
        application=application, revision=application.revision, reason="Join the one next door.", actor=staff, now=NOW
    )
    page = read(applicant, path(application))
    assert "Join the one next door." in page
    assert "Sounds odd." not in page
    assert staff.email not in page


def test_an_approved_application_waits_to_be_countersigned(applicant: Client, user: User) -> None:
    application = make_filed(user)
    Application.objects.filter(pk=application.pk).update(call_waived_because="Knows it all.")
    application.refresh_from_db()
    staff = make_staff(StaffTask.AGREEMENTS)
    approve_application(application=application, revision=application.revision, actor=staff, now=NOW)
    assert "from that moment the group is on the map" in read(applicant, path(application))


def test_withdrawing_asks_first_and_says_so_afterwards(applicant: Client, user: User) -> None:
    application = make_filed(user)
    assert "Withdraw the application?" in read(applicant, path(application, "withdraw"))
    typed = {"revision": application.revision, "text": "No time."}
    page = applicant.post(path(application, "withdraw"), typed, follow=True).content.decode()
    assert "The application is withdrawn." in page
    assert "No time." in page
    assert applicant.get(path(application, "withdraw")).headers["Location"] == path(application)


def test_withdrawing_on_an_older_reading_is_refused(applicant: Client, user: User) -> None:
    application = make_filed(user)
    applicant.post(path(application, "withdraw"), {"revision": application.revision - 1})
    application.refresh_from_db()
    assert application.state == ApplicationState.FILED


def test_an_ended_group_that_was_never_listed_is_nobodys_page(applicant: Client, user: User) -> None:
    application = make_filed(user)
    applicant.post(path(application, "withdraw"), {"revision": application.revision})
    assert application.group
    group = Group.objects.get(pk=application.group.pk)
    assert group.status == GroupStatus.ENDED
    assert Client().get(group.get_absolute_url()).status_code == 404


# --- whose it is, and the link --------------------------------------------------------------------------------


def test_another_contact_fills_it_in_too_and_a_stranger_does_not_find_it(client: Client) -> None:
    application = make_founded()
    sign_in(client, make_user())
    assert client.get(path(application)).status_code == 404
    assert application.group
    sign_in(client, make_contact(application.group))
    assert "Table of Plenty" in read(client, path(application))


def test_whoever_began_it_and_is_a_contact_no_more_does_not_find_it_either(client: Client) -> None:
    application = make_founded()
    assert application.group
    assert application.applicant
    sign_in(client, application.applicant)
    assert "Table of Plenty" in read(client, path(application))
    application.group.roles.filter(user=application.applicant).delete()
    assert client.get(path(application)).status_code == 404


def test_the_link_is_mailed_on_request_and_changes_nothing_by_being_opened(applicant: Client, user: User) -> None:
    application = make_draft(user)
    applicant.post(path(application, "link"))
    assert OutgoingMail.objects.filter(purpose="application link", to_email=user.email).count() == 1
    before = Application.objects.values().get()
    applicant.get(path(application))
    assert Application.objects.values().get() == before


def test_the_sixth_link_of_a_day_is_not_mailed(applicant: Client, user: User) -> None:
    application = make_draft(user)
    for _ in range(6):
        applicant.post(path(application, "link"))
    assert OutgoingMail.objects.filter(purpose="application link").count() == 5


def test_the_organizers_pages_lead_to_the_application(applicant: Client, user: User) -> None:
    application = make_draft(user)
    for address in ("/organize/", "/me/"):
        assert path(application) in read(applicant, address)


def test_whoever_has_no_application_sees_none(applicant: Client) -> None:
    make_draft()
    assert "/groups/start/application/" not in read(applicant, "/organize/")
    assert "/groups/start/application/" not in read(applicant, "/me/")


def test_a_declined_applicant_is_not_led_to_sign_what_nobody_countersigns(applicant: Client, user: User) -> None:
    application = make_filed(user)
    staff = make_staff(StaffTask.AGREEMENTS)
    decline_application(
        application=application, revision=application.revision, reason="No.", actor=staff, now=timezone.now()
    )
    group = Group.objects.get(application=application)
    assert group.status == GroupStatus.ENDED
    there, before = reverse("group_agreement", args=[group.slug]), group.agreements.count()
    assert 'id="language"' not in read(applicant, there)
    page = applicant.post(there, {"language": "en"}, follow=True).content.decode()
    assert "Start an application instead" in page
    assert group.agreements.count() == before
