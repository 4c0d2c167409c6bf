"""The mails to a group about where the promotion that it asked for stands, and a test of the promotion itself."""

from typing import Any

from django.urls import reverse
from django.utils.translation import override

from affiliates.emails import absolute
from foundation.accounts.models import User
from foundation.mail.models import OutgoingMail
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..event_times import clock_in_words, day_in_words
from ..hosts import keepers_of
from ..models import Promotion
from ..promotion_mail import build


def queue_promotion_approved(promotion: Promotion) -> None:
    """That it goes out, and when, on the clocks of the venue."""
    _to_group(promotion, "promotion_approved", "promotion approved")


def queue_promotion_changes_asked(promotion: Promotion) -> None:
    """What national asks to have changed."""
    _to_group(promotion, "promotion_changes", "promotion changes asked")


def queue_promotion_declined(promotion: Promotion) -> None:
    """That national said no, and why."""
    _to_group(promotion, "promotion_declined", "promotion declined")


def queue_promotion_cancelled(promotion: Promotion, *, by: User | None) -> None:
    """That it was called off, and why, to all of the group but whoever did it."""
    _to_group(promotion, "promotion_cancelled", "promotion cancelled", but=by)


def queue_promotion_sent(promotion: Promotion) -> None:
    """That all of it has gone out, and where the results are counted."""
    _to_group(promotion, "promotion_sent", "promotion sent")


def queue_promotion_test(promotion: Promotion, *, to: str, language: str) -> OutgoingMail:
    """The promotion as people get it, to whoever writes it; it need not be saved."""
    words = build(promotion, language).to_reader()
    return queue_mail(
        to=to,
        **words._asdict(),
        purpose="test of a promotion",
        scope=promotion.group.scope,
        from_name=promotion.group.name,
        language=language,
    )


def _to_group(promotion: Promotion, template: str, purpose: str, *, but: User | None = None) -> None:
    """Mail those who keep the group of `promotion`, each in their language, once at each revision of it."""
    for user in keepers_of([promotion.group]):
        if user == but:
            continue
        mail = render_mail(f"events/{template}", _context(promotion, user.language), user.language)
        # Owed to them whatever they unsubscribed from: what became of what their group asked for.
        queue_mail(
            to=user.email,
            **mail._asdict(),
            purpose=purpose,
            scope=promotion.group.scope,
            language=user.language,
            key=f"{promotion.key}:{purpose}:{promotion.revision}:{user.pk}",
            is_transactional=True,
        )


def _context(promotion: Promotion, language: str) -> dict[str, Any]:
    zone = promotion.event.time_zone
    with override(language):
        when = ""
        if promotion.send_at:
            when = f"{day_in_words(promotion.send_at, zone)}, {clock_in_words(promotion.send_at, zone)}"
    return {
        "promotion": promotion,
        "event": promotion.event,
        "when": when,
        "link": absolute(reverse("event_promotion", args=[promotion.event_id])),
    }
