"""Drawing a sheet as a tagged PDF (PDF/UA-1), fetching nothing but what the sheet names.

WeasyPrint is imported when the first sheet is drawn: it takes half a second and needs pango, and no web process
draws any.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from .kinds import Sheet

STATIC = "static:"


class ForbiddenResourceError(Exception):
    """The sheet refers to something that it may not fetch."""


def render_pdf(sheet: Sheet, attachments: Mapping[str, bytes] | None = None) -> bytes:
    """The bytes of the PDF: PDF/UA-1, with the sheet's title and language, and these files (by name) attached.

    Raises ForbiddenResourceError where the sheet refers to anything but `data:` addresses and its own files.
    """
    from weasyprint import HTML, Attachment
    from weasyprint.urls import FatalURLFetchingError

    page = format_html(
        '<!doctype html><html lang="{}"><head><meta charset="utf-8"><title>{}</title><style>{}</style></head>'
        "<body>{}</body></html>",
        sheet.language,
        sheet.title,
        mark_safe(sheet.css),
        mark_safe(sheet.html),
    )
    fetcher = _fetcher(sheet.files)
    try:
        attached = [Attachment(string=content, name=name) for name, content in (attachments or {}).items()]
        content = bytes(
            HTML(string=page, url_fetcher=fetcher).write_pdf(pdf_variant="pdf/ua-1", attachments=attached or None)
        )
    except FatalURLFetchingError as error:  # a BaseException, which would go past every handler of the worker
        raise ForbiddenResourceError from error
    if fetcher.has_refused:  # within an inline SVG WeasyPrint only leaves the picture out
        raise ForbiddenResourceError
    return content


def _fetcher(files: frozenset[str]) -> Any:
    """WeasyPrint's fetcher with every door shut but two; whatever else a sheet asks for stops the drawing."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class SheetFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def __init__(self) -> None:
            super().__init__(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)
            self.has_refused = False

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            name = url.removeprefix(STATIC)
            if name == url or name not in files:
                self.has_refused = True
                raise ForbiddenResourceError
            return URLFetcherResponse(url, static_file(name))

    return SheetFetcher()


def static_file(name: str) -> bytes:
    """The bytes of a static file: from the sources in local runs, from where they were collected elsewhere."""
    if found := finders.find(name):
        with open(str(found), "rb") as source:  # noqa: PTH123  # finders give text
            return source.read()
    with staticfiles_storage.open(name) as collected:
        return bytes(collected.read())
