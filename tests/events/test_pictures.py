"""Pictures: what is uploaded is looked at before it is decoded, and nothing of the file is kept."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageDraw

from events import pictures
from events.models import Event, EventPicture
from events.pictures import LONGEST_SIDE, MOST_BYTES, Drawn, PictureError, draw_picture, remove_picture, set_picture
from events.planning import EventError
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from tests.factories import make_contact, make_group

from . import making
from .planning_events import NOW

RED, BLUE = (200, 20, 20), (20, 20, 200)


def picture(size: tuple[int, int] = (80, 60), mode: str = "RGB", colour: Any = RED) -> Image.Image:
    """Red, with a blue square in the left upper corner."""
    image = Image.new(mode, size, colour)
    if mode == "RGB":
        ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill=BLUE)
    return image


def file(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(drawn: Drawn) -> Image.Image:
    return Image.open(io.BytesIO(drawn.body))


def is_near(colour: Any, other: tuple[int, int, int]) -> bool:
    return all(abs(one - two) < 30 for one, two in zip(colour, other, strict=True))


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG by hand: its header says these sizes, and these chunks follow."""
    header = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    parts = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in (header, *chunks, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


# --- taken ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew_as_webp(kind: str) -> None:
    drawn = draw_picture(file(picture(), kind))
    assert (drawn.width, drawn.height, opened(drawn).format, len(drawn.digest)) == (80, 60, "WEBP", 16)
    assert is_near(opened(drawn).getpixel((70, 50)), RED)
    assert is_near(opened(drawn).getpixel((5, 5)), BLUE)


def test_the_same_file_makes_the_same_picture() -> None:
    assert draw_picture(file(picture())) == draw_picture(file(picture()))


@pytest.mark.parametrize("size", [(3200, 1000), (1000, 3200), (1601, 1600)])
def test_a_large_picture_is_made_smaller(size: tuple[int, int]) -> None:
    drawn = draw_picture(file(picture(size), "JPEG"))
    assert max(drawn.width, drawn.height) == LONGEST_SIDE
    assert abs(drawn.width / drawn.height - size[0] / size[1]) < 0.01


def test_a_long_line_stays_a_picture() -> None:
    drawn = draw_picture(file(picture((9000, 1))))
    assert (drawn.width, drawn.height) == (LONGEST_SIDE, 1)


def test_where_it_was_taken_is_gone_and_it_stands_the_right_way_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the left upper corner belongs to the right
    exif[0x010E] = "canary-description"
    exif.get_ifd(0x8825).update({1: "N", 2: (42.0, 21.0, 50.0), 3: "W", 4: (71.0, 6.0, 14.0)})
    upload = file(picture(), "JPEG", exif=exif, comment=b"canary-comment")
    assert b"canary-description" in upload
    drawn = draw_picture(upload)
    shown = opened(drawn)
    assert (drawn.width, drawn.height) == (60, 80)
    assert is_near(shown.getpixel((55, 5)), BLUE)
    assert not shown.getexif()
    assert "exif" not in shown.info
    assert b"canary" not in drawn.body
    assert b"EXIF" not in drawn.body


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_words_and_profiles_of_the_file_are_gone(kind: str) -> None:
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_text("Author", "canary-author")
    options: dict[str, Any] = {"pnginfo": words} if kind == "PNG" else {"xmp": b"<x>canary-xmp</x>"}
    upload = file(picture(), kind, icc_profile=b"canary-profile" * 20, **options)
    drawn = draw_picture(upload)
    assert b"canary" not in drawn.body
    assert set(opened(drawn).info) <= {"loop", "background", "timestamp", "duration"}


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_shown(kind: str) -> None:
    frames = [picture(), picture(colour=BLUE), picture(colour=(0, 0, 0))]
    upload = file(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
    assert Image.open(io.BytesIO(upload)).n_frames == 3  # type: ignore[attr-defined]
    shown = opened(draw_picture(upload))
    assert is_near(shown.getpixel((70, 50)), RED)
    assert getattr(shown, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (*RED, 0), (255, 255, 255)),
        ("RGBA", (*RED, 255), RED),
        ("L", 100, (100, 100, 100)),
        ("LA", (100, 0), (255, 255, 255)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 50_000, (195, 195, 195)),
    ],
)
def test_every_kind_of_colour_becomes_plain(mode: str, colour: Any, expected: tuple[int, int, int]) -> None:
    drawn = draw_picture(file(picture(mode=mode, colour=colour)))
    assert is_near(opened(drawn).getpixel((40, 30)), expected)


def test_a_palette_with_a_clear_colour_and_a_picture_for_print() -> None:
    palette = picture().quantize(4)
    assert is_near(opened(draw_picture(file(palette))).getpixel((70, 50)), RED)
    print_colours = picture().convert("CMYK")
    assert is_near(opened(draw_picture(file(print_colours, "JPEG"))).getpixel((70, 50)), RED)


# --- refused --------------------------------------------------------------------------------------------------

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "upload",
    [
        SVG,
        b"\xef\xbb\xbf" + SVG,
        b"",
        b"hello",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        file(picture(), "GIF"),
        file(picture(), "BMP"),
        file(picture(), "TIFF"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    ],
)
def test_other_kinds_are_refused(upload: bytes) -> None:
    with pytest.raises(PictureError, match="JPEG, PNG or WebP"):
        draw_picture(upload)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_a_file_that_is_cut_off_is_refused(kind: str, share: float) -> None:
    noise = Image.effect_noise((300, 300), 90).convert("RGB")
    whole = file(noise, kind)
    with pytest.raises(PictureError, match="broken"):
        draw_picture(whole[: max(16, int(len(whole) * share))])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_with_a_byte_changed_is_a_picture_or_refused_and_nothing_else(kind: str) -> None:
    whole = bytearray(file(picture((40, 40)), kind))
    outcomes = set()
    for at in range(len(whole)):
        broken = whole.copy()
        broken[at] ^= 0xFF
        try:
            outcomes.add(opened(draw_picture(bytes(broken))).format)
        except PictureError:
            outcomes.add("refused")
    assert outcomes == {"WEBP", "refused"}


def test_a_script_behind_a_picture_is_not_kept() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        upload = file(picture(), kind) + b"<script>alert('canary')</script>" + b"PK\x03\x04canary"
        assert b"canary" not in draw_picture(upload).body


def test_a_picture_that_says_it_is_a_web_page_is_refused() -> None:
    with pytest.raises(PictureError):
        draw_picture(b"<html>\xff\xd8\xff" + file(picture(), "JPEG"))


@pytest.fixture
def _little_memory() -> Iterator[None]:
    """Fails where Python takes 64 MB or more meanwhile."""
    tracemalloc.start()
    yield
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 * 1024 * 1024


def without_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever decodes a picture fails the test."""
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _self: pytest.fail("it was decoded"))


@pytest.mark.usefixtures("_little_memory")
def test_a_png_of_30000_by_30000_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real one: 900 megapixels of one colour are 330 kB."""
    without_decoding(monkeypatch)
    squeezer = zlib.compressobj(9)
    line = bytes(1 + 30_000 // 8)
    body = b"".join(squeezer.compress(line) for _ in range(30_000)) + squeezer.flush()
    upload = png(30_000, 30_000, (b"IDAT", body))
    assert len(upload) < MOST_BYTES
    with pytest.raises(PictureError, match="40 megapixels"):
        draw_picture(upload)


def webp_header(width: int, height: int, kind: bytes) -> bytes:
    if kind == b"VP8X":
        body = b"\x00" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little")
    else:
        body = b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)
    chunk = kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


@pytest.mark.usefixtures("_little_memory")
@pytest.mark.parametrize(
    "upload",
    [
        *(webp_header(16_000, 16_000, kind) for kind in (b"VP8X", b"VP8L", b"VP8 ")),
        png(2**31 - 1, 2**31 - 1),
        png(8000, 5001),
    ],
)
def test_too_many_pixels_are_refused_by_the_header_alone(upload: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "open", lambda *_args, **_rest: pytest.fail("it was opened"))
    with pytest.raises(PictureError, match="40 megapixels"):
        draw_picture(upload)


@pytest.mark.parametrize("size", [(8000, 5001), (12_000, 9000), (30_000, 30_000)])
def test_a_jpeg_of_too_many_pixels_is_refused_before_it_is_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Pillow says nothing, warns, and raises."""
    upload = bytearray(file(picture((80, 60)), "JPEG"))
    at = upload.index(b"\xff\xc0") + 5
    upload[at : at + 4] = struct.pack(">HH", size[1], size[0])
    without_decoding(monkeypatch)
    with pytest.raises(PictureError, match="40 megapixels"):
        draw_picture(bytes(upload))


def test_40_megapixels_are_taken() -> None:
    upload = file(Image.new("1", (8000, 5000)))
    assert draw_picture(upload).width == LONGEST_SIDE


@pytest.mark.usefixtures("_little_memory")
@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP"])
def test_a_bomb_in_the_words_of_a_png_does_not_go_off(name: bytes) -> None:
    squeezer = zlib.compressobj(9)
    squeezed = b"".join(squeezer.compress(bytes(2**20)) for _ in range(200)) + squeezer.flush()
    body = {b"zTXt": b"a\0\0", b"iTXt": b"a\0\1\0\0\0", b"iCCP": b"a\0\0"}[name] + squeezed
    upload = png(1, 1, (name, body), (b"IDAT", zlib.compress(b"\0\1\2\3")))
    try:
        draw_picture(upload)
    except PictureError:
        return


def test_a_file_of_more_than_10_mb_is_refused() -> None:
    with pytest.raises(PictureError, match="10 MB"):
        draw_picture(file(picture(), "JPEG") + bytes(MOST_BYTES))


# --- on an event ----------------------------------------------------------------------------------------------


@pytest.fixture
def event() -> Event:
    return making.make_event(make_group(), now=NOW)


@pytest.fixture
def host(event: Event) -> User:
    assert event.group
    return make_contact(event.group)


@pytest.mark.django_db
def test_a_picture_takes_the_place_of_the_one_before(event: Event, host: User) -> None:
    first, second = draw_picture(file(picture())), draw_picture(file(picture(colour=BLUE)))
    set_picture(event=event, drawn=first, alt="Red", actor=host, now=NOW)
    set_picture(event=event, drawn=second, alt=" Blue ", actor=host, now=NOW)
    kept = EventPicture.objects.get()
    assert (bytes(kept.body), kept.digest, kept.alt) == (second.body, second.digest, "Blue")
    assert AuditEntry.objects.filter(action="set picture", subject=event.scope).count() == 2


@pytest.mark.django_db
def test_only_the_words_about_it_can_be_changed(event: Event, host: User) -> None:
    drawn = draw_picture(file(picture()))
    with pytest.raises(PictureError, match="Choose a picture"):
        set_picture(event=event, drawn=None, alt="Nothing", actor=host, now=NOW)
    set_picture(event=event, drawn=drawn, alt="Red", actor=host, now=NOW)
    set_picture(event=event, drawn=None, alt="A red wall", actor=host, now=NOW)
    kept = EventPicture.objects.get()
    assert (kept.digest, kept.alt) == (drawn.digest, "A red wall")


@pytest.mark.django_db
def test_a_picture_is_removed(event: Event, host: User) -> None:
    set_picture(event=event, drawn=draw_picture(file(picture())), alt="Red", actor=host, now=NOW)
    remove_picture(event=event, actor=host, now=NOW)
    assert not EventPicture.objects.exists()


@pytest.mark.django_db
def test_a_closed_event_keeps_its_picture(event: Event, host: User) -> None:
    Event.objects.update(state="cancelled", cancelled_at=NOW)
    with pytest.raises(EventError, match="cancelled"):
        set_picture(event=event, drawn=draw_picture(file(picture())), alt="Red", actor=host, now=NOW)
    with pytest.raises(EventError, match="cancelled"):
        remove_picture(event=event, actor=host, now=NOW)


@pytest.mark.django_db
def test_a_copy_and_the_later_dates_of_a_series_show_it_too(host: User, event: Event) -> None:
    from events.copying import clone_event
    from events.series import make_series

    Event.objects.update(state="draft", approved_at=None)
    event.refresh_from_db()
    set_picture(event=event, drawn=draw_picture(file(picture())), alt="Red", actor=host, now=NOW)
    copy = clone_event(
        event=event, group=event.group, starts_at=event.starts_at, ends_at=event.ends_at, actor=host, now=NOW
    )
    made = make_series(event=event, rule="FREQ=DAILY;COUNT=3", revision=event.revision, actor=host, now=NOW)
    assert {one.picture.alt for one in (copy, *made)} == {"Red"}
    blue = draw_picture(file(picture(colour=BLUE)))
    set_picture(event=made[1], drawn=blue, alt="Blue", actor=host, now=NOW, for_later=True)
    shown = EventPicture.objects.filter(event__in=made).order_by("event__starts_at").values_list("alt", "digest")
    assert list(shown)[1:] == [("Blue", blue.digest)] * 2
    assert shown[0][0] == "Red"


def test_the_limits_are_those_that_the_page_names() -> None:
    assert (pictures.MOST_BYTES, pictures.MOST_PIXELS, pictures.LONGEST_SIDE) == (10 * 2**20, 40_000_000, 1600)
