"""Pages of events: promotions. A group asks for one and follows it; staff decide, hold it, and see the results."""

import datetime
from typing import Any

from django.utils import timezone

from affiliates.models import Group
from events.models import EventState, Promotion, PromotionRecipient, PromotionState
from events.promoting import keep_words
from events.urls_promotions import GROUP_PROMOTIONS, NATIONAL_PROMOTION, NATIONAL_PROMOTIONS, PROMOTION
from foundation.accounts.models import StaffTask, User
from foundation.mail import bulk
from foundation.mail.bulk import BulkRecipient
from foundation.mail.models import MailState, OutgoingMail
from tests.events.audiences import make_readers
from tests.events.making import make_event, make_rsvp
from tests.events.promotions import make_promotion
from tests.factories import make_contact, make_group, make_staff

from .visits import Steps, Visit, page, send

DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)
LONG = "Kraftfahrzeughaftpflichtversicherungsgesellschaft"
WORDS = f"Come and eat with us.\n\nBring a friend, and {LONG}: https://example.org/soup"


def make_host() -> tuple[Group, User]:
    group = make_group("Table of Plenty")
    return group, make_contact(group)


def make_reviewer() -> User:
    return make_staff(StaffTask.PROMOTIONS, email="stella.staff@example.org")


def asked(group: Group, **fields: Any) -> Promotion:
    now = timezone.now()
    event = make_event(group, now=now, starts_at=now + 10 * DAY, title=f"Soup night of the {LONG}")
    return make_promotion(event, now=now, **{"intro": WORDS, "radius_miles": 40, **fields})


def launched(group: Group, state: str = PromotionState.SENT) -> Promotion:
    """One that went out to four people: one mail was delivered and answered, one came back, and two stand elsewhere."""
    promotion, now = asked(group, state=state, audience=4, reach_miles=25), timezone.now()
    people = make_readers(4)
    bulk.queue_many(
        bodies=keep_words(promotion),
        recipients=[
            BulkRecipient(f"gate:{number}", f"gate{number}@example.org", "Ada", "en") for number in range(1, 5)
        ],
        purpose="promotion",
        scope="promotions",
        now=now,
    )
    mails = OutgoingMail.objects.filter(body__about=promotion.key).order_by("pk")
    PromotionRecipient.objects.bulk_create(
        PromotionRecipient(
            promotion=promotion, number=number, person=person, email=mail.to_email, score=1, miles=3, chosen_at=now,
            cools_until=now + 14 * DAY, mail=mail,
        )
        for number, (person, mail) in enumerate(zip(people, mails, strict=True), start=1)
    )  # fmt: skip
    sent = {"state": MailState.SENT, "sent_at": now, "went_out_at": now}
    of_mails = OutgoingMail.objects.filter(body__about=promotion.key)
    of_mails.filter(pk=mails[0].pk).update(delivered_at=now, **sent)
    of_mails.filter(pk=mails[1].pk).update(bounced_at=now, **sent)
    last = MailState.FAILED if state == PromotionState.SENT else MailState.UNKNOWN
    of_mails.filter(pk=mails[2].pk).update(state=last, went_out_at=now)
    if state == PromotionState.SENT:
        of_mails.filter(pk=mails[3].pk).update(state=MailState.SUPPRESSED)
    make_rsvp(promotion.event, people[0], now=now)
    return promotion


def of_host(promotion: Promotion, user: User, below: str = "", **visit: Any) -> Visit:
    return Visit(f"/organize/events/{promotion.event_id}/promotion/{below}", user=user, **visit)


def of_staff(promotion: Promotion, below: str = "", **visit: Any) -> Visit:
    return Visit(f"/national/promotions/{promotion.pk}/{below}", user=make_reviewer(), **visit)


def write(press: str = "main form button[value=check]") -> Steps:
    return send(press=press, subject=f"Soup for all, with {LONG}", intro=WORDS)


# --- of a group -----------------------------------------------------------------------------------------------


@page(GROUP_PROMOTIONS)
def group_promotions() -> Visit:
    group, host = make_host()
    launched(group)
    for state in (PromotionState.REQUESTED, PromotionState.ASKED, PromotionState.APPROVED, PromotionState.DECLINED):
        asked(group, state=state)
    make_event(group, now=timezone.now(), title=LONG)
    return Visit(f"/organize/groups/{group.slug}/promotions/", user=host)


@page(GROUP_PROMOTIONS)
def group_promotions_none() -> Visit:
    group, host = make_host()
    return Visit(f"/organize/groups/{group.slug}/promotions/", user=host)


@page(GROUP_PROMOTIONS)
def group_promotions_of_a_forming_group() -> Visit:
    group = make_group(status="forming")
    return Visit(f"/organize/groups/{group.slug}/promotions/", user=make_contact(group), status=403)


@page(PROMOTION)
def event_promotion_to_write() -> Visit:
    group, host = make_host()
    make_readers(3)
    event = make_event(group, now=timezone.now(), starts_at=timezone.now() + 10 * DAY)
    return Visit(f"/organize/events/{event.pk}/promotion/", user=host)


@page(PROMOTION)
def event_promotion_to_nobody_and_too_late() -> Visit:
    group, host = make_host()
    event = make_event(group, now=timezone.now())
    return Visit(f"/organize/events/{event.pk}/promotion/", user=host)


@page(PROMOTION)
def event_promotion_without_a_word() -> Visit:
    group, host = make_host()
    event = make_event(group, now=timezone.now(), starts_at=timezone.now() + 10 * DAY)
    steps = send(press="main form button[value=check]", subject="", wanted="4001")
    return Visit(f"/organize/events/{event.pk}/promotion/", user=host, then=steps, status=422)


@page(PROMOTION)
def event_promotion_of_an_event_online() -> Visit:
    group, host = make_host()
    event = make_event(group, now=timezone.now(), format="online", latitude=None, longitude=None, place_name="")
    return Visit(f"/organize/events/{event.pk}/promotion/", user=host)


@page(PROMOTION)
def event_promotion_to_be_changed() -> Visit:
    group, host = make_host()
    promotion = asked(group, state=PromotionState.ASKED, words=f"Say where.\nAnd: {LONG}")
    return of_host(promotion, host, "?change")


@page(PROMOTION)
def event_promotion_while_it_waits() -> Visit:
    group, host = make_host()
    return of_host(asked(group), host)


@page(PROMOTION)
def event_promotion_sent_back() -> Visit:
    group, host = make_host()
    return of_host(asked(group, state=PromotionState.ASKED, words=f"Say where.\nAnd: {LONG}"), host)


@page(PROMOTION)
def event_promotion_approved() -> Visit:
    group, host = make_host()
    return of_host(asked(group, state=PromotionState.APPROVED), host)


@page(PROMOTION)
def event_promotion_declined() -> Visit:
    group, host = make_host()
    return of_host(asked(group, state=PromotionState.DECLINED, words="Too many this week."), host)


@page(PROMOTION)
def event_promotion_being_sent() -> Visit:
    group, host = make_host()
    return of_host(launched(group, PromotionState.SENDING), host)


@page(PROMOTION)
def event_promotion_with_results() -> Visit:
    group, host = make_host()
    asked(make_group(), state=PromotionState.SENT, audience=10)
    return of_host(launched(group), host)


@page(PROMOTION)
def event_promotion_for_staff() -> Visit:
    event = make_event(make_group(), now=timezone.now())
    return Visit(f"/organize/events/{event.pk}/promotion/", user=make_reviewer())


@page(f"{PROMOTION}check/")
def event_promotion_check() -> Visit:
    group, host = make_host()
    make_readers(3)
    event = make_event(group, now=timezone.now(), starts_at=timezone.now() + 10 * DAY)
    return Visit(f"/organize/events/{event.pk}/promotion/", user=host, then=write())


@page(f"{PROMOTION}cancel/")
def event_promotion_cancel() -> Visit:
    group, host = make_host()
    return of_host(asked(group), host, "cancel/")


@page(f"{PROMOTION}cancel/")
def event_promotion_cancel_without_a_reason() -> Visit:
    group, host = make_host()
    promotion = launched(group, PromotionState.SENDING)
    return of_host(promotion, host, "cancel/", then=send(), status=422)


@page("organize/events/<int:pk>/")
def event_home_with_a_promotion_to_change() -> Visit:
    group, host = make_host()
    promotion = asked(group, state=PromotionState.ASKED, words=f"Say where.\nAnd: {LONG}")
    return Visit(f"/organize/events/{promotion.event_id}/", user=host)


# --- of the staff ---------------------------------------------------------------------------------------------


@page(NATIONAL_PROMOTIONS)
def national_promotions() -> Visit:
    for days in (2, 9):
        asked(make_group(f"Group {LONG}"), subject=f"{LONG} {days}", requested_at=timezone.now() - days * DAY)
    return Visit("/national/promotions/", user=make_reviewer())


@page(NATIONAL_PROMOTIONS)
def national_promotions_none() -> Visit:
    return Visit("/national/promotions/", user=make_reviewer())


@page(NATIONAL_PROMOTIONS)
def national_promotions_approved() -> Visit:
    asked(make_group(), state=PromotionState.APPROVED)
    return Visit("/national/promotions/?show=approved", user=make_reviewer())


@page(NATIONAL_PROMOTIONS)
def national_promotions_being_sent() -> Visit:
    asked(make_group(), state=PromotionState.PAUSED)
    return Visit("/national/promotions/?show=sending", user=make_reviewer())


@page(NATIONAL_PROMOTIONS)
def national_promotions_ended_none() -> Visit:
    return Visit("/national/promotions/?show=ended", user=make_reviewer())


@page(NATIONAL_PROMOTION)
def national_promotion() -> Visit:
    make_readers(3)
    promotion = asked(make_group("Table of Plenty"))
    asked(make_group(f"Group {LONG}"), subject=f"Bread: {LONG}")
    asked(make_group(), state=PromotionState.SENT, audience=1200, reach_miles=25)
    return of_staff(promotion)


@page(NATIONAL_PROMOTION)
def national_promotion_with_obstacles() -> Visit:
    promotion, now = asked(make_group()), timezone.now()
    type(promotion.event).objects.filter(pk=promotion.event_id).update(state=EventState.CANCELLED, cancelled_at=now)
    return of_staff(promotion)


@page(NATIONAL_PROMOTION)
def national_promotion_with_its_group() -> Visit:
    return of_staff(asked(make_group(), state=PromotionState.ASKED, words="Say where."))


@page(NATIONAL_PROMOTION)
def national_promotion_approved() -> Visit:
    return of_staff(asked(make_group(), state=PromotionState.APPROVED))


@page(NATIONAL_PROMOTION)
def national_promotion_being_sent() -> Visit:
    return of_staff(launched(make_group(), PromotionState.SENDING))


@page(NATIONAL_PROMOTION)
def national_promotion_paused() -> Visit:
    return of_staff(launched(make_group(), PromotionState.PAUSED))


@page(NATIONAL_PROMOTION)
def national_promotion_with_results() -> Visit:
    return of_staff(launched(make_group()))


@page(NATIONAL_PROMOTION)
def national_promotion_cancelled() -> Visit:
    return of_staff(asked(make_group(), state=PromotionState.CANCELLED, words="The roof leaks."))


@page(f"{NATIONAL_PROMOTION}time/")
def national_promotion_time() -> Visit:
    return of_staff(asked(make_group()), "time/")


@page(f"{NATIONAL_PROMOTION}time/")
def national_promotion_time_by_night() -> Visit:
    return of_staff(asked(make_group()), "time/", then=send(time="23:00"), status=422)


@page(f"{NATIONAL_PROMOTION}changes/")
def national_promotion_changes() -> Visit:
    return of_staff(asked(make_group(), subject=LONG), "changes/")


@page(f"{NATIONAL_PROMOTION}changes/")
def national_promotion_changes_without_a_word() -> Visit:
    return of_staff(asked(make_group()), "changes/", then=send(), status=422)


@page(f"{NATIONAL_PROMOTION}decline/")
def national_promotion_decline() -> Visit:
    return of_staff(asked(make_group()), "decline/")


@page(f"{NATIONAL_PROMOTION}decline/")
def national_promotion_decline_without_a_reason() -> Visit:
    return of_staff(asked(make_group()), "decline/", then=send(), status=422)


@page(f"{NATIONAL_PROMOTION}cancel/")
def national_promotion_cancel() -> Visit:
    return of_staff(asked(make_group()), "cancel/")


@page(f"{NATIONAL_PROMOTION}cancel/")
def national_promotion_cancel_without_a_reason() -> Visit:
    return of_staff(asked(make_group()), "cancel/", then=send(), status=422)
