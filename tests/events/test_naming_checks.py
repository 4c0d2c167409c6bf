"""No counter-endorsement by the network's tools: events, promotions and pages of groups that name an opponent."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from affiliates.models import Group
from affiliates.page_editing import PageContent, PageTextError, content_of, publish_page
from affiliates.text_objections import objections_to_page
from endorsements.models import Candidate
from endorsements.naming import allow_naming
from events.models import Event, EventState, Promotion
from events.naming_checks import event_names_opponent, promotion_names_opponent
from events.objections import objections_to
from events.promotion_objections import objections_to_promotion
from events.standing import StandingError, approve_event, submit_event
from foundation.accounts.models import StaffTask, User
from tests.endorsements.deciding import endorse_nationally, make_decider
from tests.endorsements.making import make_candidate, make_race
from tests.factories import make_contact, make_group, make_staff
from tests.signing_in import sign_in

from .making import make_event

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def host(group: Group) -> User:
    return make_contact(group)


@pytest.fixture
def opponent() -> Candidate:
    """Somebody against whom national has endorsed, in a race whose day is far off."""
    race = make_race(election_date=datetime.date(2090, 11, 7))
    endorse_nationally(make_candidate(race, "Jane Kim"))
    return make_candidate(race, "Bo Opponent")


def plan(group: Group, **fields: Any) -> Event:
    now = timezone.now()
    return make_event(group, now=now, state=EventState.DRAFT, **fields)


# --- events -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["title", "about", "venue_name", "access_notes", "join_words"])
def test_an_event_that_names_an_opponent_is_not_submitted(
    group: Group, host: User, opponent: Candidate, field: str
) -> None:
    event = plan(group, **{field: "Canvass for BO  OPPONENT"})
    with pytest.raises(StandingError, match="The network has endorsed Jane Kim"):
        submit_event(event=event, actor=host, now=timezone.now())
    event.refresh_from_db()
    assert event.state == EventState.DRAFT


def test_it_is_not_approved_either(group: Group, opponent: Candidate) -> None:
    now = timezone.now()
    event = make_event(group, now=now, state=EventState.SUBMITTED, submitted_at=now, about="With Bo Opponent")
    with pytest.raises(StandingError, match="Bo Opponent"):
        approve_event(event=event, revision=0, actor=make_staff(StaffTask.PROMOTIONS), now=now)


def test_staff_let_one_event_pass(group: Group, host: User, opponent: Candidate) -> None:
    event = plan(group, about="A debate with Bo Opponent")
    allow_naming(candidate=opponent, thing=event.scope, because="All come.", actor=make_decider(), now=timezone.now())
    assert submit_event(event=event, actor=host, now=timezone.now()).state == EventState.SUBMITTED


def test_an_event_for_the_endorsed_candidate_passes_and_so_does_one_of_national(
    group: Group, opponent: Candidate
) -> None:
    assert objections_to(plan(group, about="Canvass for Jane Kim")) == []
    assert event_names_opponent(make_event(None, about="With Bo Opponent")) == ""


# --- promotions -------------------------------------------------------------------------------------------------


def test_a_promotion_that_names_an_opponent_is_objected_to(group: Group, opponent: Candidate) -> None:
    event = make_event(group, now=timezone.now())
    for subject, intro in (("Meet Bo Opponent", "Come."), ("Soup", "With Bo\nOpponent")):
        promotion = Promotion(event=event, group=group, subject=subject, intro=intro)
        assert len(objections_to_promotion(promotion)) == 1
        assert promotion_names_opponent(promotion).startswith("It names Bo Opponent.")
    assert objections_to_promotion(Promotion(event=event, group=group, subject="Soup", intro="With Jane Kim")) == []


# --- pages of groups --------------------------------------------------------------------------------------------


def test_a_page_that_names_an_opponent_is_not_published(group: Group, host: User, opponent: Candidate) -> None:
    for content in (
        PageContent("We are for Bo Opponent.", "", "", []),
        PageContent("", "Canvass for Bo Opponent", "", []),
        PageContent("", "", "", [("Bo Opponent", "https://bo.example.org/")]),
    ):
        with pytest.raises(PageTextError, match="It names Bo Opponent"):
            publish_page(group=group, content=content, actor=host)
    group.refresh_from_db()
    assert content_of(group) == PageContent("", "", "", [])


def test_staff_let_one_page_pass(group: Group, host: User, opponent: Candidate) -> None:
    key = f"group:{group.pk}:page"
    allow_naming(candidate=opponent, thing=key, because="History.", actor=make_decider(), now=timezone.now())
    publish_page(group=group, content=PageContent("We met Bo Opponent.", "", "", []), actor=host)
    assert group.about == "We met Bo Opponent."
    assert objections_to_page(make_group(), "Bo Opponent") != []


def test_the_form_of_the_page_says_why_and_keeps_what_was_typed(
    client: Client, group: Group, host: User, opponent: Candidate
) -> None:
    sign_in(client, host)
    there = f"/organize/groups/{group.slug}/page/"
    answer = client.post(there, {"about": "We are for Bo Opponent.", "do": "publish"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error:" in page
    assert "There is a problem" in page
    assert "The network has endorsed Jane Kim" in page
    assert "We are for Bo Opponent." in page
    assert client.post(there, {"about": "We cook.", "do": "publish"}).status_code == 302
