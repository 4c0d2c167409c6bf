"""A group's page, and writing to a group."""

import json
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from affiliates.contact import contact_addresses
from affiliates.models import GroupLink, GroupStatus, Role
from foundation.accounts.models import StaffTask
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_staff
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db

MESSAGE = {"name": "Ada Díaz", "email": "ada@example.org", "message": "I want to help.\nWhen do you meet?"}


def test_the_page_shows_the_group_and_its_neighbours(client: Client) -> None:
    group = make_group("Table of Plenty", about="We cook together.")
    make_group("Next door", near="02138")
    GroupLink.objects.create(group=group, label="Our pages", url="https://example.org/plenty")
    page = client.get(group.get_absolute_url()).content.decode()
    assert "Table of Plenty" in page
    assert "We cook together." in page
    assert "Next door" in page
    assert "https://example.org/plenty" in page


def test_the_page_never_shows_the_contact_address(client: Client) -> None:
    group = make_group(contact_email="secret@example.org")
    make_contact(group, "contact@example.org")
    for address in (group.get_absolute_url(), f"{group.get_absolute_url()}contact/"):
        page = client.get(address).content.decode()
        assert "secret@example.org" not in page
        assert "contact@example.org" not in page


def test_the_structured_data_is_json_that_no_text_can_break_out_of(client: Client) -> None:
    group = make_group("</script><script>alert(1)</script>")
    page = client.get(group.get_absolute_url()).content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    assert json.loads(found[1])["name"] == "</script><script>alert(1)</script>"
    assert "<script>alert" not in page


def test_a_forming_group_is_seen_by_its_own_people_and_staff_only(client: Client) -> None:
    group = make_group(status=GroupStatus.FORMING)
    assert client.get(group.get_absolute_url()).status_code == 404
    client.force_login(make_contact(make_group()))
    assert client.get(group.get_absolute_url()).status_code == 404
    client.force_login(make_staff(StaffTask.PROMOTIONS))
    assert client.get(group.get_absolute_url()).status_code == 404
    client.force_login(make_contact(group))
    assert client.get(group.get_absolute_url()).status_code == 200
    staff = make_staff(StaffTask.AGREEMENTS)
    sign_in(client, staff, second_factor=False)
    assert client.get(group.get_absolute_url()).status_code == 404
    sign_in(client, staff)
    assert client.get(group.get_absolute_url()).status_code == 200


def test_an_ended_group_answers_gone_and_points_to_its_neighbours(client: Client) -> None:
    group = make_group("Gone", status=GroupStatus.ENDED)
    make_group("Still here")
    response = client.get(group.get_absolute_url())
    assert response.status_code == 410
    assert response.headers["Cache-Control"] == "no-cache"  # it may come back
    assert "Still here" in response.content.decode()
    assert client.get(f"{group.get_absolute_url()}contact/").status_code == 404


def test_the_page_makes_a_fixed_number_of_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    group = make_group()
    for _ in range(5):
        make_group()
    with django_assert_num_queries(5):
        client.get(group.get_absolute_url())


def test_a_message_goes_to_every_contact_and_organizer_who_may_answer_it(client: Client) -> None:
    group = make_group()
    make_contact(group, "one@example.org")
    make_contact(group, "two@example.org", role=Role.ORGANIZER)
    response = client.post(f"{group.get_absolute_url()}contact/", MESSAGE)
    assert response.status_code == 302
    mails = OutgoingMail.objects.order_by("to_email")
    assert [mail.to_email for mail in mails] == ["one@example.org", "two@example.org"]
    assert {mail.reply_to for mail in mails} == {"ada@example.org"}
    assert "When do you meet?" in mails[0].text
    assert "Ada Díaz" in mails[0].text


def test_a_message_goes_to_the_groups_address_or_else_to_national(client: Client, settings: object) -> None:
    assert contact_addresses(make_group(contact_email="group@example.org")) == {"group@example.org": "en"}
    assert contact_addresses(make_group()) == {getattr(settings, "NETWORK_EMAIL"): "en"}  # noqa: B009


def test_a_message_comes_in_the_language_of_whoever_reads_it(client: Client) -> None:
    group = make_group()
    for address, language in [("one@example.org", "en"), ("dos@example.org", "es")]:
        contact = make_contact(group, address)
        contact.language = language
        contact.save(update_fields=["language"])
    client.post(f"{group.get_absolute_url()}contact/", MESSAGE)
    english, spanish = (OutgoingMail.objects.get(to_email=f"{name}@example.org") for name in ("one", "dos"))
    assert (english.language, spanish.language) == ("en", "es")
    assert english.subject != spanish.subject


def test_a_message_without_an_address_is_refused_at_its_field_and_nothing_is_sent(client: Client) -> None:
    group = make_group()
    response = client.post(f"{group.get_absolute_url()}contact/", {**MESSAGE, "email": "no address"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "There is a problem" in page
    assert "<title>Error:" in page
    assert "When do you meet?" in page  # nothing typed is lost
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("field", ["name", "email", "message"])
@pytest.mark.parametrize("value", ["a\x00b", "x" * 100_000, "evil\r\nBcc: all@example.org"])
def test_hostile_text_never_breaks_the_contact_form(client: Client, field: str, value: str) -> None:
    group = make_group()
    response = client.post(f"{group.get_absolute_url()}contact/", {**MESSAGE, field: value})
    assert response.status_code in {302, 422}
    for mail in OutgoingMail.objects.all():
        assert "\n" not in mail.subject
        assert mail.reply_to == "ada@example.org"


def test_the_sixth_message_within_an_hour_is_refused_whatever_forwarded_address_is_claimed(client: Client) -> None:
    group = make_group()
    answers = [
        client.post(f"{group.get_absolute_url()}contact/", MESSAGE, headers={"x-forwarded-for": f"10.0.0.{n}"})
        for n in range(6)
    ]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert answers[-1].headers["Retry-After"]
