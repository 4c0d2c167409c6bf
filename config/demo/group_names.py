"""What the demo's groups are called."""

import random
from itertools import pairwise

from config.demo.homes import Home, Surroundings
from config.demo.texts import sections

ARTICLE = "the "


def name_groups(homes: list[Home], seed: int) -> list[str]:
    """A name for each home, no two alike in one state. In different states the same name occurs, as it does in life."""
    rng = random.Random(f"names {seed}")
    taken = {(home.group_name, home.state) for home in homes if home.group_name}
    names = []
    for home in homes:
        name = home.group_name or _free_name(home, rng, taken)
        taken.add((name, home.state))
        names.append(name)
    return names


def _free_name(home: Home, rng: random.Random, taken: set[tuple[str, str]]) -> str:
    patterns = _patterns(home)
    shuffled = [filled(pattern, home) for pattern in rng.sample(patterns, len(patterns))]
    free = (name for name in shuffled if (name, home.state) not in taken and not _stutters(name))
    return next(free, f"{shuffled[0]} {home.zip_code}")


def _stutters(name: str) -> bool:
    """`East Side Side Street Society` does."""
    return any(word == following for word, following in pairwise(name.split()))


def _patterns(home: Home) -> tuple[str, ...]:
    """Those for its surroundings in its language. A language without patterns for them takes those of cities."""
    names = sections("group_names")
    if home.language == "en":
        return names[home.surroundings]
    return names.get(f"{home.surroundings} {home.language}") or names[f"{Surroundings.CITY} {home.language}"]


def filled(text: str, home: Home) -> str:
    """`text` with the place's name. English "{the place}" keeps the article of "the Lower East Side"."""
    called = home.called
    if home.language == "es":
        called = called.removeprefix(ARTICLE)
        return text.replace("{place}", called).replace(" de el ", " del ")
    return text.replace("{the place}", called).replace("{place}", called.removeprefix(ARTICLE))
