"""The staff's pages of people: the search, one person, tags, segments, and taking people out as a file."""

from playwright.sync_api import Page as BrowserPage

from foundation.accounts.models import StaffTask, User
from foundation.mail.models import SuppressionReason
from foundation.mail.suppression import suppress
from members.models import ActivityKind, Donation, Duplicate, DuplicateReason, Person, Segment, Tag
from members.notes import add_note
from members.tags import put_tag_on
from tests.factories import make_staff
from tests.members.making import DAY, NOW, agreed, did, make_person

from .visits import Steps, Visit, page, send

SEARCH = "/national/people/"


def make_people_staff() -> User:
    return make_staff(StaffTask.PEOPLE)


def make_full_person(staff: User) -> Person:
    """Somebody of whom everything is known."""
    person = make_person(
        "José Peñasco de la Cruz", email="a.rather.long.address@mail.example.org", phone="+16175550123"
    )
    for number in range(31):
        did(person, at=NOW - number * DAY, title="Town hall in the library")
    did(person, ActivityKind.SIGN_UP)
    Donation.objects.create(source="hand", line_item=f"gate {person.pk}", person=person, amount=25, paid_at=NOW)
    agreed(person)
    suppress(address=person.emails.get().address, scope="", reason=SuppressionReason.BOUNCED, now=NOW)
    add_note(person=person, text="Offers her garage.\n\nCall after six.", actor=staff, now=NOW + DAY)
    put_tag_on(tag=make_tag(), person=person, actor=staff, now=NOW)
    other = make_person("Jose Penasco")
    Duplicate.objects.create(first=person, second=other, reason=DuplicateReason.SPELLING)
    return person


def make_tag() -> Tag:
    return Tag.objects.get_or_create(name="Driver")[0]


def make_segment(rules: object = None) -> Segment:
    rules = rules or [{"kind": "near", "zip": "02139", "miles": 25}, {"kind": "member", "not": True}]
    return Segment.objects.create(name="Neighbors to invite", rules=rules)


@page("national/people/")
def people_search() -> Visit:
    return Visit(SEARCH, user=make_people_staff())


@page("national/people/")
def people_found() -> Visit:
    staff = make_people_staff()
    make_full_person(staff)
    for number in range(25):
        make_person(f"Given{number} Penasco")
    return Visit(SEARCH, user=staff, then=send(q="penasco"))


@page("national/people/")
def people_not_found() -> Visit:
    return Visit(SEARCH, user=make_people_staff(), then=send(q="(617) 555-0123"))


@page("national/people/")
def people_search_with_errors() -> Visit:
    return Visit(SEARCH, user=make_people_staff(), then=send(q="12"), status=422)


def after_searching(path: str) -> Steps:
    """Search, then open an address that works on what was found."""

    def steps(page: BrowserPage) -> None:
        send(q="penasco")(page)
        page.goto(path)

    return steps


@page("national/people/tag/")
def people_found_to_tag() -> Visit:
    make_tag()
    make_person("José Peñasco")
    return Visit(SEARCH, user=make_people_staff(), then=after_searching("/national/people/tag/"))


@page("national/people/export/")
def people_found_to_take_out() -> Visit:
    make_person("José Peñasco")
    return Visit(SEARCH, user=make_people_staff(), then=after_searching("/national/people/export/"))


@page("national/people/<int:pk>/")
def person_of_whom_much_is_known() -> Visit:
    staff = make_people_staff()
    return Visit(f"/national/people/{make_full_person(staff).pk}/", user=staff)


@page("national/people/<int:pk>/")
def person_of_whom_nothing_is_known() -> Visit:
    return Visit(f"/national/people/{Person.objects.create().pk}/", user=make_people_staff())


@page("national/people/<int:pk>/")
def person_with_an_empty_note() -> Visit:
    person = make_person()
    return Visit(
        f"/national/people/{person.pk}/",
        user=make_people_staff(),
        then=send(press="form[action$='/notes/'] button", text=" "),
        status=422,
    )


@page("national/people/tags/")
def people_tags() -> Visit:
    make_tag()
    return Visit("/national/people/tags/", user=make_people_staff())


@page("national/people/tags/")
def people_tags_none_with_errors() -> Visit:
    return Visit("/national/people/tags/", user=make_people_staff(), then=send(name=" "), status=422)


@page("national/people/tags/<int:pk>/")
def people_tag() -> Visit:
    return Visit(make_tag().get_absolute_url(), user=make_people_staff())


@page("national/people/tags/<int:pk>/delete/")
def people_tag_delete() -> Visit:
    return Visit(f"/national/people/tags/{make_tag().pk}/delete/", user=make_people_staff())


@page("national/people/segments/")
def people_segments() -> Visit:
    make_segment()
    return Visit("/national/people/segments/", user=make_people_staff())


@page("national/people/segments/")
def people_segments_none() -> Visit:
    return Visit("/national/people/segments/", user=make_people_staff())


@page("national/people/segments/new/")
def people_segment_new() -> Visit:
    make_tag()
    return Visit("/national/people/segments/new/", user=make_people_staff())


@page("national/people/segments/new/")
def people_segment_new_with_errors() -> Visit:
    return Visit(
        "/national/people/segments/new/",
        user=make_people_staff(),
        then=send(name="Neighbors", near_zip="00000", states_states="ZZ"),
        status=422,
    )


@page("national/people/segments/<int:pk>/")
def people_segment() -> Visit:
    staff = make_people_staff()
    for number in range(51):
        make_person(f"Given{number} Peñasco")
    return Visit(make_segment().get_absolute_url(), user=staff)


@page("national/people/segments/<int:pk>/")
def people_segment_of_nobody() -> Visit:
    return Visit(make_segment().get_absolute_url(), user=make_people_staff())


@page("national/people/segments/<int:pk>/")
def people_segment_that_cannot_be_read() -> Visit:
    return Visit(make_segment([{"kind": "gone"}]).get_absolute_url(), user=make_people_staff())


@page("national/people/segments/<int:pk>/change/")
def people_segment_change() -> Visit:
    return Visit(f"{make_segment().get_absolute_url()}change/", user=make_people_staff())


@page("national/people/segments/<int:pk>/delete/")
def people_segment_delete() -> Visit:
    return Visit(f"{make_segment().get_absolute_url()}delete/", user=make_people_staff())


@page("national/people/segments/<int:pk>/tag/")
def people_segment_to_tag() -> Visit:
    make_tag()
    make_person()
    return Visit(f"{make_segment().get_absolute_url()}tag/", user=make_people_staff())


@page("national/people/segments/<int:pk>/export/")
def people_segment_to_take_out() -> Visit:
    make_person()
    return Visit(f"{make_segment().get_absolute_url()}export/", user=make_people_staff())


@page("national/people/segments/<int:pk>/export/")
def people_segment_to_take_out_without_a_reason() -> Visit:
    return Visit(
        f"{make_segment().get_absolute_url()}export/", user=make_people_staff(), then=send(reason=" " * 12), status=422
    )
