"""Ways from the staff's page of a call that apps above add. They register in the `ready()` of their AppConfig."""

from collections.abc import Callable, Iterable

from .dashboard import Way
from .models import Call

type FindCallWays = Callable[[Call], Iterable[Way]]

_ways: dict[str, FindCallWays] = {}


def register_call_ways(key: str, find: FindCallWays) -> None:
    """Add what `find(call)` gives to the page of every call that was not cancelled; the same `key` replaces it."""
    _ways[key] = find


def call_ways(call: Call) -> list[Way]:
    """The ways from the page of `call`, in the order in which they were registered."""
    return [way for find in _ways.values() for way in find(call)]
