"""What becomes of an approved promotion: launched at its time, paused, resumed, cancelled, finished.

    approved → sending ⇄ paused → sent
        └─────────┴─────────┴→ cancelled

Launches stand in a line: one at a time, of those that are due the earlier event first, then the earlier approval, so
that promotions which compete for the same people share them by that rule (domain: "the earlier approved event goes
first"). A launch is one transaction: who gets it, what it says, and a mail for each in the outbox.

Locked are the line, the event (so that it does not move between what the mails say and their being queued), then the
promotion. The people who are chosen are held without waiting for anybody (events.audience).
"""

import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.dispatch import receiver
from django.utils.translation import gettext as _

from affiliates.models import Group
from affiliates.signals import agreement_ended
from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.mail import bulk
from foundation.mail.bulk import BulkRecipient
from foundation.mail.models import MailBody, MailState
from foundation.mail.outbox import call_off
from members.models import ConsentPurpose, Person
from members.signals import consent_withdrawn, person_erased

from .audience import SCOPE, take_recipients
from .emails import promotions as emails
from .line import lock_event
from .models import OPEN, Event, Promotion, PromotionRecipient, PromotionState
from .models.promotions import PromotionQuerySet
from .promotion_mail import build
from .promotion_objections import objections_to_promotion
from .promotion_requests import obstacles_to_promoting
from .sending_hours import is_sending_hour

PURPOSE = "promotion"
"""What its mails are in the outbox."""

GOING_OUT = (PromotionState.SENDING, PromotionState.PAUSED)
CAN_BE_CANCELLED = (*OPEN, *GOING_OUT)

# The line of launches; no other part of the product takes advisory locks under this number. Without it two launches at
# once choose the same people; tests take it away to show that the database then refuses the second.
LINE = "SELECT pg_advisory_xact_lock(1347571533)"


class PromotionError(Exception):
    """This cannot be done with the promotion as it stands; the message, for the reader, says why."""


# --- launched -------------------------------------------------------------------------------------------------


def launch_due_promotions(*, now: datetime.datetime) -> int:
    """Launch all that is due, one after the other; returns how many. Safe to run twice, at once, and to kill."""
    count = 0
    while _launch_next(now) is not None:
        count += 1
    return count


def launch(*, promotion: Promotion, now: datetime.datetime) -> Promotion:
    """Launch `promotion`, and before it whatever is due and goes before it.

    Raises PromotionError where it is not due: it is not approved, its time has not come, or it is no hour of sending.
    """
    while (launched := _launch_next(now)) is not None:
        if launched.pk == promotion.pk:
            return launched
    raise PromotionError(_("This promotion is not due."))


@transaction.atomic
def _launch_next(now: datetime.datetime) -> Promotion | None:
    """The first in the line of those that are due, launched, or cancelled where it can no longer be; None: none is."""
    with connection.cursor() as cursor:
        cursor.execute(LINE)
    for due in Promotion.objects.due(now).select_related("event").defer("event__position"):
        if not is_sending_hour(now, due.event.time_zone):
            continue
        lock_event(due.event)
        held = _hold(due)
        if held.state != PromotionState.APPROVED:
            continue
        found = obstacles_to_promoting(event=held.event, group=held.group, now=now)
        if found := [*found, *objections_to_promotion(held)]:
            _cancel(held, " ".join(found), None, now)
        else:
            _launch(held, now)
        return held
    return None


def _launch(held: Promotion, now: datetime.datetime) -> None:
    held.audience, held.reach_miles = take_recipients(promotion=held, now=now)
    _queue_mails(held, now)
    held.state, held.launched_at, held.queued_up_to = PromotionState.SENDING, now, held.audience
    _save(held, "launched_at", "audience", "reach_miles", "queued_up_to")
    record(
        actor=None, action="launched promotion", subject=held.key, audience=held.audience, reach_miles=held.reach_miles
    )
    if not held.audience:
        _finish(held, now)


def _queue_mails(held: Promotion, now: datetime.datetime) -> None:
    """A mail in the outbox for each recipient, in the order in which they were chosen."""
    rows = PromotionRecipient.objects.filter(promotion=held).order_by("number")
    bodies = keep_words(held)
    recipients = [
        BulkRecipient(_mail_key(held, number), email, name, language if language in bodies else settings.LANGUAGE_CODE)
        for number, email, name, language in rows.values_list(
            "number", "email", "person__given_name", "person__language"
        )
    ]
    bulk.queue_many(
        bodies=bodies,
        recipients=recipients,
        purpose=PURPOSE,
        scope=SCOPE,
        wider_scopes=[held.group.scope],
        from_name=_sender(held.group),
        now=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_promotionrecipient r SET mail_id = m.id FROM mail_outgoingmail m"
            " WHERE r.promotion_id = %s AND m.key = %s || r.number",
            [held.pk, _mail_key(held, "")],
        )


def keep_words(promotion: Promotion) -> dict[str, MailBody]:
    """Write down what its mails say, by language. Those that have not gone out say what is so now."""
    return {
        language: bulk.keep_body(about=promotion.key, language=language, **build(promotion, language)._asdict())
        for language, _name in settings.LANGUAGES
    }


def _mail_key(promotion: Promotion, number: object) -> str:
    return f"{promotion.key}:{number}"


def _sender(group: Group) -> str:
    """From whom the mail is: the group, as part of the network."""
    return f"{group.name} · {settings.NETWORK_NAME}"[:200]


# --- paused, resumed, cancelled -------------------------------------------------------------------------------


def pause_promotion(*, promotion: Promotion, actor: User, now: datetime.datetime) -> Promotion:
    """Send no more of it until it is resumed; what is going out at this moment is sent.

    Raises PromotionError where it is not being sent.
    """
    with transaction.atomic():
        held = _hold_at(promotion, PromotionState.SENDING)
        held.state = PromotionState.PAUSED
        _save(held)
        bulk.hold(held.key)
        record(actor=actor, action="paused promotion", subject=held.key)
    return held


def resume_promotion(*, promotion: Promotion, actor: User, now: datetime.datetime) -> Promotion:
    """Send the rest of it. Raises PromotionError where it is not paused."""
    with transaction.atomic():
        held = _hold_at(promotion, PromotionState.PAUSED)
        held.state = PromotionState.SENDING
        _save(held)
        bulk.release(held.key)
        record(actor=actor, action="resumed promotion", subject=held.key)
    return held


def cancel_promotion(*, promotion: Promotion, because: str, actor: User | None, now: datetime.datetime) -> Promotion:
    """Call it off, with the reason, before it is sent. Mails that have not begun to go out are not sent any more, and
    whoever would have got them may get another promotion. The rest of its group is told.

    Raises PromotionError where it was sent, declined or cancelled, and without a reason.
    """
    if not because.strip():
        raise PromotionError(_("Say why: the group reads it."))
    with transaction.atomic():
        held = _hold_at(promotion, *CAN_BE_CANCELLED)
        _cancel(held, because.strip(), actor, now)
    return held


def cancel_promotions_of_event(*, event: Event, because: str, actor: User | None, now: datetime.datetime) -> None:
    """Its event is called off. In the transaction that does it, which holds the event."""
    words = because or _("The event was cancelled.")
    _cancel_all(Promotion.objects.filter(event=event), words, actor, now)


@receiver(agreement_ended, dispatch_uid="events.promoting.cancel_promotions_of_group")
def cancel_promotions_of_group(*, group: Group, at: datetime.datetime, **rest: Any) -> None:
    """Nothing goes out any more in the name of a group whose agreement has ended."""
    _cancel_all(Promotion.objects.filter(group=group), _("The agreement of the group has ended."), None, at)


def cancel_overtaken_promotions(*, now: datetime.datetime) -> None:
    """Call off what is left of those whose event has begun: nobody could come any more."""
    overtaken = Q(event__starts_at__lte=now, state__in=(PromotionState.APPROVED, *GOING_OUT))
    _cancel_all(Promotion.objects.filter(overtaken), _("The event has begun already."), None, now)


def _cancel_all(promotions: PromotionQuerySet, because: str, actor: User | None, now: datetime.datetime) -> None:
    with transaction.atomic():
        for promotion in promotions.filter(state__in=CAN_BE_CANCELLED).order_by("pk"):
            held = _hold(promotion)
            if held.state in CAN_BE_CANCELLED:
                _cancel(held, because, actor, now)


def _cancel(held: Promotion, because: str, actor: User | None, now: datetime.datetime) -> None:
    held.state, held.cancelled_at, held.words = PromotionState.CANCELLED, now, because[:1000]
    _save(held, "cancelled_at", "words")
    called_off = bulk.call_off_about(held.key)
    unsent = PromotionRecipient.objects.filter(promotion=held, mail__state=MailState.SUPPRESSED)
    unsent.filter(called_off_at__isnull=True).update(called_off_at=now)
    record(actor=actor, action="cancelled promotion", subject=held.key, called_off=called_off)
    emails.queue_promotion_cancelled(held, by=actor)


# --- finished -------------------------------------------------------------------------------------------------


def finish_promotions(*, now: datetime.datetime) -> int:
    """Close those of which nothing is queued, claimed or unknown any more; returns how many."""
    count = 0
    for promotion in Promotion.objects.filter(state=PromotionState.SENDING).order_by("pk"):
        with transaction.atomic():
            held = _hold(promotion)
            if held.state == PromotionState.SENDING and not _unfinished(held):
                _finish(held, now)
                count += 1
    return count


def _unfinished(held: Promotion) -> int:
    states = bulk.states_about(held.key)
    return states[MailState.QUEUED] + states[MailState.CLAIMED] + states[MailState.UNKNOWN]


def _finish(held: Promotion, now: datetime.datetime) -> None:
    held.state, held.finished_at = PromotionState.SENT, now
    _save(held, "finished_at")
    record(actor=None, action="finished promotion", subject=held.key)
    emails.queue_promotion_sent(held)


# --- what others do -------------------------------------------------------------------------------------------


def refresh_words_of(event: Event) -> None:
    """The event moved: mails of its promotion that have not gone out say so. In the transaction that moved it."""
    for promotion in Promotion.objects.filter(event=event, state__in=GOING_OUT).select_related("group"):
        promotion.event = event
        keep_words(promotion)


@receiver(consent_withdrawn, dispatch_uid="events.promoting.call_off_to_person")
def call_off_to_person(*, person: Person, purpose: str, **rest: Any) -> None:
    """Whoever takes back their yes to promotions gets none that has not gone out."""
    if purpose == ConsentPurpose.PROMOTIONS:
        call_off(scope=SCOPE, to=list(person.emails.values_list("address", flat=True)))


@receiver(person_erased, dispatch_uid="events.promoting.forget_address")
def forget_address(*, person: Person | None, **rest: Any) -> None:
    """A deleted person leaves their number in the audience, and no address."""
    if person is not None:
        PromotionRecipient.objects.filter(person=person).update(email="")


# What the claim of a mail asks once more (foundation.mail.refusals): the promotion still goes out; the recipient is
# one of at most 4,000, not called off, still says yes, has not answered meanwhile, and had no other promotion.
GOES_OUT_NO_MORE = """
NOT EXISTS (
    SELECT FROM events_promotionrecipient r JOIN events_promotion p ON p.id = r.promotion_id
    WHERE r.mail_id = m.id AND r.called_off_at IS NULL AND r.number <= least(p.wanted, 4000) AND p.state <> 'cancelled'
      AND coalesce((SELECT c.is_given FROM members_consent c
                    WHERE c.person_id = r.person_id AND c.purpose = 'promotions' AND c.scope = 'network'
                    ORDER BY c.id DESC LIMIT 1), false)
      AND NOT EXISTS (SELECT FROM events_rsvp a WHERE a.event_id = p.event_id AND a.person_id = r.person_id)
      AND NOT EXISTS (
          SELECT FROM events_promotionrecipient k
          WHERE k.person_id = r.person_id AND k.called_off_at IS NULL AND k.cools_until > r.chosen_at
            AND (k.chosen_at, k.id) < (r.chosen_at, r.id))
)"""


# --- one promotion, held --------------------------------------------------------------------------------------


def _hold(promotion: Promotion) -> Promotion:
    """The promotion as it is now, locked until the transaction ends, with its event and its group as they are."""
    rows = Promotion.objects.select_for_update(no_key=True, of=("self",)).select_related("event__group", "group")
    return rows.defer("event__position", "event__group__position", "group__position").get(pk=promotion.pk)


def _hold_at(promotion: Promotion, *states: str) -> Promotion:
    held = _hold(promotion)
    if held.state not in states:
        raise PromotionError(
            _("This cannot be done with it any more. The promotion stands at: %(state)s.")
            % {"state": held.get_state_display()}
        )
    return held


def _save(held: Promotion, *fields: str) -> None:
    """Write where it stands, a revision on."""
    held.revision += 1
    held.save(update_fields=["state", "revision", *fields])
