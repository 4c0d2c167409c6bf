"""Pages of campaigns, and of attendance of calls and events online."""

import datetime
from typing import Any

from django.utils import timezone

from affiliates.models import Call
from affiliates.urls_calls import NATIONAL_CALLS
from events.attendance_codes import claim_token, confirm_claim
from events.attendance_files import confirm_file
from events.call_events import mirror_call
from events.models import AttendanceFile, Campaign, CampaignState, CodeClaim, Event, EventFormat, EventKind, EventState
from events.urls_campaigns import CAMPAIGN, NATIONAL_CAMPAIGN, NATIONAL_CAMPAIGNS
from events.urls_standing import HOSTED
from foundation.accounts.models import StaffTask, User
from tests.affiliates.calling import HOUR, make_call
from tests.events.making import make_event, make_guest, make_rsvp
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.members.making import make_person

from .visits import Visit, page, send

LONG = "Kraftfahrzeughaftpflichtversicherungsgesellschaft"
DAY = datetime.timedelta(days=1)


def make_national_staff() -> User:
    return make_staff(StaffTask.PROMOTIONS, email="petra.promotions@example.org")


def make_campaign(slug: str = "launch", **fields: Any) -> Campaign:
    today = timezone.localdate()
    values: dict[str, Any] = {
        "slug": slug,
        "title": "Watch the launch together",
        "about": f"We watch it in living rooms and libraries.\n\nBring somebody new. {LONG}",
        "kind": EventKind.WATCH_PARTY,
        "state": CampaignState.OPEN,
        "starts_on": today,
        "ends_on": today + 20 * DAY,
        "states": ["MA", "NH", "TX"],
        "kit": "Order chairs a week before.\n\nThe sheet is on https://example.org/sheet",
    }
    return Campaign.objects.create(**{**values, **fields})


def make_full_campaign() -> Campaign:
    campaign, now = make_campaign(), timezone.now()
    for name, near in (("Ants of Boston", "02139"), (f"Bees {LONG}", "78701"), ("Cats of Concord", "03301")):
        event = make_event(make_group(name, near=near), near=near, campaign=campaign, now=now, title=f"{name} watch it")
        make_rsvp(event, party_size=3, now=now)
    make_event(campaign=campaign, now=now, format=EventFormat.ONLINE, title="On the web", place_name="", state_code="")
    make_campaign("next", title="Debate night", follow_up_of=campaign)
    campaign.links.create(label="Poster to print", url="https://example.org/poster")
    return campaign


# --- everybody --------------------------------------------------------------------------------------------------


@page("campaigns/")
def campaigns_to_host() -> Visit:
    make_full_campaign()
    make_campaign("past", title="Canvass weekend", state=CampaignState.CLOSED, states=[])
    return Visit("/campaigns/")


@page("campaigns/")
def campaigns_none() -> Visit:
    return Visit("/campaigns/")


@page(CAMPAIGN)
def campaign_public() -> Visit:
    return Visit(make_full_campaign().get_absolute_url())


@page(CAMPAIGN)
def campaign_near_a_place() -> Visit:
    return Visit(f"{make_full_campaign().get_absolute_url()}?near=02139")


@page(CAMPAIGN)
def campaign_near_an_unknown_place() -> Visit:
    return Visit(f"{make_full_campaign().get_absolute_url()}?near=00000", status=422)


@page(CAMPAIGN)
def campaign_without_events() -> Visit:
    return Visit(make_campaign(states=[]).get_absolute_url())


@page(CAMPAIGN)
def campaign_for_somebody_who_can_host() -> Visit:
    campaign = make_full_campaign()
    return Visit(campaign.get_absolute_url(), user=make_contact(make_group("Dogs of Dedham")))


@page(f"{CAMPAIGN}kit/")
def campaign_kit() -> Visit:
    campaign, group = make_full_campaign(), make_group("Dogs of Dedham")
    make_event(group, campaign=campaign, now=timezone.now(), state=EventState.DRAFT)
    return Visit(f"/campaigns/{campaign.slug}/kit/", user=make_contact(group))


# --- staff ------------------------------------------------------------------------------------------------------


@page(NATIONAL_CAMPAIGNS)
def national_campaigns() -> Visit:
    make_full_campaign()
    make_campaign("draft", title="Rally", state=CampaignState.DRAFT)
    return Visit("/national/campaigns/", user=make_national_staff())


@page(NATIONAL_CAMPAIGNS)
def national_campaigns_none() -> Visit:
    return Visit("/national/campaigns/", user=make_national_staff())


@page(f"{NATIONAL_CAMPAIGNS}new/")
def campaign_new() -> Visit:
    return Visit("/national/campaigns/new/", user=make_national_staff())


@page(f"{NATIONAL_CAMPAIGNS}new/")
def campaign_new_with_errors() -> Visit:
    then = send(title=" ", links="no link", starts_on="2027-02-02", ends_on="2027-01-01")
    return Visit("/national/campaigns/new/", user=make_national_staff(), then=then, status=422)


@page(f"{NATIONAL_CAMPAIGN}change/")
def campaign_change() -> Visit:
    return Visit(f"/national/campaigns/{make_full_campaign().pk}/change/", user=make_national_staff())


@page(f"{NATIONAL_CAMPAIGN}follow-up/")
def campaign_follow_up() -> Visit:
    return Visit(f"/national/campaigns/{make_full_campaign().pk}/follow-up/", user=make_national_staff())


@page(NATIONAL_CAMPAIGN)
def national_campaign() -> Visit:
    campaign, staff = make_full_campaign(), make_national_staff()
    make_contact(campaign.events.order_by("pk")[0].group)  # type: ignore[arg-type]
    campaign.messages.create(subject="Saturday", text="x", at=timezone.now(), sent_by=staff)
    return Visit(f"/national/campaigns/{campaign.pk}/", user=staff)


@page(NATIONAL_CAMPAIGN)
def national_campaign_draft() -> Visit:
    campaign = make_campaign(state=CampaignState.DRAFT, states=[], kit="")
    return Visit(f"/national/campaigns/{campaign.pk}/", user=make_national_staff())


@page(f"{NATIONAL_CAMPAIGN}messages/new/")
def host_message_new() -> Visit:
    return Visit(f"/national/campaigns/{make_full_campaign().pk}/messages/new/", user=make_national_staff())


@page(f"{NATIONAL_CAMPAIGN}messages/new/")
def host_message_preview() -> Visit:
    campaign = make_full_campaign()
    make_contact(campaign.events.order_by("pk")[0].group)  # type: ignore[arg-type]
    then = send(subject="Saturday", text="Bring chairs.")
    return Visit(f"/national/campaigns/{campaign.pk}/messages/new/", user=make_national_staff(), then=then)


@page(f"{NATIONAL_CAMPAIGN}messages/new/")
def host_message_empty() -> Visit:
    there = f"/national/campaigns/{make_full_campaign().pk}/messages/new/"
    return Visit(there, user=make_national_staff(), then=send(), status=422)


@page(f"{NATIONAL_CAMPAIGN}messages/<int:message>/")
def host_message() -> Visit:
    campaign, staff = make_full_campaign(), make_national_staff()
    message = campaign.messages.create(subject="Saturday", text="Bring chairs.", at=timezone.now(), sent_by=staff)
    return Visit(f"/national/campaigns/{campaign.pk}/messages/{message.pk}/", user=staff)


# --- saying the words -------------------------------------------------------------------------------------------


@page("events/code/")
def attendance_code() -> Visit:
    return Visit("/events/code/")


@page("events/code/")
def attendance_code_wrong() -> Visit:
    typed = {"words": "red river", "given_name": "Ada", "family_name": "Díaz", "email": "ada@example.org"}
    return Visit("/events/code/", then=send(**typed), status=422)


@page("events/code/")
def attendance_code_signed_in() -> Visit:
    return Visit("/events/code/", user=make_user())


@page("events/code/sent/")
def attendance_code_sent() -> Visit:
    return Visit("/events/code/sent/")


@page("events/code/forgotten/")
def attendance_code_forgotten() -> Visit:
    return Visit("/events/code/forgotten/")


def make_claim(**fields: Any) -> CodeClaim:
    now = timezone.now()
    event = make_event(now=now, starts_at=now - HOUR, format=EventFormat.ONLINE, title="Debate night", **fields)
    return CodeClaim.objects.create(event=event, email="ada@example.org", at=now)


@page("events/code/<str:token>/")
def attendance_code_to_confirm() -> Visit:
    return Visit(f"/events/code/{claim_token(make_claim())}/")


@page("events/code/<str:token>/")
def attendance_code_confirmed() -> Visit:
    claim = confirm_claim(claim=make_claim(), now=timezone.now())
    return Visit(f"/events/code/{claim_token(claim)}/")


@page("events/code/<str:token>/")
def attendance_code_of_a_cancelled_event() -> Visit:
    claim = make_claim(state=EventState.CANCELLED, cancelled_at=timezone.now())
    return Visit(f"/events/code/{claim_token(claim)}/", then=send(), status=409)


@page("events/code/<str:token>/")
def attendance_code_link_that_is_none() -> Visit:
    return Visit("/events/code/forged/", status=404)


# --- of an event, for its hosts ---------------------------------------------------------------------------------


def make_online(**fields: Any) -> tuple[Event, User]:
    now, group = timezone.now(), make_group("Dogs of Dedham")
    event = make_event(group, now=now, starts_at=now - HOUR, format=EventFormat.ONLINE, **fields)
    return event, make_contact(group)


@page(f"{HOSTED}words/")
def event_words_to_set() -> Visit:
    event, host = make_online()
    return Visit(f"/organize/events/{event.pk}/words/", user=host)


@page(f"{HOSTED}words/")
def event_words_set() -> Visit:
    event, host = make_online(attendance_code="orange lantern")
    return Visit(f"/organize/events/{event.pk}/words/", user=host)


@page(f"{HOSTED}words/")
def event_words_wrong() -> Visit:
    event, host = make_online()
    return Visit(f"/organize/events/{event.pk}/words/", user=host, then=send(words="1 2"), status=422)


@page(f"{HOSTED}lists/")
def event_lists() -> Visit:
    event, host = make_online()
    make_list(event, host)
    return Visit(f"/organize/events/{event.pk}/lists/", user=host)


@page(f"{HOSTED}lists/")
def event_list_missing() -> Visit:
    event, host = make_online()
    return Visit(f"/organize/events/{event.pk}/lists/", user=host, then=send(), status=422)


def make_list(event: Event, user: User) -> AttendanceFile:
    """One to note, one noted, two unknown, one who left early, two rows that cannot be read."""
    now = timezone.now()
    bad = [{"line": 9, "reason": "This is no e-mail address."}, {"line": 11, "reason": f"There is {LONG} here."}]
    file = AttendanceFile.objects.create(
        event=event, name=f"{LONG}.csv", sha256="0" * 64, least_minutes=5, by=user, at=now, bad_rows=bad
    )
    rows: list[tuple[str, str, int | None]] = [
        ("Ada Díaz", "ada@example.org", 61), ("Bo Lee", "bo@example.org", 58), (f"Cy {LONG}", "", None),
        ("iPhone of Di", f"{LONG}@example.org", 12), ("Ed", "", 1),
    ]  # fmt: skip
    for line, (name, email, minutes) in enumerate(rows, 2):
        noted_at = now if email.startswith("bo") else None
        file.participants.create(line=line, name=name, email=email, minutes=minutes, noted_at=noted_at)
    return file


@page(f"{HOSTED}lists/<int:file>/")
def event_list_to_confirm() -> Visit:
    event, host = make_online()
    make_rsvp(event, make_guest("ada@example.org"), now=timezone.now())
    return Visit(f"/organize/events/{event.pk}/lists/{make_list(event, host).pk}/", user=host)


@page(f"{HOSTED}lists/<int:file>/<int:participant>/")
def event_list_participant() -> Visit:
    event, host = make_online()
    make_rsvp(event, now=timezone.now())
    file = make_list(event, host)
    row = file.participants.get(line=4)
    return Visit(f"/organize/events/{event.pk}/lists/{file.pk}/{row.pk}/", user=host)


# --- of a call, for staff ---------------------------------------------------------------------------------------


def make_held_call() -> tuple[Call, Event, User]:
    call = make_call(timezone.now() - HOUR / 2)
    return call, mirror_call(call=call), make_staff(StaffTask.AGREEMENTS, email="stella.staff@example.org")


@page(f"{NATIONAL_CALLS}<int:pk>/words/")
def call_words() -> Visit:
    call, _event, staff = make_held_call()
    return Visit(f"/national/calls/{call.pk}/words/", user=staff)


@page(f"{NATIONAL_CALLS}<int:pk>/lists/")
def call_lists() -> Visit:
    call, _event, staff = make_held_call()
    return Visit(f"/national/calls/{call.pk}/lists/", user=staff)


@page(f"{NATIONAL_CALLS}<int:pk>/lists/<int:file>/")
def call_list_confirmed() -> Visit:
    call, event, staff = make_held_call()
    make_person("Ada Díaz", email="ada@example.org")
    file = make_list(event, staff)
    confirm_file(file=file, actor=staff, now=timezone.now())
    return Visit(f"/national/calls/{call.pk}/lists/{file.pk}/", user=staff)


@page(f"{NATIONAL_CALLS}<int:pk>/lists/<int:file>/<int:participant>/")
def call_list_participant_without_a_choice() -> Visit:
    call, event, staff = make_held_call()
    file = make_list(event, staff)
    row = file.participants.get(line=4)
    return Visit(f"/national/calls/{call.pk}/lists/{file.pk}/{row.pk}/", user=staff, then=send(), status=422)
