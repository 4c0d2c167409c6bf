"""Joining the network or a group: what a post does, what the confirmation does, and what neither does."""

import datetime
import re
import threading

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import signing
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from affiliates.jobs import forget_expired_sign_ups
from affiliates.listing import unlist_group
from affiliates.models import JoinedBy, RosterEntry, SignUp
from affiliates.sign_up import SignUpLinkError, confirm_sign_up
from foundation.mail.models import OutgoingMail, SuppressionReason
from foundation.mail.suppression import is_suppressed, suppress
from members.consent import has_consent, standing_consents
from members.erasure import erased_key
from members.models import Activity, Consent, ConsentPurpose, Erasure, Person, PersonEmail
from members.people import Contact, take_in
from tests.factories import make_group, make_user
from tests.signing_in import sign_in

from .signing_up import ADA, confirm, link_in, post

pytestmark = pytest.mark.django_db

FAR = "59301"  # Miles City: no group of these tests is within 50 miles
NEWS = {"consent_network_mail": "on"}


# --- the post -------------------------------------------------------------------------------------------------


def test_a_post_makes_a_row_and_a_mail_and_no_person(client: Client) -> None:
    response = client.post("/join/", {**ADA, "place": FAR, **NEWS})
    assert response.headers["Location"] == "/join/sent/"
    assert not Person.objects.exists()
    assert not Consent.objects.exists()
    mail = OutgoingMail.objects.get()
    assert (mail.to_email, mail.is_transactional) == ("ada@example.org", True)
    assert "Ada" not in mail.text.replace("ada@example.org", "")  # nothing that a stranger typed reaches the address
    assert "ada@example.org" not in link_in(mail)


def make_known(email: str) -> Person:
    """Somebody of the network who has a login, a consent, and is on a roster."""
    user = make_user(email)
    person = take_in(contact=Contact(email=email, given_name="Known"), is_own_act=True, now=timezone.now())
    assert person.user == user
    RosterEntry.objects.create(
        group=make_group(near=FAR), person=person, joined_at=timezone.now(), how=JoinedBy.FORM, source="x"
    )
    suppress(address=email, scope="", reason=SuppressionReason.UNSUBSCRIBED)
    return person


@pytest.mark.parametrize("path", ["/join/", "/groups/akron/join/"])
def test_known_and_unknown_addresses_get_the_same_answer_and_the_same_work(client: Client, path: str) -> None:
    make_group(slug="akron", near="44302")
    make_known("known@example.org")
    typed = {**ADA, "place": "96799", **NEWS}
    client.post(path, {**typed, "email": "first@example.org"})  # today's words of consent are in the ledger now
    answers, work = [], []
    for email in ("known@example.org", "other@example.org"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.post(path, {**typed, "email": email}, follow=True)
        answers.append(re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", answer.content))
        work.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries.captured_queries])
    assert answers[0] == answers[1]
    assert work[0] == work[1]
    mails = OutgoingMail.objects.order_by("-pk")[:2]
    link = re.compile(r"/join/[^/\s]+/")
    assert link.sub("", mails[0].text) == link.sub("", mails[1].text)
    assert mails[0].state == mails[1].state


def test_a_stranger_who_types_a_known_address_changes_nothing_about_its_owner(client: Client) -> None:
    person = make_known("known@example.org")
    before = Person.objects.filter(pk=person.pk).values().get()
    client.post("/join/", {**ADA, "email": "known@example.org", "place": FAR, **NEWS})
    assert Person.objects.filter(pk=person.pk).values().get() == before
    assert not standing_consents(person)
    assert is_suppressed("known@example.org", "network")


def test_one_address_gets_five_mails_a_day_and_nobody_is_told(client: Client) -> None:
    answers = [client.post("/join/", {**ADA, "place": "96799"}).headers["Location"] for _ in range(6)]
    assert set(answers) == {"/join/sent/"}
    assert OutgoingMail.objects.count() == 5


def test_one_client_posts_sixty_times_an_hour(client: Client) -> None:
    for number in range(60):
        assert client.post("/join/", {"email": f"{number}"}).status_code == 422
    assert client.post("/join/", {**ADA, "place": FAR}).status_code == 429


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": "no address"}, "Enter a valid email address"),
        ({"email": "a" * 20 + "@" + "é." * 30 + "example"}, "Enter an e-mail address, such as"),
        ({"place": "00000"}, "There is no ZIP code 00000"),
        ({"given_name": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(client: Client, wrong: dict[str, str], words: str) -> None:
    response = client.post("/join/", {**ADA, "place": FAR, **wrong})
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert "<title>Error:" in page
    assert not SignUp.objects.exists()


# --- the groups nearby ----------------------------------------------------------------------------------------


def test_the_nearest_three_groups_are_asked_about_on_a_second_page(client: Client) -> None:
    near = [make_group(f"Near {number}") for number in range(3)]
    make_group("Fourth", near="02459")
    make_group("Forming", status="forming")
    response = client.post("/join/", {**ADA, "place": "02139", **NEWS})
    page = response.content.decode()
    assert response.status_code == 200
    assert [f"Near {number}" in page for number in range(3)] == [True] * 3
    assert "Fourth" not in page
    assert "Forming" not in page
    assert not SignUp.objects.exists()
    shown = ",".join(str(group.pk) for group in near)
    assert f'name="shown" value="{shown}"' in page
    link = post(client, "/join/", place="02139", shown=shown, **NEWS, **{f"share_{near[1].pk}": "on"})
    person = confirm(client, link).person
    assert person is not None
    assert [entry.group for entry in RosterEntry.objects.all()] == [near[1]]
    assert has_consent(person, ConsentPurpose.SHARING, near[1].scope)
    assert not has_consent(person, ConsentPurpose.SHARING, near[0].scope)
    assert Consent.objects.get(purpose="sharing", wording__text__startswith="Show my name").is_given


def test_with_near_all_is_asked_on_one_page(client: Client) -> None:
    group = make_group()
    page = client.get("/join/", {"near": "02139"}).content.decode()
    assert f"share_{group.pk}" in page
    assert 'value="02139"' in page
    client.post("/join/", {**ADA, "place": "02139", "shown": str(group.pk)})
    assert SignUp.objects.count() == 1


def test_a_tampered_list_of_groups_is_no_way_to_a_group_that_is_not_listed(client: Client) -> None:
    forming = make_group(status="forming")
    shown = f"{forming.pk},x,-1,99999999999999999999,²"
    client.post("/join/", {**ADA, "place": FAR, "shown": shown, f"share_{forming.pk}": "on"})
    assert not SignUp.objects.get().asked_consents.filter(group=forming).exists()


# --- the confirmation -----------------------------------------------------------------------------------------


def test_opening_the_link_changes_nothing(client: Client) -> None:
    link = post(client, "/join/", place=FAR, **NEWS)
    assert client.get(link).status_code == 200
    assert client.head(link).status_code == 200
    assert SignUp.objects.get().confirmed_at is None
    assert not Person.objects.exists()


def test_the_page_says_before_the_press_what_is_agreed_to(client: Client) -> None:
    """Somebody else may have ticked it. What was typed is not told: the address may be a stranger's by mistake."""
    group = make_group()
    response = client.get(post(client, f"/groups/{group.slug}/join/", consent_sharing="on", **NEWS))
    said = response.content.decode()
    assert f"to the organizers of {group.name}" in said
    assert "Send me news from" in said
    assert "invitations to events near me" not in said
    assert "Díaz" not in said
    assert "no-store" in response.headers["Cache-Control"]


def test_confirming_takes_the_person_in_and_empties_what_was_typed(client: Client) -> None:
    done = confirm(client, post(client, "/join/", place="Toronto, Canada", **NEWS))
    person = Person.objects.get()
    assert (person.given_name, person.family_name, person.country) == ("Ada", "Díaz", "CA")
    assert person.latitude == pytest.approx(43.7, abs=0.3)
    assert PersonEmail.objects.get().verified_at is not None
    assert [consent.purpose for consent in standing_consents(person)] == ["network_mail"]
    assert standing_consents(person)[0].source == "join"
    activity = Activity.objects.get()
    assert (activity.kind, activity.source) == ("sign_up", f"sign_up:{done.pk}")
    assert (done.email, done.given_name, done.family_name, done.place) == ("", "", "", "")
    assert done.person == person


def test_confirming_again_changes_nothing(client: Client) -> None:
    group = make_group()
    link = post(client, f"/groups/{group.slug}/join/", consent_sharing="on", **NEWS)
    first = confirm(client, link)
    again = confirm(client, link)
    assert again.confirmed_at == first.confirmed_at
    assert (Person.objects.count(), Consent.objects.count(), RosterEntry.objects.count()) == (1, 2, 1)
    assert Activity.objects.count() == 1


def test_what_was_not_ticked_takes_nothing_back(client: Client) -> None:
    confirm(client, post(client, "/join/", place=FAR, **NEWS))
    confirm(client, post(client, "/join/", place=FAR, consent_promotions="on"))
    purposes = [consent.purpose for consent in standing_consents(Person.objects.get())]
    assert purposes == ["network_mail", "promotions"]


def test_whoever_unsubscribed_and_joins_again_gets_mail_again(client: Client) -> None:
    suppress(address="ada@example.org", scope="", reason=SuppressionReason.UNSUBSCRIBED)
    confirm(client, post(client, "/join/", place=FAR, **NEWS))
    assert not is_suppressed("ada@example.org", "network")


def test_whoever_was_deleted_comes_back_by_their_own_act_only(client: Client) -> None:
    Erasure.objects.create(key=erased_key("ada@example.org"), at=timezone.now())
    link = post(client, "/join/", place=FAR)
    assert Erasure.objects.exists()
    confirm(client, link)
    assert not Erasure.objects.exists()
    assert Person.objects.count() == 1


def test_a_city_in_the_same_country_does_not_replace_a_zip_code(client: Client) -> None:
    person = take_in(contact=Contact(email="ada@example.org", zip_code="59301"), is_own_act=True, now=timezone.now())
    confirm(client, post(client, "/join/", place="Bozeman, MT"))
    person.refresh_from_db()
    assert person.zip_code_id == "59301"


def test_a_zip_code_replaces_a_place_abroad(client: Client) -> None:
    confirm(client, post(client, "/join/", place="Toronto, Canada"))
    confirm(client, post(client, "/join/", place=FAR))
    person = Person.objects.get()
    assert (person.country, person.zip_code_id) == ("US", FAR)


def test_a_link_is_good_for_fourteen_days_and_what_was_typed_goes_then(client: Client) -> None:
    with time_machine.travel(timezone.now() - datetime.timedelta(days=14, minutes=1), tick=False):
        link = post(client, "/join/", place=FAR, **NEWS)
    response = client.post(link, {"do": "confirm"})
    assert response.status_code == 404
    assert "older than 14 days" in response.content.decode()
    assert not Person.objects.exists()
    forget_expired_sign_ups()
    assert not SignUp.objects.exists()


def test_the_sweep_leaves_what_is_confirmed_or_can_be(client: Client) -> None:
    with time_machine.travel(timezone.now() - datetime.timedelta(days=13), tick=False):
        waiting = post(client, "/join/", place=FAR)
        confirm(client, post(client, "/join/", place=FAR, email="bo@example.org"))
    with time_machine.travel(timezone.now() - datetime.timedelta(days=15), tick=False):
        confirm(client, post(client, "/join/", place=FAR, email="cy@example.org"))
    forget_expired_sign_ups()
    assert SignUp.objects.count() == 3
    confirm(client, waiting)


def test_a_forged_or_cut_link_is_refused_in_words(client: Client) -> None:
    link = post(client, "/join/", place=FAR)
    for bad in (link[:-4] + "/", "/join/abc/", f"/join/{signing.dumps(SignUp.objects.get().pk, salt='other')}/"):
        response = client.get(bad)
        assert response.status_code == 404
        assert "does not work" in response.content.decode()


def test_whose_address_it_was_can_have_what_was_typed_deleted_but_not_what_is_confirmed(client: Client) -> None:
    link = post(client, "/join/", place=FAR)
    assert client.post(link, {"do": "forget"}).headers["Location"] == "/join/forgotten/"
    assert not SignUp.objects.exists()
    link = post(client, "/join/", place=FAR)
    confirm(client, link)
    client.post(link, {"do": "forget"})
    assert SignUp.objects.count() == 1


def test_a_sign_up_that_is_deleted_while_it_is_confirmed_makes_nobody(client: Client) -> None:
    link = post(client, "/join/", place=FAR)
    found = SignUp.objects.get()
    SignUp.objects.all().delete()
    with pytest.raises(SignUpLinkError):
        confirm_sign_up(sign_up=found, now=timezone.now())
    assert client.post(link, {"do": "confirm"}).status_code == 404
    assert not Person.objects.exists()


def confirm_elsewhere(made: SignUp, failures: list[Exception]) -> None:
    try:
        confirm_sign_up(sign_up=made, now=timezone.now())
    except Exception as error:
        failures.append(error)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_pressing_the_button_twice_at_the_same_moment_confirms_once(client: Client) -> None:
    group = make_group()
    post(client, f"/groups/{group.slug}/join/", consent_sharing="on", **NEWS)
    made, failures = SignUp.objects.get(), list[Exception]()
    presses = [threading.Thread(target=confirm_elsewhere, args=(made, failures)) for _ in range(4)]
    for press in presses:
        press.start()
    for press in presses:
        press.join(timeout=30)
    assert not failures
    assert (Person.objects.count(), Consent.objects.count(), Activity.objects.count()) == (1, 2, 1)
    assert RosterEntry.objects.count() == 1


# --- a group's own page ---------------------------------------------------------------------------------------


def test_joining_a_group_puts_on_its_roster_and_shares_only_what_was_ticked(client: Client) -> None:
    group = make_group()
    confirm(client, post(client, f"/groups/{group.slug}/join/", consent_group_mail="on"))
    entry = RosterEntry.objects.get()
    assert (entry.group, entry.how) == (group, JoinedBy.GROUP_PAGE)
    assert has_consent(entry.person, ConsentPurpose.GROUP_MAIL, group.scope)
    assert not has_consent(entry.person, ConsentPurpose.SHARING, group.scope)


@pytest.mark.parametrize("status", ["forming", "ended"])
def test_only_a_listed_group_can_be_joined(client: Client, status: str) -> None:
    group = make_group(status=status)
    assert client.get(f"/groups/{group.slug}/join/").status_code == 404
    assert client.post(f"/groups/{group.slug}/join/", ADA).status_code == 404


def test_when_the_group_ends_before_the_confirmation_the_rest_stands(client: Client) -> None:
    group = make_group()
    link = post(client, f"/groups/{group.slug}/join/", consent_sharing="on", consent_group_mail="on", **NEWS)
    unlist_group(group=group, actor=make_user())
    done = confirm(client, link)
    assert not RosterEntry.objects.exists()
    assert [consent.purpose for consent in standing_consents(Person.objects.get())] == ["network_mail"]
    page = client.get(link).content.decode()
    assert done.confirmed_at
    assert "organizers of" not in page


# --- somebody signed in ---------------------------------------------------------------------------------------


def test_whoever_is_signed_in_with_that_address_is_confirmed_at_once(client: Client) -> None:
    group = make_group()
    user = make_user("ada@example.org")
    sign_in(client, user)
    response = client.post(f"/groups/{group.slug}/join/", {**ADA, "consent_sharing": "on"}, follow=True)
    assert "Thank you" in response.content.decode()
    assert not OutgoingMail.objects.exists()
    assert RosterEntry.objects.get().person.user == user


def test_whoever_is_signed_in_and_types_another_address_is_not(client: Client) -> None:
    sign_in(client, make_user("bo@example.org"))
    response = client.post("/join/", {**ADA, "place": FAR})
    assert response.headers["Location"] == "/join/sent/"
    assert OutgoingMail.objects.get().to_email == "ada@example.org"
    assert not Person.objects.exists()


def test_an_address_that_the_user_has_not_verified_is_not_theirs(client: Client) -> None:
    user = make_user("ada@example.org")
    EmailAddress.objects.filter(user=user).update(verified=False)
    sign_in(client, user)
    client.post("/join/", {**ADA, "place": FAR})
    assert not Person.objects.exists()


# --- thanks ---------------------------------------------------------------------------------------------------


def test_the_thanks_say_what_was_agreed_and_what_happens_next(client: Client) -> None:
    link = post(client, "/join/", place=FAR, **NEWS)
    confirm(client, link)
    page = client.get(link).content.decode()
    assert "Send me news from" in page
    assert "Send me invitations" not in page
    assert "no group within 50 miles" in page
    assert "we introduce it to you" in page


def test_mail_and_words_of_consent_are_in_the_readers_language(client: Client) -> None:
    client.cookies["django_language"] = "es"
    done = confirm(client, post(client, "/join/", place=FAR, **NEWS))
    assert OutgoingMail.objects.latest("pk").language == "es"
    assert Person.objects.get().language == "es"
    assert done.asked_consents.get(purpose="network_mail").wording.language == "es"
