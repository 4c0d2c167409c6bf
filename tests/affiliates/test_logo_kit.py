"""The logo kit: what is in it, that every name fits, and that it closes with the agreement."""

import io
import zipfile
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from affiliates.logo_drawing import DARK, LIGHT, MARGIN, WIDTH, fit, lockup, mark_of, width_of, wrap
from affiliates.logo_kit import LOGO_KIT, PNG_WIDTHS, build_logo_kit, may_open_logo_kit
from affiliates.models import Group, GroupStatus, Role
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.documents.kinds import SubjectGoneError
from foundation.documents.making import make
from foundation.documents.models import Document, DocumentState
from tests.factories import make_contact, make_group
from tests.signing_in import sign_in

NAMES = [
    "Plenty",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft am wunderschönen Donaustrande 12",
    "W" * 120,
    "قافلة التضامن في الحي القديم",
    "東京のみんなの食卓とともに歩む会",
    "ชุมชนคนรักอาหารแห่งกรุงเทพมหานคร",
    "Ω̈" * 60,
    "<b>Bread & Roses</b>",
]
MARK = mark_of("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>')


# --- the drawing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_drawn_whole_and_within_its_margins(name: str) -> None:
    drawing = lockup(name=name, network="Many Hands Network", mark=MARK, palette=LIGHT)
    root = ElementTree.fromstring(drawing.svg())
    texts = list(root.iter("{http://www.w3.org/2000/svg}text"))
    drawn = "".join("".join(text.text or "" for text in texts).split())
    assert drawn == "".join((name + "Many Hands Network").split())
    for text in texts:
        assert width_of(text.text or "") * int(text.attrib["font-size"]) <= WIDTH - 2 * MARGIN
        assert int(text.attrib["y"]) <= drawing.height - MARGIN


@given(st.text(min_size=1, max_size=120).filter(lambda text: bool(text.strip())), st.integers(5, 40))
def test_wrapping_loses_nothing_and_keeps_to_the_width(text: str, ems: int) -> None:
    lines = wrap(text, ems)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(width_of(line) <= ems for line in lines)


def test_a_short_name_is_large_and_a_long_one_smaller() -> None:
    assert (
        fit("Plenty").size > fit("The people's kitchen of the old quarter beside the river").size > fit("W" * 120).size
    )


def test_a_logo_that_is_no_svg_is_embedded() -> None:
    assert 'href="data:image/png;base64,eA=="' in mark_of("network/logo.png", b"x")


def test_a_logo_without_a_view_box_is_scaled() -> None:
    mark = mark_of("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="48" height="24"/>')
    assert 'viewBox="0 0 48 24"' in mark


# --- the kit --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_the_kit_holds_both_versions_in_all_forms_and_the_licence(name: str) -> None:
    group = make_group(name[:120])
    with zipfile.ZipFile(io.BytesIO(build_logo_kit(group.scope))) as kit:
        files = {entry: kit.read(entry) for entry in kit.namelist()}
    assert set(files) == {
        "licence.txt", "logo-light.svg", "logo-dark.svg",
        *(f"logo-{version}-{width}.png" for version in ("light", "dark") for width in PNG_WIDTHS),
    }  # fmt: skip
    for version, ground in ((LIGHT, (255, 255, 255)), (DARK, (13, 69, 60))):
        for width in PNG_WIDTHS:
            picture = Image.open(io.BytesIO(files[f"logo-{version.name}-{width}.png"]))
            assert abs(picture.width - width) <= 1
            assert picture.getpixel((3, 3)) == ground
            # The name is there: below the mark not everything is ground.
            below = picture.crop((0, round(width * 0.48), picture.width, picture.height)).getcolors(1 << 24) or []
            assert len(below) > 2
            # And nothing is cut off at the sides.
            edge = picture.crop((0, 0, round(width * 0.03), picture.height)).getcolors(1 << 24) or []
            assert [colour for _count, colour in edge] == [ground]
    licence = files["licence.txt"].decode()
    assert group.name in licence
    assert "ends with the agreement" in licence


@pytest.mark.django_db
def test_the_same_kit_is_the_same_bytes() -> None:
    group = make_group("Plenty")
    assert build_logo_kit(group.scope) == build_logo_kit(group.scope)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [GroupStatus.FORMING, GroupStatus.ENDED])
def test_no_kit_is_made_unless_the_agreement_is_in_force(status: str) -> None:
    group = make_group(status=status)
    for subject in (group.scope, "group:0", "group:x", "person:1"):
        with pytest.raises(SubjectGoneError):
            build_logo_kit(subject)
    assert not may_open_logo_kit(make_contact(group), group.scope)


# --- asking for it --------------------------------------------------------------------------------------------


@pytest.fixture
def group(db: None) -> Group:
    return make_group("Plenty", slug="plenty")


@pytest.fixture
def organizer(group: Group, client: Client) -> User:
    user = make_contact(group, role=Role.ORGANIZER)
    sign_in(client, user)
    return user


def ask(client: Client) -> Document:
    client.post(reverse("group_logo", args=["plenty"]))
    return Document.objects.get(kind=LOGO_KIT)


def test_the_kit_is_asked_for_made_and_downloaded(client: Client, group: Group, organizer: User) -> None:
    document = ask(client)
    assert AuditEntry.objects.filter(action="asked for document", details__kind=LOGO_KIT).count() == 1
    make(document_id=document.pk, worker="w")
    page = client.get(document.get_absolute_url()).content.decode()
    assert "Download the file" in page
    answer = client.get(reverse("document_file", args=[document.key]))
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == 'attachment; filename="logo-kit.zip"'
    assert zipfile.is_zipfile(io.BytesIO(answer.content))


def test_a_kit_made_before_the_end_does_not_open_after_it(client: Client, group: Group, organizer: User) -> None:
    document = ask(client)
    make(document_id=document.pk, worker="w")
    Group.objects.update(status=GroupStatus.ENDED)
    for name in ("document", "document_file"):
        assert client.get(reverse(name, args=[document.key])).status_code == 404
    assert client.get(reverse("group_logo", args=["plenty"])).status_code == 404


def test_a_kit_asked_for_before_the_end_is_not_made_after_it(client: Client, group: Group, organizer: User) -> None:
    document = ask(client)
    Group.objects.update(status=GroupStatus.ENDED)
    make(document_id=document.pk, worker="w")
    document.refresh_from_db()
    assert (document.state, document.content) == (DocumentState.FAILED, None)


def test_a_kit_does_not_open_to_whoever_lost_the_role(client: Client, group: Group, organizer: User) -> None:
    document = ask(client)
    make(document_id=document.pk, worker="w")
    organizer.group_roles.all().delete()
    assert client.get(reverse("document_file", args=[document.key])).status_code == 404


def test_a_forming_group_gets_none(client: Client, group: Group, organizer: User) -> None:
    Group.objects.update(status=GroupStatus.FORMING)
    assert client.post(reverse("group_logo", args=["plenty"])).status_code == 403
    assert not Document.objects.exists()
