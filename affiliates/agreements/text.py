"""What an agreement says: sections that bind, a sentence beside each, and a few questions. Pure.

A text is the same data in every language:

    {"title": …, "introduction": …,
     "section": [{"key": "ending", "title": …, "summary": …, "body": …}, …],
     "question": [{"key": "either", "text": …, "choices": […], "right": 1, "because": …}, …]}

`{network}`, `{group}` and `{place}` stand for the names. Blank lines part paragraphs, lines that begin with "- " are
a list. The network's own first version lies in `affiliates/agreements/first_agreement/`.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

_FIRST = Path(__file__).parent / "first_agreement"
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PLACEHOLDERS = frozenset({"network", "group", "place"})
MOST_CHOICES = 6


class AgreementTextError(ValueError):
    """A text cannot be an agreement; the message, for its author, says where and why."""


@dataclass(frozen=True)
class Block:
    """A paragraph, or the items of a list."""

    paragraph: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """What binds (`body`), and what it comes to in one sentence (`summary`)."""

    key: str
    title: str
    summary: str
    body: str

    @property
    def blocks(self) -> list[Block]:
        """The body as it is drawn."""
        return blocks_of(self.body)


@dataclass(frozen=True)
class Question:
    """One question of the comprehension check. `right` counts from 0; `because` is said after the answer."""

    key: str
    text: str
    choices: tuple[str, ...]
    right: int
    because: str


@dataclass(frozen=True)
class AgreementText:
    """The agreement in one language."""

    title: str
    introduction: str
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]

    def filled(self, names: Mapping[str, str]) -> "AgreementText":
        """With the names in their places."""
        sections = tuple(
            Section(s.key, fill(s.title, names), fill(s.summary, names), fill(s.body, names)) for s in self.sections
        )
        questions = tuple(
            Question(
                q.key, fill(q.text, names), tuple(fill(c, names) for c in q.choices), q.right, fill(q.because, names)
            )
            for q in self.questions
        )
        return AgreementText(fill(self.title, names), fill(self.introduction, names), sections, questions)


def blocks_of(words: str) -> list[Block]:
    """Blank lines part paragraphs; lines that begin with "- " are a list; other line ends are spaces."""
    blocks = []
    for part in re.split(r"\n[ \t]*\n", words.replace("\r\n", "\n")):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        for is_list, run in groupby(lines, key=lambda line: line.startswith("- ")):
            if is_list:
                blocks.append(Block(items=tuple(line.removeprefix("- ").strip() for line in run)))
            else:
                blocks.append(Block(paragraph=" ".join(run)))
    return blocks


def fill(text: str, names: Mapping[str, str]) -> str:
    """`text` with the placeholders replaced, each once: a name that looks like a placeholder stays a name."""
    return _PLACEHOLDER.sub(lambda found: names[found[1]], text)


def read_text(data: Any) -> AgreementText:
    """The text of this data. Raises AgreementTextError."""
    if not isinstance(data, dict):
        raise AgreementTextError(_("This is no agreement."))
    sections = tuple(_read_section(item) for item in _items(data, "section"))
    questions = tuple(_read_question(item) for item in _items(data, "question"))
    if not sections:
        raise AgreementTextError(_("An agreement has at least one section."))
    for what in (sections, questions):
        keys = [item.key for item in what]
        if len(set(keys)) != len(keys):
            raise AgreementTextError(_("Two sections or questions have the same key."))
    return AgreementText(_words(data, "title"), _words(data, "introduction"), sections, questions)


def read_texts(texts: Any) -> dict[str, AgreementText]:
    """The text in each language of this site: the same sections and questions in the same order.

    Raises AgreementTextError.
    """
    languages = [code for code, _name in settings.LANGUAGES]
    if not isinstance(texts, dict) or set(texts) != set(languages):
        raise AgreementTextError(_("The agreement is needed in each of these languages: %s.") % ", ".join(languages))
    read = {language: read_text(texts[language]) for language in languages}
    shapes = {
        (*(s.key for s in text.sections), *((q.key, q.right, len(q.choices)) for q in text.questions))
        for text in read.values()
    }
    if len(shapes) != 1:
        raise AgreementTextError(_("The languages do not have the same sections and questions in the same order."))
    return read


def canonical_form(texts: Mapping[str, Any], binding_language: str) -> bytes:
    """The bytes that are hashed: the same for the same content, whatever wrote it down."""
    whole = {"texts": texts, "binding_language": binding_language}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def text_sha256(texts: Mapping[str, Any], binding_language: str) -> str:
    """The hash by which a published version is known."""
    return hashlib.sha256(canonical_form(texts, binding_language)).hexdigest()


def first_texts() -> dict[str, Any]:
    """The network's own agreement, as it is before anybody edits it."""
    return {code: tomllib.loads((_FIRST / f"{code}.toml").read_text()) for code, _name in settings.LANGUAGES}


def _read_section(data: Any) -> Section:
    return Section(_key(data), _words(data, "title"), _words(data, "summary"), _words(data, "body"))


def _read_question(data: Any) -> Question:
    key, text, because = _key(data), _words(data, "text"), _words(data, "because")
    choices, right = data.get("choices"), data.get("right")
    if not isinstance(choices, list) or not 2 <= len(choices) <= MOST_CHOICES:
        raise AgreementTextError(_("The question “%(text)s” needs two to six choices.") % {"text": text})
    if not all(isinstance(choice, str) and choice.strip() for choice in choices):
        raise AgreementTextError(_("The question “%(text)s” has an empty choice.") % {"text": text})
    if not isinstance(right, int) or isinstance(right, bool) or not 0 <= right < len(choices):
        raise AgreementTextError(_("Say which choice is right for “%(text)s”.") % {"text": text})
    return Question(key, text, tuple(choices), right, because)


def _items(data: Mapping[str, Any], name: str) -> list[Any]:
    items = data.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise AgreementTextError(_("This is no agreement."))
    return items


def _key(data: Mapping[str, Any]) -> str:
    key = data.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise AgreementTextError(_("A key is a short word in small letters."))
    return key


def _words(data: Mapping[str, Any], name: str) -> str:
    words = data.get(name)
    if not isinstance(words, str) or not words.strip():
        raise AgreementTextError(_("“%(name)s” is empty.") % {"name": name})
    check_placeholders(words)
    return words.strip()


def check_placeholders(words: str) -> None:
    """Raises AgreementTextError where `words` hold a placeholder that nothing is known to put into."""
    unknown = {found for found in _PLACEHOLDER.findall(words) if found not in PLACEHOLDERS}
    if unknown:
        raise AgreementTextError(_("There is no placeholder {%(name)s}.") % {"name": sorted(unknown)[0][:40]})
