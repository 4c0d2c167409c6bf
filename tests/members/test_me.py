"""What people see of themselves on /me/, and the pages behind it."""

import datetime

import pytest
from django.test import Client

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.mail.models import Suppression
from foundation.mail.outbox import queue_mail
from foundation.mail.suppression import is_suppressed
from members.consent import give_consent, has_consent
from members.explaining import in_words, money
from members.membership import record_activity, record_basis, withdraw_basis
from members.models import (
    ActivityKind,
    Consent,
    ConsentPurpose,
    Donation,
    DonationSource,
    Duplicate,
    Person,
    PersonEmail,
    PersonPhone,
)
from members.people import Contact, take_in
from members.wordings import present_wording
from tests.accounts.clients import signed_in
from tests.factories import make_group, make_user

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
ADA = "ada@example.org"


@pytest.fixture
def user(db: None) -> User:
    return make_user(ADA)


@pytest.fixture
def person(user: User) -> Person:
    return take_in(contact=Contact(ADA, "", "Ada", "Lovelace", "02139", "en"), is_own_act=True, now=NOW)


@pytest.fixture
def group(person: Person) -> Group:
    """A group to which the person said yes twice."""
    group = make_group("Table of Plenty")
    for purpose in (ConsentPurpose.SHARING, ConsentPurpose.GROUP_MAIL):
        give_consent(
            person=person,
            purpose=purpose,
            scope=group.scope,
            wording=present_wording(purpose),
            source="form:1",
            now=NOW,
        )
    return group


def page(user: User, path: str) -> str:
    return signed_in(user).get(path).content.decode()


# --- why I am a member --------------------------------------------------------------------------------------------


def test_each_basis_is_told_in_plain_words_with_its_day(user: User, person: Person) -> None:
    details = {"title": "Spring meeting", "place": "Cambridge, MA"}
    record_basis(person=person, kind=ActivityKind.ATTENDANCE, source="attendance:1", at=NOW, details=details)
    gift = Donation.objects.create(
        person=person, source=DonationSource.ACTBLUE, line_item="77", amount=25, paid_at=NOW, recipient="Many Hands"
    )
    record_basis(person=person, kind=ActivityKind.DONATION, source=gift.activity_source, at=NOW)
    shown = page(user, "/me/")
    assert "You are a member since June 1, 2026" in shown
    assert "You came to “Spring meeting”, in Cambridge, MA" in shown
    assert "You gave $25.00 to Many Hands, through ActBlue" in shown


def test_what_was_taken_back_is_told_with_its_reason(user: User, person: Person) -> None:
    record_basis(person=person, kind=ActivityKind.ATTENDANCE, source="attendance:1", at=NOW)
    withdraw_basis(source="attendance:1", because="Somebody else was checked in", now=NOW)
    shown = page(user, "/me/")
    assert "You are no longer a member" in shown
    assert "Taken back on June 1, 2026: Somebody else was checked in" in shown


def test_whoever_is_no_member_reads_how_one_becomes_one(user: User) -> None:
    shown = page(user, "/me/")
    assert "You are not a member yet" in shown
    assert "Whoever comes to a meeting" in shown


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        (ActivityKind.ATTENDANCE, {}, "You came to an event"),
        (ActivityKind.CALL, {"title": "May call"}, "You were on the call “May call”"),
        (ActivityKind.RSVP, {"place": "Boston"}, "You answered an invitation, in Boston"),
        (ActivityKind.SIGN_UP, {"title": "Choir"}, "You signed up: “Choir”"),
        (ActivityKind.DONATION, {}, "You gave a donation"),
        (ActivityKind.DONATION, {"amount": "1234.5", "currency": "EUR"}, "You gave 1,234.50 EUR"),
        (ActivityKind.DONATION, {"amount": "5.00", "title": "Many Hands"}, "You gave $5.00 to Many Hands"),
    ],
)
def test_every_kind_of_activity_has_its_words(kind: ActivityKind, facts: dict[str, str], words: str) -> None:
    assert in_words(kind, facts) == words


@pytest.mark.parametrize("amount", [None, "", "abc", "NaN", "Infinity"])
def test_what_is_no_amount_is_not_shown_as_one(amount: object) -> None:
    assert money(amount, "USD") == ""


def test_the_page_asks_the_database_no_more_for_many_bases(
    user: User, person: Person, django_assert_max_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, counts = signed_in(user), []
    for first in (0, 20):
        for number in range(first, first + 20):
            record_basis(person=person, kind=ActivityKind.ATTENDANCE, source=f"attendance:{number}", at=NOW)
        with CaptureQueriesContext(connection) as queries:
            client.get("/me/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- who holds my data, what I agreed to --------------------------------------------------------------------------


def test_every_group_that_sees_my_details_is_named(user: User, group: Group) -> None:
    shown = page(user, "/me/")
    assert "Table of Plenty" in shown
    assert "You agreed on June 1, 2026." in shown


def test_no_group_is_named_that_sees_nothing(user: User, person: Person) -> None:
    make_group("Table of Plenty")
    shown = page(user, "/me/")
    assert "Table of Plenty" not in shown
    assert "No group sees your details." in shown


def test_a_consent_is_shown_word_for_word_and_withdrawn_by_its_box(user: User, person: Person, group: Group) -> None:
    shown = page(user, "/me/consent/")
    words = "Show my name, e-mail address, phone number and ZIP code to the organizers of Table of Plenty."
    assert words in shown
    kept = f"{ConsentPurpose.GROUP_MAIL}@{group.scope}"
    signed_in(user).post("/me/consent/", {kept: "on"})
    assert not has_consent(person, ConsentPurpose.SHARING, group.scope)
    assert has_consent(person, ConsentPurpose.GROUP_MAIL, group.scope)
    assert "Table of Plenty" not in page(user, "/me/")


def test_a_consent_is_given_with_the_words_that_were_shown(user: User, person: Person) -> None:
    signed_in(user).post("/me/consent/", {"network_mail@network": "on"})
    word = Consent.objects.get(person=person)
    assert (word.is_given, word.source, word.purpose) == (True, "me", ConsentPurpose.NETWORK_MAIL)
    assert word.wording == present_wording(ConsentPurpose.NETWORK_MAIL)


def test_saving_without_a_change_adds_nothing_to_the_ledger(user: User, person: Person, group: Group) -> None:
    before = Consent.objects.count()
    kept = {f"{purpose}@{group.scope}": "on" for purpose in (ConsentPurpose.SHARING, ConsentPurpose.GROUP_MAIL)}
    signed_in(user).post("/me/consent/", kept)
    assert Consent.objects.count() == before


def test_nobody_agrees_to_what_was_not_asked(user: User, person: Person) -> None:
    other = make_group("Not asked")
    signed_in(user).post("/me/consent/", {f"sharing@{other.scope}": "on"})
    assert not Consent.objects.exists()


def test_somebody_of_whom_nothing_was_known_can_agree(user: User) -> None:
    signed_in(user).post("/me/consent/", {"promotions@network": "on"})
    assert has_consent(Person.objects.get(user=user), ConsentPurpose.PROMOTIONS)


# --- mails --------------------------------------------------------------------------------------------------------


def test_every_kind_of_mail_that_came_can_be_ended(user: User, person: Person, group: Group) -> None:
    queue_mail(to=ADA, subject="News", text="Hello", purpose="test", scope=group.scope)
    assert "Mails from Table of Plenty" in page(user, "/me/consent/")
    signed_in(user).post("/me/mails/", {"scope": group.scope, "do": "stop"})
    assert is_suppressed(ADA, group.scope)
    assert not has_consent(person, ConsentPurpose.GROUP_MAIL, group.scope)
    signed_in(user).post("/me/mails/", {"scope": group.scope, "do": "again"})
    assert not is_suppressed(ADA, group.scope)
    assert has_consent(person, ConsentPurpose.GROUP_MAIL, group.scope)


def test_all_mails_can_be_ended_for_every_address(user: User, person: Person) -> None:
    PersonEmail.objects.create(person=person, address="second@example.org")
    signed_in(user).post("/me/mails/", {"scope": "", "do": "stop"})
    assert set(Suppression.objects.values_list("address", "scope")) == {(ADA, ""), ("second@example.org", "")}


def test_a_kind_of_mail_that_is_not_theirs_is_not_found(user: User, person: Person) -> None:
    assert signed_in(user).post("/me/mails/", {"scope": "group:999", "do": "stop"}).status_code == 404
    assert signed_in(user).post("/me/mails/", {"scope": "account", "do": "stop"}).status_code == 404


# --- details ------------------------------------------------------------------------------------------------------


def details(**fields: str) -> dict[str, str]:
    return {"given_name": "Ada", "family_name": "Byron", "zip_code": "59301", "language": "es", **fields}


def test_name_home_and_language_are_changed(user: User, person: Person) -> None:
    signed_in(user).post("/me/details/", details())
    person.refresh_from_db()
    assert (person.family_name, person.zip_code_id, person.language) == ("Byron", "59301", "es")
    assert person.time_zone == "America/Denver"
    assert person.point is not None
    assert AuditEntry.objects.filter(action="changed own details").exists()


def test_a_home_can_be_taken_away(user: User, person: Person) -> None:
    signed_in(user).post("/me/details/", details(zip_code=""))
    person.refresh_from_db()
    assert (person.zip_code_id, person.point) == (None, None)


@pytest.mark.parametrize("typed", ["00000", "Cambridge, MA", "x"])
def test_what_is_no_zip_code_is_an_error_that_says_so(user: User, person: Person, typed: str) -> None:
    answer = signed_in(user).post("/me/details/", details(zip_code=typed))
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    person.refresh_from_db()
    assert person.zip_code_id == "02139"


def test_somebody_of_whom_nothing_was_known_becomes_known_by_saying_it(user: User) -> None:
    signed_in(user).post("/me/details/", details())
    assert Person.objects.get(user=user).family_name == "Byron"


def test_looking_makes_nobody_known(user: User) -> None:
    client = signed_in(user)
    for path in ("", "details/", "activity/", "consent/", "card/", "export/", "delete/"):
        assert client.get(f"/me/{path}").status_code == 200
    assert not Person.objects.exists()


def test_phones_are_added_and_removed(user: User, person: Person) -> None:
    client = signed_in(user)
    client.post("/me/details/phones/", {"number": "617 555 0123"})
    phone = PersonPhone.objects.get(person=person)
    assert str(phone.number) == "+16175550123"
    client.post(f"/me/details/phones/{phone.pk}/remove/")
    assert not PersonPhone.objects.exists()


def test_what_is_no_number_is_an_error_that_says_so(user: User, person: Person) -> None:
    answer = signed_in(user).post("/me/details/phones/", {"number": "12"})
    assert answer.status_code == 422
    assert "<title>Error:" in answer.content.decode()


def test_the_number_of_somebody_else_stays_theirs_and_the_answer_is_the_same(user: User, person: Person) -> None:
    other = take_in(contact=Contact(phone="+16175550123"), is_own_act=False, now=NOW)
    client = signed_in(user)
    taken = client.post("/me/details/phones/", {"number": "+16175550123"}, follow=True).content.decode()
    assert "our staff look at it first" in taken
    assert (
        "our staff look at it first"
        in client.post("/me/details/phones/", {"number": "+16175550124"}, follow=True).content.decode()
    )
    assert PersonPhone.objects.get(number="+16175550123").person == other
    assert Duplicate.objects.count() == 1


def test_nobody_tries_many_numbers(user: User, person: Person) -> None:
    client = signed_in(user)
    answers = [client.post("/me/details/phones/", {"number": f"+1617555013{last}"}) for last in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]


def test_an_address_is_chosen_and_removed_but_not_the_one_of_the_login(user: User, person: Person) -> None:
    second = PersonEmail.objects.create(person=person, address="second@example.org", verified_at=NOW)
    client = signed_in(user)
    client.post(f"/me/details/emails/{second.pk}/", {"do": "write to"})
    assert person.emails.get(is_primary=True) == second
    client.post(f"/me/details/emails/{second.pk}/", {"do": "remove"})
    assert person.emails.get(is_primary=True).address == ADA
    client.post(f"/me/details/emails/{person.emails.get().pk}/", {"do": "remove"})
    assert person.emails.count() == 1


def test_we_write_to_no_address_that_was_never_confirmed(user: User, person: Person) -> None:
    second = PersonEmail.objects.create(person=person, address="second@example.org")
    signed_in(user).post(f"/me/details/emails/{second.pk}/", {"do": "write to"})
    assert person.emails.get(is_primary=True).address == ADA


def test_nobody_touches_the_addresses_and_phones_of_others(user: User, person: Person) -> None:
    stranger = signed_in(make_user("bob@example.org"))
    phone = PersonPhone.objects.create(person=person, number="+16175550123")
    email = person.emails.get()
    assert stranger.post(f"/me/details/phones/{phone.pk}/remove/").status_code == 404
    assert stranger.post(f"/me/details/emails/{email.pk}/", {"do": "remove"}).status_code == 404
    assert person.phones.exists()


def test_a_new_address_counts_only_after_its_code(user: User, person: Person) -> None:
    from tests.accounts.mails import code_in, latest_mail

    client = signed_in(user)
    client.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
    assert not PersonEmail.objects.filter(address="new@example.org").exists()
    client.post("/accounts/confirm-email/", {"code": code_in(latest_mail("new@example.org"))})
    new = PersonEmail.objects.get(address="new@example.org")
    assert (new.person, new.is_primary) == (person, True)
    assert new.verified_at is not None


def test_the_address_of_somebody_else_is_not_told_and_staff_are_asked(user: User, person: Person) -> None:
    from tests.accounts.mails import code_in, latest_mail

    other = take_in(contact=Contact(email="known@example.org"), is_own_act=False, now=NOW)
    client = signed_in(user)
    client.post("/accounts/email/", {"email": "known@example.org", "action_add": ""})
    client.post("/accounts/confirm-email/", {"code": code_in(latest_mail("known@example.org"))})
    assert PersonEmail.objects.get(address="known@example.org").person == other
    assert Duplicate.objects.count() == 1


def test_an_address_that_somebody_left_behind_opens_nothing_of_theirs(user: User, person: Person) -> None:
    """A former employer's address, now in other hands: whoever signs in with it is somebody else."""
    PersonEmail.objects.create(person=person, address="work@example.org", verified_at=NOW)
    successor = signed_in(make_user("work@example.org"))
    exported = successor.post("/me/export/", {"format": "json"}).content.decode()
    assert "work@example.org" in exported
    assert "Lovelace" not in exported
    assert PersonEmail.objects.get(address="work@example.org").person != person
    assert Duplicate.objects.count() == 1


# --- history ------------------------------------------------------------------------------------------------------


def test_the_history_tells_everything_the_latest_first(user: User, person: Person) -> None:
    record_activity(person=person, kind=ActivityKind.SIGN_UP, source="s:1", at=NOW, details={"title": "Choir"})
    later = NOW + datetime.timedelta(days=1)
    record_basis(person=person, kind=ActivityKind.CALL, source="c:1", at=later, details={"title": "May call"})
    shown = page(user, "/me/activity/")
    assert shown.index("May call") < shown.index("Choir")
    assert shown.count("makes you a member") == 1


def test_a_long_history_has_pages(user: User, person: Person) -> None:
    for number in range(51):
        record_activity(person=person, kind=ActivityKind.RSVP, source=f"rsvp:{number}", at=NOW)
    assert "Next page" in page(user, "/me/activity/")
    assert "Previous page" in page(user, "/me/activity/?page=2")


# --- all of them --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["details", "activity", "consent", "card", "export", "delete"])
def test_each_takes_a_sign_in_and_is_stored_by_no_browser(user: User, path: str) -> None:
    assert Client().get(f"/me/{path}/").headers["Location"].startswith("/accounts/login/")
    assert "no-store" in signed_in(user).get(f"/me/{path}/").headers["Cache-Control"]
