"""The queue of promotions: what waits for staff, who else could reach the same people, and when each may go out."""

import datetime
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from foundation.mail.models import MailState, OutgoingMail
from foundation.places.distance import miles_between

from .models import COOL_DOWN, LAUNCHED, OPEN, RADII, Promotion, PromotionState
from .models.promotions import PromotionQuerySet
from .sending_hours import next_sending_moment

USUAL_WAIT = datetime.timedelta(days=2)
"""How long staff take, until they have decided on enough for that to be known."""
_LATEST = 20

_SHOWN = {
    "": (PromotionState.REQUESTED,),
    "asked": (PromotionState.ASKED,),
    "approved": (PromotionState.APPROVED,),
    "sending": (PromotionState.SENDING, PromotionState.PAUSED),
    "sent": (PromotionState.SENT,),
    "ended": (PromotionState.DECLINED, PromotionState.CANCELLED),
}
SHOWN_WORDS = {
    "": _("waiting for you"),
    "asked": _("with their groups, to be changed"),
    "approved": _("approved, waiting for their time"),
    "sending": _("being sent, or paused"),
    "sent": _("sent"),
    "ended": _("declined or cancelled"),
}


@dataclass(frozen=True)
class PromotionQueue:
    """Which promotions are looked at. `show` is a key of SHOWN_WORDS; "" those that wait for staff."""

    show: str = ""

    @property
    def query(self) -> str:
        """The query string that leads back to it, empty for the plain queue."""
        return urlencode({"show": self.show}) if self.show else ""

    def promotions(self) -> PromotionQuerySet:
        """Those that wait, the one that waits longest first; others in the order in which they go out, or went."""
        found = Promotion.objects.filter(state__in=_SHOWN[self.show]).select_related("event", "group")
        found = found.defer("event__position", "event__about", "group__position")
        match self.show:
            case "approved":
                return found.order_by("send_at", "event__starts_at", "approved_at", "pk")
            case "sending" | "sent":
                return found.order_by("-launched_at", "-pk")
            case "ended":
                return found.order_by("-requested_at", "-pk")
        return found.order_by("requested_at", "pk")

    def next_after(self, promotion: Promotion) -> Promotion | None:
        """The oldest one besides `promotion`."""
        return self.promotions().exclude(pk=promotion.pk).first()


def read_promotion_queue(query: Mapping[str, str]) -> PromotionQueue:
    """The queue of a query string; what it cannot mean is left out."""
    show = query.get("show", "")
    return PromotionQueue(show if show in _SHOWN else "")


def waiting_in_words() -> str:
    """How many promotions wait for staff, for the staff home."""
    count = Promotion.objects.filter(state=PromotionState.REQUESTED).count()
    return ngettext("%(count)d promotion waits for approval.", "%(count)d promotions wait for approval.", count) % {
        "count": count
    }


# --- who else could reach the same people ---------------------------------------------------------------------


@dataclass(frozen=True)
class InLine:
    """One promotion in the line for the people of an area. `miles` lie between its venue and the one looked from."""

    promotion: Promotion
    miles: float
    is_this: bool


def line_around(promotion: Promotion, *, now: datetime.datetime) -> list[InLine]:
    """`promotion` among those whose areas meet its own, in the order in which they get the people they share.

    Those launched within the cool-down have them already and come first; then the earlier event, then the earlier
    approval (domain: "the earlier approved event goes first"), what is not approved yet behind. Only itself where
    nobody else could reach the same people.
    """
    recent = Q(state__in=LAUNCHED, launched_at__gt=now - COOL_DOWN)
    others = Promotion.objects.filter(Q(state__in=OPEN) | recent).exclude(pk=promotion.pk)
    others = others.select_related("event", "group").defer("event__position", "event__about", "group__position")
    meeting = [
        InLine(other, miles, is_this=False)
        for other in others.order_by("pk")
        if (miles := _miles_apart(promotion, other)) is not None and miles <= _reach(promotion) + _reach(other)
    ]
    return sorted([InLine(promotion, 0.0, is_this=True), *meeting], key=_place_in_line)


def _miles_apart(one: Promotion, other: Promotion) -> float | None:
    here, there = one.event.point, other.event.point
    return miles_between(here, there) if here and there else None


def _reach(promotion: Promotion) -> int:
    """How many miles from its venue its people live at most."""
    return promotion.reach_miles or promotion.radius_miles or RADII[-1]


def _place_in_line(entry: InLine) -> tuple[bool, datetime.datetime, bool, datetime.datetime, int]:
    promotion = entry.promotion
    is_launched = promotion.state in LAUNCHED
    return (
        not is_launched,
        promotion.launched_at if is_launched and promotion.launched_at else promotion.event.starts_at,
        promotion.approved_at is None,
        promotion.approved_at or promotion.requested_at,
        promotion.pk,
    )


# --- when it may go out ---------------------------------------------------------------------------------------


def expected_send_at(promotion: Promotion, *, now: datetime.datetime | None = None) -> datetime.datetime:
    """When the first mail of `promotion` is likely to go out (UTC); it need not be saved yet.

    What staff have approved goes at its time; of what they have not, staff will take as long as they took of late.
    Then it waits for an hour of sending at the venue, and for the mails that stand before it at the rate of sending.
    """
    now = now or timezone.now()
    if promotion.launched_at:
        return promotion.launched_at
    if promotion.state == PromotionState.APPROVED and promotion.send_at:
        begins = max(promotion.send_at, now)
    else:
        asked_at = promotion.requested_at if promotion.pk else now
        begins = max(now, asked_at + usual_wait())
    return next_sending_moment(begins + _time_of_what_is_before(begins), promotion.event.time_zone)


def usual_wait() -> datetime.timedelta:
    """How long the groups of the latest 20 approved promotions waited for staff, the middle one."""
    latest = Promotion.objects.filter(approved_at__isnull=False).order_by("-approved_at", "-pk")[:_LATEST]
    waits = [one.approved_at - one.requested_at for one in latest if one.approved_at]
    return statistics.median_high(waits) if waits else USUAL_WAIT


def _time_of_what_is_before(moment: datetime.datetime) -> datetime.timedelta:
    """How long the mails take that are in the outbox, and those of promotions that are launched before `moment`."""
    rate = float(settings.MAIL_RATE_PER_SECOND)
    if not rate:
        return datetime.timedelta()
    approved = Promotion.objects.filter(state=PromotionState.APPROVED, send_at__lt=moment)
    mails = approved.aggregate(mails=Sum("wanted"))["mails"] or 0
    mails += OutgoingMail.objects.filter(state=MailState.QUEUED).count()
    return datetime.timedelta(seconds=mails / rate)
