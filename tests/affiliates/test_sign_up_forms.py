"""Sign-up forms: building them, filling them in here and elsewhere, and who sees what came of it."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from affiliates import sign_up_forms
from affiliates.listing import unlist_group
from affiliates.models import (
    AskedConsent,
    FormQuestion,
    Group,
    GroupRole,
    JoinedBy,
    QuestionKind,
    Role,
    RosterEntry,
    SignUp,
    SignUpForm,
)
from affiliates.posters import build_poster, may_open_poster
from affiliates.sign_up_forms import TooManyQuestionsError
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.documents.kinds import SubjectGoneError
from foundation.documents.models import Document
from foundation.documents.rendering import render_pdf
from foundation.mail.models import OutgoingMail
from members.consent import has_consent, withdraw_consent
from members.models import Consent, ConsentPurpose, Person
from members.wordings import present_wording
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import sign_in

from .signing_up import ADA, confirm, make_form, post

pytestmark = pytest.mark.django_db
SHARES = {"consent_sharing": "on"}


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty", slug="plenty")


@pytest.fixture
def organizer(group: Group, client: Client) -> User:
    user = make_contact(group, role=Role.ORGANIZER)
    sign_in(client, user)
    return user


def refused(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


def add(form: SignUpForm, text: str, kind: QuestionKind = QuestionKind.SHORT, **more: Any) -> FormQuestion:
    values: Any = {"choices": [], "is_required": False, **more}
    return sign_up_forms.add_question(form=form, kind=kind, text=text, actor=make_user(), **values)


# --- what the database refuses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"slug": "Not A Slug"}, "signupform_slug_form"),
        ({"title": ""}, "signupform_has_title"),
        ({"known_fields": ["shoe size"]}, "signupform_fields_known"),
        ({"consents": ["sharing", "all"]}, "signupform_consents_known"),
        ({"languages": []}, "signupform_has_languages"),
        ({"languages": ["fr"]}, "signupform_has_languages"),
        ({"consents": []}, "signupform_group_asks_sharing"),
        ({"group": None}, "signupform_group_asks_sharing"),
        ({"consents": ["sharing", "sms"]}, "signupform_sms_needs_phone"),
    ],
)
def test_the_database_refuses_a_broken_form(group: Group, changes: dict[str, Any], constraint: str) -> None:
    form = make_form(group)
    with refused(constraint):
        SignUpForm.objects.filter(pk=form.pk).update(**changes)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"position": 0}, "formquestion_at_most_twenty"),
        ({"position": 21}, "formquestion_at_most_twenty"),
        ({"kind": "odd"}, "formquestion_kind_known"),
        ({"text": ""}, "formquestion_has_text"),
        ({"kind": "choice"}, "formquestion_choices_fit_kind"),
        ({"kind": "choice", "choices": ["one"]}, "formquestion_choices_fit_kind"),
        ({"choices": ["one", "two"]}, "formquestion_choices_fit_kind"),
    ],
)
def test_the_database_refuses_a_broken_question(group: Group, changes: dict[str, Any], constraint: str) -> None:
    question = add(make_form(group), "Why?")
    with refused(constraint):
        FormQuestion.objects.filter(pk=question.pk).update(**changes)


def test_two_questions_do_not_share_a_position(group: Group) -> None:
    form = make_form(group)
    add(form, "One?")
    second = add(form, "Two?")
    with refused("formquestion_one_a_position"), transaction.atomic():
        FormQuestion.objects.filter(pk=second.pk).update(position=1)
        connection.check_constraints()


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"email": "Ada@example.org"}, "signup_email_lower_case"),
        ({"email": ""}, "signup_typed_until_confirmed"),
        ({"confirmed_at": datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC)}, "signup_typed_until_confirmed"),
        ({"is_near_no_group": True}, "signup_near_none_confirmed"),
    ],
)
def test_the_database_refuses_a_broken_sign_up(changes: dict[str, Any], constraint: str) -> None:
    made = SignUp.objects.create(email="ada@example.org", language="en", created_at=timezone.now())
    with refused(constraint):
        SignUp.objects.filter(pk=made.pk).update(**changes)


def test_a_confirmed_sign_up_keeps_nothing_that_was_typed_and_is_not_older_than_itself() -> None:
    now, person = timezone.now(), Person.objects.create()
    made = SignUp.objects.create(language="en", created_at=now, confirmed_at=now, person=person)
    with refused("signup_typed_until_confirmed"), transaction.atomic():
        SignUp.objects.filter(pk=made.pk).update(given_name="Ada")
    with refused("signup_confirmed_after_made"):
        SignUp.objects.filter(pk=made.pk).update(created_at=now + datetime.timedelta(seconds=1))


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"purpose": "odd"}, "askedconsent_purpose_known"),
        ({"purpose": "sharing"}, "askedconsent_group_fits_purpose"),
        ({"purpose": "network_mail", "times": 2}, "askedconsent_once"),
    ],
)
def test_the_database_refuses_a_broken_consent(values: dict[str, Any], constraint: str) -> None:
    made = SignUp.objects.create(email="ada@example.org", language="en", created_at=timezone.now())
    wording = present_wording(ConsentPurpose.NETWORK_MAIL)
    with refused(constraint):
        for _ in range(values.pop("times", 1)):
            AskedConsent.objects.create(sign_up=made, wording=wording, is_ticked=True, **values)


# --- building -------------------------------------------------------------------------------------------------

CONTENT = {"title": "Help us", "intro": "Please.", "known_fields": ["name"], "consents": ["group_mail"]}


def test_an_organizer_makes_a_form_which_always_asks_for_sharing(client: Client, group: Group, organizer: User) -> None:
    response = client.post("/organize/groups/plenty/forms/new/", {**CONTENT, "languages": ["en"]})
    assert response.headers["Location"] == "/organize/groups/plenty/forms/help-us/questions/"
    form = SignUpForm.objects.get()
    assert (form.group, form.consents, form.languages) == (group, ["sharing", "group_mail"], ["en"])
    assert AuditEntry.objects.get(action="created sign-up form").actor == f"user:{organizer.pk}"
    assert form.accepts_sign_ups


def test_a_second_form_of_the_same_title_gets_another_address(group: Group) -> None:
    assert [make_form(group).slug for _ in range(3)] == [
        "help-at-the-table", "help-at-the-table-ma", "help-at-the-table-ma-2",
    ]  # fmt: skip


def test_text_messages_need_a_phone_number(client: Client, organizer: User) -> None:
    typed = {**CONTENT, "languages": ["en"], "consents": ["sms"]}
    response = client.post("/organize/groups/plenty/forms/new/", typed)
    assert response.status_code == 422
    assert "need a phone number" in response.content.decode()


def test_changing_a_form_keeps_its_address(client: Client, group: Group, organizer: User) -> None:
    form = make_form(group)
    client.post(f"/organize/groups/plenty/forms/{form.slug}/edit/", {**CONTENT, "languages": ["es"]})
    form.refresh_from_db()
    assert (form.slug, form.title, form.languages) == ("help-at-the-table", "Help us", ["es"])


def test_questions_are_added_moved_and_removed_by_buttons(client: Client, group: Group, organizer: User) -> None:
    form = make_form(group)
    path = f"/organize/groups/plenty/forms/{form.slug}/questions/"
    for text in ("One?", "Two?", "Three?"):
        client.post(path, {"text": text, "kind": "short", "choices": "left over"})
    choice = {"text": "Which?", "kind": "choice", "choices": "red\n\n red \nblue", "is_required": "on"}
    client.post(path, choice)
    third = FormQuestion.objects.get(text="Three?")
    client.post(path, {"do": "up", "question": third.pk})
    client.post(path, {"do": "up", "question": third.pk})
    client.post(path, {"do": "up", "question": third.pk})  # the first cannot go further
    client.post(path, {"do": "down", "question": FormQuestion.objects.get(text="One?").pk})
    client.post(path, {"do": "remove", "question": FormQuestion.objects.get(text="Two?").pk})
    for gone in ("999999", "x", ""):
        assert client.post(path, {"do": "remove", "question": gone}).status_code == 302
    asked = list(form.questions.values_list("position", "text", "choices"))
    assert asked == [(1, "Three?", []), (2, "One?", []), (3, "Which?", ["red", "blue"])]
    assert "Which?" in client.get(path).content.decode()


@pytest.mark.parametrize(
    ("choices", "words"),
    [("one", "between 2 and 30"), ("a\n" + "b" * 121, "at most 120"), ("\n".join(map(str, range(31))), "between 2")],
)
def test_a_choice_without_choices_is_refused_in_words(
    client: Client, group: Group, organizer: User, choices: str, words: str
) -> None:
    path = f"/organize/groups/plenty/forms/{make_form(group).slug}/questions/"
    response = client.post(path, {"text": "Which?", "kind": "choice", "choices": choices})
    assert response.status_code == 422
    assert words in response.content.decode()


def test_a_form_has_at_most_twenty_questions(client: Client, group: Group, organizer: User) -> None:
    form = make_form(group)
    for number in range(20):
        add(form, f"{number}?")
    with pytest.raises(TooManyQuestionsError):
        add(form, "One more?")
    path = f"/organize/groups/plenty/forms/{form.slug}/questions/"
    response = client.post(path, {"text": "One more?", "kind": "short"}, follow=True)
    assert "at most 20" in response.content.decode()
    assert form.questions.count() == 20


# --- filling in -----------------------------------------------------------------------------------------------


def test_answers_are_kept_with_the_questions_as_they_were_asked(client: Client, group: Group) -> None:
    form = make_form(group, known_fields=["name", "phone", "language"])
    why = add(form, "Why?", QuestionKind.LONG)
    drive = add(form, "Do you drive?", QuestionKind.YES_NO)
    colour = add(form, "Which colour?", QuestionKind.CHOICE, choices=["red", "blue"], is_required=True)
    path = f"/forms/{form.slug}/"
    bad = client.post(path, {**ADA, f"question_{colour.pk}": "green"})
    assert bad.status_code == 422
    typed = {f"question_{why.pk}": " Because. ", f"question_{drive.pk}": "no", f"question_{colour.pk}": "blue"}
    link = post(client, path, phone="(617) 555-0123", language="es", **typed, **SHARES)
    sign_up_forms.remove_question(question=why, actor=make_user())
    done = confirm(client, link)
    assert done.answers == [
        {"question": "Why?", "answer": "Because."},
        {"question": "Do you drive?", "answer": "No"},
        {"question": "Which colour?", "answer": "blue"},
    ]
    person = Person.objects.get()
    assert person.language == "es"
    assert str(person.phones.get().number) == "+16175550123"
    assert Consent.objects.get().source == f"form:{form.pk}"


def test_sharing_on_a_groups_form_leads_onto_its_roster_and_nothing_else_does(client: Client, group: Group) -> None:
    form = make_form(group)
    confirm(client, post(client, f"/forms/{form.slug}/", place="02139"))
    assert not RosterEntry.objects.exists()
    confirm(client, post(client, f"/forms/{form.slug}/", place="02139", **SHARES))
    entry = RosterEntry.objects.get()
    assert (entry.group, entry.how) == (group, JoinedBy.FORM)
    assert has_consent(entry.person, ConsentPurpose.SHARING, group.scope)


def test_who_is_on_the_roster_stays_as_they_came(client: Client, group: Group) -> None:
    confirm(client, post(client, "/groups/plenty/join/"))
    confirm(client, post(client, f"/forms/{make_form(group).slug}/", place="02139", **SHARES))
    assert RosterEntry.objects.get().how == JoinedBy.GROUP_PAGE


def test_a_national_form_keeps_those_near_no_group_in_mind(client: Client) -> None:
    done = confirm(client, post(client, f"/forms/{make_form().slug}/", place="59301"))
    assert done.is_near_no_group


@pytest.mark.parametrize("page", ["", "embed/"])
@pytest.mark.parametrize("why", ["closed", "ended", "forming"])
def test_a_closed_form_says_why_and_takes_nothing(client: Client, group: Group, page: str, why: str) -> None:
    form = make_form(group)
    if why == "closed":
        sign_up_forms.set_open(form=form, is_open=False, actor=make_user())
    else:
        Group.objects.filter(pk=group.pk).update(status=why)
    words = {"closed": "This form is closed", "ended": "no longer part", "forming": "still forming"}[why]
    for response in (client.get(f"/forms/{form.slug}/{page}"), client.post(f"/forms/{form.slug}/{page}", ADA)):
        assert response.status_code == 410
        assert words in response.content.decode()
    assert not SignUp.objects.exists()


def test_what_waits_can_be_confirmed_after_the_form_is_closed(client: Client, group: Group) -> None:
    form = make_form(group)
    link = post(client, f"/forms/{form.slug}/", place="02139", **SHARES)
    sign_up_forms.set_open(form=form, is_open=False, actor=make_user())
    confirm(client, link)
    assert RosterEntry.objects.count() == 1


def test_a_form_in_one_language_is_shown_in_it(client: Client, group: Group) -> None:
    response = client.get(f"/forms/{make_form(group, languages=['es']).slug}/")
    assert '<html lang="es"' in response.content.decode()
    assert response.headers["Content-Language"] == "es"


# --- on another site's page -----------------------------------------------------------------------------------


def test_only_the_page_for_frames_may_be_framed(client: Client, group: Group) -> None:
    form = make_form(group)
    hosted, framed = client.get(f"/forms/{form.slug}/"), client.get(f"/forms/{form.slug}/embed/")
    assert hosted.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in hosted.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed.headers
    assert "frame-ancestors *" in framed.headers["Content-Security-Policy"]
    assert "script-src 'self'" in framed.headers["Content-Security-Policy"]
    assert not framed.cookies
    assert "csrfmiddlewaretoken" not in framed.content.decode()


def test_a_post_from_another_site_needs_no_token_and_confirms_nothing(group: Group) -> None:
    strict = Client(enforce_csrf_checks=True)
    form = make_form(group)
    typed = {**ADA, "place": "02139", **SHARES}
    assert strict.post(f"/forms/{form.slug}/", typed).status_code == 403
    sign_in(strict, make_user("ada@example.org"))
    response = strict.post(f"/forms/{form.slug}/embed/", typed, headers={"Origin": "https://elsewhere.example"})
    assert "Check your e-mail" in response.content.decode()
    assert not Person.objects.exists()
    assert OutgoingMail.objects.get().to_email == "ada@example.org"


def test_the_plain_form_that_is_copied_is_understood_by_the_page_it_posts_to(
    client: Client, group: Group, organizer: User
) -> None:
    form = make_form(group, known_fields=["name", "phone", "place", "language"])
    question = add(form, "Which <colour>?", QuestionKind.CHOICE, choices=["red", "blue"])
    page = client.get(f"/organize/groups/plenty/forms/{form.slug}/share/").content.decode()
    for name in ("given_name", "email", "phone", "place", "language", f"question_{question.pk}", "consent_sharing"):
        assert f"name=&quot;{name}&quot;" in page
    assert f"action=&quot;http://testserver/forms/{form.slug}/embed/&quot;" in page
    assert "Which &amp;lt;colour&amp;gt;?" in page  # escaped once for their page and once more for this one


# --- the poster -----------------------------------------------------------------------------------------------


def test_the_poster_is_a_pdf_asked_for_by_a_press(client: Client, group: Group, organizer: User) -> None:
    form = make_form(group, intro="Come & cook.")
    response = client.post(f"/organize/groups/plenty/forms/{form.slug}/share/")
    document = Document.objects.get()
    assert response.headers["Location"] == document.get_absolute_url()
    assert render_pdf(build_poster(document.subject)).startswith(b"%PDF")
    assert may_open_poster(organizer, document.subject)
    assert not may_open_poster(make_contact(make_group()), document.subject)
    unlist_group(group=group, actor=make_user())
    assert not may_open_poster(organizer, document.subject)
    SignUpForm.objects.all().delete()
    assert not may_open_poster(organizer, document.subject)
    with pytest.raises(SubjectGoneError):
        build_poster(document.subject)


# --- who sees who signed up -----------------------------------------------------------------------------------


def sign_up_as(client: Client, form: SignUpForm, email: str, **typed: Any) -> SignUp:
    return confirm(Client(), post(Client(), f"/forms/{form.slug}/", email=email, place="02139", **typed))


def test_organizers_see_those_who_share_and_of_the_others_only_counts(
    client: Client, group: Group, organizer: User
) -> None:
    form = make_form(group)
    sign_up_as(client, form, "shares@example.org", **SHARES)
    sign_up_as(client, form, "silent@example.org")
    post(Client(), f"/forms/{form.slug}/", email="waits@example.org", place="02139", **SHARES)
    page = client.get(f"/organize/groups/plenty/forms/{form.slug}/").content.decode()
    assert "shares@example.org" in page
    assert "silent@example.org" not in page
    assert "waits@example.org" not in page
    assert page.count("<dd>1</dd>") == 2
    assert "<dd>2</dd>" in page
    assert "no-store" in client.get(f"/organize/groups/plenty/forms/{form.slug}/").headers["Cache-Control"]


def test_who_stops_sharing_is_no_longer_shown(client: Client, group: Group, organizer: User) -> None:
    form = make_form(group)
    person = sign_up_as(client, form, "shares@example.org", **SHARES).person
    assert person is not None
    withdraw_consent(person=person, purpose=ConsentPurpose.SHARING, source="me", now=timezone.now(), scope=group.scope)
    assert "shares@example.org" not in client.get(f"/organize/groups/plenty/forms/{form.slug}/").content.decode()


def test_the_list_is_paged_and_takes_a_fixed_number_of_queries(
    client: Client, group: Group, organizer: User, django_assert_max_num_queries: Any
) -> None:
    form, now = make_form(group), timezone.now()
    wording = present_wording(ConsentPurpose.SHARING)
    for number in range(51):
        person = Person.objects.create(given_name=f"Person {number}")
        SignUp.objects.create(form=form, group=group, language="en", created_at=now, confirmed_at=now, person=person)
        Consent.objects.create(
            person=person, purpose="sharing", scope=group.scope, is_given=True, wording=wording, source="x", at=now
        )
    path = f"/organize/groups/plenty/forms/{form.slug}/"
    with django_assert_max_num_queries(14):
        page = client.get(path).content.decode()
    assert "Page 1 of 2" in page
    assert "Person 50" in page
    assert "Person 0<" in client.get(path, {"page": "2"}).content.decode()


PAGES = ["", "edit/", "questions/", "preview/", "share/", "open/"]


@pytest.mark.parametrize("page", PAGES)
def test_other_groups_forms_are_not_found(client: Client, group: Group, page: str) -> None:
    form = make_form(group)
    other = make_group()
    sign_in(client, make_contact(other))
    for path in (
        f"/organize/groups/plenty/forms/{form.slug}/{page}",
        f"/organize/groups/{other.slug}/forms/{form.slug}/{page}",  # their own group, another's form
    ):
        assert client.get(path).status_code == 404
        assert client.post(path, {"do": "close"}).status_code == 404
    form.refresh_from_db()
    assert form.is_open


@pytest.mark.parametrize("page", PAGES)
def test_a_groups_form_is_not_found_among_the_national_ones(client: Client, group: Group, page: str) -> None:
    form = make_form(group)
    sign_in(client, make_staff(StaffTask.PEOPLE))
    path = f"/national/forms/{form.slug}/{page}"
    assert client.post(path, {"do": "close"}).status_code == 404


def test_access_ends_with_the_role_and_with_the_group(client: Client, group: Group, organizer: User) -> None:
    path = f"/organize/groups/plenty/forms/{make_form(group).slug}/"
    assert client.get(path).status_code == 200
    unlist_group(group=group, actor=make_user())
    assert client.get(path).status_code == 404
    Group.objects.filter(pk=group.pk).update(status="listed")
    assert client.get(path).status_code == 200
    GroupRole.objects.all().delete()
    assert client.get(path).status_code == 404


def test_staff_for_people_see_all_who_signed_up_on_a_national_form(client: Client) -> None:
    form = make_form()
    sign_up_as(client, form, "silent@example.org")
    sign_in(client, make_staff(StaffTask.PEOPLE))
    assert "silent@example.org" in client.get(f"/national/forms/{form.slug}/").content.decode()
    assert form.title in client.get("/national/forms/").content.decode()


def test_a_form_is_closed_and_opened_by_a_press(client: Client, group: Group, organizer: User) -> None:
    form = make_form(group)
    path = f"/organize/groups/plenty/forms/{form.slug}/"
    for do, is_open in (("close", False), ("open", True)):
        assert client.post(f"{path}open/", {"do": do}).headers["Location"] == path
        form.refresh_from_db()
        assert form.is_open is is_open


def test_organize_shows_the_groups_that_one_works_for(client: Client, group: Group, organizer: User) -> None:
    GroupRole.objects.create(group=group, user=organizer, role=Role.CONTACT)
    ended = make_group("Ended", status="ended")
    GroupRole.objects.create(group=ended, user=organizer, role=Role.CONTACT)
    make_group("Next door")
    page = client.get("/organize/").content.decode()
    assert page.count("<h2") == 2
    assert "Table of Plenty" in page
    assert "Ended" in page  # with its agreements, and the way back
    assert "Next door" not in page
    sign_in(client, make_user())
    assert "You do not work for a group yet" in client.get("/organize/").content.decode()
