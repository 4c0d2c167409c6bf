"""A contact reads, answers, signs and takes back; everybody else finds nothing there."""

from typing import Any

import pytest
from django.test import Client

from affiliates.agreements.chain import chain_of
from affiliates.agreements.evidence import evidence_of
from affiliates.models import Agreement, AgreementState, FundraisingOffice, GroupRole, GroupStatus, Role
from foundation.accounts.models import StaffTask
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import sign_in

from .signing import (
    contact_of,
    make_in_force,
    make_prepared,
    make_shown,
    make_signed,
    make_template,
    make_understood,
    make_with_files,
    right_answers,
)

pytestmark = pytest.mark.django_db

SIGNATURE = {"name": "Ada Lovelace", "title": "Chair", "consent": "on", "authority": "on"}


@pytest.fixture(autouse=True)
def _time_to_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of these tests were made on 1 June 2026, and so were their requests."""
    from . import signing

    monkeypatch.setattr("affiliates.views.agreements.timezone.now", lambda: signing.NOW)


def signed_in_contact(client: Client, agreement: Agreement) -> str:
    """Sign in a contact of the group; the address of its agreement."""
    sign_in(client, contact_of(agreement.group))
    return f"/agreements/{agreement.reference}/"


def text_of(response: Any) -> str:
    return str(response.content.decode())


# --- a group's agreements -------------------------------------------------------------------------------------


def test_a_contact_begins_in_a_language(client: Client) -> None:
    make_template()
    group = make_group(status=GroupStatus.FORMING)
    sign_in(client, make_contact(group))
    answer = client.post(f"/organize/groups/{group.slug}/agreement/", {"language": "es"})
    agreement = group.agreements.get()
    assert answer.headers["Location"] == f"/agreements/{agreement.reference}/"
    assert (agreement.language, agreement.state) == ("es", AgreementState.PREPARING)


def test_an_organizer_sees_them_and_begins_none(client: Client) -> None:
    agreement = make_in_force()
    sign_in(client, make_contact(agreement.group, role=Role.ORGANIZER))
    there = f"/organize/groups/{agreement.group.slug}/agreement/"
    assert agreement.reference in text_of(client.get(there))
    client.post(there, {"language": "en"})
    assert agreement.group.agreements.count() == 1


def test_what_is_in_force_in_this_version_is_not_begun_again(client: Client) -> None:
    agreement = make_in_force()
    sign_in(client, contact_of(agreement.group))
    there = f"/organize/groups/{agreement.group.slug}/agreement/"
    assert "Language of the document" not in text_of(client.get(there))
    assert "The agreement of this version is in force." in text_of(client.post(there, {"language": "en"}, follow=True))


# --- reading --------------------------------------------------------------------------------------------------


def test_while_it_is_drawn_the_page_asks_again_by_itself(client: Client) -> None:
    agreement = make_prepared()
    there = signed_in_contact(client, agreement)
    assert f'data-hx-get="{there}state/"' in text_of(client.get(there))
    assert "HX-Refresh" not in client.get(f"{there}state/", headers={"HX-Request": "true"}).headers
    make_shown(agreement.group)
    assert client.get(f"{there}state/", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert client.get(f"{there}state/").headers["Location"] == there


def test_each_section_stands_beside_its_sentence_in_either_language(client: Client) -> None:
    agreement = make_shown(make_group("Grupo <b>Ñ</b>", status=GroupStatus.FORMING))
    there = signed_in_contact(client, agreement)
    for language in ("en", "es"):
        shown = text_of(client.get(there, {"text": language}))
        for section in agreement.version.texts[language]["section"]:
            assert section["summary"] in shown
            assert section["title"] in shown
        assert f'<article class="agreement" lang="{language}">' in shown
    assert "Where the languages differ, the text in English binds." in text_of(client.get(there))
    assert "Grupo &lt;b&gt;Ñ&lt;/b&gt;" in shown


def test_the_office_of_the_state_is_named_beside_the_section_on_money(client: Client) -> None:
    FundraisingOffice.objects.update_or_create(
        state="MA", defaults={"office": "Office of Campaign Finance", "url": "https://office.example/"}
    )
    there = signed_in_contact(client, make_shown())
    assert '<a href="https://office.example/" rel="noopener">Office of Campaign Finance</a>' in text_of(
        client.get(there)
    )


def test_the_very_bytes_are_handed_out(client: Client) -> None:
    agreement = make_with_files()
    there = signed_in_contact(client, agreement)
    for name, column in (("document", "pdf"), ("sealed", "sealed_pdf"), ("certificate", "certificate_pdf")):
        response = client.get(f"{there}{name}.pdf")
        assert response.content == bytes(getattr(agreement, column))
        assert response.headers["Content-Type"] == "application/pdf"
        assert "no-store" in response.headers["Cache-Control"]


def test_what_is_not_sealed_yet_has_no_sealed_document(client: Client) -> None:
    there = signed_in_contact(client, make_signed())
    assert client.get(f"{there}sealed.pdf").status_code == 404
    assert client.get(f"{there}certificate.pdf").status_code == 404


# --- who does not find it -------------------------------------------------------------------------------------

PAGES = ["", "state/", "document.pdf", "questions/", "sign/", "withdraw/"]


@pytest.mark.parametrize("page", PAGES)
def test_to_others_it_is_not_found(client: Client, page: str) -> None:
    agreement = make_understood()
    for other in (make_user(), make_contact(make_group()), make_contact(agreement.group, role=Role.HELPER)):
        sign_in(client, other)
        assert client.get(f"/agreements/{agreement.reference}/{page}").status_code == 404


@pytest.mark.parametrize("page", ["questions/", "sign/", "withdraw/"])
def test_only_a_contact_gets_as_far_as_signing(client: Client, page: str) -> None:
    agreement = make_understood()
    for other in (make_contact(agreement.group, role=Role.ORGANIZER), make_staff(StaffTask.AGREEMENTS)):
        sign_in(client, other)
        assert client.get(f"/agreements/{agreement.reference}/").status_code == 200
        assert client.get(f"/agreements/{agreement.reference}/{page}").status_code == 404


def test_a_contact_removed_while_reading_finds_nothing_any_more(client: Client) -> None:
    agreement = make_understood()
    there = signed_in_contact(client, agreement)
    GroupRole.objects.all().delete()
    signature = {**SIGNATURE, "shown_sha256": agreement.pdf_sha256}
    assert client.post(f"{there}sign/", signature).status_code == 404
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.SHOWN


# --- the questions --------------------------------------------------------------------------------------------


def test_wrong_answers_are_explained_and_right_ones_lead_on(client: Client) -> None:
    agreement = make_shown()
    there = signed_in_contact(client, agreement)
    answers = right_answers(agreement)
    answer = client.post(f"{there}questions/", {**answers, "either": 0})
    assert answer.status_code == 422
    assert "Not quite. Either side can end it" in text_of(answer)
    assert client.post(f"{there}questions/", {}).status_code == 422
    assert client.post(f"{there}questions/", {**answers, "either": 99}).status_code == 422
    assert client.get(f"{there}sign/").headers["Location"] == f"{there}questions/"
    assert client.post(f"{there}questions/", answers).headers["Location"] == f"{there}sign/"


# --- signing --------------------------------------------------------------------------------------------------


def test_signing_shows_the_hash_and_keeps_the_words_that_were_on_the_page(client: Client) -> None:
    agreement = make_understood()
    there = signed_in_contact(client, agreement)
    shown = text_of(client.get(f"{there}sign/"))
    assert agreement.pdf_sha256 in shown
    client.post(f"{there}sign/", {**SIGNATURE, "shown_sha256": agreement.pdf_sha256}, headers={"User-Agent": "x" * 999})
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.SIGNED
    said = chain_of(agreement).last_of("signed")
    assert (said["name"], said["title"], said["ip"]) == ("Ada Lovelace", "Chair", "127.0.0.1")
    assert said["user_agent"] == "x" * 300
    assert said["sign_in_method"] == "code"
    assert said["signed_in_at"].endswith("+00:00")
    assert "I agree to sign this agreement electronically" in said["consent_words"]
    assert agreement.group.name in said["authority_words"]
    assert agreement.reference in said["act_words"]
    for words in ("consent_words", "authority_words", "act_words"):
        assert said[words].split("“")[0] in shown.replace("&#x27;", "'")
    page = text_of(client.get(there))
    assert "The agreement is signed" in page
    assert agreement.reference in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Type your full name. It is your signature."),
        ({"name": "A" * 300}, "Your name has 300 characters. At most 120 can be kept: shorten it."),
        ({"title": "T" * 121}, "This has 121 characters. At most 120 can be kept: shorten it."),
        ({"title": " "}, "Say what you are in the group"),
        ({"consent": ""}, "Agree to sign electronically, or ask us for paper."),
        ({"authority": ""}, "Only who may sign for the group can."),
    ],
)
def test_what_is_missing_or_too_long_is_said_and_nothing_is_signed(
    client: Client, change: dict[str, str], words: str
) -> None:
    agreement = make_understood()
    there = signed_in_contact(client, agreement)
    answer = client.post(f"{there}sign/", {**SIGNATURE, "shown_sha256": agreement.pdf_sha256, **change})
    assert answer.status_code == 422
    assert text_of(answer).count(words) == 2  # in the summary and at the field
    assert "<title>Error:" in text_of(answer)
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.SHOWN


def test_a_name_of_120_characters_and_one_from_right_to_left_are_kept_as_they_are(client: Client) -> None:
    for name in ("Ñ" * 120, "فاطمة الزهراء"):
        agreement = make_understood(make_group(status=GroupStatus.FORMING))
        there = signed_in_contact(client, agreement)
        client.post(f"{there}sign/", {**SIGNATURE, "name": f"  {name} ", "shown_sha256": agreement.pdf_sha256})
        agreement.refresh_from_db()
        assert agreement.signed_name == name


def test_who_saw_other_bytes_is_told_and_signs_nothing(client: Client) -> None:
    there = signed_in_contact(client, make_understood())
    answer = client.post(f"{there}sign/", {**SIGNATURE, "shown_sha256": "0" * 64}, follow=True)
    assert "The document has changed since you opened it. Read it once more." in text_of(answer)
    assert not Agreement.objects.filter(state=AgreementState.SIGNED).exists()


def test_signing_again_shows_where_it_is(client: Client) -> None:
    agreement = make_signed()
    there = signed_in_contact(client, agreement)
    answer = client.post(f"{there}sign/", {**SIGNATURE, "shown_sha256": agreement.pdf_sha256})
    assert answer.headers["Location"] == there
    assert chain_of(agreement).links[-1].kind == "signed"


# --- taking it back -------------------------------------------------------------------------------------------


def test_taking_it_back_takes_a_press(client: Client) -> None:
    agreement = make_signed()
    there = signed_in_contact(client, agreement)
    assert client.get(f"{there}withdraw/").status_code == 200
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.SIGNED
    client.post(f"{there}withdraw/")
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.WITHDRAWN
    assert "Begin again" in text_of(client.get(there))


def test_what_is_in_force_is_not_taken_back(client: Client) -> None:
    agreement = make_in_force()
    there = signed_in_contact(client, agreement)
    assert client.post(f"{there}withdraw/").headers["Location"] == there
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.IN_FORCE


# --- evidence -------------------------------------------------------------------------------------------------


def test_a_forged_address_is_not_believed_and_a_stranger_has_no_sign_in(rf: Any) -> None:
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/", headers={"X-Forwarded-For": "198.51.100.1", "User-Agent": "A browser"})
    request.user = AnonymousUser()
    evidence = evidence_of(request)
    assert (evidence.ip, evidence.user_agent) == ("127.0.0.1", "A browser")
    assert (evidence.sign_in_method, evidence.signed_in_at) == ("", "")


def test_the_last_sign_in_counts(client: Client, rf: Any) -> None:
    staff = make_staff(StaffTask.AGREEMENTS)
    sign_in(client, staff)
    request = rf.get("/")
    request.user, request.session = staff, client.session
    assert evidence_of(request).sign_in_method == "mfa (totp)"
