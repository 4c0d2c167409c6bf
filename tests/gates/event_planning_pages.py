"""Pages of events: planning."""

import datetime
import io
from dataclasses import replace
from typing import Any

from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page as BrowserPage

from affiliates.models import Group, GroupStatus
from events.models import Campaign, CampaignState, Event, EventQuestion, EventState
from events.pictures import draw_picture, set_picture
from events.planning import change_event, plan_of
from events.series import make_series
from events.urls_standing import GROUP_EVENTS, HOSTED, NATIONAL_EVENTS
from foundation.accounts.models import StaffTask, User
from tests.events.making import make_event
from tests.factories import make_contact, make_group, make_staff

from .visits import Visit, page, send

LONG = "Kraftfahrzeughaftpflichtversicherungsgesellschaft"
DAY = datetime.timedelta(days=1)


def make_host() -> tuple[Group, User]:
    group = make_group("Table of Plenty")
    return group, make_contact(group)


def make_draft(group: Group, **fields: Any) -> Event:
    """A draft in three days, at a full hour."""
    starts_at = timezone.now().replace(minute=0, second=0, microsecond=0) + 3 * DAY
    values: dict[str, Any] = {
        "title": f"Meeting of the {LONG}",
        "state": EventState.DRAFT,
        "starts_at": starts_at,
        **fields,
    }
    return make_event(group, now=timezone.now(), **values)


def make_dates(event: Event, actor: User) -> list[Event]:
    """The event as a series of three dates, approved."""
    rule = "FREQ=WEEKLY;COUNT=3"
    dates = make_series(event=event, rule=rule, revision=event.revision, actor=actor, now=timezone.now())
    Event.objects.update(state=EventState.APPROVED, approved_at=timezone.now())
    return dates


def path(event: Event, name: str) -> str:
    return f"/organize/events/{event.pk}/{name}/"


# --- a new one ------------------------------------------------------------------------------------------------


@page(f"{GROUP_EVENTS}new/")
def event_new() -> Visit:
    group, host = make_host()
    return Visit(f"/organize/groups/{group.slug}/events/new/", host)


@page(f"{GROUP_EVENTS}new/")
def event_new_with_everything_open() -> Visit:
    """Online as well, so that all parts are there, with the map."""
    group, host = make_host()

    def steps(page: BrowserPage) -> None:
        page.get_by_label("in person and online").check()
        for summary in page.locator("main summary").all():
            summary.click()
        page.locator("#group-map-start").click()
        page.locator("#group-map .map-you").wait_for()

    return Visit(f"/organize/groups/{group.slug}/events/new/", host, then=steps)


@page(f"{GROUP_EVENTS}new/")
def event_new_with_errors() -> Visit:
    group, host = make_host()

    def steps(page: BrowserPage) -> None:
        page.locator("main summary").first.click()
        send(press="button[value=save]", title="", day="2020-01-01", place="00000", latitude="100")(page)

    return Visit(f"/organize/groups/{group.slug}/events/new/", host, then=steps, status=422)


@page(f"{GROUP_EVENTS}new/")
def event_new_for_a_campaign() -> Visit:
    group, host = make_host()
    today = timezone.localdate()
    Campaign.objects.create(
        slug="launch", title="Launch", about="All watch.", state=CampaignState.OPEN, kind="watch_party",
        starts_on=today, ends_on=today + 9 * DAY, event_title="Watch with us", event_about="Popcorn.\n\nAnd talk.",
    )  # fmt: skip
    return Visit(f"/organize/groups/{group.slug}/events/new/?campaign=launch", host)


@page(f"{GROUP_EVENTS}new/")
def event_new_of_a_forming_group() -> Visit:
    group = make_group(status=GroupStatus.FORMING)
    return Visit(f"/organize/groups/{group.slug}/events/new/", make_contact(group), status=403)


@page(f"{NATIONAL_EVENTS}new/")
def national_event_new() -> Visit:
    return Visit("/national/events/new/", make_staff(StaffTask.PROMOTIONS))


# --- changed --------------------------------------------------------------------------------------------------


@page(f"{HOSTED}edit/")
def event_edit() -> Visit:
    group, host = make_host()
    event = make_draft(group, asked="Name the speaker.\n\nAnd the floor.", about="We talk.", spoken=["English", "ASL"])
    return Visit(path(event, "edit"), host)


@page(f"{HOSTED}edit/")
def event_edit_of_a_series_at_a_time_that_comes_twice() -> Visit:
    group, host = make_host()
    year = timezone.now().year + 1
    first_sunday = next(day for day in range(1, 8) if datetime.date(year, 11, day).weekday() == 6)
    starts_at = datetime.datetime(year, 11, first_sunday, 5, 30, tzinfo=datetime.UTC)  # 1:30 in New York
    event = make_draft(group, starts_at=starts_at)
    return Visit(path(make_dates(event, host)[0], "edit"), host)


@page(f"{HOSTED}edit/")
def event_edit_after_somebody_else() -> Visit:
    group, host = make_host()
    event = make_draft(group)

    def steps(page: BrowserPage) -> None:
        plan = plan_of(event)
        theirs = replace(plan, title="Theirs", about="A long text.\n\nIn two paragraphs.", capacity=12)
        change_event(event=event, plan=theirs, revision=0, actor=host, now=timezone.now())
        send(press="button[value=save]", title="Mine")(page)

    return Visit(path(event, "edit"), host, then=steps, status=422)


# --- copied, asked, shown -------------------------------------------------------------------------------------


@page(f"{HOSTED}clone/")
def event_clone() -> Visit:
    group, host = make_host()
    return Visit(path(make_draft(group), "clone"), host)


@page(f"{HOSTED}clone/")
def event_clone_to_the_past() -> Visit:
    group, host = make_host()
    return Visit(path(make_draft(group), "clone"), host, then=send(day="2020-01-01"), status=422)


@page(f"{HOSTED}questions/")
def event_questions() -> Visit:
    group, host = make_host()
    event = make_dates(make_draft(group), host)[0]
    EventQuestion.objects.create(event=event, position=1, text=f"{LONG}?", choices=["yes", "no"], is_required=True)
    return Visit(path(event, "questions"), host)


@page(f"{HOSTED}questions/")
def event_questions_with_errors() -> Visit:
    group, host = make_host()
    event = make_draft(group)
    EventQuestion.objects.create(event=event, position=1, text="Why?")
    steps = send(press="main form .button", choices_1="one", choices_2="one\ntwo")
    return Visit(path(event, "questions"), host, then=steps, status=422)


@page(f"{HOSTED}picture/")
def event_picture() -> Visit:
    group, host = make_host()
    event = make_draft(group)
    out = io.BytesIO()
    Image.new("RGB", (1600, 900), "#0d453c").save(out, "PNG")
    set_picture(event=event, drawn=draw_picture(out.getvalue()), alt="Green", actor=host, now=timezone.now())
    return Visit(path(event, "picture"), host)


@page(f"{HOSTED}picture/")
def event_picture_with_errors() -> Visit:
    group, host = make_host()
    return Visit(path(make_draft(group), "picture"), host, then=send(alt=""), status=422)


# --- series ---------------------------------------------------------------------------------------------------


@page(f"{HOSTED}series/")
def event_series_to_be_made() -> Visit:
    group, host = make_host()
    return Visit(path(make_draft(group), "series"), host)


@page(f"{HOSTED}series/")
def event_series_previewed() -> Visit:
    group, host = make_host()
    return Visit(path(make_draft(group), "series"), host, then=send(press="button[value=preview]", count="12"))


@page(f"{HOSTED}series/")
def event_series_with_errors() -> Visit:
    group, host = make_host()
    steps = send(press="button[value=preview]", count="90")
    return Visit(path(make_draft(group), "series"), host, then=steps, status=422)


@page(f"{HOSTED}series/")
def event_series_made() -> Visit:
    group, host = make_host()
    return Visit(path(make_dates(make_draft(group), host)[0], "series"), host)


@page(f"{HOSTED}series/")
def event_series_of_what_is_no_draft() -> Visit:
    group, host = make_host()
    event = make_draft(group, state=EventState.SUBMITTED, submitted_at=timezone.now())
    return Visit(path(event, "series"), host)


@page(f"{HOSTED}series/cancel/")
def event_series_cancel() -> Visit:
    group, host = make_host()
    return Visit(path(make_dates(make_draft(group), host)[0], "series/cancel"), host)


@page(f"{HOSTED}series/cancel/")
def event_series_cancel_with_errors() -> Visit:
    group, host = make_host()
    return Visit(path(make_dates(make_draft(group), host)[0], "series/cancel"), host, then=send(), status=422)
