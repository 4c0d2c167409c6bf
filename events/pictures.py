"""Pictures of events: what is uploaded is looked at before it is decoded, drawn anew, and kept without the file.

Taken are JPEG, PNG and WebP: an SVG can carry a script, and other kinds are for nobody. Nothing of the file itself
survives the drawing: no EXIF with the place where it was taken, no second file hidden behind the picture, no animation.
"""

import datetime
import hashlib
import io
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageFile, ImageOps

from foundation.accounts.models import User
from foundation.audit.models import record

from . import line
from .copying import copy_picture
from .models import Event, EventPicture
from .planning import EventError, refuse_closed
from .series import for_later_dates

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
"""More than phones take; decoded, so many fill some 160 MB."""
LONGEST_SIDE = 1600
DIGEST_LENGTH = 16
_QUALITY = 80
_ONE_AT_A_TIME = threading.Lock()
_FORMATS = ("JPEG", "PNG", "WEBP")
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, OverflowError, MemoryError)
"""What Pillow raises over files that are not what they say, or are cut off."""
# What it says of a JPEG of far too many pixels: a warning from some size on, and from another one an error.
_BOMBS = (Image.DecompressionBombWarning, Image.DecompressionBombError)


class PictureError(EventError):
    """The file is no picture that we can take; the message, for the reader, says why."""


@dataclass(frozen=True)
class Drawn:
    """A picture as it is served: WebP in sRGB, its sizes in pixels, the beginning of its SHA-256."""

    body: bytes
    width: int
    height: int
    digest: str


def draw_picture(upload: bytes) -> Drawn:
    """An uploaded file as a picture of 1600 pixels at most on its longer side, the right way up.

    Of an animation it is the first frame. Raises PictureError for more than 10 MB or 40 megapixels, for other kinds
    than JPEG, PNG and WebP, and for what cannot be decoded.
    """
    if len(upload) > MOST_BYTES:
        raise PictureError(_("The picture is larger than 10 MB. Choose a smaller one."))
    _refuse_by_header(upload)
    try:
        with _whole_files_only(), Image.open(io.BytesIO(upload), formats=_FORMATS) as opened:
            return _drawn(opened)
    except _BOMBS as error:
        raise PictureError(_too_many_pixels()) from error
    except _BROKEN as error:
        raise PictureError(_("This file is broken, or no picture. Try another one.")) from error


@contextmanager
def _whole_files_only() -> Iterator[None]:
    """WeasyPrint has Pillow fill in what is cut off, in the whole process, as soon as somebody imports it."""
    with _ONE_AT_A_TIME:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _drawn(opened: Image.Image) -> Drawn:
    """Decoded here for the first time: its size is known and bearable."""
    if opened.width * opened.height > MOST_PIXELS:
        raise PictureError(_too_many_pixels())
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG: decodes no more than is needed
    picture = ImageOps.exif_transpose(opened)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    plain = _in_plain_colours(picture)
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=_QUALITY, method=4, exif=b"", xmp=b"", icc_profile=b"")
    body = out.getvalue()
    return Drawn(body, *plain.size, hashlib.sha256(body).hexdigest()[:DIGEST_LENGTH])


def _in_plain_colours(picture: Image.Image) -> Image.Image:
    """RGB on white: whatever is transparent would lie on another colour in the dark."""
    if picture.mode.startswith("I"):  # 16 bits a pixel: conversion alone would cut the bright half off
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(ground, clear).convert("RGB")


# --- what a file says of itself -------------------------------------------------------------------------------


def _refuse_by_header(upload: bytes) -> None:
    """Raise PictureError where the first bytes are of no kind that we take, or tell of too many pixels.

    Of PNG and WebP the size is read here, for Pillow makes room for a WebP before it says how large that is.
    """
    if upload.startswith(b"\xff\xd8\xff"):
        return
    if upload.startswith(b"\x89PNG\r\n\x1a\n"):
        size = _size_of_png(upload)
    elif upload[:4] == b"RIFF" and upload[8:12] == b"WEBP":
        size = _size_of_webp(upload)
    else:
        raise PictureError(_("Choose a picture in JPEG, PNG or WebP."))
    if size[0] * size[1] > MOST_PIXELS:
        raise PictureError(_too_many_pixels())


def _size_of_png(upload: bytes) -> tuple[int, int]:
    width, height = (int.from_bytes(upload[at : at + 4]) for at in (16, 20))
    return width, height


def _size_of_webp(upload: bytes) -> tuple[int, int]:
    """By the WebP Container Specification; nothing for a chunk that it does not know, which Pillow refuses too."""
    kind, at = upload[12:16], 20
    if kind == b"VP8X":
        return 1 + int.from_bytes(upload[at + 4 : at + 7], "little"), 1 + int.from_bytes(
            upload[at + 7 : at + 10], "little"
        )
    if kind == b"VP8L":
        bits = int.from_bytes(upload[at + 1 : at + 5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = (int.from_bytes(upload[at + skip : at + skip + 2], "little") & 0x3FFF for skip in (6, 8))
        return width, height
    raise PictureError(_("This file is broken, or no picture. Try another one."))


def _too_many_pixels() -> str:
    return _("The picture has too many pixels: 40 megapixels is the most. Make it smaller and try again.")


# --- on an event ----------------------------------------------------------------------------------------------


def set_picture(
    *, event: Event, drawn: Drawn | None, alt: str, actor: User, now: datetime.datetime, for_later: bool = False
) -> EventPicture:
    """Show `drawn` with the event, and with `for_later` with all later dates of its series; `alt` says what it shows.

    Without `drawn` only those words change. Raises PictureError where there is neither, EventError where the event is
    closed.
    """
    with transaction.atomic():
        locked = line.lock_event(event)
        refuse_closed(locked, now)
        picture = EventPicture.objects.filter(event=locked).first() or EventPicture(event=locked)
        if drawn:
            picture.body, picture.digest = drawn.body, drawn.digest
            picture.width, picture.height = drawn.width, drawn.height
        elif not picture.digest:
            raise PictureError(_("Choose a picture."))
        picture.alt = alt.strip()
        picture.save()
        if for_later:
            for_later_dates(locked, lambda other: copy_picture(locked, other), now)
        record(actor=actor, action="set picture", subject=locked.scope, digest=picture.digest)
    return picture


def remove_picture(*, event: Event, actor: User, now: datetime.datetime) -> None:
    """Show none with this event from now on. Raises EventError where it is closed."""
    with transaction.atomic():
        locked = line.lock_event(event)
        refuse_closed(locked, now)
        EventPicture.objects.filter(event=locked).delete()
        record(actor=actor, action="removed picture", subject=locked.scope)
