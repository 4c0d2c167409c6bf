"""What apps register that may keep a promotion from being asked for or approved."""

from collections.abc import Callable

from .models import Promotion

type FindPromotionObjection = Callable[[Promotion], str]
"""Why the mail may not go out, in words for its group and for staff; "" where nothing speaks against it.

The promotion may not be saved yet: it has its event, its group and its words.
"""

_checks: dict[str, FindPromotionObjection] = {}


def register_promotion_objection(check: FindPromotionObjection) -> None:
    """Have `check` asked before a promotion is requested or approved. The same function again is asked once."""
    _checks[f"{check.__module__}.{check.__qualname__}"] = check


def objections_to_promotion(promotion: Promotion) -> list[str]:
    """All that speaks against `promotion`, in the order in which the checks were registered."""
    return [because for check in _checks.values() if (because := check(promotion))]
