"""The member card: its page, its PDF, and the page that says whether it is valid."""

import datetime
from io import BytesIO

import pytest
from django.core import signing
from django.test import Client
from pypdf import PdfReader

from foundation.accounts.models import User
from foundation.documents.making import make
from foundation.documents.models import Document, DocumentState
from foundation.documents.rendering import render_pdf
from members.card import ForgedCardError, build_card, card_address, card_token, membership_of_card, subject_of
from members.membership import record_basis, withdraw_basis
from members.merging import merge_people
from members.models import ActivityKind, Person
from members.people import Contact, take_in
from tests.accounts.clients import signed_in
from tests.factories import make_staff, make_user

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)


def make_member(email: str = "ada@example.org") -> tuple[User, Person]:
    user = make_user(email)
    contact = Contact(email=email, given_name="Ada", family_name="Lovelace")
    person = take_in(contact=contact, is_own_act=True, now=NOW)
    record_basis(person=person, kind=ActivityKind.ATTENDANCE, source=f"attendance:{person.pk}", at=NOW)
    return user, person


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_the_page_shows_the_card_with_a_code() -> None:
    user, _person = make_member()
    shown = page(signed_in(user), "/me/card/")
    assert "Ada Lovelace" in shown
    assert "June 1, 2026" in shown
    assert '<svg role="img"' in shown


def test_whoever_is_no_member_is_told_how_to_become_one() -> None:
    shown = page(signed_in(make_user()), "/me/card/")
    assert "there is no card" in shown
    assert "<svg role" not in shown


def test_the_code_says_that_the_card_is_valid_and_tells_the_first_name_only() -> None:
    _user, person = make_member()
    answer = Client().get(f"/card/{card_token(person)}/")
    shown = answer.content.decode()
    assert "This card is valid" in shown
    assert "Ada is a member since June 1, 2026" in shown
    assert "Lovelace" not in shown
    assert "ada@" not in shown
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_code_holds_no_personal_data() -> None:
    _user, person = make_member()
    key, _colon, signature = card_token(person).partition(":")
    assert key == str(person.pk)
    assert signature
    assert card_address(person).startswith("http://testserver/card/")


def test_a_card_of_a_membership_that_ended_is_not_valid() -> None:
    _user, person = make_member()
    withdraw_basis(source=f"attendance:{person.pk}", because="a mistake", now=NOW)
    shown = page(Client(), f"/card/{card_token(person)}/")
    assert "This card is not valid" in shown
    assert "Ada" not in shown


@pytest.mark.parametrize("token", ["1", "1:abc", "abc", signing.Signer(salt="members.card").sign("x")])
def test_a_forged_card_is_not_found(token: str) -> None:
    with pytest.raises(ForgedCardError):
        membership_of_card(token)
    assert Client().get(f"/card/{token}/").status_code == 404


def test_the_signature_of_one_card_is_not_good_for_another() -> None:
    _user, person = make_member()
    signature = card_token(person).partition(":")[2]
    assert Client().get(f"/card/{person.pk + 1}:{signature}/").status_code == 404


def test_the_card_of_somebody_who_was_merged_stays_valid() -> None:
    _user, kept = make_member()
    gone = take_in(contact=Contact(phone="+16175550123"), is_own_act=False, now=NOW)
    token = card_token(gone)
    merge_people(kept=kept, gone=gone, actor=make_staff(), now=NOW)
    assert "This card is valid" in page(Client(), f"/card/{token}/")


def test_the_pdf_has_the_size_of_a_bank_card_and_says_the_same() -> None:
    user, _person = make_member()
    client = signed_in(user)
    answer = client.post("/me/card/")
    document = Document.objects.get()
    assert answer.headers["Location"] == f"/documents/{document.key}/"
    make(document_id=document.pk, worker="test")
    file = client.get(f"/documents/{document.key}/file/")
    assert file.headers["Content-Disposition"] == 'attachment; filename="member-card.pdf"'
    reader = PdfReader(BytesIO(file.content))
    assert len(reader.pages) == 1
    box = reader.pages[0].mediabox
    assert (round(float(box.width) / 72 * 25.4, 1), round(float(box.height) / 72 * 25.4, 1)) == (85.6, 54.0)
    text = reader.pages[0].extract_text()
    assert "Ada Lovelace" in text
    assert "Many Hands Network" in text
    assert reader.metadata is not None
    assert reader.metadata.title == "Member card of Ada Lovelace"


def test_the_longest_name_stays_on_the_card() -> None:
    _user, person = make_member()
    Person.objects.filter(pk=person.pk).update(given_name="W" * 120, family_name="Ángström " * 13)
    pdf = render_pdf(build_card(subject_of(person)))
    assert len(PdfReader(BytesIO(pdf)).pages) == 1


def test_nobody_gets_the_card_of_somebody_else() -> None:
    user, _person = make_member()
    signed_in(user).post("/me/card/")
    other, _ = make_member("bob@example.org")
    assert signed_in(other).get(f"/documents/{Document.objects.get().key}/").status_code == 404


def test_a_membership_that_ends_before_the_pdf_is_made_makes_none() -> None:
    user, person = make_member()
    signed_in(user).post("/me/card/")
    withdraw_basis(source=f"attendance:{person.pk}", because="a mistake", now=NOW)
    make(document_id=Document.objects.get().pk, worker="test")
    assert Document.objects.get().state == DocumentState.FAILED


def test_whoever_is_no_member_cannot_ask_for_a_pdf() -> None:
    assert signed_in(make_user()).post("/me/card/").status_code == 200
    assert not Document.objects.exists()
