"""The pages that anybody may open."""

import datetime
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils import timezone

from affiliates.models import Group, GroupLink, GroupStatus, PlaceWatch
from affiliates.watches import watch_token
from foundation.mail.models import OutgoingMail
from foundation.mail.outbox import queue_mail
from foundation.mail.unsubscribe import unsubscribe_url
from foundation.places.models import Area, AreaKind
from foundation.places.search import find_place
from tests.factories import make_group

from .visits import Visit, page, send

SOON = timezone.now() + datetime.timedelta(days=3)
LATELY = timezone.now() - datetime.timedelta(days=3)


@page("")
def home() -> Visit:
    return Visit("/")


# --- the finder ---------------------------------------------------------------------------------------------


def many_groups() -> None:
    """More than a page of groups near Cambridge, some active, some with an event, names in several scripts."""
    names = ["Ήλιος", "平和の会", "Unión de vecinos y vecinas del valle", "مجموعة السلام", "Kraftfahrzeughaftpflicht"]
    for number in range(23):
        make_group(
            names[number] if number < len(names) else "",
            near=["02139", "01608", "03060"][number % 3],
            last_active_at=LATELY if number % 2 else None,
            next_event_at=SOON if number % 3 else None,
        )


@page("groups/")
def finder_start() -> Visit:
    many_groups()
    make_group(near="Toronto, Canada")
    return Visit("/groups/")


@page("groups/")
def finder_results() -> Visit:
    many_groups()
    return Visit("/groups/?near=02139")


@page("groups/")
def finder_second_page_with_filters() -> Visit:
    many_groups()
    return Visit("/groups/?near=02139&within=100&page=2")


@page("groups/")
def finder_nobody_passes_the_filters() -> Visit:
    make_group(last_active_at=None)
    return Visit("/groups/?near=02139&active=1&events=1")


@page("groups/")
def finder_nobody_near() -> Visit:
    make_group("Boston people")
    return Visit("/groups/?near=59301")


@page("groups/")
def finder_no_group_at_all() -> Visit:
    return Visit("/groups/?near=02139")


@page("groups/")
def finder_a_state() -> Visit:
    many_groups()
    return Visit("/groups/?state=MA")


@page("groups/")
def finder_unknown_zip_code() -> Visit:
    return Visit("/groups/?near=00000", status=404)


@page("groups/")
def finder_ambiguous_place() -> Visit:
    return Visit("/groups/?near=Springfield", status=300)


@page("groups/")
def finder_hostile_text() -> Visit:
    return Visit("/groups/?near=" + "W" * 150, status=400)


@page("groups/map/")
def map_of_the_country() -> Visit:
    many_groups()
    return Visit("/groups/map/")


@page("groups/map/")
def map_around_a_place() -> Visit:
    many_groups()
    return Visit("/groups/map/?near=02139")


# --- a group ------------------------------------------------------------------------------------------------


def group_with_everything() -> Group:
    group = make_group(
        "Table of Plenty",
        about="We cook together.\n\nThen we eat together, and plan the week.",
        plan="A bus line that runs on Sundays.",
        last_active_at=LATELY,
        next_event_at=SOON,
    )
    GroupLink.objects.create(group=group, label="Our pages", url="https://example.org/plenty")
    group.areas_served.add(Area.objects.create(kind=AreaKind.CUSTOM, name="Middlesex County", slug="middlesex"))
    make_group("Next door", near="02138")
    return group


@page("groups/<slug:slug>/")
def group_page() -> Visit:
    return Visit(group_with_everything().get_absolute_url())


@page("groups/<slug:slug>/")
def group_page_almost_empty() -> Visit:
    return Visit(make_group("L" * 100).get_absolute_url())


@page("groups/<slug:slug>/")
def group_that_ended() -> Visit:
    make_group("Still here")
    return Visit(make_group(status=GroupStatus.ENDED).get_absolute_url(), status=410)


@page("groups/<slug:slug>/contact/")
def group_contact() -> Visit:
    return Visit(f"{make_group().get_absolute_url()}contact/")


@page("groups/<slug:slug>/contact/")
def group_contact_with_errors() -> Visit:
    return Visit(f"{make_group().get_absolute_url()}contact/", then=send(email="no address"), status=422)


@page("groups/<slug:slug>/")
def group_page_after_writing() -> Visit:
    path = f"{group_with_everything().get_absolute_url()}contact/"
    return Visit(path, then=send(name="Ada", email="ada@example.org", message="I want to help."))


# --- waiting for one ----------------------------------------------------------------------------------------


@page("groups/tell-me/")
def watch() -> Visit:
    return Visit("/groups/tell-me/?near=59301")


@page("groups/tell-me/")
def watch_with_errors() -> Visit:
    return Visit("/groups/tell-me/", then=send(place="00000", email="no address"), status=422)


@page("groups/tell-me/sent/")
def watch_sent() -> Visit:
    return Visit("/groups/tell-me/sent/")


@page("groups/tell-me/forgotten/")
def watch_forgotten() -> Visit:
    return Visit("/groups/tell-me/forgotten/")


def make_watch(**fields: object) -> PlaceWatch:
    place = find_place("59301")
    return PlaceWatch.objects.create(
        email="ada@example.org",
        place_label=place.label,
        latitude=place.latitude,
        longitude=place.longitude,
        **fields,
    )


@page("groups/tell-me/<str:token>/")
def watch_to_confirm() -> Visit:
    return Visit(reverse("watch_confirm", args=[watch_token(make_watch())]))


@page("groups/tell-me/<str:token>/")
def watch_confirmed() -> Visit:
    return Visit(reverse("watch_confirm", args=[watch_token(make_watch(confirmed_at=LATELY))]))


@page("groups/tell-me/<str:token>/")
def watch_link_cut_off() -> Visit:
    return Visit("/groups/tell-me/abc/", status=404)


# --- mail ---------------------------------------------------------------------------------------------------


def make_mail(*, html: str = "") -> OutgoingMail:
    return queue_mail(
        to="ada@example.org",
        subject="There is a group near you",
        text="Hello.\n",
        purpose="test",
        scope="network",
        wider_scopes=["promotions"],
        html=html,
    )


@page("mail/unsubscribe/<str:token>/")
def unsubscribe() -> Visit:
    return Visit(path_of(make_mail()), has_own_language=True)


@page("mail/unsubscribe/<str:token>/")
def unsubscribed() -> Visit:
    return Visit(path_of(make_mail()), then=send(), has_own_language=True)


@page("mail/unsubscribe/<str:token>/")
def unsubscribe_link_cut_off() -> Visit:
    return Visit("/mail/unsubscribe/abc/", status=404)


def path_of(mail: OutgoingMail) -> str:
    """The path of a mail's unsubscribe page."""
    return urlsplit(unsubscribe_url(mail)).path
