"""How far a promotion has gone out, by the states of its mails. What became of them is in events.promotion_results."""

from dataclasses import dataclass

from foundation.mail.bulk import states_about
from foundation.mail.models import MailState

from .models import Promotion, PromotionState


@dataclass(frozen=True)
class Progress:
    """The mails of one promotion. They always add up to its audience; those not in the outbox yet are `waiting`."""

    audience: int
    waiting: int  # and those that go out at this moment
    sent: int
    failed: int
    suppressed: int  # unsubscribed, or called off, since they were chosen
    unknown: int  # perhaps sent: staff decide
    is_going_on: bool

    @property
    def percent(self) -> int:
        """How much has an end, in whole percent; 100 only when all has."""
        done = self.audience - self.waiting - self.unknown
        return 100 * done // self.audience if self.audience else 100


def progress_of(promotion: Promotion) -> Progress:
    """One query."""
    states = states_about(promotion.key)
    final = states[MailState.SENT] + states[MailState.FAILED] + states[MailState.SUPPRESSED]
    return Progress(
        audience=promotion.audience,
        waiting=promotion.audience - final - states[MailState.UNKNOWN],
        sent=states[MailState.SENT],
        failed=states[MailState.FAILED],
        suppressed=states[MailState.SUPPRESSED],
        unknown=states[MailState.UNKNOWN],
        is_going_on=promotion.state == PromotionState.SENDING,
    )
