"""Mails made from their templates."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.template import TemplateDoesNotExist
from django.utils.translation import get_language
from pytest_django import Settings

from foundation.mail.rendering import html_of_text, inline_css, render_mail

type WriteTemplate = Callable[[str, str], None]


@pytest.fixture
def write_template(tmp_path: Path, settings: Settings) -> WriteTemplate:
    """Templates of a test's own, found before those of the site."""
    templates = settings.TEMPLATES
    settings.TEMPLATES = [{**templates[0], "DIRS": [tmp_path, *templates[0]["DIRS"]]}]

    def write(name: str, text: str) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    return write


def test_one_text_file_makes_a_whole_mail(write_template: WriteTemplate) -> None:
    write_template("garden/mail/hello.txt", "Subject: Hello {{ name }}\n\nDear {{ name }}\n\nPress here:\n{{ link }}\n")
    mail = render_mail("garden/hello", {"name": "R&D <3", "link": "https://a.example/?x=1&y=2"}, "en")
    assert mail.subject == "Hello R&D <3"
    assert mail.text.startswith("Dear R&D <3\n\nPress here:\nhttps://a.example/?x=1&y=2\n")
    assert "Dear R&amp;D &lt;3" in mail.html
    assert 'href="https://a.example/?x=1&amp;y=2"' in mail.html
    assert ">Press here</a>" in mail.html


def test_a_template_of_html_may_say_more(write_template: WriteTemplate) -> None:
    write_template("garden/mail/hello.txt", "Subject: Hello\n\nDear {{ name }}\n")
    write_template(
        "garden/mail/hello.html",
        '{% extends "mail/layout.html" %}{% block content %}<table><tr><td>{{ name }}</td></tr></table>{% endblock %}',
    )
    mail = render_mail("garden/hello", {"name": "<b>"}, "en")
    assert "<td>&lt;b&gt;</td>" in mail.html
    assert "Dear <b>" in mail.text


def test_a_subject_is_one_line_whatever_the_context_holds(write_template: WriteTemplate) -> None:
    write_template("garden/mail/hello.txt", "Subject: Hello {{ name }}\n\nText\n")
    mail = render_mail("garden/hello", {"name": "Ana\nBcc: bob@example.org"}, "en")
    assert mail.subject == "Hello Ana"
    assert "\n" not in mail.subject


def test_a_text_without_subject_is_an_error(write_template: WriteTemplate) -> None:
    write_template("garden/mail/hello.txt", "Dear Ana\n")
    with pytest.raises(ValueError, match="does not begin with its subject"):
        render_mail("garden/hello", {}, "en")


def test_a_template_that_is_missing_is_an_error(write_template: WriteTemplate) -> None:
    with pytest.raises(TemplateDoesNotExist):
        render_mail("garden/nowhere", {}, "en")
    write_template("garden/mail/hello.txt", "Subject: Hello\n\nText\n")
    write_template("garden/mail/hello.html", '{% extends "garden/mail/no-such-layout.html" %}')
    with pytest.raises(TemplateDoesNotExist):
        render_mail("garden/hello", {}, "en")


def test_the_language_is_the_recipients_and_only_for_the_mail(write_template: WriteTemplate) -> None:
    write_template(
        "garden/mail/hello.txt",
        "Subject: {% get_current_language as LANGUAGE_CODE %}{{ LANGUAGE_CODE }}\n\nText\n",
    )
    before = get_language()
    mail = render_mail("garden/hello", {}, "es")
    assert mail.subject == "es"
    assert '<html lang="es"' in mail.html
    assert get_language() == before


# --- HTML from text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One\nline", "<p>One<br>line</p>"),
        ("Two\n\nparts", "<p>Two</p>\n<p>parts</p>"),
        ("    123 456", '<p class="code">123 456</p>'),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("Go:\nhttps://a.example/", '<p><a class="button" href="https://a.example/">Go</a></p>'),
        ("See https://a.example/.", '<p>See <a href="https://a.example/">https://a.example/</a>.</p>'),
        ("<script>", "<p>&lt;script&gt;</p>"),
        ("", ""),
    ],
)
def test_text_becomes_html(text: str, html: str) -> None:
    assert html_of_text(text) == html


def test_a_whole_sentence_above_an_address_stays_a_sentence() -> None:
    sentence = "Somebody asked us to write to this address when a group near you starts:"
    assert html_of_text(f"{sentence}\nhttps://a.example/").startswith(f"<p>{sentence}<br><a href=")


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x"])
def test_no_other_kind_of_address_becomes_a_link(scheme: str) -> None:
    assert "href" not in html_of_text(f"Go:\n{scheme}")


# --- The stylesheet -------------------------------------------------------------------------------------------


def test_the_stylesheet_is_written_into_the_elements() -> None:
    html = inline_css(
        '<html><head></head><body><p><a class="button" href="https://a.example/">Go</a></p></body></html>'
    )
    assert 'style="' in html.partition("<a ")[2].partition(">")[0]
    assert "prefers-color-scheme: dark" in html  # cannot be inlined, so it stays


def test_nothing_is_fetched_for_a_stylesheet() -> None:
    html = '<html><head><link rel="stylesheet" href="http://127.0.0.1:1/x.css"></head><body><p>Hi</p></body></html>'
    assert "Hi" in inline_css(html)  # an attempt would have raised


def test_collected_static_files_are_used_where_the_sources_are_gone(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.staticfiles import finders

    from foundation.mail import rendering

    (tmp_path / "css").mkdir()
    (tmp_path / rendering.STYLESHEET).write_text("p { color: #123456 }")
    settings.STATIC_ROOT = tmp_path
    monkeypatch.setattr(finders, "find", lambda path: None)
    assert "#123456" in rendering._stylesheet()
