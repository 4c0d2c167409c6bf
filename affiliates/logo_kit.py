"""The logo kit of a group: the network's logo with its name as SVG and PNG, and what may be done with it.

Made by a worker on request, as a document of foundation.documents. It opens only while the agreement is in force,
also one that was made before.
"""

import io
import zipfile
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.urls import reverse

from foundation.accounts.models import User
from foundation.documents.kinds import Sheet, SubjectGoneError
from foundation.documents.rendering import render_pdf, static_file

from .logo_drawing import DARK, LIGHT, lockup, mark_of
from .models import Group
from .permissions import can_use_logo

LOGO_KIT = "logo_kit"
PNG_WIDTHS = (600, 2400)
# Zip files begin then: the same kit is the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def build_logo_kit(subject: str) -> bytes:
    """The ZIP for the group that `subject` names ("group:17"), in the active language.

    Raises SubjectGoneError where there is no such group or its agreement is not in force.
    """
    group = _group_of(subject)
    if group is None or not group.is_listed:
        raise SubjectGoneError
    mark = mark_of(settings.NETWORK_LOGO, static_file(settings.NETWORK_LOGO))
    files = {"licence.txt": render_to_string("affiliates/logo/licence.txt", _names(group)).encode()}
    for palette in (LIGHT, DARK):
        drawn = lockup(name=group.name, network=settings.NETWORK_NAME, mark=mark, palette=palette)
        files[f"logo-{palette.name}.svg"] = drawn.svg().encode()
        html, css = drawn.page()
        page = render_pdf(Sheet(group.name, html, css, "en"))
        for width in PNG_WIDTHS:
            files[f"logo-{palette.name}-{width}.png"] = png_of(page, width)
    return _zipped(files)


def may_open_logo_kit(user: User | AnonymousUser, subject: str) -> bool:
    """Those who keep the group's page, while the licence lasts."""
    group = _group_of(subject)
    return group is not None and can_use_logo(user, group)


def back_from_logo_kit(subject: str) -> str:
    """The page on which it is asked for."""
    group = _group_of(subject)
    return reverse("group_logo", args=[group.slug]) if group else reverse("organize")


def png_of(pdf: bytes, width: int) -> bytes:
    """The first page of `pdf` as a PNG of so many pixels across."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        picture = page.render(scale=width / page.get_width()).to_pil()
        written = io.BytesIO()
        picture.convert("RGB").save(written, "PNG")
    finally:
        document.close()
    return written.getvalue()


def _group_of(subject: str) -> Group | None:
    key = subject.removeprefix("group:")
    return Group.objects.filter(pk=int(key)).first() if key.isdigit() else None


def _names(group: Group) -> dict[str, Any]:
    return {"group": group, "NETWORK_NAME": settings.NETWORK_NAME, "NETWORK_EMAIL": settings.NETWORK_EMAIL}


def _zipped(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as kit:
        for name, content in files.items():
            kit.writestr(zipfile.ZipInfo(name, _NO_TIME), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()
