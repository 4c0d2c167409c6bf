"""The words of the agreement: what can be one, how drafts change, what publication freezes; and staff's pages of it."""

import threading
from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import Client

from affiliates.agreements.editing import move_item, put_item, remove_item
from affiliates.agreements.sheets import build_preview, isolated, text_for_group
from affiliates.agreements.templates import (
    DraftChangedError,
    TemplateError,
    begin_draft,
    change_draft,
    publish_draft,
    publish_first,
)
from affiliates.agreements.text import AgreementTextError, Block, blocks_of, first_texts, read_texts, text_sha256
from affiliates.models import AgreementTemplate, TemplateState
from foundation.accounts.models import StaffTask
from foundation.audit.models import AuditEntry
from foundation.documents.models import Document
from tests.factories import make_group, make_staff
from tests.signing_in import sign_in

from .signing import NOW, make_template

THERE = "/national/agreement-text/"


# --- the words themselves -------------------------------------------------------------------------------------


def test_the_networks_own_agreement_is_one_in_every_language() -> None:
    texts = read_texts(first_texts())
    assert set(texts) == {code for code, _name in settings.LANGUAGES}
    for text in texts.values():
        assert len(text.sections) == 10
        assert len(text.questions) == 3
        assert all(section.summary.count(". ") == 0 for section in text.sections), "one sentence each"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.update(title=" "), "“title” is empty"),
        (lambda text: text.update(introduction=5), "“introduction” is empty"),
        (lambda text: text.update(section=[]), "at least one section"),
        (lambda text: text.update(section="x"), "no agreement"),
        (lambda text: text["section"][0].update(body="{nobody} signs"), "no placeholder {nobody}"),
        (lambda text: text["section"][0].update(key="Ending!"), "short word"),
        (lambda text: text["section"].append(text["section"][0]), "same key"),
        (lambda text: text["question"][0].update(choices=["One"]), "two to six choices"),
        (lambda text: text["question"][0].update(choices=["One", " "]), "empty choice"),
        (lambda text: text["question"][0].update(right=3), "which choice is right"),
        (lambda text: text["question"][0].update(right=True), "which choice is right"),
        (lambda text: text["section"].pop(), "same sections and questions"),
    ],
)
def test_what_is_no_agreement_is_refused_in_words(change: Any, words: str) -> None:
    texts = first_texts()
    change(texts["en"])
    with pytest.raises(AgreementTextError, match=words):
        read_texts(texts)


def test_a_language_that_is_missing_is_said() -> None:
    texts = first_texts()
    del texts["es"]
    with pytest.raises(AgreementTextError, match="en, es"):
        read_texts(texts)


def test_paragraphs_and_lists_are_told_apart() -> None:
    body = "One\nline.\n\nWe do:\n- this;\n- that.\nAnd so on.\r\n\r\n- last"
    assert blocks_of(body) == [
        Block("One line."),
        Block("We do:"),
        Block(items=("this;", "that.")),
        Block("And so on."),
        Block(items=("last",)),
    ]


def test_the_hash_is_of_the_content_and_not_of_its_order() -> None:
    texts = first_texts()
    turned = {code: dict(reversed(text.items())) for code, text in reversed(texts.items())}
    assert text_sha256(texts, "en") == text_sha256(turned, "en") != text_sha256(texts, "es")


def test_parts_are_added_changed_moved_and_removed_in_all_languages() -> None:
    texts = first_texts()
    words = {code: {"title": "T", "summary": "S", "body": "B"} for code in texts}
    longer = put_item(texts, "section", "extra", words)
    assert [read_texts(longer)[code].sections[-1].key for code in texts] == ["extra", "extra"]
    moved = move_item(longer, "section", "extra", up=True)
    assert [read_texts(moved)[code].sections[-2].key for code in texts] == ["extra", "extra"]
    assert move_item(longer, "section", "extra", up=False) == longer
    assert move_item(longer, "section", "nowhere", up=True) == longer
    assert remove_item(moved, "section", "extra") == texts == first_texts()


# --- drafts and versions --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_draft_begins_with_the_words_of_the_last_version_and_there_is_one_only() -> None:
    first = make_template()
    draft = begin_draft(actor=make_staff())
    assert (draft.version, draft.texts, draft.sha256) == (2, first.texts, "")
    assert begin_draft(actor=make_staff()) == draft
    assert AgreementTemplate.objects.current() == first


@pytest.mark.django_db
def test_of_two_who_write_at_once_the_second_is_told() -> None:
    draft, staff = begin_draft(actor=None), make_staff()
    seen, texts = draft.content_sha256, deepcopy(draft.texts)
    texts["en"]["title"] = "Ours"
    change_draft(template=draft, seen=seen, texts=texts, binding_language="en", actor=staff)
    with pytest.raises(DraftChangedError):
        change_draft(template=draft, seen=seen, texts=first_texts(), binding_language="en", actor=staff)
    with pytest.raises(DraftChangedError):
        publish_draft(template=draft, seen=seen, actor=staff, now=NOW)
    draft.refresh_from_db()
    assert draft.texts["en"]["title"] == "Ours"


@pytest.mark.django_db
def test_publication_hashes_and_freezes() -> None:
    staff = make_staff()
    published = publish_draft(template=begin_draft(actor=staff), actor=staff, now=NOW)
    assert published.sha256 == published.content_sha256
    assert (published.published_at, published.published_by) == (NOW, staff)
    for act in (
        lambda: publish_draft(template=published, actor=staff, now=NOW),
        lambda: change_draft(
            template=published, seen=published.sha256, texts=published.texts, binding_language="es", actor=staff
        ),
    ):
        with pytest.raises(TemplateError, match="does not change"):
            act()
    entry = AuditEntry.objects.get(action="published agreement version")
    assert entry.details == {"version": 1, "sha256": published.sha256}


@pytest.mark.django_db
def test_the_first_agreement_is_published_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("publish_first_agreement")
    call_command("publish_first_agreement")
    template = AgreementTemplate.objects.get()
    assert template.state == TemplateState.PUBLISHED
    assert capsys.readouterr().out.count(template.sha256) == 2
    assert publish_first(now=NOW) == template


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_a_draft_at_once_get_the_same() -> None:
    found: list[int] = []

    def begin() -> None:
        try:
            found.append(begin_draft(actor=None).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=begin) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


@pytest.mark.django_db
def test_names_stand_in_their_places_and_are_no_placeholders_themselves() -> None:
    text = text_for_group(make_template(), make_group("The {network} “friends”"), "en")
    assert "The {network} “friends”" in text.introduction
    assert settings.NETWORK_NAME in text.introduction
    assert isolated("Ñuñoa") == "Ñuñoa"
    assert isolated("قدس") == "\u2068قدس\u2069"


# --- the pages ------------------------------------------------------------------------------------------------


@pytest.fixture
def author(client: Client) -> Client:
    sign_in(client, make_staff(StaffTask.AGREEMENTS))
    return client


def words_of(draft: AgreementTemplate, of: str, **changes: str) -> dict[str, str]:
    """What the form of a section sends."""
    posted = {"seen": draft.content_sha256}
    for code, text in draft.texts.items():
        section: dict[str, str] = next((item for item in text["section"] if item["key"] == of), {})
        posted |= {f"{name}_{code}": section.get(name, "") for name in ("title", "summary", "body")}
    return {**posted, **changes}


@pytest.mark.django_db
def test_staff_begin_change_and_publish_a_version(author: Client) -> None:
    first = make_template()
    assert author.post(THERE).headers["Location"] == f"{THERE}2/"
    draft = AgreementTemplate.objects.get(version=2)
    answer = author.post(f"{THERE}2/sections/ending/", words_of(draft, "ending", title_es="El final"))
    assert answer.headers["Location"] == f"{THERE}2/"
    draft.refresh_from_db()
    assert draft.texts["es"]["section"][9]["title"] == "El final"
    assert draft.texts["en"] == first.texts["en"]
    assert draft.content_sha256 in author.get(f"{THERE}2/publish/").content.decode()
    draft.refresh_from_db()
    assert draft.is_draft
    author.post(f"{THERE}2/publish/", {"seen": draft.content_sha256})
    assert AgreementTemplate.objects.current() == draft
    assert author.get(f"{THERE}2/sections/ending/").status_code == 404
    assert author.post(f"{THERE}2/opening/", {}).status_code == 404


@pytest.mark.django_db
def test_what_changed_since_the_page_of_publication_is_not_published(author: Client) -> None:
    draft = begin_draft(actor=None)
    author.post(f"{THERE}1/publish/", {"seen": "0" * 64})
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.django_db
def test_a_section_is_added_moved_and_removed(author: Client) -> None:
    draft = begin_draft(actor=None)
    new = words_of(draft, "none", key="extra", title_en="More", title_es="Más", summary_en="S.", summary_es="S.",
                   body_en="B.", body_es="B.")  # fmt: skip
    author.post(f"{THERE}1/sections/new/", new)

    def keys() -> list[str]:
        draft.refresh_from_db()
        return [item["key"] for item in draft.texts["en"]["section"]]

    assert keys()[-2:] == ["ending", "extra"]
    for do, expected in (("up", ["extra", "ending"]), ("remove", ["conflict", "ending"])):
        author.post(f"{THERE}1/", {"do": do, "part": "section", "key": "extra", "seen": draft.content_sha256})
        assert keys()[-2:] == expected


@pytest.mark.django_db
def test_the_last_section_is_not_removed(author: Client) -> None:
    draft = begin_draft(actor=None)
    texts = {code: {**text, "section": text["section"][:1]} for code, text in draft.texts.items()}
    change_draft(template=draft, seen=draft.content_sha256, texts=texts, binding_language="en", actor=make_staff())
    draft.refresh_from_db()
    removing = {"do": "remove", "part": "section", "key": "platform", "seen": draft.content_sha256}
    answer = author.post(f"{THERE}1/", removing, follow=True)
    assert "An agreement has at least one section." in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title_es": ""}, "These words are missing."),
        ({"body_en": "{nobody}"}, "There is no placeholder {nobody}."),
        ({"summary_en": "x" * 301}, "at most 300 characters"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(author: Client, changes: dict[str, str], words: str) -> None:
    draft = begin_draft(actor=None)
    answer = author.post(f"{THERE}1/sections/ending/", words_of(draft, "ending", **changes))
    assert answer.status_code == 422
    assert answer.content.decode().count(words) == 2
    before = draft.content_sha256
    draft.refresh_from_db()
    assert draft.content_sha256 == before


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["ending", "new", "Ending", "a" * 41])
def test_a_key_that_cannot_be_is_refused(author: Client, key: str) -> None:
    draft = begin_draft(actor=None)
    answer = author.post(f"{THERE}1/sections/new/", words_of(draft, "ending", key=key))
    assert answer.status_code == 422


@pytest.mark.django_db
def test_words_that_somebody_overtook_are_kept_on_the_page_and_saved_by_a_second_press(author: Client) -> None:
    draft = begin_draft(actor=None)
    mine = words_of(draft, "ending", title_en="Mine")
    author.post(f"{THERE}1/sections/platform/", words_of(draft, "platform", title_en="Theirs"))
    answer = author.post(f"{THERE}1/sections/ending/", mine)
    assert answer.status_code == 422
    assert "Somebody else has changed the draft in the meantime." in answer.content.decode()
    draft.refresh_from_db()
    assert f'value="{draft.content_sha256}"' in answer.content.decode()
    author.post(f"{THERE}1/sections/ending/", {**mine, "seen": draft.content_sha256})
    draft.refresh_from_db()
    titles = [item["title"] for item in draft.texts["en"]["section"]]
    assert (titles[0], titles[-1]) == ("Theirs", "Mine")


@pytest.mark.django_db
def test_a_question_has_as_many_choices_in_every_language_and_a_right_one(author: Client) -> None:
    draft = begin_draft(actor=None)
    question: dict[str, Any] = {"key": "more", "right": 2, "seen": draft.content_sha256}
    for code in ("en", "es"):
        question |= {f"text_{code}": "Why?", f"choices_{code}": "This\r\n\r\nThat", f"because_{code}": "So."}
    for change in ({"choices_es": "A\nB\nC"}, {"choices_en": "A"}, {"right": 3}, {"right": 0}, {"right": ""}):
        assert author.post(f"{THERE}1/questions/new/", {**question, **change}).status_code == 422
    author.post(f"{THERE}1/questions/new/", question)
    draft.refresh_from_db()
    added = read_texts(draft.texts)["es"].questions[-1]
    assert (added.key, added.choices, added.right) == ("more", ("This", "That"), 1)
    assert "This\nThat" in author.get(f"{THERE}1/questions/more/").content.decode()


@pytest.mark.django_db
def test_which_language_binds_is_chosen(author: Client) -> None:
    draft = begin_draft(actor=None)
    posted = {"seen": draft.content_sha256, "binding_language": "es"}
    for code, text in draft.texts.items():
        posted |= {f"title_{code}": text["title"], f"introduction_{code}": text["introduction"]}
    author.post(f"{THERE}1/opening/", posted)
    draft.refresh_from_db()
    assert draft.binding_language == "es"


@pytest.mark.django_db
def test_the_pdf_of_a_version_is_drawn_by_a_worker_in_the_language_asked_for(author: Client) -> None:
    draft = begin_draft(actor=None)
    answer = author.post(f"{THERE}1/", {"do": "pdf", "language": "es"})
    document = Document.objects.get()
    assert answer.headers["Location"] == document.get_absolute_url()
    assert (document.kind, document.subject, document.language) == (
        "agreement_preview", f"agreement_template:{draft.pk}", "es",
    )  # fmt: skip
    from django.utils import translation

    with translation.override("es"):
        sheet = build_preview(document.subject)
    assert draft.texts["es"]["section"][0]["summary"] in sheet.html


@pytest.mark.django_db
def test_a_version_that_is_none_is_not_found(author: Client) -> None:
    assert author.get(f"{THERE}7/").status_code == 404
    assert author.get(f"{THERE}99999999999/").status_code == 404
    begin_draft(actor=None)
    assert author.get(f"{THERE}1/sections/nowhere/").status_code == 404
