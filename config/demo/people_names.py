"""Given and family names of the demo's people, by heritage. Invented: lists of names, combined by chance."""

import random
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from config.demo.texts import sections, words


class Name(NamedTuple):
    """How a name is written: with its accents, without them, in its own script if it has one, in an e-mail address."""

    accented: str
    plain: str
    own_script: str
    handle: str


class FullName(NamedTuple):
    """What is written, and what goes into an e-mail address (lower-case ASCII)."""

    given: str
    family: str
    given_handle: str
    family_handle: str


@dataclass(frozen=True, slots=True)
class Custom:
    """How names of a heritage are used: the likelihood of a given name of one's own heritage (else an American
    one), of writing both names in their own script, of leaving the accents out, and of two family names."""

    own_given: float
    own_script: float = 0
    unaccented: float = 0
    two_families: float = 0


AS_MOST = Custom(own_given=0)
CUSTOMS = {
    "arabic": Custom(0.85, own_script=0.3),
    "armenian": Custom(0.75, own_script=0.3),
    "black": Custom(0.35),
    "chinese": Custom(0.45, own_script=0.6),
    "ethiopian": Custom(0.9, own_script=0.3),
    "filipino": Custom(0.6),
    "greek": Custom(0.5, own_script=0.25),
    "haitian": Custom(0.85, unaccented=0.2),
    "hispanic": Custom(0.85, unaccented=0.45, two_families=0.15),
    "hmong": Custom(0.65),
    "indian": Custom(0.93, own_script=0.15),
    "iranian": Custom(0.85, own_script=0.25),
    "japanese": Custom(0.45, own_script=0.4),
    "jewish": Custom(0.5, own_script=0.1),
    "khmer": Custom(0.6, own_script=0.3),
    "korean": Custom(0.45, own_script=0.6),
    "native": Custom(0.25),
    "nigerian": Custom(0.7),
    "pacific": Custom(0.6, unaccented=0.5),
    "portuguese": Custom(0, unaccented=0.6),
    "slavic": Custom(0.75, own_script=0.25),
    "somali": Custom(0.97),
    "vietnamese": Custom(0.6, unaccented=0.6),
}


def draw_name(heritage: str, rng: random.Random) -> FullName:
    """A given and a family name that somebody of this heritage in the US might have."""
    custom = CUSTOMS.get(heritage, AS_MOST)
    has_own_given = rng.random() < custom.own_given
    given = rng.choice(_names(f"{heritage if has_own_given else 'american'} given"))
    families = _names(f"{heritage} family")
    family = rng.choice(families)
    if has_own_given and rng.random() < custom.own_script:
        return FullName(given.own_script, family.own_script, given.handle, family.handle)
    is_plain = rng.random() < custom.unaccented
    further = rng.choice(families) if rng.random() < custom.two_families else None
    written = [(name.plain if is_plain else name.accented) for name in (given, family, further) if name]
    return FullName(written[0], " ".join(written[1:]), given.handle, family.handle)


@cache
def _names(section: str) -> tuple[Name, ...]:
    """A section of data/people_names.txt."""
    return tuple(_name(entry) for line in sections("people_names")[section] for entry in words(line))


def _name(entry: str) -> Name:
    latin, _, own_script = entry.partition("=")
    plain = "".join(c for c in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(c))
    plain = plain.translate(str.maketrans("Đđʻ’", "Dd''"))
    return Name(latin, plain, own_script, re.sub(r"[^a-z]", "", plain.lower()))
