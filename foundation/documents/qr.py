"""QR codes as inline SVG, for pages and documents alike."""

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(text: str, *, label: str) -> SafeString:
    """The QR code of `text` (an address) as an <svg class="qr"> that scales; `label` says to what it leads.

    Error correction M: a print with a smudge is still read. Dark on white whatever the page's colours are, with
    the quiet zone of four modules that the standard asks for (ISO/IEC 18004).
    """
    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(
        omitsize=True, svgclass="qr", lineclass=None, border=4, dark="#000", light="#fff", title=label
    )
    return mark_safe(svg.replace("<svg ", '<svg role="img" ', 1))
