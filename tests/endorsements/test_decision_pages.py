"""The pages of staff: the queue, one recommendation, conflicts, what may name an opponent."""

import pytest
from django.test import Client
from django.utils import timezone

from endorsements.decisions import decide
from endorsements.models import AllowedNaming, CounterEndorsement, Endorsement, EndorsementState
from events.models import EventState
from foundation.accounts.models import User
from tests.events.making import make_event
from tests.factories import make_group
from tests.signing_in import sign_in

from .deciding import DAY, FAR_ELECTION, endorse_nationally, make_conflict, make_decider, recommend
from .making import make_candidate, make_race

pytestmark = pytest.mark.django_db
QUEUE = "/national/endorsements/"
CONFLICTS = f"{QUEUE}conflicts/"
NAMINGS = f"{QUEUE}namings/"


@pytest.fixture
def staff(client: Client) -> User:
    user = make_decider()
    sign_in(client, user)
    return user


def waiting(name: str = "Jane Kim", *, days: int = 1) -> Endorsement:
    candidate = make_candidate(make_race(election_date=FAR_ELECTION), name)
    return recommend(candidate, closed_at=timezone.now() - days * DAY)


def on(endorsement: Endorsement, below: str = "") -> str:
    return f"{QUEUE}{endorsement.pk}/{below}"


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


# --- the queue and one recommendation ---------------------------------------------------------------------------


def test_the_oldest_stands_first_with_who_has_decided(client: Client, staff: User) -> None:
    newer, older = waiting("Newer"), waiting("Older", days=9)
    decide(endorsement=older, approves=True, because="x", actor=staff, now=timezone.now())
    page = text(client, QUEUE)
    assert page.index("Older") < page.index("Newer")
    assert "1\xa0week" in page
    assert "1 for" in page
    assert "you have decided" in page
    assert on(newer) in page
    assert "2 recommendations wait for a decision." in text(client, "/national/")


def test_two_people_on_one_item_are_told(client: Client, staff: User) -> None:
    endorsement, other = waiting(), Client()
    sign_in(other, make_decider())
    other.get(on(endorsement))
    assert "is looking at this too" in text(client, on(endorsement))
    piece = client.get(on(endorsement, "presence/?revision=7"), headers={"HX-Request": "true"}).content.decode()
    assert "is looking at this too" in piece
    assert "Somebody has decided on this" in piece
    assert client.get(on(endorsement, "presence/?revision=x"), headers={"HX-Request": "true"}).status_code == 200
    assert client.get(on(endorsement, "presence/")).status_code == 302


def test_the_first_approves_with_a_statement_and_an_embargo_and_goes_on(client: Client, staff: User) -> None:
    first, second = waiting(days=3), waiting(days=2)
    typed = {
        "because": "We looked.", "statement": "She listens.", "day": "2090-01-02", "time": "09:00",
        "time_zone": "America/New_York", "revision": 0,
    }  # fmt: skip
    answer = client.post(on(first, "approve/"), typed)
    assert answer.headers["Location"] == on(second)
    first.refresh_from_db()
    assert (first.state, first.statement, f"{first.public_from:%Y-%m-%d %H:%M}") == (
        "proposed", "She listens.", "2090-01-02 14:00",
    )  # fmt: skip
    assert "You have decided. Somebody else" in text(client, on(first))


def test_the_second_sees_that_text_and_publishes_it(client: Client, staff: User) -> None:
    endorsement = waiting()
    decide(
        endorsement=endorsement, approves=True, because="x", actor=make_decider(), now=timezone.now(),
        statement="She listens.",
    )  # fmt: skip
    assert "She listens." in text(client, on(endorsement, "approve/"))
    answer = client.post(on(endorsement, "approve/"), {"because": "I agree.", "revision": 1}, follow=True)
    assert "Jane Kim is endorsed. It is published from" in answer.content.decode()
    endorsement.refresh_from_db()
    assert endorsement.state == EndorsementState.APPROVED


def test_two_decline(client: Client, staff: User) -> None:
    endorsement = waiting()
    decide(endorsement=endorsement, approves=False, because="x", actor=make_decider(), now=timezone.now())
    answer = client.post(on(endorsement, "decline/"), {"because": "No.", "revision": 1}, follow=True)
    assert "Jane Kim is not endorsed." in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"because": " "}, "Fill in “Your reason”."),
        ({"because": "x", "day": "2090-01-02"}, "Enter the time of day, too."),
        ({"because": "x", "time": "09:00"}, "Enter the day, too."),
        ({"because": "x", "day": "2090-03-12", "time": "02:30"}, "There is no such time on that day"),
    ],
)
def test_what_is_wrong_is_said(client: Client, staff: User, typed: dict[str, str], words: str) -> None:
    endorsement = waiting()
    answer = client.post(
        on(endorsement, "approve/"), {"revision": 0, "time_zone": "America/New_York", "statement": "Kept.", **typed}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error:" in page
    assert words in page
    assert "Kept." in page


def test_whoever_was_too_late_keeps_their_words(client: Client, staff: User) -> None:
    endorsement = waiting()
    decide(endorsement=endorsement, approves=False, because="x", actor=make_decider(), now=timezone.now())
    answer = client.post(on(endorsement, "decline/"), {"because": "My own reason.", "revision": 0})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else has decided since you opened it." in page
    assert "My own reason." in page
    assert 'name="revision" value="1"' in page


def test_an_endorsement_is_withdrawn_on_its_page(client: Client, staff: User) -> None:
    endorsement = endorse_nationally(make_candidate(make_race(), "Jane Kim"))
    assert client.post(on(endorsement, "withdraw/"), {"because": ""}).status_code == 422
    client.post(on(endorsement, "withdraw/"), {"because": "She left."})
    assert "She left." in text(client, on(endorsement))
    assert client.post(on(endorsement, "withdraw/"), {"because": "Again."}).status_code == 422


# --- conflicts --------------------------------------------------------------------------------------------------


def test_the_conflict_whose_time_ends_first_stands_first(client: Client, staff: User) -> None:
    now = timezone.now()
    make_conflict(make_group("Later"), opened_at=now)
    make_conflict(make_group("Sooner"), opened_at=now - 20 * DAY)
    page = text(client, CONFLICTS)
    assert page.index("Sooner") < page.index("Later")
    assert page.count("decide now") == 1
    assert "2 conflicts are open." in text(client, "/national/")


def test_staff_uphold_only_what_had_its_time(client: Client, staff: User) -> None:
    now = timezone.now()
    early, late = (make_conflict(make_group(), opened_at=now - days * DAY) for days in (1, 20))
    typed = {"outcome": "upheld", "because": "No answer."}
    assert client.post(f"{CONFLICTS}{early.pk}/", typed).status_code == 422
    assert client.post(f"{CONFLICTS}{late.pk}/", typed).headers["Location"] == CONFLICTS
    late.refresh_from_db()
    assert (late.outcome, late.decided_by) == ("upheld", staff)
    again = client.post(f"{CONFLICTS}{late.pk}/", typed)
    assert again.status_code == 422


def test_a_conflict_that_is_put_right_says_so(client: Client, staff: User) -> None:
    conflict = make_conflict(make_group(), opened_at=timezone.now())
    there = f"{CONFLICTS}{conflict.pk}/"
    assert "this ends by itself" not in text(client, there)
    conflict.group.endorsements.update(withdrawn_at=timezone.now())
    assert "this ends by itself" in text(client, there)
    CounterEndorsement.objects.update(outcome="cured", outcome_at=timezone.now())
    assert "End the conflict" not in text(client, there)


# --- what may name an opponent ----------------------------------------------------------------------------------


def test_staff_see_what_is_stopped_and_let_it_pass(client: Client, staff: User) -> None:
    race = make_race(election_date=FAR_ELECTION)
    endorse_nationally(make_candidate(race, "Jane Kim"))
    opponent = make_candidate(race, "Bo Opponent")
    event = make_event(
        make_group(), now=timezone.now(), state=EventState.DRAFT, title="Debate", about="With Bo Opponent"
    )
    assert f"{NAMINGS}allow/event:{event.pk}/" in text(client, NAMINGS)
    there = f"{NAMINGS}allow/event:{event.pk}/"
    assert client.post(there, {"candidate": opponent.pk, "because": " "}).status_code == 422
    assert client.post(there, {"candidate": opponent.pk, "because": "All come."}).headers["Location"] == NAMINGS
    allowed = AllowedNaming.objects.get()
    assert (allowed.thing, allowed.candidate, allowed.by) == (event.scope, opponent, staff)
    page = text(client, NAMINGS)
    assert "No draft of an event" in page
    client.post(f"{NAMINGS}{allowed.pk}/end/")
    assert not AllowedNaming.objects.exists()


def test_the_page_of_a_group_is_found_by_its_name(client: Client, staff: User) -> None:
    group = make_group("Friends of Soup")
    assert f"{NAMINGS}allow/group:{group.pk}:page/" in text(client, f"{NAMINGS}?q=soup")
    assert "No other group" in text(client, f"{NAMINGS}?q=xyzzy")
    assert "nothing is stopped" in text(client, f"{NAMINGS}allow/group:{group.pk}:page/")
    assert client.get(f"{NAMINGS}allow/group:0:page/").status_code == 404
