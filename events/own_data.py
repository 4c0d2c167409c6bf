"""What events hold about a person's answers: told to the person, and forgotten when the person is deleted."""

from collections.abc import Collection, Iterable

from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone

from foundation.mail.forgetting import blot_out
from members.models import Person
from members.person_export import Row, register_export_section
from members.signals import person_erased

from .line import fill_places, lock_event
from .models import CalendarFeed, Event, EventNotice, HostMessage, PromotionRecipient, Rsvp


def register_own_answers() -> None:
    """Called once, when the app is ready."""
    register_export_section("event_answers", _answers, covers=["events.rsvp"])
    register_export_section("calendar_feeds", _feeds, covers=["events.calendarfeed"])
    register_export_section("promotions_received", _promotions, covers=["events.promotionrecipient"])


def _answers(person: Person) -> Iterable[Row]:
    """Those that were confirmed, and those that wait for it under an address of the person."""
    columns = (
        "state", "party_size", "answered_at", "changed_at", "confirmed_at", "waiting_since", "got_place_at", "email",
        "given_name", "family_name", "place", "language", "answers", "reminded_at", "reminded_again_at", "thanked_at",
    )  # fmt: skip
    addresses = person.emails.values_list("address", flat=True)
    rsvps = Rsvp.objects.filter(Q(person=person) | Q(confirmed_at__isnull=True, email__in=list(addresses)))
    for rsvp in rsvps.select_related("event").defer("event__position").order_by("answered_at", "pk"):
        yield {
            "event": rsvp.event.title,
            "starts_at": rsvp.event.starts_at,
            **{name: getattr(rsvp, name) for name in columns},
            "asked": [asked["purpose"] for asked in rsvp.consents if asked["is_ticked"]],
        }


def _feeds(person: Person) -> Iterable[Row]:
    for feed in CalendarFeed.objects.filter(person=person):
        yield {"made_at": feed.made_at, "last_read_at": feed.last_read_at}


def _promotions(person: Person) -> Iterable[Row]:
    """The events that were promoted to them, and how near they live. What became of each mail is in "mails"."""
    received = PromotionRecipient.objects.filter(person=person).select_related("promotion__event")
    for recipient in received.defer("promotion__event__position").order_by("chosen_at", "pk"):
        yield {
            "event": recipient.promotion.event.title,
            "subject": recipient.promotion.subject,
            "email": recipient.email,
            "miles": recipient.miles,
            "chosen_at": recipient.chosen_at,
            "called_off_at": recipient.called_off_at,
        }


@receiver(person_erased, dispatch_uid="events.own_data.forget_answers")
def forget_answers(
    *, person: Person | None, addresses: Collection[str], numbers: Collection[str], **rest: object
) -> None:
    """The person's answers go, and those under their addresses that nobody has confirmed; the places go to the line.

    Where hosts or staff wrote an address or a number of theirs into a message, it becomes illegible.
    """
    for contact in (*addresses, *numbers):
        blot_out(contact, EventNotice, HostMessage)
    own = Q(confirmed_at__isnull=True, email__in=addresses)
    if person is not None:
        own |= Q(person=person)
    events = Rsvp.objects.filter(own).order_by("event").values_list("event", flat=True)
    for event_id in list(events.distinct()):
        event = lock_event(Event(pk=event_id))
        event.rsvps.filter(own).delete()
        fill_places(event=event, now=timezone.now())
