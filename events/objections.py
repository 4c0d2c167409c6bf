"""What apps register that may keep an event from being submitted or approved."""

from collections.abc import Callable

from .models import Event

type FindObjection = Callable[[Event], str]
"""Why the event may not be held, in words for its host and for staff; "" where nothing speaks against it."""

_checks: dict[str, FindObjection] = {}


def register_objection(check: FindObjection) -> None:
    """Have `check` asked before an event is submitted or approved. The same function again is asked once."""
    _checks[f"{check.__module__}.{check.__qualname__}"] = check


def objections_to(event: Event) -> list[str]:
    """All that speaks against `event`, in the order in which the checks were registered."""
    return [because for check in _checks.values() if (because := check(event))]
