"""Calendar feeds: which events each holds, and the secret address of a person's own.

That address is made from the row (CalendarFeed), never stored: an HMAC of the person and the row's revision under
SECRET_KEY. Another revision is another address, and the one before leads nowhere. The row is never deleted while its
person is there, or the revisions would begin again.
"""

import datetime
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from affiliates.finder import NEARBY_MILES
from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.search import Place
from members.models import Person

from .models import HAS_LINK, CalendarFeed, Event, EventFormat, EventQuerySet, EventState, Rsvp, RsvpState

LOOKS_BACK = datetime.timedelta(days=60)
"""So long an event stays in the feeds after it is over."""
MOST_EVENTS = 200
NOTED_EVERY = datetime.timedelta(hours=1)
_SALT = "events.feeds.own"


class FeedError(Exception):
    """The address is nobody's, or nobody's any more."""


# --- what each holds --------------------------------------------------------------------------------------------


def events_of_group(group: Group, now: datetime.datetime) -> Sequence[Event]:
    """The listed events that `group` holds, the next ones and those of the last weeks, cancelled ones as that."""
    return _for_feed(Event.objects.of_group(group), now)


def events_near(
    place: Place, *, within: int | None, kind: str, online: bool, now: datetime.datetime
) -> Sequence[Event]:
    """The listed events within so many miles of `place` (50 where None), with `online` those online as well."""
    near = Event.objects.within(place, within or NEARBY_MILES).exclude(format=EventFormat.ONLINE).values("pk")
    wanted = Q(pk__in=near) | Q(format__in=HAS_LINK) if online else Q(pk__in=near)
    events = Event.objects.filter(wanted)
    return _for_feed(events.filter(kind=kind) if kind else events, now)


def _for_feed(events: EventQuerySet, now: datetime.datetime) -> Sequence[Event]:
    listed = events.public().filter(is_listed=True).select_related("group").defer("position", "group__position")
    # Who subscribes wants to know what is next: what is over goes before anything that is to come is left out.
    ahead = list(listed.filter(ends_at__gt=now).order_by("starts_at", "pk")[:MOST_EVENTS])
    over = listed.filter(ends_at__gt=now - LOOKS_BACK, ends_at__lte=now).order_by("-starts_at", "-pk")
    return [*reversed(over[: MOST_EVENTS - len(ahead)]), *ahead]


def own_answers(person: Person, now: datetime.datetime) -> Sequence[Rsvp]:
    """The confirmed answers of `person` to what is to come or was lately, those who can’t come left out."""
    answers = Rsvp.objects.confirmed().coming().filter(person=person, event__ends_at__gt=now - LOOKS_BACK)
    public = answers.filter(event__approved_at__isnull=False)
    known = public.filter(event__state__in=(EventState.APPROVED, EventState.CANCELLED))
    rows = known.select_related("event__group").defer("event__position", "event__group__position")
    return list(rows.order_by("event__starts_at", "pk")[:MOST_EVENTS])


def is_promise(rsvp: Rsvp) -> bool:
    """Does the person come? Who may come, or waits for a place, has it in their calendar as tentative."""
    return rsvp.state == RsvpState.GOING


# --- the address of one's own -----------------------------------------------------------------------------------


def own_feed_address(feed: CalendarFeed) -> str:
    """The absolute address, which is a secret: whoever has it reads where its owner will be."""
    return f"{settings.SITE_URL}{reverse('own_calendar', args=[feed_token(feed)])}"


def feed_token(feed: CalendarFeed) -> str:
    """What the address ends in: the person's number in our books, which says nothing about them, and the HMAC."""
    return f"{feed.person_id}-{_seal(feed.person_id, feed.revision)}"


def feed_of(token: str) -> CalendarFeed:
    """The feed that `token` opens. Raises FeedError for a forged one and for one that was replaced."""
    pk, _dash, seal = token.partition("-")
    if not (pk.isascii() and pk.isdigit() and len(pk) <= 18):
        raise FeedError
    feed = CalendarFeed.objects.select_related("person").filter(pk=int(pk)).first()
    # Compared even where there is no such feed, so that the time tells nobody whether there is.
    expected = _seal(int(pk), feed.revision if feed else 0)
    if not constant_time_compare(seal, expected) or feed is None:
        raise FeedError
    return feed


def _seal(person_id: int, revision: int) -> str:
    return salted_hmac(_SALT, f"{person_id}:{revision}", algorithm="sha256").hexdigest()[:40]


def renew_feed(*, person: Person, actor: User, now: datetime.datetime) -> CalendarFeed:
    """Make the address of the person's calendar; where there is one already another, and the old one stops at once."""
    with transaction.atomic():
        feed, is_new = CalendarFeed.objects.get_or_create(person=person, defaults={"made_at": now})
        if not is_new:
            CalendarFeed.objects.filter(pk=feed.pk).update(revision=F("revision") + 1, made_at=now, last_read_at=None)
            feed.refresh_from_db()
        action = "made own calendar address" if is_new else "replaced own calendar address"
        record(actor=actor, action=action, subject=f"person:{person.pk}")
    return feed


def note_read(*, feed: CalendarFeed, now: datetime.datetime) -> None:
    """Note that the feed was read, at most hourly: clients ask every few minutes."""
    earlier = Q(last_read_at__isnull=True) | Q(last_read_at__lte=now - NOTED_EVERY)
    CalendarFeed.objects.filter(earlier, pk=feed.pk).update(last_read_at=now)
