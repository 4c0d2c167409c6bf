"""Making the subject, the text and the HTML of a mail from its template.

One text file is enough for a mail, `templates/<app>/mail/<name>.txt`:

    Subject: {% translate "Confirm your address" %}

    {% blocktranslate %}Hello {{ name }}, please confirm that this address is yours.{% endblocktranslate %}

    {% translate "Confirm my address" %}:
    {{ link }}

Blank lines part paragraphs. In the HTML that is made of it, a short line ending in a colon above a bare address
becomes a button, a paragraph indented by four spaces is set large (a code), lines that begin with "- " are a list,
and other addresses become links. Where that is not enough, `<name>.html` beside it extends `mail/layout.html` and
fills the block `content`. What a context holds is plain text in the .txt file and is escaped in the HTML.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import css_inline
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Context, TemplateDoesNotExist, engines
from django.utils.html import conditional_escape, format_html, format_html_join, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override

from foundation.web.context import site

STYLESHEET = "css/mail.css"

_URL = re.compile(r"https?://\S+")
# Looking for addresses word by word takes longer than all the rest of a mail; most lines have none.
_MAY_HOLD_ADDRESS = re.compile(r"[:@.]\S")
# A longer line above an address is a sentence, and the address a link below it.
_LONGEST_LABEL = 60


class RenderedMail(NamedTuple):
    """What `queue_mail` takes: `queue_mail(to=…, purpose=…, **rendered._asdict())`."""

    subject: str
    text: str
    html: str


def render_mail(template: str, context: dict[str, Any], language: str) -> RenderedMail:
    """The mail `template` ("affiliates/watch_confirmation") for this context, in the recipient's language.

    Raises TemplateDoesNotExist, and ValueError where the text file does not begin with its subject.
    """
    app, _, name = template.rpartition("/")
    path = f"{app}/mail/{name}" if app else f"mail/{name}"
    with override(language):
        everything = {
            **site(),
            **context,
        }
        first, _, rest = _render(f"{path}.txt", everything, autoescape=False).strip().partition("\n")
        if not first.startswith("Subject: "):
            raise ValueError(f"{path}.txt does not begin with its subject")
        subject = " ".join(first.removeprefix("Subject: ").split())
        body = re.sub(r"\n{3,}", "\n\n", rest.strip("\n"))
        text = _render("mail/layout.txt", {**everything, "subject": subject, "body": body}, autoescape=False)
        html = _render_html(f"{path}.html", {**everything, "subject": subject, "body": html_of_text(body)})
    return RenderedMail(subject, re.sub(r"\n{2,}", "\n\n", text.strip()) + "\n", inline_css(html))


def _render(name: str, context: dict[str, Any], *, autoescape: bool) -> str:
    template = engines["django"].get_template(name).template  # type: ignore[attr-defined]
    return str(template.render(Context(context, autoescape=autoescape)))


def _render_html(name: str, context: dict[str, Any]) -> str:
    try:
        return _render(name, context, autoescape=True)
    except TemplateDoesNotExist as absent:
        if str(absent) != name:
            raise
        return _render("mail/layout.html", context, autoescape=True)


# --- HTML from text -------------------------------------------------------------------------------------------


def html_of_text(text: str) -> SafeString:
    """The paragraphs of a text mail as HTML; see the top of this module for what is understood."""
    paragraphs = [paragraph for paragraph in re.split(r"\n\s*\n", text.strip("\n")) if paragraph.strip()]
    return format_html_join("\n", "{}", ((_html_of_paragraph(paragraph),) for paragraph in paragraphs))


def _html_of_paragraph(paragraph: str) -> SafeString:
    lines = paragraph.splitlines()
    if len(lines) == 2 and _is_label(lines[0].strip()) and _URL.fullmatch(lines[1].strip()):
        label = lines[0].strip().removesuffix(":")
        return format_html('<p><a class="button" href="{}">{}</a></p>', lines[1].strip(), label)
    if all(line.startswith("    ") for line in lines):
        return format_html('<p class="code">{}</p>', _lines(lines))
    if all(line.startswith("- ") for line in lines):
        items = format_html_join("", "<li>{}</li>", ((_linked(line[2:]),) for line in lines))
        return format_html("<ul>{}</ul>", items)
    return format_html("<p>{}</p>", _lines(lines))


def _is_label(line: str) -> bool:
    return line.endswith(":") and len(line) <= _LONGEST_LABEL


def _lines(lines: list[str]) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}", ((_linked(line.strip()),) for line in lines))


def _linked(line: str) -> SafeString:
    return mark_safe(urlize(line, autoescape=True)) if _MAY_HOLD_ADDRESS.search(line) else conditional_escape(line)


# --- The stylesheet -------------------------------------------------------------------------------------------


def inline_css(html: str) -> str:
    """`html` with the mail stylesheet written into its elements, as mail programs want it. Fetches nothing."""
    return _inliner().inline(html)


@cache
def _inliner() -> css_inline.CSSInliner:
    """Made once in a process: the stylesheet does not change while it runs."""
    return css_inline.CSSInliner(extra_css=_stylesheet(), load_remote_stylesheets=False, keep_at_rules=True)


def _stylesheet() -> str:
    if found := finders.find(STYLESHEET):
        return Path(str(found)).read_text()
    with staticfiles_storage.open(STYLESHEET) as collected:
        return str(collected.read().decode())
