"""What the demo's groups say about themselves and plan: sentences that fit their kind of place, put together."""

import random
from functools import cache

from config.demo.group_names import ARTICLE
from config.demo.homes import Home, Surroundings
from config.demo.texts import sections

ABOUT_PARTS = ("opening", "people", "doing", "meeting", "welcome")
PLAN_PARTS = ("issue", "action", "serves")
TOPICS_IN_A_PLAN = 2


def about_text(home: Home, rng: random.Random) -> str:
    """One paragraph of three to five sentences, after a greeting where its people speak another language together."""
    parts = ["opening", *sorted(rng.sample(ABOUT_PARTS[1:], rng.randint(2, 4)), key=ABOUT_PARTS.index)]
    text = " ".join(_spoken(rng.choice(_lines("about", part, _tongue(home))), home, rng) for part in parts)
    greeting = sections("about").get(f"greeting {home.language}")
    return f"{rng.choice(greeting)}\n\n{text}" if greeting and _tongue(home) != "es" else text


def plan_text(home: Home, rng: random.Random) -> str:
    """What the group sees, what it will do about it, and how that serves the network, under headings."""
    tongue = _tongue(home)
    topics = rng.sample(_topics(tongue), TOPICS_IN_A_PLAN)
    paragraphs = []
    for part in PLAN_PARTS:
        sentences = []
        for topic in topics:
            lines = _lines("plans", f"{topic} {part}", tongue)
            sentences += rng.sample(lines, min(len(lines), 2 if part == "action" else 1))
        spoken = "\n".join(_spoken(sentence, home, rng) for sentence in sentences)
        paragraphs.append(f"{_headings(tongue)[part]}\n{spoken}")
    return "\n\n".join(paragraphs)


def _tongue(home: Home) -> str:
    """In which part of the lists its sentences stand: those of its kind of place, or those in Spanish."""
    is_spanish = home.language == "es" and home.surroundings is not Surroundings.ABROAD
    return "es" if is_spanish else home.surroundings.value


@cache
def _lines(file: str, heading: str, tongue: str) -> tuple[str, ...]:
    """The lines of all sections whose heading begins so and whose kinds of place include `tongue`."""
    found: list[str] = []
    for name, lines in sections(file).items():
        if name.startswith(heading) and _is_for(tongue, name.removeprefix(heading).split()):
            found += lines
    return tuple(found)


def _is_for(tongue: str, kinds: list[str]) -> bool:
    """No kinds at all means all that write English, "any" those of them in the US. Quarters say what cities say."""
    if tongue == "es":
        return kinds == ["es"]
    is_of_city = tongue == Surroundings.QUARTER and Surroundings.CITY in kinds
    is_in_us = tongue != Surroundings.ABROAD
    return not kinds or ("any" in kinds and is_in_us) or tongue in kinds or is_of_city


@cache
def _topics(tongue: str) -> tuple[str, ...]:
    """Those of which the plans' lists have an issue for such a place."""
    headings = [name.partition(" issue") for name in sections("plans")]
    return tuple(topic for topic, part, kinds in headings if part and _is_for(tongue, kinds.split()))


@cache
def _headings(tongue: str) -> dict[str, str]:
    lines = sections("plans")["headings es" if tongue == "es" else "headings"]
    return {part: heading for part, _, heading in (line.partition(": ") for line in lines)}


def _spoken(sentence: str, home: Home, rng: random.Random) -> str:
    """The sentence with its place, its day and its room, beginning with a capital letter."""
    tongue = _tongue(home)
    called = home.called.removeprefix(ARTICLE) if tongue == "es" else home.called
    day = rng.choice(_lines("about", "day", tongue))
    room = rng.choice(_lines("about", "room", tongue))
    text = sentence.format(place=called, day=day, room=room)
    return text[0].upper() + text[1:]
