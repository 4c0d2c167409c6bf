"""Changes to the words of a draft, in all languages at once, so that it stays an agreement after each. Pure.

`texts` is what affiliates.agreements.text describes, for each language; every function returns new texts.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Literal

type Texts = dict[str, Any]
# What is put in its place in each language.
type Words = Mapping[str, Mapping[str, Any]]
type Part = Literal["section", "question"]


def put_opening(texts: Texts, words: Words) -> Texts:
    """With this title and introduction."""
    changed = deepcopy(texts)
    for language, text in changed.items():
        text.update(words[language])
    return changed


def put_item(texts: Texts, part: Part, key: str, words: Words) -> Texts:
    """With these words in the section or question of this key; at the end where there is none yet."""
    changed = deepcopy(texts)
    for language, text in changed.items():
        items = text.setdefault(part, [])
        item = {"key": key, **words[language]}
        position = position_of(text, part, key)
        if position is None:
            items.append(item)
        else:
            items[position] = item
    return changed


def remove_item(texts: Texts, part: Part, key: str) -> Texts:
    """Without the section or question of this key."""
    changed = deepcopy(texts)
    for text in changed.values():
        text[part] = [item for item in text.get(part, []) if item["key"] != key]
    return changed


def move_item(texts: Texts, part: Part, key: str, *, up: bool) -> Texts:
    """With the section or question of this key one place up or down; as it is where there is no such place."""
    changed = deepcopy(texts)
    for text in changed.values():
        position = position_of(text, part, key)
        items = text.get(part, [])
        if position is None:
            continue
        other = position - 1 if up else position + 1
        if 0 <= other < len(items):
            items[position], items[other] = items[other], items[position]
    return changed


def position_of(text: Mapping[str, Any], part: Part, key: str) -> int | None:
    """Where the section or question of this key stands in one language, from 0."""
    return next((n for n, item in enumerate(text.get(part, [])) if item["key"] == key), None)
