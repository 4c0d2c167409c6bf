"""Who thinks of running raises a hand or is referred, and alone confirms it."""

import datetime
import re
import threading

import pytest
import time_machine
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from affiliates.models import Group, GroupStatus
from endorsements.models import OfficeSeeker, SeekerFollowUp, SeekerStage
from endorsements.seeker_data import own_seeking
from endorsements.seekers import (
    MOST_REFERRALS_A_DAY,
    Aim,
    ReferralError,
    SeekerLinkError,
    Typed,
    confirm_seeker,
    forget_hand,
    forget_unconfirmed,
    raise_hand,
    refer,
    referrals_of,
    seeker_of,
    seeker_token,
    tell_group,
    withdraw_seeker,
)
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.mail.models import MailState, OutgoingMail, SuppressionReason
from foundation.mail.suppression import suppress
from members.erasure import erase_person
from members.models import Person
from members.person_export import everything_about
from tests.factories import make_contact, make_group, make_user

from .making import NOW, make_race
from .seeking import make_hand, make_seeker

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
ADA = Typed(email="ada@example.org", language="en", name="Ada Maria Díaz")
AIM = Aim(zip_code="02139", level="local", office="School board", words="I teach.")


@pytest.fixture
def group(db: None) -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def contact(group: Group) -> User:
    return make_contact(group)


def token_in(mail: OutgoingMail) -> str:
    found = re.search(r"/run/answers/(\S+)/", mail.text)
    assert found
    return found[1]


def reload(seeker: OfficeSeeker) -> OfficeSeeker:
    return OfficeSeeker.objects.get(pk=seeker.pk)


# --- a hand -----------------------------------------------------------------------------------------------------


def test_a_hand_is_a_row_and_a_mail_and_makes_nobody_known() -> None:
    made = raise_hand(typed=ADA, aim=AIM, now=NOW)
    assert (made.stage, made.state, made.zip_code_id, made.person) == (SeekerStage.UNCONFIRMED, "MA", "02139", None)
    assert not Person.objects.exists()
    mail = OutgoingMail.objects.get()
    assert (mail.to_email, mail.is_transactional, mail.language) == ("ada@example.org", True, "en")
    assert seeker_of(token_in(mail)) == made
    for typed in ("Ada", "School board", "I teach"):
        assert typed not in mail.subject + mail.text


def test_the_mail_comes_in_the_language_of_whoever_typed() -> None:
    raise_hand(typed=Typed(email="ada@example.org", language="es"), aim=Aim(), now=NOW)
    assert OutgoingMail.objects.get().language == "es"


def test_a_known_address_makes_the_same_row_by_the_same_work_and_changes_nothing() -> None:
    known = make_seeker("grace@example.org").person
    before = list(Person.objects.values())
    work = []
    for address in (ADA.email, "grace@example.org"):
        with CaptureQueriesContext(connection) as queries:
            raise_hand(typed=Typed(address, "en", "Eve"), aim=AIM, now=NOW)
        work.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries.captured_queries])
    assert work[0] == work[1]
    assert list(Person.objects.values()) == before
    assert known
    assert known.office_seeking.count() == 1
    assert OutgoingMail.objects.count() == 2


def test_whoever_unsubscribed_still_gets_the_mail_that_they_asked_for() -> None:
    suppress(address=ADA.email, scope="", reason=SuppressionReason.UNSUBSCRIBED)
    raise_hand(typed=ADA, aim=AIM, now=NOW)
    assert OutgoingMail.objects.get().state == MailState.QUEUED


def test_the_owner_confirms_and_is_known_by_what_they_typed() -> None:
    made = confirm_seeker(seeker=raise_hand(typed=ADA, aim=AIM, now=NOW), now=NOW + DAY)
    assert (made.stage, made.confirmed_at, made.name, made.email) == (SeekerStage.NEW, NOW + DAY, "", "")
    assert (made.level, made.office, made.words) == ("local", "School board", "I teach.")
    person = Person.objects.get()
    assert made.person == person
    assert (person.given_name, person.family_name, person.zip_code_id) == ("Ada Maria", "Díaz", "02139")
    email = person.primary_email
    assert email
    assert email.verified_at == NOW + DAY


def test_a_single_name_is_a_given_name() -> None:
    confirm_seeker(seeker=make_hand(name="Ada"), now=NOW)
    assert Person.objects.get().full_name == "Ada"


def test_confirming_again_changes_nothing() -> None:
    made = raise_hand(typed=ADA, aim=AIM, now=NOW)
    first = confirm_seeker(seeker=made, now=NOW)
    OfficeSeeker.objects.filter(pk=made.pk).update(stage=SeekerStage.FILED)
    again = confirm_seeker(seeker=made, now=NOW + DAY)  # as another request that read it before
    assert (again.pk, again.confirmed_at, again.stage) == (first.pk, NOW, SeekerStage.FILED)
    assert confirm_seeker(seeker=again, now=NOW + DAY) is again
    assert Person.objects.count() == 1


def test_whoever_is_signed_in_with_the_address_needs_no_mail() -> None:
    made = raise_hand(typed=ADA, aim=AIM, now=NOW, actor=make_user(ADA.email))
    assert made.is_confirmed
    assert not OutgoingMail.objects.exists()


def test_somebody_elses_address_is_asked_by_mail_also_of_those_signed_in() -> None:
    made = raise_hand(typed=ADA, aim=AIM, now=NOW, actor=make_user("eve@example.org"))
    assert not made.is_confirmed
    assert OutgoingMail.objects.get().to_email == ADA.email


def test_a_zip_code_that_nobody_knows_says_no_state() -> None:
    made = raise_hand(typed=ADA, aim=Aim(zip_code="00000"), now=NOW)
    assert (made.zip_code_id, made.state) == (None, "")


# --- the link ---------------------------------------------------------------------------------------------------


def test_a_link_works_for_14_days_and_only_whole() -> None:
    made = make_hand()
    with time_machine.travel(NOW, tick=False):
        token = seeker_token(made)
        assert "ada" not in token
        for wrong in (token[:-1], "x", ""):
            with pytest.raises(SeekerLinkError):
                seeker_of(wrong)
    with time_machine.travel(NOW + 14 * DAY, tick=False):
        assert seeker_of(token) == made
    with (
        time_machine.travel(NOW + 14 * DAY + datetime.timedelta(seconds=2), tick=False),
        pytest.raises(SeekerLinkError),
    ):
        seeker_of(token)


def test_what_the_owner_does_not_want_is_deleted_and_the_link_is_dead() -> None:
    made = make_hand()
    forget_hand(seeker=made)
    assert not OfficeSeeker.objects.exists()
    with pytest.raises(SeekerLinkError):
        seeker_of(seeker_token(made))
    with pytest.raises(SeekerLinkError):
        confirm_seeker(seeker=made, now=NOW)
    assert not Person.objects.exists()


def test_what_was_confirmed_is_not_forgotten_by_the_other_button() -> None:
    made = make_seeker()
    forget_hand(seeker=made)
    assert reload(made).is_confirmed


def test_what_nobody_confirms_is_deleted_after_14_days() -> None:
    make_hand(at=NOW - 14 * DAY)
    young, confirmed = make_hand(at=NOW - 13 * DAY), make_seeker(at=NOW - 90 * DAY)
    assert forget_unconfirmed(now=NOW) == 1
    assert set(OfficeSeeker.objects.all()) == {young, confirmed}


# --- a referral -------------------------------------------------------------------------------------------------


def test_a_referral_mails_the_person_and_says_nothing_of_what_was_typed(group: Group, contact: User) -> None:
    made = refer(group=group, typed=ADA, aim=AIM, actor=contact, now=NOW)
    assert (made.referred_by_group, made.referred_by, made.stage) == (group, contact, SeekerStage.UNCONFIRMED)
    mail = OutgoingMail.objects.get()
    assert (mail.is_transactional, mail.scope, mail.wider_scopes) == (False, group.scope, ["network"])
    assert "Table of Plenty" in mail.subject
    for typed in ("Ada", "School board", "I teach"):
        assert typed not in mail.subject + mail.text
    entry = AuditEntry.objects.get(action="referred office seeker")
    assert "ada" not in str(entry.details)


def test_whoever_wants_no_mail_gets_none_and_the_group_sees_no_difference(group: Group, contact: User) -> None:
    suppress(address=ADA.email, scope="network", reason=SuppressionReason.UNSUBSCRIBED)
    made = refer(group=group, typed=ADA, aim=AIM, actor=contact, now=NOW)
    assert OutgoingMail.objects.get().state == MailState.SUPPRESSED
    assert list(referrals_of(group, now=NOW)) == [made]


def test_one_that_waits_is_not_repeated(group: Group, contact: User) -> None:
    first = refer(group=group, typed=ADA, aim=AIM, actor=contact, now=NOW)
    assert refer(group=group, typed=ADA, aim=AIM, actor=contact, now=NOW + DAY) == first
    assert OutgoingMail.objects.count() == 1
    assert refer(group=make_group(), typed=ADA, aim=AIM, actor=contact, now=NOW) != first


def test_a_group_refers_20_people_a_day(group: Group, contact: User) -> None:
    for number in range(MOST_REFERRALS_A_DAY):
        make_hand(f"p{number}@example.org", referred_by_group=group, at=NOW - DAY / 2)
    with pytest.raises(ReferralError, match="20 people a day"):
        refer(group=group, typed=ADA, aim=AIM, actor=contact, now=NOW)
    assert refer(group=group, typed=ADA, aim=AIM, actor=contact, now=NOW + DAY)


def test_a_group_out_of_force_refers_nobody(contact: User) -> None:
    with pytest.raises(ReferralError, match="not in force"):
        refer(group=make_group(status=GroupStatus.ENDED), typed=ADA, aim=AIM, actor=contact, now=NOW)
    assert not OfficeSeeker.objects.exists()


def test_who_was_referred_says_what_they_want_and_the_groups_name_for_them_fills_a_blank_only(
    group: Group, contact: User
) -> None:
    known = make_seeker(ADA.email).person
    made = refer(group=group, typed=Typed(ADA.email, "es", "Eve Wrong"), aim=AIM, actor=contact, now=NOW)
    said = Aim(zip_code="78701", level="state", office="House", words="Water.", race=make_race())
    made = confirm_seeker(seeker=made, aim=said, tells_group=True, now=NOW)
    assert (made.person, made.state, made.office, made.words) == (known, "TX", "House", "Water.")
    assert (made.tells_group, made.race) == (True, said.race)
    known = Person.objects.get()
    assert (known.full_name, known.zip_code_id) == ("Ada Díaz", "78701")


def test_a_hand_that_no_group_sent_tells_no_group() -> None:
    assert not confirm_seeker(seeker=make_hand(), tells_group=True, now=NOW).tells_group


def test_the_group_sees_who_tells_it_and_of_all_others_only_that_something_was_sent(
    group: Group, contact: User
) -> None:
    def sent(name: str) -> OfficeSeeker:
        return refer(group=group, typed=Typed(f"{name}@example.org", "en", name), aim=AIM, actor=contact, now=NOW)

    tells, silent, refused, took_back = (sent(name) for name in ("tells", "silent", "refused", "back"))
    confirm_seeker(seeker=tells, tells_group=True, now=NOW)
    confirm_seeker(seeker=silent, now=NOW)
    forget_hand(seeker=refused)
    withdraw_seeker(seeker=confirm_seeker(seeker=took_back, now=NOW), actor=contact)
    make_seeker()

    soon = list(referrals_of(group, now=NOW + 13 * DAY))
    assert [(one.pk, one.tells_group) for one in soon] == [
        (took_back.pk, False),
        (refused.pk, False),
        (silent.pk, False),
        (tells.pk, True),
    ]
    for one in (reload(took_back), reload(refused)):
        assert one.is_let_go
        assert (one.person, one.words, one.office, one.zip_code) == (None, "", "", None)
    assert list(referrals_of(group, now=NOW + 14 * DAY)) == [tells]
    forget_unconfirmed(now=NOW + 14 * DAY)
    assert set(OfficeSeeker.objects.filter(referred_by_group=group)) == {tells, silent}


def test_a_link_to_what_was_let_go_is_dead(group: Group, contact: User) -> None:
    made = refer(group=group, typed=ADA, aim=AIM, actor=contact, now=NOW)
    forget_hand(seeker=made)
    with pytest.raises(SeekerLinkError):
        seeker_of(seeker_token(made))
    with pytest.raises(SeekerLinkError):
        confirm_seeker(seeker=made, now=NOW)


# --- afterwards -------------------------------------------------------------------------------------------------


def test_taking_it_back_deletes_it_with_the_notes_of_staff() -> None:
    made, user = make_seeker(), make_user()
    made.follow_ups.create(text="Called.", at=NOW)
    withdraw_seeker(seeker=made, actor=user)
    assert not OfficeSeeker.objects.exists()
    assert not SeekerFollowUp.objects.exists()
    assert AuditEntry.objects.get().action == "withdrew from running for office"


def test_taking_a_referral_back_deletes_the_notes_of_staff_too(group: Group) -> None:
    made = make_seeker(referred_by_group=group, tells_group=True)
    made.follow_ups.create(text="Called.", at=NOW)
    withdraw_seeker(seeker=made, actor=make_user())
    assert reload(made).is_let_go
    assert not SeekerFollowUp.objects.exists()


def test_the_person_says_whether_the_group_hears_of_it(group: Group) -> None:
    made, user = make_seeker(referred_by_group=group), make_user()
    tell_group(seeker=made, tells_group=True, actor=user)
    assert reload(made).tells_group
    tell_group(seeker=made, tells_group=False, actor=user)
    assert not reload(made).tells_group


def test_only_what_was_confirmed_and_referred_can_be_told(group: Group) -> None:
    for made in (make_seeker(), make_hand(referred_by_group=group)):
        tell_group(seeker=made, tells_group=True, actor=make_user())
        assert not reload(made).tells_group
    assert not AuditEntry.objects.exists()


def test_the_account_shows_ones_own_and_nobody_elses() -> None:
    user = make_user("ada@example.org")
    own = make_seeker("ada@example.org")
    make_seeker()
    make_hand("ada@example.org")
    assert list(own_seeking(user)) == [own]


def test_a_person_takes_home_what_is_held_and_what_waits_under_their_address(group: Group) -> None:
    made = make_seeker("ada@example.org", office="School board", referred_by_group=group, race=make_race())
    made.follow_ups.create(text="Called.", at=NOW, by=make_user())
    make_hand("ada@example.org", words="Typed.")
    make_seeker()
    assert made.person
    held = everything_about(made.person)
    assert [(row["office"], row["words"]) for row in held["running_for_office"]] == [
        ("School board", ""),
        ("", "Typed."),
    ]
    assert held["running_for_office"][0]["referred_by_group"] == "Table of Plenty"
    assert held["running_for_office_follow_ups"] == [{"at": NOW, "text": "Called."}]


def test_a_deleted_person_leaves_nothing(group: Group) -> None:
    made = make_seeker("ada@example.org")
    made.follow_ups.create(text="Called.", at=NOW)
    referred = make_seeker(person=made.person, referred_by_group=group)
    waiting, other = make_hand("ada@example.org"), make_hand("eve@example.org")
    assert made.person
    erase_person(person=made.person, actor=None, now=NOW)
    assert set(OfficeSeeker.objects.all()) == {referred, other}
    assert reload(referred).is_let_go
    assert not OfficeSeeker.objects.filter(pk=waiting.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_confirm_once(transactional_db: None) -> None:
    made = make_hand()
    both = threading.Barrier(2)
    stages = []

    def press() -> None:
        both.wait()
        stages.append(confirm_seeker(seeker=OfficeSeeker.objects.get(pk=made.pk), now=NOW).stage)
        connections.close_all()

    presses = [threading.Thread(target=press) for _ in range(2)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert stages == [SeekerStage.NEW] * 2
    assert (Person.objects.count(), reload(made).revision) == (1, 1)
