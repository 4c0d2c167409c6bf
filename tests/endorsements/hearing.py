"""What a signal told while a test ran."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.dispatch import Signal


@contextmanager
def heard(signal: Signal) -> Iterator[list[dict[str, Any]]]:
    """A list that fills with what `signal` says."""
    said: list[dict[str, Any]] = []

    def listen(**words: Any) -> None:
        said.append({name: value for name, value in words.items() if name not in ("signal", "sender")})

    signal.connect(listen)
    try:
        yield said
    finally:
        signal.disconnect(listen)
