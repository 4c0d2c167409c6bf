"""The consent ledger: the last word counts, a suppressed address outweighs it, and nothing is ever rewritten."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from foundation.mail.models import Suppression, SuppressionReason
from foundation.mail.suppression import EVERYTHING, is_suppressed, resubscribe, suppress
from members.consent import (
    MAIL_PURPOSES,
    give_consent,
    has_consent,
    mail_scope,
    mailable,
    standing_consents,
    who_consented,
    withdraw_consent,
)
from members.models import Consent, ConsentPurpose, ConsentWording, Person, PersonEmail
from members.models.consent import GROUP_PURPOSES, NETWORK
from members.wordings import WORDINGS, consent_question, present_wording

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
GROUP = "group:17"
ALL = [(purpose, GROUP if purpose in GROUP_PURPOSES else NETWORK) for purpose in ConsentPurpose]


@pytest.fixture
def person() -> Person:
    return make_person("ada@example.org")


def make_person(address: str) -> Person:
    person = Person.objects.create()
    PersonEmail.objects.create(person=person, address=address, is_primary=True)
    return person


def give(person: Person, purpose: ConsentPurpose, scope: str = NETWORK, *, days: int = 0) -> Consent:
    wording = present_wording(purpose)
    return give_consent(
        person=person, purpose=purpose, wording=wording, source="form:1", now=NOW + days * DAY, scope=scope
    )


def give_all(person: Person) -> None:
    for purpose, scope in ALL:
        give(person, purpose, scope)


def standing(person: Person) -> set[tuple[str, str]]:
    return {(word.purpose, word.scope) for word in standing_consents(person)}


def unsubscribe(address: str, scope: str, reason: SuppressionReason = SuppressionReason.UNSUBSCRIBED) -> None:
    suppress(address=address, scope=scope, reason=reason, now=NOW)


# --- giving and taking back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("purpose", "scope"), ALL)
def test_a_yes_stands_for_its_purpose_and_scope_and_for_no_other(
    person: Person, purpose: ConsentPurpose, scope: str
) -> None:
    give(person, purpose, scope)
    assert standing(person) == {(purpose, scope)}
    assert has_consent(person, purpose, scope)
    assert not has_consent(person, purpose, "group:18")
    assert withdraw_consent(person=person, purpose=purpose, scope=scope, source="me", now=NOW + DAY)
    assert standing(person) == set()
    assert not has_consent(person, purpose, scope)


def test_the_same_yes_to_the_same_words_adds_nothing(person: Person) -> None:
    assert give(person, ConsentPurpose.SMS) == give(person, ConsentPurpose.SMS, days=1)
    assert Consent.objects.count() == 1


def test_a_yes_to_other_words_is_a_new_yes(person: Person) -> None:
    give(person, ConsentPurpose.SMS)
    with override("es"):
        give(person, ConsentPurpose.SMS, days=1)
    assert [word.wording.language for word in Consent.objects.order_by("pk") if word.wording] == ["en", "es"]


def test_a_yes_after_a_no_stands_again_and_all_three_are_kept(person: Person) -> None:
    give(person, ConsentPurpose.SMS)
    withdraw_consent(person=person, purpose=ConsentPurpose.SMS, source="me", now=NOW)
    give(person, ConsentPurpose.SMS, days=1)
    assert list(Consent.objects.order_by("pk").values_list("is_given", flat=True)) == [True, False, True]
    assert has_consent(person, ConsentPurpose.SMS)


def test_nothing_is_taken_back_that_was_not_given(person: Person) -> None:
    for _again in range(2):
        assert not withdraw_consent(person=person, purpose=ConsentPurpose.SMS, source="me", now=NOW)
    assert not Consent.objects.exists()


def test_an_answer_keeps_its_words_source_and_time(person: Person) -> None:
    word = give(person, ConsentPurpose.NETWORK_MAIL)
    assert (word.source, word.at, word.wording) == ("form:1", NOW, present_wording(ConsentPurpose.NETWORK_MAIL))
    assert word.recorded_at is not None


# --- the words ----------------------------------------------------------------------------------------------------


def test_every_purpose_has_words_in_every_language_and_their_row_is_made_once() -> None:
    for purpose in ConsentPurpose:
        assert present_wording(purpose, "en") == present_wording(purpose, "en")
        assert present_wording(purpose, "en") != present_wording(purpose, "es")
    assert ConsentWording.objects.count() == 2 * len(WORDINGS) == 2 * len(ConsentPurpose)


def test_the_question_names_the_network_and_the_group(settings: Any) -> None:
    settings.NETWORK_NAME = "Many {group} Hands"
    assert consent_question(ConsentPurpose.NETWORK_MAIL).startswith("Send me news from Many")
    assert "Cambridge Friends" in consent_question(ConsentPurpose.SHARING, group="Cambridge Friends")


# --- suppression beats consent ------------------------------------------------------------------------------------


def test_mailable_is_who_agreed_and_is_not_suppressed(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    agreed, other, stopped, bounced = (make_person(f"{name}@example.org") for name in ("a", "b", "c", "d"))
    for person in (agreed, stopped, bounced):
        give(person, ConsentPurpose.PROMOTIONS)
    give(other, ConsentPurpose.NETWORK_MAIL)
    withdraw_consent(person=stopped, purpose=ConsentPurpose.PROMOTIONS, source="me", now=NOW)
    Suppression.objects.create(address="d@example.org", scope=EVERYTHING, reason=SuppressionReason.BOUNCED, at=NOW)
    with django_assert_num_queries(2):
        assert set(who_consented(Person.objects.all(), ConsentPurpose.PROMOTIONS)) == {agreed, bounced}
        assert set(mailable(Person.objects.all(), ConsentPurpose.PROMOTIONS)) == {agreed}


@pytest.mark.parametrize(
    ("purpose", "scope", "suppressed", "is_reached"),
    [
        (ConsentPurpose.PROMOTIONS, NETWORK, "promotions", False),
        (ConsentPurpose.PROMOTIONS, NETWORK, EVERYTHING, False),
        (ConsentPurpose.PROMOTIONS, NETWORK, NETWORK, True),
        (ConsentPurpose.NETWORK_MAIL, NETWORK, NETWORK, False),
        (ConsentPurpose.NETWORK_MAIL, NETWORK, "promotions", True),
        (ConsentPurpose.GROUP_MAIL, GROUP, GROUP, False),
        (ConsentPurpose.GROUP_MAIL, GROUP, "group:18", True),
    ],
)
def test_an_unsubscribe_reaches_the_mails_of_its_scope(
    person: Person, purpose: ConsentPurpose, scope: str, suppressed: str, is_reached: bool
) -> None:
    give(person, purpose, scope)
    Suppression.objects.create(address="ada@example.org", scope=suppressed, reason="unsubscribed", at=NOW)
    assert mailable(Person.objects.all(), purpose, scope).exists() is is_reached


def test_who_has_no_primary_address_is_not_mailable(person: Person) -> None:
    give(person, ConsentPurpose.PROMOTIONS)
    PersonEmail.objects.update(is_primary=False)
    assert not mailable(Person.objects.all(), ConsentPurpose.PROMOTIONS).exists()


def test_a_suppressed_second_address_keeps_nobody_from_mail(person: Person) -> None:
    give(person, ConsentPurpose.PROMOTIONS)
    PersonEmail.objects.create(person=person, address="old@example.org")
    Suppression.objects.create(address="old@example.org", scope=EVERYTHING, reason="bounced", at=NOW)
    assert mailable(Person.objects.all(), ConsentPurpose.PROMOTIONS).get() == person


# --- unsubscribing by mail ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "ended"),
    [
        ("promotions", {("promotions", NETWORK)}),
        (NETWORK, {("network_mail", NETWORK)}),
        (GROUP, {("group_mail", GROUP)}),
        (EVERYTHING, {("promotions", NETWORK), ("network_mail", NETWORK), ("group_mail", GROUP)}),
        ("account", set()),
    ],
)
def test_an_unsubscribe_is_written_into_the_ledger_and_can_be_taken_back(
    person: Person, scope: str, ended: set[tuple[str, str]]
) -> None:
    give_all(person)
    everything = standing(person)
    unsubscribe("ada@example.org", scope)
    assert everything - standing(person) == ended
    assert set(Consent.objects.filter(is_given=False).values_list("source", flat=True)) <= {"mail: unsubscribed"}
    resubscribe(address="ada@example.org", scope=scope, now=NOW + DAY)
    assert standing(person) == everything
    back = Consent.objects.order_by("-pk").first()
    assert not ended or (back and back.source == "mail: unsubscribe taken back" and back.wording)


def test_an_unsubscribe_of_a_stranger_writes_nothing() -> None:
    unsubscribe("stranger@example.org", EVERYTHING)
    resubscribe(address="stranger@example.org", scope=EVERYTHING, now=NOW)
    assert not Consent.objects.exists()


def test_what_was_taken_back_otherwise_does_not_come_back_with_the_mail(person: Person) -> None:
    give(person, ConsentPurpose.PROMOTIONS)
    withdraw_consent(person=person, purpose=ConsentPurpose.PROMOTIONS, source="me", now=NOW)
    unsubscribe("ada@example.org", "promotions")
    resubscribe(address="ada@example.org", scope="promotions", now=NOW)
    assert standing(person) == set()


def test_a_bounce_ends_consent_to_mail_and_a_resubscription_brings_nothing_back(person: Person) -> None:
    give(person, ConsentPurpose.PROMOTIONS)
    unsubscribe("ada@example.org", EVERYTHING, SuppressionReason.BOUNCED)
    assert standing(person) == set()
    assert not resubscribe(address="ada@example.org", scope=EVERYTHING, now=NOW)
    assert standing(person) == set()


def test_what_another_unsubscribe_ended_stays_ended(person: Person) -> None:
    give_all(person)
    unsubscribe("ada@example.org", "promotions")
    unsubscribe("ada@example.org", EVERYTHING)
    resubscribe(address="ada@example.org", scope=EVERYTHING, now=NOW + DAY)
    assert ("promotions", NETWORK) not in standing(person)
    assert ("network_mail", NETWORK) in standing(person)


def test_a_new_yes_to_one_thing_brings_back_nothing_else_that_was_ended(person: Person) -> None:
    give_all(person)
    unsubscribe("ada@example.org", EVERYTHING)
    give(person, ConsentPurpose.GROUP_MAIL, GROUP, days=1)
    assert standing(person) == {("group_mail", GROUP), ("sharing", GROUP), ("sms", NETWORK)}


@pytest.mark.parametrize("scope", [EVERYTHING, "promotions"])
def test_a_new_yes_takes_back_ones_own_unsubscribe(person: Person, scope: str) -> None:
    give(person, ConsentPurpose.PROMOTIONS)
    unsubscribe("ada@example.org", scope)
    give(person, ConsentPurpose.PROMOTIONS, days=1)
    assert not is_suppressed("ada@example.org", "promotions")
    assert mailable(Person.objects.all(), ConsentPurpose.PROMOTIONS).get() == person


def test_a_yes_to_texting_is_no_yes_to_mail(person: Person) -> None:
    assert ConsentPurpose.SMS not in MAIL_PURPOSES
    unsubscribe("ada@example.org", NETWORK)
    give(person, ConsentPurpose.SMS)
    assert is_suppressed("ada@example.org", NETWORK)


def test_a_yes_does_not_lift_a_bounce(person: Person) -> None:
    unsubscribe("ada@example.org", EVERYTHING, SuppressionReason.BOUNCED)
    give(person, ConsentPurpose.PROMOTIONS)
    assert has_consent(person, ConsentPurpose.PROMOTIONS)
    assert not mailable(Person.objects.all(), ConsentPurpose.PROMOTIONS).exists()


def test_a_yes_to_one_group_leaves_the_unsubscribe_from_another(person: Person) -> None:
    unsubscribe("ada@example.org", "group:18")
    give(person, ConsentPurpose.GROUP_MAIL, GROUP)
    assert is_suppressed("ada@example.org", "group:18")
    assert mail_scope(ConsentPurpose.GROUP_MAIL, GROUP) == GROUP


# --- what the database refuses ------------------------------------------------------------------------------------


def refused(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


def test_the_ledger_is_only_ever_added_to(person: Person) -> None:
    give(person, ConsentPurpose.SMS)
    for write in (lambda: Consent.objects.update(is_given=False), lambda: Consent.objects.all().delete()):
        with refused("append-only"), transaction.atomic():
            write()
    assert Consent.objects.get().is_given


def test_the_words_that_people_have_seen_do_not_change() -> None:
    present_wording(ConsentPurpose.SMS)
    for write in (lambda: ConsentWording.objects.update(text="?"), lambda: ConsentWording.objects.all().delete()):
        with refused("does not change"), transaction.atomic():
            write()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"purpose": "fun"}, "consent_(purpose_known|scope_fits_purpose)"),
        ({"source": ""}, "consent_has_source"),
        ({"scope": GROUP}, "consent_scope_fits_purpose"),
        ({"purpose": "sharing"}, "consent_scope_fits_purpose"),
        ({"purpose": "group_mail", "scope": ""}, "consent_scope_fits_purpose"),
        ({"is_given": True}, "consent_given_to_words"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(person: Person, values: dict[str, Any], constraint: str) -> None:
    whole = {"person": person, "purpose": "sms", "scope": NETWORK, "is_given": False, "source": "me", "at": NOW}
    Consent.objects.create(**whole)
    with refused(constraint):
        Consent.objects.create(**{**whole, **values})


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({}, "consentwording_once"),
        ({"version": 2, "purpose": "fun"}, "consentwording_purpose_known"),
        ({"version": 2, "text": ""}, "consentwording_has_text"),
    ],
)
def test_words_are_there_once_for_a_known_purpose(values: dict[str, Any], constraint: str) -> None:
    whole = {"purpose": "sms", "version": 1, "language": "en", "text": "Send me texts."}
    ConsentWording.objects.create(**whole)
    with refused(constraint):
        ConsentWording.objects.create(**{**whole, **values})
