"""The PDF: tagged, titled, in its language, and made without fetching anything."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from foundation.documents.kinds import Sheet
from foundation.documents.qr import qr_svg
from foundation.documents.rendering import ForbiddenResourceError, render_pdf


def sheet(html: str, **fields: Any) -> Sheet:
    return Sheet(**{"title": "Café & more", "html": html, "css": "p { color: #123 }", "language": "es", **fields})


def read(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def test_a_document_is_tagged_and_knows_its_title_and_language() -> None:
    reader = read(render_pdf(sheet("<h1>Hola</h1><p>¿Qué tal?</p>")))
    catalog: Any = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"] == True  # noqa: E712  # pypdf's own boolean
    assert "/StructTreeRoot" in catalog
    assert catalog["/Lang"] == "es"
    assert reader.metadata is not None
    assert reader.metadata.title == "Café & more"
    assert b"pdfuaid" in catalog["/Metadata"].get_object().get_data()
    assert "¿Qué tal?" in reader.pages[0].extract_text()


def test_its_words_are_kept_with_the_fonts_that_draw_them() -> None:
    fonts: Any = read(render_pdf(sheet("<p>Ada</p>"))).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    descriptors = [font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts.values()]
    assert descriptors
    assert all({"/FontFile2", "/FontFile3"} & set(descriptor.get_object()) for descriptor in descriptors)


@pytest.mark.parametrize(
    "html",
    [
        '<img src="http://127.0.0.1:9/x.png" alt="x">',
        '<img src="https://network.example/x.png" alt="x">',
        '<img src="file:///etc/hostname" alt="x">',
        '<img src="static:css/site.css" alt="x">',
        '<img src="static:../manage.py" alt="x">',
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<style>@import url("http://127.0.0.1:9/x.css");</style>',
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/hostname" width="9" height="9"/></svg>',
        '<object data="file:///etc/hostname"></object>',
        '<link rel="attachment" href="file:///etc/hostname">',
    ],
)
def test_a_document_fetches_nothing_that_it_was_not_given(html: str) -> None:
    """Each is refused by the fetcher and stops the drawing: nothing of it can be in a PDF."""
    with pytest.raises(ForbiddenResourceError):
        render_pdf(sheet(html))


def test_static_files_that_the_sheet_names_are_drawn_and_data_addresses_too() -> None:
    pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    html = f'<img src="static:network/logo.svg" alt="Logo"><img src="{pixel}" alt="Dot">'
    assert render_pdf(sheet(html, files=frozenset({"network/logo.svg"}))).startswith(b"%PDF-1.7")


def test_a_title_cannot_end_its_element() -> None:
    reader = read(render_pdf(sheet("<p>x</p>", title="</title><img src=http://127.0.0.1:9/>")))
    assert reader.metadata is not None
    assert reader.metadata.title == "</title><img src=http://127.0.0.1:9/>"


def test_a_qr_code_is_a_picture_with_a_name() -> None:
    svg = qr_svg("https://network.example/card/x/", label="Is it <valid>?")
    assert svg.startswith('<svg role="img" ')
    assert "<title>Is it &lt;valid&gt;?</title>" in svg
    assert "style=" not in svg
    root: Any = read(render_pdf(sheet(svg))).trailer["/Root"]
    assert alternatives(root["/StructTreeRoot"]) == ["Is it <valid>?"]


def alternatives(element: Any) -> list[str]:
    """The words that stand for the pictures at and below an element of a PDF's structure."""
    found = [str(element["/Alt"])] if element.get("/S") == "/Figure" else []
    below = element.get("/K", [])
    for child in below if isinstance(below, list) else [below]:
        entry = child.get_object()
        if isinstance(entry, dict) and entry.get("/S"):
            found += alternatives(entry)
    return found
