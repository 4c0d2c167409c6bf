"""Where a promotion is, from the day it was asked for to its results: the line that its group reads."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import LAUNCHED, Promotion, PromotionState


class When(StrEnum):
    """Is a step behind us, is it where the promotion is now, or does it lie ahead?"""

    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Step:
    """One step. `at` is when it was done, or is likely to be."""

    text: str
    when: When
    at: datetime.datetime | None = None
    detail: str = ""


def story_of(promotion: Promotion, *, expected_at: datetime.datetime) -> list[Step]:
    """The steps of `promotion` in their order. `expected_at` is when its first mail is likely to go out."""
    asked = Step(_("Asked for"), When.DONE, promotion.requested_at)
    match promotion.state:
        case PromotionState.DECLINED:
            return [asked, Step(_("National staff declined it"), When.NOW, detail=promotion.words)]
        case PromotionState.CANCELLED:
            return [asked, *_before_the_end(promotion), _end(promotion)]
    return [asked, _decision(promotion), _sending(promotion, expected_at), _results(promotion)]


def _decision(promotion: Promotion) -> Step:
    if promotion.state == PromotionState.REQUESTED:
        return Step(_("National staff have it before them"), When.NOW)
    if promotion.state == PromotionState.ASKED:
        return Step(_("National staff ask you to change something"), When.NOW, detail=promotion.words)
    return Step(_("National staff approved it"), When.DONE, promotion.approved_at)


def _sending(promotion: Promotion, expected_at: datetime.datetime) -> Step:
    match promotion.state:
        case PromotionState.SENDING:
            return Step(_("It is being sent"), When.NOW, promotion.launched_at, _to_people(promotion))
        case PromotionState.PAUSED:
            return Step(_("National staff have paused it"), When.NOW, promotion.launched_at, promotion.words)
        case PromotionState.SENT:
            return Step(_("Sent"), When.DONE, promotion.finished_at, _to_people(promotion))
        case PromotionState.APPROVED:
            return Step(_("It begins to go out"), When.NOW, expected_at)
    return Step(_("It begins to go out"), When.AHEAD, expected_at, _("As far as we can tell today."))


def _results(promotion: Promotion) -> Step:
    if promotion.state == PromotionState.SENT:
        return Step(_("The results are counted below"), When.NOW)
    return Step(_("The results stand here"), When.AHEAD)


def _before_the_end(promotion: Promotion) -> list[Step]:
    found = []
    if promotion.approved_at:
        found.append(Step(_("National staff approved it"), When.DONE, promotion.approved_at))
    if promotion.launched_at:
        found.append(Step(_("It began to go out"), When.DONE, promotion.launched_at, _to_people(promotion)))
    return found


def _end(promotion: Promotion) -> Step:
    return Step(_("Cancelled"), When.NOW, promotion.cancelled_at, promotion.words)


def _to_people(promotion: Promotion) -> str:
    if promotion.state not in LAUNCHED and not promotion.launched_at:
        return ""
    words = ngettext(
        "%(count)d person within %(miles)d miles", "%(count)d people within %(miles)d miles", promotion.audience
    )
    return words % {"count": promotion.audience, "miles": promotion.reach_miles or 0}
