"""A promotion is launched, paused, resumed, cancelled and finished; its mails say what they should."""

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from affiliates.models import Agreement, Group, GroupStatus
from affiliates.signals import agreement_ended
from events import promotion_objections
from events.models import COOL_DOWN, Event, Promotion, PromotionRecipient, PromotionState
from events.planning import change_event, plan_of
from events.promoting import (
    PURPOSE,
    PromotionError,
    cancel_overtaken_promotions,
    cancel_promotion,
    finish_promotions,
    launch,
    launch_due_promotions,
    pause_promotion,
    resume_promotion,
)
from events.promotion_objections import register_promotion_objection
from events.standing import cancel_event
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail import claims
from foundation.mail.bulk import states_about
from foundation.mail.delivery import deliver_until_idle
from foundation.mail.messages import build_message
from foundation.mail.models import MailBody, MailState, OutgoingMail, SuppressionReason
from foundation.mail.suppression import suppress
from foundation.mail.unsubscribe import unsubscribe_url
from members.consent import has_consent, withdraw_consent
from members.erasure import erase_person
from members.merging import merge_people
from members.models import ConsentPurpose, Person
from tests.factories import make_contact, make_group, make_staff

from .audiences import DAY, address_of, make_reader, make_readers
from .making import NOW, make_event, make_rsvp
from .promotions import make_promotion

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)
NOON = NOW + 5 * HOUR
"""One in the afternoon in Cambridge."""


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.PROMOTIONS)


def approved(group: Group, **fields: Any) -> Promotion:
    """Approved and due, of an event in ten days in Cambridge."""
    event = make_event(group, starts_at=NOW + 10 * DAY, title="Soup on the common", **fields.pop("event", {}))
    values = {"state": PromotionState.APPROVED, "send_at": NOW, "subject": "Soup for all", **fields}
    return make_promotion(event, **values)


def launched(group: Group, **fields: Any) -> Promotion:
    return launch(promotion=approved(group, **fields), now=NOON)


def again(promotion: Promotion) -> Promotion:
    return Promotion.objects.get(pk=promotion.pk)


def states(promotion: Promotion) -> dict[str, int]:
    """How many of its mails stand where, without those that none stand at."""
    return {str(state): count for state, count in states_about(promotion.key).items() if count}


def send() -> None:
    deliver_until_idle(worker="test", seconds=20)


def mails() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(purpose=PURPOSE).order_by("pk"))


def read(mail: OutgoingMail) -> tuple[str, str]:
    """Its text and its HTML as they go out."""
    message = build_message(mail)
    html, _kind = message.alternatives[0]
    return str(message.body), str(html)


# --- launched -------------------------------------------------------------------------------------------------


def test_a_launch_writes_the_recipients_down_and_a_mail_for_each(group: Group) -> None:
    readers = make_readers(3)
    promotion = launched(group)
    assert (promotion.state, promotion.launched_at) == (PromotionState.SENDING, NOON)
    assert (promotion.audience, promotion.reach_miles, promotion.queued_up_to) == (3, 100, 3)
    rows = promotion.recipients.order_by("number").select_related("mail")
    assert [row.person_id for row in rows] == [person.pk for person in reversed(readers)]
    assert [row.mail.to_email for row in rows if row.mail] == [address_of(person) for person in reversed(readers)]
    assert states(promotion) == {"queued": 3}
    assert AuditEntry.objects.filter(action="launched promotion", subject=promotion.key).count() == 1


def test_mails_of_a_promotion_go_out_behind_all_others_and_hold_no_text_of_their_own(group: Group) -> None:
    make_readers(2)
    launched(group)
    assert {(mail.priority, mail.text, mail.html, mail.scope) for mail in mails()} == {(20, "", "", "promotions")}
    assert {tuple(mail.wider_scopes) for mail in mails()} == {(group.scope,)}


def test_each_reader_is_greeted_in_their_language_and_told_the_facts_and_why(group: Group) -> None:
    make_reader(given_name="Óscar", language="es")
    make_reader(given_name="")
    launched(group)
    unnamed, oscar = sorted(mails(), key=lambda mail: mail.language)
    text, html = read(unnamed)
    assert unnamed.subject == "Soup for all"
    for words in ("Hello,", "Come and eat with us.", "Soup on the common", "Public library, 449 Broadway"):
        assert words in text
        assert words in html
    assert "Thursday, June 11, 2026, 8 a.m. – 10 a.m. EDT" in text
    assert "because you took part" in " ".join(text.split())
    assert "Table of Plenty asked us" in html
    assert "/events/event-" in text
    assert "GREETING-OF-ROW" not in text + html
    assert "Óscar" in read(oscar)[0]
    assert 'lang="es"' in read(oscar)[1]


def test_styles_are_written_in_once_and_every_mail_unsubscribes_by_its_own_link(group: Group) -> None:
    make_readers(2)
    launched(group)
    one, other = mails()
    assert 'style="' in MailBody.objects.get(language="en").html
    for mail in (one, other):
        text, html = read(mail)
        assert unsubscribe_url(mail) in text
        assert unsubscribe_url(mail) in html
        headers = build_message(mail).extra_headers
        assert headers["List-Unsubscribe"] == f"<{unsubscribe_url(mail)}>"
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert unsubscribe_url(one) != unsubscribe_url(other)


def test_one_click_ends_promotions_and_writes_it_into_the_ledger(group: Group, client: Client) -> None:
    person = make_reader()
    launched(group)
    [mail] = mails()
    path = unsubscribe_url(mail).removeprefix("http://testserver")
    page = client.get(path).content.decode()
    assert "Invitations to events near you" in page
    assert group.name in page
    assert has_consent(person, ConsentPurpose.PROMOTIONS)
    client.post(path, {"List-Unsubscribe": "One-Click"})
    assert not has_consent(person, ConsentPurpose.PROMOTIONS)


def test_an_exact_address_that_the_host_keeps_back_is_not_in_the_mail(group: Group) -> None:
    make_reader()
    launched(group, event={"is_address_public": False})
    text, html = read(mails()[0])
    assert "449 Broadway" not in text + html
    assert "Cambridge, MA" in text


def test_what_somebody_typed_as_their_name_is_text_in_the_html(group: Group) -> None:
    make_reader(given_name="<b>Eve\r\nBcc: x</b>")
    launched(group)
    text, html = read(mails()[0])
    assert "Hello <b>Eve Bcc: x</b>," in text
    assert "&lt;b&gt;Eve Bcc: x&lt;/b&gt;" in html


def test_who_is_in_the_outbox_already_gets_no_second_mail_by_a_second_launch(group: Group) -> None:
    make_readers(2)
    promotion = launched(group)
    with pytest.raises(PromotionError):
        launch(promotion=promotion, now=NOON)
    assert launch_due_promotions(now=NOON) == 0
    assert len(mails()) == 2


def test_an_audience_of_none_is_sent_at_once(group: Group) -> None:
    promotion = launched(group)
    assert (promotion.state, promotion.audience, promotion.finished_at) == (PromotionState.SENT, 0, NOON)


@pytest.mark.parametrize("state", ["requested", "asked", "paused", "sent", "declined", "cancelled"])
def test_only_what_is_approved_is_launched(group: Group, state: str) -> None:
    make_reader()
    promotion = approved(group, state=state)
    with pytest.raises(PromotionError):
        launch(promotion=promotion, now=NOON)
    assert not mails()


def test_nothing_is_launched_before_its_time_or_at_night_at_the_venue(group: Group) -> None:
    make_reader()
    promotion = approved(group, send_at=NOON)
    assert launch_due_promotions(now=NOON - HOUR) == 0
    at_night = NOW + 15 * HOUR  # eleven in the evening
    assert launch_due_promotions(now=at_night) == 0
    assert launch_due_promotions(now=at_night + 11 * HOUR) == 1
    assert again(promotion).state == PromotionState.SENDING


def test_at_the_same_moment_it_is_night_at_one_venue_and_day_at_another(group: Group) -> None:
    make_reader()
    east, west = approved(group), approved(make_group(near="94110"))
    place = {"time_zone": "America/Los_Angeles", "latitude": 37.75, "longitude": -122.41}
    Event.objects.filter(pk=west.event_id).update(**place)
    assert launch_due_promotions(now=NOW + 13 * HOUR) == 1  # nine in the evening in Cambridge, six in San Francisco
    assert (again(east).state, again(west).state) == (PromotionState.APPROVED, PromotionState.SENT)


# --- two for the same people ----------------------------------------------------------------------------------


def test_of_two_for_the_same_people_the_earlier_event_goes_first_then_the_earlier_approval() -> None:
    make_readers(5)
    third = approved(make_group(), wanted=3, event={"ends_at": NOW + 12 * DAY})
    Event.objects.filter(pk=third.event_id).update(starts_at=NOW + 11 * DAY)
    second = approved(make_group(), wanted=3, approved_at=NOW - HOUR)
    first = approved(make_group(), wanted=1, approved_at=NOW - 2 * HOUR)
    assert launch_due_promotions(now=NOON) == 3
    assert [again(one).audience for one in (first, second, third)] == [1, 3, 1]
    people = list(PromotionRecipient.objects.values_list("person", flat=True))
    assert len(people) == len(set(people)) == 5


def test_launching_one_launches_before_it_what_goes_before_it() -> None:
    make_readers(3)
    later = approved(make_group(), approved_at=NOW - HOUR)
    earlier = approved(make_group(), approved_at=NOW - 2 * HOUR, wanted=2)
    launch(promotion=later, now=NOON)
    assert (again(earlier).audience, again(later).audience) == (2, 1)


# --- no longer to be launched ---------------------------------------------------------------------------------


def test_what_stands_in_the_way_by_then_cancels_it_with_the_reason(group: Group) -> None:
    make_reader()
    promotion = approved(group)
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.ENDED)
    assert launch_due_promotions(now=NOON) == 1
    assert again(promotion).state == PromotionState.CANCELLED
    assert again(promotion).words == "The agreement of the group is not in force."
    assert not mails()


def test_what_apps_object_to_by_then_cancels_it_too(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promotion_objections, "_checks", {})
    register_promotion_objection(lambda promotion: f"“{promotion.subject}” names an opponent.")
    promotion = approved(group)
    assert launch_due_promotions(now=NOON) == 1
    assert again(promotion).words == "“Soup for all” names an opponent."


def test_what_its_event_has_overtaken_is_called_off(group: Group) -> None:
    make_readers(2)
    promotion = launched(group)
    cancel_overtaken_promotions(now=NOW + 10 * DAY - HOUR)
    assert states(promotion) == {"queued": 2}
    cancel_overtaken_promotions(now=NOW + 10 * DAY)
    assert again(promotion).state == PromotionState.CANCELLED
    assert states(promotion) == {"suppressed": 2}


# --- paused and resumed ---------------------------------------------------------------------------------------


def test_nothing_of_a_paused_promotion_goes_out_until_it_is_resumed(group: Group, staff: User) -> None:
    make_readers(3)
    promotion = launched(group)
    pause_promotion(promotion=promotion, actor=staff, now=NOON)
    send()
    assert states(promotion) == {"queued": 3}
    assert finish_promotions(now=NOON) == 0
    resume_promotion(promotion=promotion, actor=staff, now=NOON)
    send()
    assert states(promotion) == {"sent": 3}
    actions = ["launched promotion", "paused promotion", "resumed promotion"]
    found = AuditEntry.objects.filter(subject=promotion.key).order_by("pk")
    assert list(found.values_list("action", flat=True)) == actions


def test_a_pause_holds_no_other_mail(group: Group, staff: User) -> None:
    make_readers(2)
    promotion = launched(group, wanted=1)
    other = launched(make_group(), wanted=1)
    pause_promotion(promotion=promotion, actor=staff, now=NOON)
    send()
    assert (states(promotion), states(other)) == ({"queued": 1}, {"sent": 1})


@pytest.mark.parametrize("act", [pause_promotion, resume_promotion])
def test_only_what_is_going_out_is_paused_and_only_what_is_paused_resumed(
    group: Group, staff: User, act: Callable[..., Promotion]
) -> None:
    with pytest.raises(PromotionError, match="stands at"):
        act(promotion=approved(group), actor=staff, now=NOON)


# --- cancelled ------------------------------------------------------------------------------------------------


def test_what_has_not_gone_out_of_a_cancelled_promotion_is_not_sent_and_cools_nobody_down(
    group: Group, staff: User
) -> None:
    make_readers(3)
    promotion = launched(group)
    claim = claims.new_claim("test")
    [gone] = claims.claim_due(claim=claim, limit=1)
    claims.mark_going_out(gone, claim)
    cancel_promotion(promotion=promotion, because="The hall burnt down.", actor=staff, now=NOON)
    assert states(promotion) == {"claimed": 1, "suppressed": 2}
    assert again(promotion).words == "The hall burnt down."
    assert promotion.recipients.filter(called_off_at=NOON).count() == 2
    assert launched(make_group()).audience == 2


@pytest.mark.parametrize("state", ["requested", "asked", "approved"])
def test_it_can_be_cancelled_before_it_is_sent(group: Group, staff: User, state: str) -> None:
    promotion = approved(group, state=state)
    cancel_promotion(promotion=promotion, because="We moved.", actor=staff, now=NOON)
    assert (again(promotion).state, again(promotion).cancelled_at) == (PromotionState.CANCELLED, NOON)
    assert launch_due_promotions(now=NOON) == 0


@pytest.mark.parametrize("state", ["sent", "declined", "cancelled"])
def test_it_cannot_be_cancelled_after_that(group: Group, staff: User, state: str) -> None:
    with pytest.raises(PromotionError, match="stands at"):
        cancel_promotion(promotion=approved(group, state=state), because="Late.", actor=staff, now=NOON)


def test_it_is_not_cancelled_without_a_reason(group: Group, staff: User) -> None:
    with pytest.raises(PromotionError, match="Say why"):
        cancel_promotion(promotion=approved(group), because="  ", actor=staff, now=NOON)


def test_when_the_event_is_cancelled_nothing_more_goes_out(group: Group, staff: User) -> None:
    make_readers(2)
    promotion = launched(group)
    cancel_event(event=promotion.event, because="The hall burnt down.", actor=staff, now=NOON)
    assert again(promotion).state == PromotionState.CANCELLED
    assert states(promotion) == {"suppressed": 2}


def test_when_the_agreement_ends_nothing_more_goes_out_in_the_name_of_the_group(group: Group) -> None:
    make_readers(2)
    going, waiting = launched(group), approved(group)
    others = approved(make_group())
    agreement_ended.send(sender=Agreement, group=group, agreement=None, at=NOON)
    assert again(going).state == again(waiting).state == PromotionState.CANCELLED
    assert again(others).state == PromotionState.APPROVED
    assert states(going) == {"suppressed": 2}


def test_a_mail_that_was_held_does_not_go_out_again_once_its_promotion_is_cancelled(group: Group, staff: User) -> None:
    from foundation.mail.outbox import resend

    make_reader()
    promotion = launched(group)
    claim = claims.new_claim("test")
    [mail] = claims.claim_due(claim=claim, limit=1)
    claims.mark_going_out(mail, claim)
    OutgoingMail.objects.filter(pk=mail.pk).update(state=MailState.UNKNOWN, lease_until=None)
    cancel_promotion(promotion=promotion, because="We moved.", actor=staff, now=NOON)
    resend(mail=mail, actor=staff, now=NOON)
    send()
    assert states(promotion) == {"suppressed": 1}


# --- at the claim ---------------------------------------------------------------------------------------------


def test_a_mail_whose_reader_unsubscribes_after_the_launch_is_not_sent(group: Group) -> None:
    make_readers(2)
    promotion = launched(group)
    suppress(address=mails()[0].to_email, scope=group.scope, reason=SuppressionReason.UNSUBSCRIBED, now=NOON)
    send()
    assert states(promotion) == {"suppressed": 1, "sent": 1}


def test_a_consent_taken_back_calls_the_mail_off_at_once(group: Group) -> None:
    person = make_reader()
    promotion = launched(group)
    withdraw_consent(person=person, purpose=ConsentPurpose.PROMOTIONS, source="me", now=NOON)
    assert states(promotion) == {"suppressed": 1}


def test_a_consent_taken_back_behind_everybodys_back_is_seen_by_the_claim(group: Group) -> None:
    """As where it is committed between the choice and the mails: nobody hears of it, the claim asks the ledger."""
    person = make_reader()
    promotion = launched(group)
    person.consents.create(purpose=ConsentPurpose.PROMOTIONS, scope="network", is_given=False, source="me", at=NOON)
    send()
    assert states(promotion) == {"suppressed": 1}


def test_whoever_answers_before_their_mail_went_out_gets_none(group: Group) -> None:
    person = make_reader()
    promotion = launched(group)
    make_rsvp(promotion.event, person)
    send()
    assert states(promotion) == {"suppressed": 1}


def test_the_claim_sends_no_second_promotion_within_the_cool_down(group: Group) -> None:
    """Made by hand: each of the two was another person's, whom a merge has made one."""
    one, other = make_readers(2)
    first, second = launched(group, wanted=1), launched(make_group())
    merge_people(kept=one, gone=other, choices=(), actor=make_staff(), now=NOON)
    send()
    assert sorted([states(first), states(second)], key=str) == [{"sent": 1}, {"suppressed": 1}]


# --- people who go --------------------------------------------------------------------------------------------


def test_a_deleted_person_leaves_a_number_and_no_trace(group: Group) -> None:
    person, other = make_readers(2)
    address = address_of(person)
    promotion = launched(group)
    erase_person(person=person, actor=None, now=NOON, writes=False)
    assert states(promotion) == {"queued": 1, "suppressed": 1}
    assert sorted(promotion.recipients.values_list("person", "email"), key=str) == [
        (other.pk, address_of(other)), (None, "")
    ]  # fmt: skip
    assert not OutgoingMail.objects.filter(to_email=address).exists()
    send()
    assert states(promotion) == {"sent": 1, "suppressed": 1}


def test_two_of_one_promotion_who_are_made_one_person_get_one_mail(group: Group) -> None:
    one, other = make_readers(2)
    promotion = launched(group)
    merge_people(kept=one, gone=other, choices=(), actor=make_staff(), now=NOON)
    send()
    assert states(promotion) == {"sent": 1, "suppressed": 1}
    assert promotion.audience == 2


# --- the event moves ------------------------------------------------------------------------------------------


def test_mails_that_have_not_gone_out_when_the_event_moves_say_where_and_when_it_is_now(
    group: Group, staff: User
) -> None:
    make_reader()
    promotion = launched(group)
    event = Event.objects.get(pk=promotion.event_id)
    plan = plan_of(event)
    moved = type(plan)(**{**vars(plan), "venue_name": "The old mill"})
    change_event(event=event, plan=moved, revision=event.revision, actor=staff, now=NOON)
    text, html = read(mails()[0])
    assert "The old mill" in text
    assert "The old mill" in html


# --- finished -------------------------------------------------------------------------------------------------


def test_it_is_finished_when_nothing_is_queued_claimed_or_unknown(group: Group) -> None:
    make_contact(group, "contact@example.org")
    make_readers(4)
    promotion = launched(group)
    for state in (MailState.QUEUED, MailState.CLAIMED, MailState.UNKNOWN):
        stand_at(mails()[0], state)
        for mail in mails()[1:]:
            stand_at(mail, MailState.SENT)
        assert finish_promotions(now=NOON) == 0
    stand_at(mails()[0], MailState.FAILED)
    assert finish_promotions(now=NOON) == 1
    assert (again(promotion).state, again(promotion).finished_at) == (PromotionState.SENT, NOON)
    assert OutgoingMail.objects.filter(purpose="promotion sent", to_email="contact@example.org").count() == 1
    assert finish_promotions(now=NOON) == 0


def stand_at(mail: OutgoingMail, state: MailState) -> None:
    gone_out = state in {MailState.SENT, MailState.UNKNOWN, MailState.FAILED}
    OutgoingMail.objects.filter(pk=mail.pk).update(
        state=state,
        went_out_at=NOON if gone_out else None,
        sent_at=NOON if state == MailState.SENT else None,
        lease_until=NOON if state == MailState.CLAIMED else None,
        claimed_by="test" if state == MailState.CLAIMED else "",
    )


def test_the_states_always_add_up_to_the_audience(group: Group) -> None:
    make_readers(6)
    promotion = launched(group)
    for mail, state in zip(mails(), MailState, strict=True):
        stand_at(mail, state)
    assert sum(states_about(promotion.key).values()) == promotion.audience == 6
    assert states_about(promotion.key) == dict.fromkeys(MailState, 1)


# --- what it costs --------------------------------------------------------------------------------------------


def test_a_launch_takes_as_many_queries_for_many_as_for_few(
    group: Group, django_assert_max_num_queries: Any, settings: Settings
) -> None:
    make_readers(60)
    promotion = approved(group)
    with django_assert_max_num_queries(45):
        launch(promotion=promotion, now=NOON)
    assert len(mails()) == 60


def test_everybody_reads_words_in_their_mail_that_nobody_else_does(group: Group) -> None:
    """Nothing about one recipient is in what all share."""
    make_reader(given_name="Zebedee")
    launched(group)
    body = MailBody.objects.get(language="en")
    assert not re.search("Zebedee|reader\\d+@", f"{body.text} {body.html}")
    assert COOL_DOWN == 14 * DAY
    assert Person.objects.count() == 1
