"""Who lives where: from which names a person of a place is likely to have theirs."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from config.demo.texts import sections, table

COLUMNS = ("hispanic", "black", "asian", "native", "pacific")
"""Those of the states' table; what is left of a hundred is european."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Heritages and their shares of the people of a place; the shares add up to 1."""

    shares: Mapping[str, float]
    names: tuple[str, ...]
    cumulated: tuple[float, ...]

    def draw(self, rng: random.Random) -> str:
        """One heritage, as likely as its share."""
        return rng.choices(self.names, cum_weights=self.cumulated)[0]


def mixture_of(zip_code: str, state: str) -> Mixture:
    """Who lives in a ZIP code: as in its state, unless one heritage stands out in its neighbourhood."""
    standing_out = _neighbourhoods()
    prefix = next((zip_code[:n] for n in (5, 4, 3) if zip_code[:n] in standing_out), "")
    return _mixture(state, prefix)


@cache
def _mixture(state: str, prefix: str) -> Mixture:
    shares = _shares_of_state(state)
    if prefix:
        heritage, share = _neighbourhoods()[prefix]
        others = (1 - share) / (1 - shares.get(heritage, 0.0))
        shares = {name: part * others for name, part in shares.items()} | {heritage: share}
    return Mixture(shares, tuple(shares), tuple(accumulate(shares.values())))


@cache
def _shares_of_state(state: str) -> dict[str, float]:
    percents = [float(number) for number in table("shares", "states")[state].split()]
    columns = {**dict(zip(COLUMNS, percents, strict=True)), "european": 100 - sum(percents)}
    tilts = _weights(table("shares", "tilts").get(state, ""))
    shares: dict[str, float] = {}
    for column, percent in columns.items():
        parts = {
            name: weight * tilts.get(name, 1) for name, weight in _weights(table("shares", "within")[column]).items()
        }
        for name, weight in parts.items():
            shares[name] = percent / 100 * weight / sum(parts.values())
    return shares


def _weights(text: str) -> dict[str, float]:
    """`polish 4, irish 2` as a dictionary."""
    pairs = (part.split() for part in text.split(", ") if part)
    return {name: float(number) for name, number in pairs}


@cache
def _neighbourhoods() -> dict[str, tuple[str, float]]:
    """By a ZIP code's beginning: the heritage that stands out there, and its share."""
    rows = (line.split() for line in sections("shares")["neighbourhoods"])
    return {prefix: (heritage, float(percent) / 100) for prefix, heritage, percent in rows}
