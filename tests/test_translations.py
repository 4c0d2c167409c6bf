"""The Spanish catalogue is complete, fits the texts it translates, and is what a Spanish visitor reads."""

import ast
import gettext
import html
import re
import shutil
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template.defaultfilters import date, floatformat
from django.test import Client
from django.utils import translation

from affiliates.models import Group, PlaceWatch
from config import borrowed_words
from foundation.mail.rendering import render_mail
from tests.browser import skip_but_not_in_ci
from tests.factories import LONG_AGO, make_group

ROOT = Path(__file__).resolve().parent.parent
MESSAGES = Path("config/locale/es/LC_MESSAGES")
NOT_COLLECTED = (
    ".*",
    "var",
    "tests",
    "benchmarks",
    "docs",
    "static",
    "static-collected",
    "node_modules",
    "__pycache__",
)

NO_GETTEXT = "No gettext here. The line is:  sudo apt-get install gettext"

THE_SAME_IN_BOTH = {
    # Names of places
    "Alabama", "Alaska", "Arizona", "Arkansas", "California", "Colorado", "Connecticut", "Delaware", "Florida",
    "Georgia", "Guam", "Idaho", "Illinois", "Indiana", "Iowa", "Kansas", "Kentucky", "Maine", "Maryland",
    "Massachusetts", "Michigan", "Minnesota", "Montana", "Nebraska", "Nevada", "Ohio", "Oklahoma", "Puerto Rico",
    "Rhode Island", "Tennessee", "Texas", "Utah", "Vermont", "Virginia", "Washington", "Wisconsin", "Wyoming",
    # Words
    "%(kind)s, %(when)s, %(where)s.", "%(title)s, %(day)s", "“%(title)s”, %(when)s",
    "Agenda", "App", "Error:", "federal", "local", "Message-ID", "No", "no", "plan", "UTF-8", "UTF-16",
}  # fmt: skip


@dataclass
class Message:
    """One entry of the catalogue: a text, in how many forms it comes, and its translations."""

    flags: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    """By keyword: msgctxt, msgid, msgid_plural, msgstr or msgstr[0] and so on."""

    @property
    def key(self) -> tuple[str, str]:
        return self.texts.get("msgctxt", ""), self.texts["msgid"]

    @property
    def english(self) -> list[str]:
        return [text for keyword, text in self.texts.items() if keyword.startswith("msgid")]

    @property
    def spanish(self) -> list[str]:
        return [text for keyword, text in self.texts.items() if keyword.startswith("msgstr")]


def messages_in(catalogue: Path) -> list[Message]:
    """What a .po file says, without its header."""
    return [message for message in map(_message, catalogue.read_text().split("\n\n")) if message.texts.get("msgid")]


def _message(block: str) -> Message:
    message, keyword = Message(), ""
    for line in block.splitlines():
        if line.startswith("#,"):
            message.flags.update(line.removeprefix("#,").replace(" ", "").split(","))
        elif line.startswith('"'):
            message.texts[keyword] += ast.literal_eval(line)
        elif not line.startswith("#"):
            keyword, _, text = line.partition(" ")
            message.texts[keyword] = ast.literal_eval(text)
    return message


CATALOGUE = messages_in(ROOT / MESSAGES / "django.po")


# --- The catalogue ------------------------------------------------------------------------------------------------


def test_the_catalogue_has_every_text_of_templates_and_code_and_no_other(tmp_path: Path) -> None:
    if not shutil.which("xgettext"):
        skip_but_not_in_ci(NO_GETTEXT)
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_COLLECTED))
    subprocess.run([sys.executable, "-m", "config.dev", "messages"], cwd=copy, check=True, capture_output=True)
    collected = {message.key for message in messages_in(copy / MESSAGES / "django.po")}
    here = {message.key for message in CATALOGUE}
    assert (collected - here, here - collected) == (set(), set()), "run ./dev messages and translate what is new"


def test_every_text_is_translated() -> None:
    assert [message.key for message in CATALOGUE if not all(message.spanish)] == []


def test_no_translation_is_a_guess_or_left_over() -> None:
    assert [message.key for message in CATALOGUE if "fuzzy" in message.flags] == []
    assert "#~" not in (ROOT / MESSAGES / "django.po").read_text()


def test_the_compiled_catalogue_says_the_same() -> None:
    """It is committed, because who runs this site may not have msgfmt."""
    compiled = (ROOT / MESSAGES / "django.mo").read_bytes()
    with (ROOT / MESSAGES / "django.mo").open("rb") as file:
        spanish = gettext.GNUTranslations(file)
    for message in CATALOGUE:
        context, text = message.key
        if "msgid_plural" in message.texts:
            plural = message.texts["msgid_plural"]
            found = [
                spanish.npgettext(context, text, plural, number) if context else spanish.ngettext(text, plural, number)
                for number in (1, 1_000_000, 2)
            ]
        else:
            found = [spanish.pgettext(context, text) if context else spanish.gettext(text)]
        assert found == message.spanish
    (number,) = struct.unpack("<I", compiled[8:12])  # of texts in it; the header is one
    assert number == len(CATALOGUE) + 1


def test_every_translation_keeps_placeholders_markup_and_ends() -> None:
    faults = [
        (english, spanish)
        for message in CATALOGUE
        for english in message.english[-1:]  # of one and many, many: "one group" need not say the number
        for spanish in message.spanish
        if list(_to_be_kept(english)) != list(_to_be_kept(spanish))
    ]
    assert faults == []


def _to_be_kept(text: str) -> Iterator[object]:
    yield Counter(re.findall(r"%\(\w+\)[sd]|%+[sd]|\{\w*\}|<[^>]+>", text))
    yield re.findall(r"^\s*|\s*$", text)
    yield text.endswith(":")  # a line of a mail that ends so, before a link, becomes a button


def test_only_names_and_a_few_words_are_the_same_in_both_languages() -> None:
    same = {message.texts["msgid"] for message in CATALOGUE if message.texts["msgid"] in message.spanish}
    assert same == THE_SAME_IN_BOTH


def test_what_is_borrowed_from_django_and_allauth_is_still_theirs() -> None:
    for package, words in (("django/conf", borrowed_words.DJANGO), ("allauth", borrowed_words.ALLAUTH)):
        paths = [Path(folder) / package / "locale" for folder in sys.path if (Path(folder) / package).is_dir()]
        theirs = gettext.translation("django", paths[0], ["es"])
        assert [text for text in words if theirs.gettext(text) == text] == []


# --- What a Spanish visitor reads ---------------------------------------------------------------------------------


@pytest.fixture
def visitor(client: Client) -> Client:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    return client


ENGLISH = [
    text
    for message in CATALOGUE
    for text in message.english
    if len(text) > 12 and text not in THE_SAME_IN_BOTH and "%" not in text
]


def words_of(page: str) -> str:
    """What a page says: its text, and the attributes that people or search engines read."""
    page = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    spoken = re.findall(r'(?:alt|title|placeholder|aria-label|content)="([^"]*)"', page)
    return html.unescape(" ".join([*spoken, re.sub(r"<[^>]*>", " ", page)]))


def english_in(page: str) -> list[str]:
    """Texts of the catalogue that the page says in English."""
    words = words_of(page)
    return [text for text in ENGLISH if re.search(rf"\b{re.escape(text)}", words)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/", 200, "Encuentra tu grupo local"),
        ("/groups/", 200, "Escribe un código postal (ZIP)"),
        ("/groups/?near=02139", 200, "Grupos cerca de 02139"),
        ("/groups/?near=59301", 200, "Todavía no hay un grupo a menos de 50 millas"),
        ("/groups/?near=00000", 404, "No existe el código postal 00000."),
        ("/groups/?state=NY", 200, "Grupos en Nueva York"),
        ("/groups/map/", 200, "Mapa de los grupos"),
        ("/groups/charles-river/", 200, "activo por última vez en enero de 2026"),
        ("/groups/charles-river/contact/", 200, "Tu mensaje"),
        ("/groups/start/", 200, "Forma un grupo"),
        ("/groups/tell-me/", 200, "Avísenme cuando haya un grupo cerca de mí"),
        ("/accounts/login/", 200, "Enviarme un código"),
        ("/accounts/signup/", 200, "Crear una cuenta"),
        ("/no/such/page/", 404, "No encontramos esa página"),
    ],
)
def test_pages_are_in_spanish(visitor: Client, address: str, status: int, words: str) -> None:
    make_group("Charles River", near="02139", slug="charles-river", last_active_at=LONG_AGO)
    answer = visitor.get(address)
    page = answer.content.decode()
    assert answer.status_code == status
    assert '<html lang="es"' in page
    assert words in words_of(page)
    assert english_in(page) == []


@pytest.mark.django_db
def test_the_page_of_a_visitor_without_choice_is_in_english(client: Client) -> None:
    """So that the test above can fail: the same words are found where they are."""
    assert "Find your local group" in english_in(client.get("/").content.decode())


@pytest.mark.django_db
def test_a_wrong_address_is_refused_in_spanish(visitor: Client) -> None:
    page = visitor.post("/accounts/login/", {"login": "nobody"}).content.decode()
    assert "Escribe un correo electrónico válido." in words_of(page)
    assert "Hay un problema" in words_of(page)


def test_what_django_says_of_a_form_says_tu() -> None:
    with translation.override("es"):
        with pytest.raises(forms.ValidationError) as refused:
            forms.CharField(max_length=3).clean("demasiado")
        assert refused.value.messages == ["Esto puede tener como máximo 3 caracteres (tiene 9)."]


def test_a_watch_is_confirmed_and_answered_in_spanish() -> None:
    watch = PlaceWatch(place_label="Miles City, MT", email="ada@example.org", language="es")
    asked = render_mail("affiliates/watch_confirmation", {"watch": watch, "link": "https://a.example/x/"}, "es")
    assert asked.subject == "¿Te avisamos cuando haya un grupo cerca de Miles City, MT?"
    assert "presiona aquí:\nhttps://a.example/x/" in asked.text
    group = Group(name="Yellowstone Valley", place_name="Miles City, MT")
    links = {"link": "https://a.example/g/", "stop": "https://a.example/y/"}
    told = render_mail("affiliates/group_started", {"watch": watch, "group": group, **links}, "es")
    assert told.subject == "Ya hay un grupo cerca de Miles City, MT"
    assert english_in(asked.html) + english_in(told.html) == []


def test_numbers_and_times_are_written_as_in_the_united_states() -> None:
    with translation.override("es"):
        assert floatformat(1234567.5, "1g") == "1,234,567.5"
        assert date(LONG_AGO, "DATETIME_FORMAT") == "1 de enero de 2026, mediodía"
