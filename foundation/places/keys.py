"""How names are compared: what is left of them when accents, case and punctuation don't matter."""

import re
import unicodedata

# Letters whose stroke is no separable accent, though people type them without it; and apostrophes, which go.
_PLAIN_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", **dict.fromkeys("'’‘ʻʼ`´", "")}
)
_SPELLED_OUT = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}


def name_key(name: str) -> str:
    """Words in lower case without accents or punctuation, one space between them.

    `Citizens’ Action, São Paulo` is `citizens action sao paulo`. Letters of other scripts stay as they are.
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).translate(_PLAIN_LETTERS)
    if not plain.isascii():
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", plain))


def place_key(name: str) -> str:
    """As `name_key`, and spaces and usual short forms don't matter either.

    `St. Louis` and `SAINT-LOUIS` are `saintlouis`; `Coeur d’Alene` and the post office's `Coeur D Alene` are one.
    """
    return "".join(_SPELLED_OUT.get(word, word) for word in name_key(name).split())


def code_typed(text: str) -> str:
    """A code such as `MA`, as somebody may have typed it: `ma`, `M.A.`"""
    return name_key(text).replace(" ", "").upper()
