"""The pages of calls, of regions, and of the fundraising guide."""

import datetime

from django.utils import timezone

from affiliates import calls
from affiliates.fundraising import load_offices
from affiliates.models import AgendaQuestion, Call, FollowUp, FundraisingOffice, Group, Region
from affiliates.regional_calls import MOST_QUESTIONS
from affiliates.urls_calls import GROUP_CALLS, NATIONAL_CALLS
from foundation.accounts.models import StaffTask, User
from members.own_details import become_known
from tests.affiliates.calling import DAY, HOUR, make_call, make_region
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.members.making import make_person

from .visits import Visit, page, send

LONG = "Kraftfahrzeughaftpflichtversicherungsgesellschaft"


def soon(days: int = 3) -> datetime.datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0) + days * DAY


def make_calls_staff() -> User:
    return make_staff(StaffTask.AGREEMENTS, email="stella.staff@example.org")


# --- organizing calls as everybody sees them ------------------------------------------------------------------


def make_organizing_calls() -> Call:
    make_call(soon(2), language="es", host=make_user(name="José Peñasco de la Cruz"))
    make_call(soon(4), capacity=1).answers.create(person=make_person(), answered_at=timezone.now())
    return make_call(soon(3), capacity=30, join_words="Or phone +1 617 555 0123, code 77")


@page("groups/start/calls/")
def calls_to_choose_from() -> Visit:
    make_organizing_calls()
    return Visit("/groups/start/calls/?near=90210")


@page("groups/start/calls/")
def calls_none() -> Visit:
    return Visit("/groups/start/calls/")


@page("groups/start/calls/")
def calls_with_an_unknown_place() -> Visit:
    make_organizing_calls()
    return Visit("/groups/start/calls/?near=00000", status=422)


@page("groups/start/calls/")
def calls_one_answered() -> Visit:
    call, user = make_organizing_calls(), make_user()
    now = timezone.now()
    calls.answer_call(call=call, person=become_known(user=user, now=now), now=now)
    return Visit("/groups/start/calls/", user=user)


# --- a region's calls, for its groups -------------------------------------------------------------------------


def make_agenda(call: Call, group: Group, user: User, *, is_answered: bool = False) -> None:
    now = timezone.now()
    for number, text in enumerate((f"Who prints the posters? {LONG}", "What of the van?", "¿Y las traducciones?")):
        answer = "We do.\n\nAsk us a week before." if is_answered and number < 2 else ""
        question = AgendaQuestion.objects.create(
            call=call, group=group, asked_by=user, asked_at=now, text=text, answer=answer,
            answered_at=now if answer else None,
        )  # fmt: skip
    for days, done in ((-2, None), (9, None), (-9, now)):
        FollowUp.objects.create(
            call=call, question=question, what=f"Send the files ({days})", who="Ada Díaz",
            due=timezone.localdate() + days * DAY, created_at=now, done_at=done,
        )  # fmt: skip


def make_full_region(user: User) -> tuple[Region, Group]:
    region, group = make_region(organizer=make_user(name="Stella Staff")), make_group("Table of Plenty")
    group.roles.create(user=user, role="contact")
    make_agenda(make_call(soon(-9), region=region), group, user, is_answered=True)
    make_agenda(make_call(soon(), region=region, time_zone="America/Denver"), group, user)
    return region, group


@page(GROUP_CALLS)
def group_calls_with_agenda() -> Visit:
    user = make_user()
    _region, group = make_full_region(user)
    return Visit(f"/organize/groups/{group.slug}/calls/", user=user)


@page(GROUP_CALLS)
def group_calls_with_an_empty_question() -> Visit:
    user = make_user()
    _region, group = make_full_region(user)
    ask = send(press="form[action$='/ask/'] button")
    return Visit(f"/organize/groups/{group.slug}/calls/", user=user, then=ask, status=422)


@page(GROUP_CALLS)
def group_calls_all_asked() -> Visit:
    user = make_user()
    region, group = make_full_region(user)
    call = region.calls.latest("starts_at")
    for number in range(MOST_QUESTIONS):
        call.questions.create(group=group, asked_at=timezone.now(), text=f"Question {number}")
    return Visit(f"/organize/groups/{group.slug}/calls/", user=user)


@page(GROUP_CALLS)
def group_calls_of_no_region() -> Visit:
    group = make_group()
    return Visit(f"/organize/groups/{group.slug}/calls/", user=make_contact(group))


# --- calls, for staff -----------------------------------------------------------------------------------------


@page(NATIONAL_CALLS)
def national_calls() -> Visit:
    staff = make_calls_staff()
    make_organizing_calls()
    make_call(soon(5), region=make_region(), host=staff)
    make_call(soon(6), cancelled_at=timezone.now())
    make_call(soon(-6))
    return Visit("/national/calls/", user=staff)


@page(NATIONAL_CALLS)
def national_calls_none() -> Visit:
    return Visit("/national/calls/", user=make_calls_staff())


@page(f"{NATIONAL_CALLS}new/")
def call_new() -> Visit:
    return Visit("/national/calls/new/", user=make_calls_staff())


@page(f"{NATIONAL_CALLS}new/")
def call_new_with_errors() -> Visit:
    then = send(day="2020-01-01", time="20:00", join_link="no link", capacity="0")
    return Visit("/national/calls/new/", user=make_calls_staff(), then=then, status=422)


@page(f"{NATIONAL_CALLS}<int:pk>/change/")
def call_change() -> Visit:
    return Visit(f"/national/calls/{make_call(soon()).pk}/change/", user=make_calls_staff())


@page(f"{NATIONAL_CALLS}<int:pk>/change/")
def call_change_to_the_past() -> Visit:
    then = send(day="2020-01-01")
    return Visit(f"/national/calls/{make_call(soon()).pk}/change/", user=make_calls_staff(), then=then, status=422)


@page(f"{NATIONAL_CALLS}<int:pk>/cancel/")
def call_cancel() -> Visit:
    return Visit(f"/national/calls/{make_call(soon()).pk}/cancel/", user=make_calls_staff())


def make_call_under_way(staff: User, region: Region | None = None) -> Call:
    call = make_call(timezone.now() - HOUR / 4, region=region, capacity=30, host=staff)
    people = [make_person(name) for name in ("José Peñasco de la Cruz", "Ada Díaz", f"Bo {LONG}")]
    call.answers.bulk_create([call.answers.model(call=call, person=one, answered_at=call.starts_at) for one in people])
    calls.mark_attended(call=call, people=people[:1], actor=staff, now=timezone.now())
    return call


@page(f"{NATIONAL_CALLS}<int:pk>/")
def call_under_way() -> Visit:
    staff = make_calls_staff()
    return Visit(f"/national/calls/{make_call_under_way(staff).pk}/", user=staff)


@page(f"{NATIONAL_CALLS}<int:pk>/")
def call_to_come() -> Visit:
    return Visit(f"/national/calls/{make_call(soon()).pk}/", user=make_calls_staff())


@page(f"{NATIONAL_CALLS}<int:pk>/")
def call_cancelled() -> Visit:
    call = make_call(soon(), cancelled_at=timezone.now())
    return Visit(f"/national/calls/{call.pk}/", user=make_calls_staff())


@page(f"{NATIONAL_CALLS}<int:pk>/")
def call_with_an_attendee_without_a_name() -> Visit:
    staff = make_calls_staff()

    def add(browser_page: object) -> None:
        browser_page.locator("#attendance summary").click()  # type: ignore[attr-defined]
        send(press="form[action$='/add/'] button", email="x")(browser_page)  # type: ignore[arg-type]

    return Visit(f"/national/calls/{make_call_under_way(staff).pk}/", user=staff, then=add, status=422)


@page(f"{NATIONAL_CALLS}<int:pk>/")
def call_of_a_region() -> Visit:
    staff, user = make_calls_staff(), make_user()
    region, group = make_full_region(user)
    make_person("Given Contact", user=user)
    call = make_call_under_way(staff, region)
    make_agenda(call, group, user, is_answered=True)
    return Visit(f"/national/calls/{call.pk}/", user=staff)


# --- regions --------------------------------------------------------------------------------------------------


@page("national/regions/")
def regions() -> Visit:
    staff = make_calls_staff()
    make_full_region(make_user())
    make_region("South", "TX", "FL", organizer=staff)
    return Visit("/national/regions/", user=staff)


@page("national/regions/")
def regions_none() -> Visit:
    return Visit("/national/regions/", user=make_calls_staff())


@page("national/regions/new/")
def region_new() -> Visit:
    return Visit("/national/regions/new/", user=make_calls_staff())


@page("national/regions/new/")
def region_new_with_errors() -> Visit:
    then = send(name=" ", countries="Atlantis")
    return Visit("/national/regions/new/", user=make_calls_staff(), then=then, status=422)


@page("national/regions/<slug:slug>/")
def region() -> Visit:
    found, _group = make_full_region(make_user())
    return Visit(f"/national/regions/{found.slug}/", user=make_calls_staff())


@page("national/regions/<slug:slug>/")
def region_with_a_country_that_is_none() -> Visit:
    then = send(countries="Atlantis")
    return Visit(f"/national/regions/{make_region().slug}/", user=make_calls_staff(), then=then, status=422)


@page("national/regions/<slug:slug>/next-call/")
def region_call_new() -> Visit:
    found, _group = make_full_region(make_user())
    return Visit(f"/national/regions/{found.slug}/next-call/", user=make_calls_staff())


@page("national/regions/<slug:slug>/next-call/")
def region_call_new_with_errors() -> Visit:
    there = f"/national/regions/{make_region().slug}/next-call/"
    return Visit(there, user=make_calls_staff(), then=send(minutes="1"), status=422)


# --- the fundraising guide ------------------------------------------------------------------------------------


@page("fundraising/")
def fundraising_guide() -> Visit:
    load_offices()
    return Visit("/fundraising/")


@page("fundraising/")
def fundraising_guide_of_an_unknown_place() -> Visit:
    return Visit("/fundraising/?near=00000", status=422)


@page("fundraising/<slug:state>/")
def fundraising_of_a_state() -> Visit:
    load_offices()
    FundraisingOffice.objects.filter(pk="MA").update(checked_on="2026-06-01", note="Ask for the guide.\n\nIt is free.")
    return Visit("/fundraising/ma/")


@page("fundraising/<slug:state>/")
def fundraising_of_a_state_that_we_know_nothing_of() -> Visit:
    return Visit("/fundraising/gu/")


@page("national/fundraising/")
def national_fundraising() -> Visit:
    load_offices()
    return Visit("/national/fundraising/", user=make_calls_staff())


@page("national/fundraising/<slug:state>/")
def fundraising_change() -> Visit:
    load_offices()
    return Visit("/national/fundraising/ma/", user=make_calls_staff())


@page("national/fundraising/<slug:state>/")
def fundraising_change_with_errors() -> Visit:
    return Visit("/national/fundraising/gu/", user=make_calls_staff(), then=send(url="no link"), status=422)
