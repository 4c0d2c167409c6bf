"""What the public sees: the list, the ballot, a race, a candidate, and how the endorsed fared."""

import datetime
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from endorsements import public_panels
from endorsements.decisions import withdraw_endorsement
from endorsements.endorsed import Search, find_endorsed, on_ballot_at, zip_code_of
from endorsements.models import (
    Candidate,
    CandidateLink,
    Endorsement,
    Level,
    Result,
)
from endorsements.public_panels import register_candidate_panel, register_race_panel
from endorsements.win_rates import Record, draw_rates, win_rates
from foundation.places.search import find_place
from tests.factories import make_group

from .deciding import DAY, FAR_ELECTION, endorse_nationally, make_decider, make_group_endorsement
from .making import NOW, make_area, make_candidate, make_race

pytestmark = pytest.mark.django_db
LAST_YEAR = datetime.date(2025, 11, 4)


def make_endorsed(name: str = "Jane Kim", *, day: datetime.date = FAR_ELECTION, **race: Any) -> Candidate:
    candidate = make_candidate(make_race(election_date=day, **race), name)
    endorse_nationally(candidate, statement="She listens.")
    return candidate


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


# --- the list ---------------------------------------------------------------------------------------------------


def names(search: Search, *, now: datetime.datetime = NOW) -> list[str]:
    return [one.candidate.name for one in find_endorsed(search, now=now).endorsements]


def test_elections_to_come_stand_before_those_that_are_over() -> None:
    for name, day in (("Later", 30), ("Sooner", 2), ("Long ago", -400), ("Lately", -30)):
        make_endorsed(name, day=NOW.date() + day * DAY)
    assert names(Search()) == ["Sooner", "Later", "Lately", "Long ago"]
    results = find_endorsed(Search(), now=NOW)
    assert [len(results.coming), len(results.over), results.has_next] == [2, 2, False]


def test_it_is_narrowed_by_state_level_and_year() -> None:
    make_endorsed("Local", state="OH")
    make_endorsed("State", level=Level.STATE, day=LAST_YEAR)
    assert names(Search(state="OH")) == ["Local"]
    assert names(Search(level="state")) == ["State"]
    assert names(Search(year=2025)) == ["State"]
    assert names(Search(state="OH", year=2025)) == []


def test_pages_go_on_from_the_coming_to_the_past() -> None:
    for number in range(40):
        make_endorsed(f"Coming {number}") if number < 20 else make_endorsed(f"Past {number}", day=LAST_YEAR)
    first, second = (find_endorsed(Search(page=page), now=NOW) for page in (1, 2))
    assert (len(first.coming), len(first.over), first.has_next) == (20, 10, True)
    assert (len(second.coming), len(second.over), second.has_next) == (0, 10, False)
    seen = {one.pk for one in (*first.endorsements, *second.endorsements)}
    assert len(seen) == 40


def test_the_page_lists_them_with_the_filters_kept(client: Client) -> None:
    make_endorsed("Jane Kim", state="OH")
    make_endorsed("Greg Won", day=LAST_YEAR)
    Candidate.objects.filter(name="Greg Won").update(result=Result.WON)
    with CaptureQueriesContext(connection) as queries:
        page = text(client, "/endorsements/")
    assert len(queries) <= 6
    assert page.index("Jane Kim") < page.index("Greg Won")
    assert "<svg" in page
    assert "100 %" in page
    assert '<option value="OH" selected>' in text(client, "/endorsements/?state=oh")
    assert "noindex" in text(client, "/endorsements/?state=oh")


def test_what_is_not_public_yet_or_withdrawn_is_not_in_the_list(client: Client) -> None:
    hidden = make_candidate(make_race(election_date=FAR_ELECTION), "Under Embargo")
    endorse_nationally(hidden, public_from=timezone.now() + DAY)
    gone = make_endorsed("Gone Already")
    withdraw_endorsement(
        endorsement=Endorsement.objects.get(candidate=gone), because="x", actor=make_decider(), now=NOW
    )
    page = text(client, "/endorsements/")
    assert "Under Embargo" not in page
    assert "Gone Already" not in page
    assert "Nobody is endorsed yet" in page
    assert "Neither the network nor one of its groups" in text(client, hidden.get_absolute_url())


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("state=ZZ", 404, "There is no state “ZZ”."),
        ("level=galaxy", 404, "There is no level of office called “galaxy”."),
        ("year=next", 400, "“next” is no year of an election."),
        ("year=1066", 400, "“1066” is no year of an election."),
        ("page=x", 404, "There is no page “x”."),
        ("page=9", 404, "There is no page “9”."),
        ("state=OH&state=MA", 400, "The address says “state” twice."),
        ("near=99999", 404, "99999"),
        ("near=1234", 400, "A ZIP code has five digits"),
        ("near=Springfield", 300, "Which one?"),
        ("near=Xqzwvk", 404, "Xqzwvk"),
    ],
)
def test_what_cannot_be_understood_is_said(client: Client, query: str, status: int, words: str) -> None:
    answer = client.get(f"/endorsements/?{query}")
    page = answer.content.decode()
    assert answer.status_code == status
    assert "There is a problem" in page
    assert words in page
    assert ("<title>Error:" in page) == (status >= 400)


# --- the ballot -------------------------------------------------------------------------------------------------


def test_a_ballot_holds_the_races_around_a_zip_code(client: Client) -> None:
    here = make_area("02139")
    endorsed = make_endorsed("Jane Kim", area=here, office="Mayor")
    free = make_race(area=here, office="Sheriff", election_date=FAR_ELECTION)
    make_group_endorsement(make_group("Table of Plenty"), make_candidate(free, "Ana Díaz"))
    nobody = make_race(area=here, office="Clerk", election_date=FAR_ELECTION)
    make_candidate(nobody, "Bo Bell")
    make_candidate(nobody, "Unconfirmed One", confirmed_at=None)
    make_race(area=here, office="Dog catcher", election_date=FAR_ELECTION)
    make_race(area=here, office="Old office", election_date=LAST_YEAR)
    make_race(area=here, office="Proposed office", election_date=FAR_ELECTION, confirmed_at=None)
    make_race(area=make_area("10001"), office="Elsewhere", election_date=FAR_ELECTION)
    make_race(area=here, office="Zoning of the Union", election_date=FAR_ELECTION, level=Level.FEDERAL)
    assert on_ballot_at("02139", now=NOW)[0].race.office == "Zoning of the Union"
    lines = {line.race.office: line for line in on_ballot_at("02139", now=NOW)}
    assert set(lines) == {"Zoning of the Union", "Mayor", "Sheriff", "Clerk", "Dog catcher"}
    assert lines["Mayor"].endorsement is not None
    assert lines["Mayor"].endorsement.candidate == endorsed
    page = text(client, "/endorsements/?near=02139")
    assert "On the ballot in 02139" in page
    for words in ("Jane Kim", "endorsed by Table of Plenty", "Bo Bell", "We know of no candidate yet."):
        assert words in page
    assert "Unconfirmed One" not in page


def test_a_town_is_looked_up_by_its_nearest_zip_code(client: Client) -> None:
    assert zip_code_of(find_place("02139")) == "02139"
    code = zip_code_of(find_place("Cambridge, MA"))
    assert code.startswith("021")
    make_endorsed(area=make_area(code))
    page = text(client, "/endorsements/?near=Cambridge, MA")
    assert "Jane Kim" in page
    assert f"We looked at ZIP code {code}." in page


def test_where_no_race_is_known_something_else_is_shown(client: Client) -> None:
    make_endorsed("Jane Kim", state="MA", area=make_area("02139"))
    make_endorsed("Ana Díaz", state="CA", area=make_area("94601"))
    page = text(client, "/endorsements/?near=90210")
    assert "We know of no race there at the moment" in page
    assert "Ana Díaz" in page
    assert "Jane Kim" not in page
    assert "Jane Kim" in text(client, "/endorsements/?near=10001")
    assert "in the United States only" in text(client, "/endorsements/?near=Paris, France")


# --- a race and a candidate -------------------------------------------------------------------------------------


def test_the_page_of_a_candidate_says_who_endorses_them(client: Client) -> None:
    candidate = make_endorsed()
    CandidateLink.objects.create(candidate=candidate, label="Campaign", url="https://jane.example.org/")
    Candidate.objects.update(email="jane@campaign.example.org", party="Green")
    page = text(client, candidate.get_absolute_url())
    assert "endorses Jane Kim" in page
    assert "She listens." in page
    assert "jane@campaign.example.org" not in page
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found
    data = json.loads(found[1])
    assert (data["@type"], data["name"], data["sameAs"]) == ("Person", "Jane Kim", ["https://jane.example.org/"])
    assert data["affiliation"]["name"] == "Green"


def test_the_page_of_an_opponent_says_whom_the_network_endorses(client: Client) -> None:
    opponent = make_candidate(make_endorsed().race, "Bo Opponent", about="A\nbaker.")
    page = text(client, opponent.get_absolute_url())
    assert "The network has endorsed Jane Kim in this race." in page
    assert 'content="A baker."' in page


def test_what_was_withdrawn_stays_to_be_read(client: Client) -> None:
    candidate = make_endorsed()
    endorsement = Endorsement.objects.get()
    withdraw_endorsement(endorsement=endorsement, because="She left.", actor=make_decider(), now=NOW + DAY)
    for address in (candidate.get_absolute_url(), candidate.race.get_absolute_url()):
        page = text(client, address)
        assert "The endorsement of Jane Kim was withdrawn" in page
        assert "She left." in page


def test_who_is_not_confirmed_has_no_page(client: Client) -> None:
    race = make_race()
    for there in (
        make_candidate(race, confirmed_at=None).get_absolute_url(),
        make_candidate(make_race(confirmed_at=None)).get_absolute_url(),
        make_race(confirmed_at=None).get_absolute_url(),
        "/endorsements/races/nothing/",
        "/endorsements/candidates/nobody/",
    ):
        assert client.get(there).status_code == 404


def test_the_page_of_a_race_shows_who_stands_the_days_and_the_result(client: Client) -> None:
    candidate = make_endorsed(primary_date=LAST_YEAR, filing_deadline=LAST_YEAR, about="Three seats.")
    for name, fields in (("Won It", {"result": "won"}), ("Left It", {"withdrawn_at": NOW, "withdrawn_because": "x"})):
        make_candidate(candidate.race, name, **fields)
    make_endorsed("Ana Díaz")
    page = text(client, candidate.race.get_absolute_url())
    assert page.index("Won It") < page.index("Left It")
    for words in ("Jane Kim", "Won It", "Left It", "withdrew", "won", "Three seats.", "past", "Also endorsed", "in 2"):
        assert words in page
    empty = text(client, make_race(election_date=FAR_ELECTION).get_absolute_url())
    assert "We know of no candidate yet." in empty
    assert "has endorsed nobody in this race so far" in empty
    assert "endorsed nobody in this race." in text(client, make_race(election_date=LAST_YEAR).get_absolute_url())


def test_other_parts_add_panels_in_their_order(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_panels, "_of_races", {})
    monkeypatch.setattr(public_panels, "_of_candidates", {})
    candidate = make_endorsed()

    def second(_one: object, _request: HttpRequest) -> SafeString:
        return mark_safe("<p>Second panel</p>")

    for register in (register_race_panel, register_candidate_panel):
        register("b", 2, second)
        register("a", 1, lambda _one, _request: mark_safe("<p>First panel</p>"))
        register("c", 0, lambda _one, _request: None)
    for address in (candidate.get_absolute_url(), candidate.race.get_absolute_url()):
        page = text(client, address)
        assert page.index("First panel") < page.index("Second panel")


# --- how they fared ---------------------------------------------------------------------------------------------


def test_the_record_counts_by_level_and_year() -> None:
    for level, day, result in (
        (Level.LOCAL, LAST_YEAR, Result.WON),
        (Level.LOCAL, LAST_YEAR, Result.WON),
        (Level.LOCAL, FAR_ELECTION, Result.PENDING),
        (Level.STATE, LAST_YEAR, Result.LOST),
    ):
        candidate = make_endorsed(level=level, day=day)
        Candidate.objects.filter(pk=candidate.pk).update(result=result)
    rates = win_rates(NOW)
    assert rates.total == Record("All", won=2, lost=1, pending=1)
    assert [(record.label, record.percent) for record in rates.levels] == [("Local", 100), ("State", 0)]
    assert [(record.label, record.endorsed, record.percent) for record in rates.years] == [
        ("2090", 1, None),
        ("2025", 3, 67),
    ]


def test_the_drawing_shows_known_results_and_escapes_what_it_is_given() -> None:
    drawn = draw_rates([Record("<b>", won=1, lost=1), Record("Nothing yet", pending=1)], title="a “b”")
    assert "&lt;b&gt;" in drawn
    assert "50 %" in drawn
    assert "Nothing yet" not in drawn
    assert drawn.count("chart-bar") == 1
    assert win_rates(NOW).total.percent is None
