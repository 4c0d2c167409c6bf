"""The pages of polls: staff's, the group's ballot, the public page, the member's vote."""

import datetime
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from affiliates.models import Group, GroupStatus, Role
from endorsements.ballots import close_choice
from endorsements.interests import declare
from endorsements.member_vote_links import voter_token
from endorsements.models import BallotStrike, MemberVote, Poll, PollNotice, PollNoticeKind, PollState
from endorsements.poll_board import turnout_of
from endorsements.poll_chart import draw_votes
from endorsements.strikes import agree_to_strike, ask_to_strike
from endorsements.voiding import ask_to_void, void_poll
from foundation.accounts.models import StaffTask, User
from members.models import Person
from tests.factories import make_contact, make_group, make_staff, make_user
from tests.signing_in import sign_in

from .asking_members import make_member, make_member_vote
from .clock import let_time_pass
from .making import make_candidate, make_race
from .polling import cast_for, choice_of, close, groups_of, make_draft, make_open_poll

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff(StaffTask.ENDORSEMENTS)
    sign_in(client, user)
    return user


def other_client() -> tuple[Client, User]:
    client, user = Client(), make_staff(StaffTask.ENDORSEMENTS)
    sign_in(client, user)
    return client, user


def at(poll: Poll, below: str = "") -> str:
    return f"/national/polls/{poll.pk}/{below}"


def page(client: Client, address: str, status: int = 200, **posted: Any) -> str:
    response = client.post(address, posted) if posted else client.get(address)
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def follow(client: Client, address: str, **posted: Any) -> str:
    response = client.post(address, posted, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def typed(day: datetime.date | None = None, **fields: Any) -> dict[str, Any]:
    day = day or (timezone.now() + 10 * DAY).date()
    return {"day": day.isoformat(), "time": "20:00", "time_zone": "America/New_York", "revision": 0, **fields}


# --- staff: the list, making one, opening it ------------------------------------------------------------------


def test_the_list_shows_what_is_open_and_what_is_over(client: Client, staff: User) -> None:
    poll, draft = make_open_poll(), make_draft()
    over = close(make_open_poll(groups=1))
    cast_for(poll, groups_of(poll)[0], 1)
    text = page(client, "/national/polls/")
    assert f"1 of {poll.eligible}" in text
    assert all(str(one.race) in text for one in (poll, draft, over))
    assert "nobody" in text


def test_the_list_says_what_a_poll_is_where_there_is_none(client: Client, staff: User) -> None:
    assert "No poll is in the making or open" in page(client, "/national/polls/")


def test_a_poll_is_made_of_a_race_with_its_closing_time_in_a_zone(client: Client, staff: User) -> None:
    race = make_race()
    text = page(client, f"/national/polls/new/?race={race.pk}")
    assert f'<option value="{race.pk}" selected>' in text
    day = (timezone.now() + 10 * DAY).date()
    follow(client, "/national/polls/new/", **typed(day, race=race.pk, words="Read this.", time_zone="America/Chicago"))
    poll = Poll.objects.get()
    assert (poll.race, poll.words, poll.made_by) == (race, "Read this.", staff)
    assert poll.closes_at.astimezone(datetime.UTC).hour in (1, 2)


def test_a_race_that_is_polled_or_unconfirmed_or_without_area_is_not_offered(client: Client, staff: User) -> None:
    make_race(office="Unknown", confirmed_at=None)
    race = make_race(office="Nowhere")
    race.area = None
    race.save()
    polled = make_draft().race
    text = page(client, "/national/polls/new/")
    assert not any(word in text for word in ("Unknown", "Nowhere", str(polled)))


def test_a_time_in_the_past_is_said_at_the_form(client: Client, staff: User) -> None:
    race = make_race()
    text = page(client, "/national/polls/new/", 422, **typed(datetime.date(2020, 1, 1), race=race.pk))
    assert "There is a problem" in text
    assert "<title>Error:" in text
    assert not Poll.objects.exists()


def test_an_hour_that_the_clocks_skip_is_said_at_the_form(client: Client, staff: User) -> None:
    race = make_race()
    skipped = typed(datetime.date(2027, 3, 14), race=race.pk) | {"time": "02:30"}
    assert "There is no such time on that day" in page(client, "/national/polls/new/", 422, **skipped)


def test_a_draft_shows_who_would_have_a_vote_and_why_and_what_is_frozen(client: Client, staff: User) -> None:
    draft = make_draft()
    group = make_group("Friends of Soup", near="02139")
    make_group("Far away", near="59301")
    make_candidate(draft.race, "Withdrawn Will", withdrawn_at=timezone.now(), withdrawn_because="Ill.")
    text = page(client, at(draft))
    assert group.name in text
    assert "Its home lies in the area: 02139" in text
    assert "Far away" not in text
    assert "Candidate A" in text
    assert "Withdrawn Will" not in text
    assert "Open the poll" in text
    assert not draft.eligible_groups.exists()


def test_a_draft_that_cannot_open_says_why(client: Client, staff: User) -> None:
    text = page(client, at(make_draft(candidates=0)))
    assert "It cannot be opened:" in text
    assert "No affiliate is at home" in text
    assert at(make_draft(), "open/") not in text


def test_a_draft_is_changed_on_the_revision_that_was_read(client: Client, staff: User) -> None:
    draft = make_draft()
    follow(client, at(draft, "change/"), **typed(words="Another text."))
    draft.refresh_from_db()
    assert draft.words == "Another text."
    text = page(client, at(draft, "change/"), 422, **typed(words="An older text."))
    assert "Somebody else has changed this poll" in text
    assert 'name="revision" value="1"' in text


def test_an_open_poll_is_not_changed(client: Client, staff: User) -> None:
    poll = make_open_poll()
    assert "what was frozen then stays" in follow(client, at(poll, "change/"), **typed(words="Another text."))


def test_staff_open_a_poll(client: Client, staff: User) -> None:
    draft = make_draft()
    make_group(near="02139")
    assert "The poll is open" in follow(client, at(draft, "open/"), revision=draft.revision)
    draft.refresh_from_db()
    assert (draft.state, draft.eligible) == (PollState.OPEN, 1)


def test_a_draft_that_changed_since_it_was_read_is_not_opened(client: Client, staff: User) -> None:
    draft = make_draft()
    make_group(near="02139")
    assert "Somebody else has changed this poll" in follow(client, at(draft, "open/"), revision=draft.revision + 1)
    follow(client, at(draft, "open/"), revision="x")
    draft.refresh_from_db()
    assert draft.state == PollState.DRAFT


def test_a_draft_is_dropped_and_an_open_poll_is_not(client: Client, staff: User) -> None:
    draft, poll = make_draft(), make_open_poll()
    follow(client, at(draft, "drop/"))
    follow(client, at(poll, "drop/"))
    assert list(Poll.objects.all()) == [poll]


@pytest.mark.parametrize("place", ["02139", "59301"])
def test_the_map_of_the_groups_is_drawn(client: Client, staff: User, place: str) -> None:
    draft = make_draft()
    make_group(near="02139")
    make_group(near=place).areas_served.add(draft.race.area or 0)
    for poll in (draft, make_open_poll()):
        response = client.get(at(poll, "map.svg?lang=es&size=small"))
        assert response.headers["Content-Type"] == "image/svg+xml"
        assert b"<svg" in response.content


def test_the_map_of_a_poll_that_asks_nobody_is_the_country(client: Client, staff: User) -> None:
    assert b"<svg" in client.get(at(make_draft(), "map.svg")).content


# --- staff: the board -----------------------------------------------------------------------------------------


def test_the_board_shows_turnout_and_no_choice_while_the_poll_is_open(client: Client, staff: User) -> None:
    poll = make_open_poll(groups=5)
    groups = groups_of(poll)
    cast_for(poll, groups[0], 1)
    text = page(client, at(poll))
    assert "1 of 5 groups have cast" in text
    assert "2 more for a majority" in text
    assert groups[1].name in text
    assert "Result" not in text
    for group in groups[1:]:
        cast_for(poll, group, 1)
    text = page(client, at(poll))
    assert "There are enough ballots for a majority" in text
    assert "All groups have cast." in text


def test_the_figures_come_by_themselves_and_without_javascript_with_the_page(client: Client, staff: User) -> None:
    poll = make_open_poll()
    response = client.get(at(poll, "board/"), headers={"HX-Request": "true"})
    text = response.content.decode()
    assert "<html" not in text
    assert "0 of 3 groups have cast" in text
    assert "HX-Request" in response.headers["Vary"]
    assert client.get(at(poll, "board/")).status_code == 302


def test_the_board_names_groups_that_cannot_cast_and_conflicts_of_interest(client: Client, staff: User) -> None:
    poll = make_open_poll()
    ended, alone, fine = groups_of(poll)
    Group.objects.filter(pk=ended.pk).update(status=GroupStatus.ENDED)
    contact = make_contact(fine)
    declare(race=poll.race, user=contact, kind="paid", now=timezone.now())
    text = page(client, at(poll))
    assert "agreement ended" in text
    assert text.count("no point of contact") == 1
    assert "cannot cast" in text
    assert alone.name in text


def test_staff_remind_once_a_day(client: Client, staff: User) -> None:
    poll = make_open_poll()
    assert "are reminded" in follow(client, at(poll, "remind/"))
    assert "The groups were reminded by hand" in page(client, at(poll))
    assert "within the last day" in follow(client, at(poll, "remind/"))
    assert PollNotice.objects.filter(kind=PollNoticeKind.REMINDER).count() == 1


def test_staff_give_more_time_with_a_reason(client: Client, staff: User) -> None:
    poll = make_open_poll()
    page(client, at(poll, "extend/"))
    text = page(client, at(poll, "extend/"), 422, **typed())
    assert "Why it closes later" in text
    earlier = typed((timezone.now() + DAY).date(), because="The storm.")
    assert "can only be made later" in page(client, at(poll, "extend/"), 422, **earlier)
    text = follow(client, at(poll, "extend/"), **typed(because="The storm."))
    assert "The storm." in text
    was = poll.closes_at
    poll.refresh_from_db()
    assert poll.closes_at > was


def test_a_closed_poll_is_given_no_time(client: Client, staff: User) -> None:
    poll = close(make_open_poll())
    assert "Only an open poll" in follow(client, at(poll, "extend/"), **typed(because="The storm."))


def test_two_of_the_staff_make_a_poll_void(client: Client, staff: User) -> None:
    poll = make_open_poll()
    page(client, at(poll, "void/"), 422, do="ask", because="")
    assert "You have asked that this poll be void" in follow(client, at(poll, "void/"), do="ask", because="Wrong list.")
    assert "You asked for this yourself" in page(client, at(poll, "void/"), do="confirm")
    second, _user = other_client()
    assert "A colleague asks" in page(second, at(poll))
    assert "Wrong list." in page(second, at(poll, "void/"))
    assert "The poll is void" in follow(second, at(poll, "void/"), do="confirm")
    poll.refresh_from_db()
    assert poll.state == PollState.VOID
    assert "Only an open or a closed poll" in page(second, at(poll, "void/"))
    assert "Wrong list." in page(second, at(poll))


def test_who_asked_that_a_poll_be_void_takes_it_back(client: Client, staff: User) -> None:
    poll = make_open_poll()
    follow(client, at(poll, "void/"), do="ask", because="Wrong list.")
    follow(client, at(poll, "void/"), do="take_back")
    poll.refresh_from_db()
    assert (poll.state, poll.void_asked_by) == (PollState.OPEN, "")
    assert "Nobody has asked" in page(client, at(poll, "void/"), 422, do="confirm")


def test_two_of_the_staff_strike_a_ballot(client: Client, staff: User) -> None:
    poll = make_open_poll()
    group = groups_of(poll)[0]
    cast_for(poll, group, 1)
    text = page(client, at(poll, "ballots/"))
    assert group.name in text
    assert "Candidate A" not in text
    page(client, at(poll, "ballots/1/strike/"), 422, because="")
    assert "Take it back" in follow(client, at(poll, "ballots/1/strike/"), because="A stranger.")
    assert "asked for" in page(client, at(poll, "ballots/"))
    assert "asked for this already" in page(client, at(poll, "ballots/1/strike/"), 422, because="Again.")
    strike = BallotStrike.objects.get()
    assert "Another person has to agree" in follow(client, at(poll, f"strikes/{strike.pk}/"), do="agree")
    second, _user = other_client()
    assert "The ballot is struck" in follow(second, at(poll, f"strikes/{strike.pk}/"), do="agree")
    assert turnout_of(poll).cast == 0


def test_a_strike_is_refused_and_the_ballot_stands(client: Client, staff: User) -> None:
    poll = make_open_poll()
    group = groups_of(poll)[0]
    cast_for(poll, group, 1)
    strike = ask_to_strike(poll=poll, group=group, because="A stranger.", actor=make_staff(), now=timezone.now())
    assert "The ballot stands." in follow(client, at(poll, f"strikes/{strike.pk}/"), do="refuse")
    assert turnout_of(poll).cast == 1


def test_nobody_has_cast_yet(client: Client, staff: User) -> None:
    assert "No group has cast yet" in page(client, at(make_open_poll(), "ballots/"))


def test_after_the_close_the_board_shows_votes_and_recommendation(client: Client, staff: User) -> None:
    poll = make_open_poll()
    for group in groups_of(poll)[:2]:
        cast_for(poll, group, 1)
    close(poll)
    text = page(client, at(poll))
    assert "Recommended: Candidate A" in text
    assert "Did not cast" in text
    assert "Remind those" not in text
    assert "Go to the decision on the endorsement" in text


def test_between_closing_time_and_count_nothing_can_be_pressed(client: Client, staff: User) -> None:
    poll = make_open_poll()
    let_time_pass(poll)
    text = page(client, at(poll))
    assert "The closing time has passed" in text
    assert "Give more time" not in text
    assert "Remind those" not in text


def test_the_staff_home_says_what_is_open_and_waits(client: Client, staff: User) -> None:
    poll = make_open_poll()
    ask_to_void(poll=poll, because="Wrong list.", actor=make_staff(), now=timezone.now())
    text = page(client, "/national/")
    assert "1 is open. 1 waits for a second word." in text


def test_the_board_of_many_groups_is_read_in_few_queries(
    client: Client, staff: User, django_assert_max_num_queries: Any
) -> None:
    poll = make_open_poll(groups=12)
    cast_for(poll, groups_of(poll)[0], 1)
    with django_assert_max_num_queries(22):
        page(client, at(poll))


# --- a group's ballot -----------------------------------------------------------------------------------------


class Voter:
    """A contact of an eligible group, signed in."""

    def __init__(self, poll: Poll, role: str = Role.CONTACT) -> None:
        self.poll = poll
        self.group = groups_of(poll)[0]
        self.user = make_contact(self.group, role=role)
        self.client = Client()
        sign_in(self.client, self.user)
        self.address = f"/organize/groups/{self.group.slug}/polls/{poll.slug}/"

    def see(self, below: str = "", status: int = 200) -> str:
        return page(self.client, self.address + below, status)

    def post(self, position: int | str, do: str = "check", status: int = 200) -> str:
        return page(self.client, self.address, status, choice=choice_of(self.poll, position).pk, do=do)

    def cast(self, position: int | str) -> str:
        chosen = choice_of(self.poll, position).pk
        return follow(self.client, self.address, choice=chosen, do="cast")


@pytest.fixture
def voter() -> Voter:
    return Voter(make_open_poll())


def test_whoever_is_not_signed_in_signs_in_first(client: Client, voter: Voter) -> None:
    response = client.get(voter.address)
    assert response.headers["Location"].startswith("/accounts/login/?next=")


def test_the_choices_then_the_check_then_the_ballot_is_cast(voter: Voter) -> None:
    text = voter.see()
    assert all(words in text for words in ("Candidate A", "Candidate B", "No endorsement:", "Abstain:"))
    assert "Please ask your members." in text
    text = voter.post(1)
    assert "Check your group’s ballot" in text
    assert not voter.poll.ballots.exists()
    text = voter.cast(1)
    ballot = voter.poll.ballots.get()
    assert "Your ballot is cast" in text
    assert ballot.entry.hash in text
    assert f"Entry {ballot.entry.sequence} of the ledger" in text
    assert "Can be changed until" in text


def test_from_the_check_one_goes_back_to_the_choices(voter: Voter) -> None:
    chosen = choice_of(voter.poll, 2).pk
    text = voter.post(2, do="back")
    assert re.search(rf'value="{chosen}"[^>]*checked', text)


def test_no_choice_is_a_problem_said_twice(voter: Voter) -> None:
    text = page(voter.client, voter.address, 422, do="check")
    assert "There is a problem" in text
    assert text.count("Choose a candidate, “no endorsement” or “abstain”.") == 2


def test_a_choice_of_another_poll_is_refused(voter: Voter) -> None:
    foreign = choice_of(make_open_poll(), 1)
    page(voter.client, voter.address, 422, choice=foreign.pk, do="cast")
    assert not voter.poll.ballots.exists()


@pytest.mark.parametrize("choice", ["", "²", "-1", "1e3", "9" * 18, "9" * 40, "1; DROP TABLE", "\u0661"])
def test_what_is_no_choice_is_refused_in_words(voter: Voter, choice: str) -> None:
    page(voter.client, voter.address, 422, choice=choice, do="cast")
    assert not voter.poll.ballots.exists()


def test_a_ballot_is_cast_in_few_queries(voter: Voter) -> None:
    """In a poll's last hour all groups press at once: session and user, what is meant, and the ledger's own work."""
    pressed = {"choice": choice_of(voter.poll, 1).pk, "do": "cast"}
    with CaptureQueriesContext(connection) as queries:
        voter.client.post(voter.address, pressed)
    assert voter.poll.ballots.count() == 1
    own = [query for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    assert len(own) == 8, [query["sql"][:80] for query in own]


def test_the_ballot_is_changed(voter: Voter) -> None:
    voter.cast(1)
    text = voter.see("change/")
    assert re.search(rf'value="{choice_of(voter.poll, 1).pk}"[^>]*checked', text)
    assert "Change the ballot" in voter.post("none")
    text = voter.cast("none")
    assert "No endorsement" in text
    assert "cast 2 times" in text


def test_there_is_nothing_to_change_before_a_ballot_is_cast(voter: Voter) -> None:
    assert voter.client.get(f"{voter.address}change/").status_code == 302


def test_a_candidate_who_withdraws_between_check_and_cast_is_refused_in_words(voter: Voter) -> None:
    voter.post(1)
    candidate = choice_of(voter.poll, 1).candidate
    assert candidate is not None
    close_choice(candidate=candidate, actor=None)
    page(voter.client, voter.address, 422, choice=choice_of(voter.poll, 1).pk, do="cast")
    assert "has withdrawn and cannot be chosen" in voter.see()


def test_voters_of_a_candidate_who_has_withdrawn_are_told_to_choose_again(voter: Voter) -> None:
    voter.cast(1)
    candidate = choice_of(voter.poll, 1).candidate
    assert candidate is not None
    close_choice(candidate=candidate, actor=None)
    assert "This candidate has withdrawn" in voter.see()
    assert "Your candidate has withdrawn" in page(voter.client, f"/organize/groups/{voter.group.slug}/")


def test_the_dashboard_asks_for_the_ballot_until_it_is_cast(voter: Voter) -> None:
    dashboard = f"/organize/groups/{voter.group.slug}/"
    assert "Cast your group’s ballot" in page(voter.client, dashboard)
    voter.cast(1)
    assert "Cast your group’s ballot" not in page(voter.client, dashboard)


def test_a_ballot_that_is_missing_shortly_before_the_close_is_urgent(voter: Voter) -> None:
    let_time_pass(voter.poll, until_close=DAY)
    assert "do this first" in page(voter.client, f"/organize/groups/{voter.group.slug}/")


def test_an_organizer_sees_the_ballot_and_cannot_cast() -> None:
    voter = Voter(make_open_poll(), role=Role.ORGANIZER)
    assert "A point of contact of your group casts its ballot" in voter.see()
    voter.post(1, do="cast", status=403)
    assert not voter.poll.ballots.exists()
    assert "Cast your group’s ballot" not in page(voter.client, f"/organize/groups/{voter.group.slug}/")


def test_a_check_in_helper_and_a_stranger_find_nothing() -> None:
    helper = Voter(make_open_poll(), role=Role.HELPER)
    helper.see(status=404)
    page(helper.client, f"/organize/groups/{helper.group.slug}/polls/", 404)


def test_whoever_a_campaign_pays_reads_that_another_contact_has_to_cast(voter: Voter) -> None:
    declare(race=voter.poll.race, user=voter.user, kind="paid", now=timezone.now())
    assert "Another point of contact can." in voter.see()
    voter.post(1, do="cast", status=403)
    assert not voter.poll.ballots.exists()


def test_a_group_outside_the_area_reads_that_it_has_no_vote(voter: Voter) -> None:
    late = make_group()
    user = make_contact(late)
    client = Client()
    sign_in(client, user)
    address = f"/organize/groups/{late.slug}/polls/{voter.poll.slug}/"
    assert "so it has no vote in it" in page(client, address, 403)
    page(client, address, 403, choice=choice_of(voter.poll, 1).pk, do="cast")


def test_a_group_that_has_ended_reads_that_its_ballot_stands_and_no_new_one_is_cast(voter: Voter) -> None:
    voter.cast(1)
    Group.objects.filter(pk=voter.group.pk).update(status=GroupStatus.ENDED)
    text = voter.see()
    assert "The agreement of this group has ended" in text
    assert "Candidate A" in text
    voter.post(2, do="cast", status=403)
    assert voter.poll.ballots.get().choice == choice_of(voter.poll, 1)


def test_after_the_close_the_ballot_is_shown_and_the_way_to_the_result(voter: Voter) -> None:
    voter.cast(1)
    close(voter.poll)
    text = voter.see()
    assert "This poll is closed" in text
    assert "See how each group voted" in text
    voter.post(2, do="cast", status=403)
    other = groups_of(voter.poll)[1]
    client, address = Client(), f"/organize/groups/{other.slug}/polls/{voter.poll.slug}/"
    sign_in(client, make_contact(other))
    assert "Your group did not cast a ballot." in page(client, address)


def test_a_void_poll_says_so(voter: Voter) -> None:
    ask_to_void(poll=voter.poll, because="Wrong list.", actor=make_staff(), now=timezone.now())
    void_poll(poll=voter.poll, actor=make_staff(), now=timezone.now())
    assert "This poll is void" in voter.see()


def test_a_struck_ballot_is_said_and_can_be_cast_again(voter: Voter) -> None:
    voter.cast(1)
    strike = ask_to_strike(
        poll=voter.poll, group=voter.group, because="A stranger.", actor=make_staff(), now=timezone.now()
    )
    agree_to_strike(strike=strike, actor=make_staff(), now=timezone.now())
    assert "Staff have struck your group’s ballot" in voter.see()
    assert "Your ballot is cast" in voter.cast(2)


def test_a_draft_is_not_found_by_a_group() -> None:
    voter = Voter(make_open_poll())
    draft = make_draft()
    page(voter.client, f"/organize/groups/{voter.group.slug}/polls/{draft.slug}/", 404)


def test_the_list_of_a_group_has_its_polls_alone(voter: Voter) -> None:
    over = close(make_open_poll(groups=0))
    text = page(voter.client, f"/organize/groups/{voter.group.slug}/polls/")
    assert str(voter.poll.race) in text
    assert str(over.race) in text
    assert "not cast yet" in text
    elsewhere = make_group(near="59301")
    client = Client()
    sign_in(client, make_contact(elsewhere))
    assert "Your group has not been asked yet" in page(client, f"/organize/groups/{elsewhere.slug}/polls/")


# --- asking the members ---------------------------------------------------------------------------------------


def test_a_contact_asks_the_members_and_reads_their_advice_after_the_close(voter: Voter) -> None:
    ada = make_member(voter.group)
    assert "Ask your members first" in voter.see()
    assert "1 member on your roster" in voter.see("members/")
    closes = typed((voter.poll.closes_at - 2 * DAY).date(), words="Both spoke to us.", threshold_percent=60)
    page(voter.client, f"{voter.address}members/", 422, **{**closes, "threshold_percent": 0})
    late = {**closes, "day": (voter.poll.closes_at + DAY).date().isoformat()}
    assert "before the poll" in page(voter.client, f"{voter.address}members/", 422, **late)
    text = follow(voter.client, f"{voter.address}members/", **closes)
    assert "0 of 1 have voted" in text
    vote = MemberVote.objects.get()
    link = f"/endorsements/votes/{voter_token(vote.voters.get(person=ada))}/"
    follow(Client(), link, choice=choice_of(voter.poll, 2).pk)
    assert "1 of 1 have voted" in voter.see()
    assert "What your members advise" not in voter.see()
    MemberVote.objects.update(closes_at=timezone.now())
    text = voter.see()
    assert "Candidate B: the members are clear" in text
    assert "1 of 1 members voted" in text


def test_advice_that_is_not_clear_says_so(voter: Voter) -> None:
    make_member(voter.group)
    vote = make_member_vote(voter.poll, voter.group, actor=voter.user)
    MemberVote.objects.filter(pk=vote.pk).update(closes_at=timezone.now())
    assert "None of the members has voted." in voter.see()


def test_a_contact_calls_the_vote_off(voter: Voter) -> None:
    make_member(voter.group)
    make_member_vote(voter.poll, voter.group, actor=voter.user)
    assert voter.client.get(f"{voter.address}members/").status_code == 302
    assert "called off" in follow(voter.client, f"{voter.address}members/end/")
    assert "Ask your members first" in voter.see()
    follow(voter.client, f"{voter.address}members/end/")


def test_an_organizer_does_not_ask_the_members() -> None:
    voter = Voter(make_open_poll(), role=Role.ORGANIZER)
    voter.see("members/", 404)
    assert voter.client.post(f"{voter.address}members/end/").status_code == 404


def member_link(voter: Voter) -> tuple[Person, str]:
    ada = make_member(voter.group)
    vote = make_member_vote(voter.poll, voter.group, actor=voter.user)
    return ada, f"/endorsements/votes/{voter_token(vote.voters.get())}/"


def test_opening_a_members_link_changes_nothing_and_its_button_votes(voter: Voter, client: Client) -> None:
    _ada, link = member_link(voter)
    assert "Give my vote" in page(client, link)
    assert not MemberVote.objects.get().voters.filter(choice__isnull=False).exists()
    page(client, link, 422, choice="")
    assert "Your vote: Candidate A" in follow(client, link, choice=choice_of(voter.poll, 1).pk)
    assert "Your vote: Candidate B" in follow(client, link, choice=choice_of(voter.poll, 2).pk)


def test_a_vote_that_is_over_takes_no_answer(voter: Voter, client: Client) -> None:
    _ada, link = member_link(voter)
    MemberVote.objects.update(closes_at=timezone.now())
    assert "This vote is over" in page(client, link)
    page(client, link, 410, choice=choice_of(voter.poll, 1).pk)
    assert not MemberVote.objects.get().voters.filter(choice__isnull=False).exists()


def test_a_vote_that_was_called_off_says_so(voter: Voter, client: Client) -> None:
    _ada, link = member_link(voter)
    follow(voter.client, f"{voter.address}members/end/")
    assert "has called this vote off" in page(client, link)


def test_a_forged_link_says_that_it_does_not_work(client: Client) -> None:
    assert "This link does not work" in page(client, "/endorsements/votes/17:x/", 404)


def test_a_member_who_signs_in_finds_the_vote(voter: Voter) -> None:
    ada, link = member_link(voter)
    user = make_user("ada@somewhere.example")
    ada.user = user
    ada.save()
    client = Client()
    sign_in(client, user)
    text = page(client, "/me/")
    assert "Your group asks you" in text
    assert link in text


# --- the public page ------------------------------------------------------------------------------------------


def public(poll: Poll) -> str:
    return f"/endorsements/polls/{poll.slug}/"


def test_a_draft_is_no_page(client: Client) -> None:
    page(client, public(make_draft()), 404)


def test_an_open_poll_shows_who_is_asked_and_the_hash_and_no_vote(client: Client) -> None:
    poll = make_open_poll()
    cast_for(poll, groups_of(poll)[0], 1)
    text = page(client, public(poll))
    assert "The poll is open" in text
    assert poll.snapshot_hash in text
    assert groups_of(poll)[0].name in text
    assert "Did not cast" not in text
    assert "1 vote" not in text
    for file in ("export.json", "export.csv"):
        page(client, public(poll) + file, 404)


def test_the_page_of_a_race_says_that_its_groups_are_asked(client: Client) -> None:
    poll, elsewhere = make_open_poll(), make_race()
    text = page(client, poll.race.get_absolute_url())
    assert "3 local groups say until" in text
    assert public(poll) in text
    assert "The groups are asked" not in page(client, elsewhere.get_absolute_url())


def test_after_the_close_each_group_and_the_rule_and_the_root_are_published(client: Client) -> None:
    poll = make_open_poll()
    first, second, third = groups_of(poll)
    cast_for(poll, first, 1)
    cast_for(poll, second, 1)
    poll = close(poll)
    text = page(client, public(poll))
    assert "Recommended: Candidate A" in text
    assert "2 of 3 groups chose this candidate" in text
    assert "Of those voting (does not decide)" in text
    assert "66.7" in text
    assert poll.head in text
    assert text.count("did not cast") == 1
    assert '<svg class="chart"' in text
    assert third.name in text


def test_a_poll_without_a_majority_recommends_nobody_and_says_why(client: Client) -> None:
    poll = make_open_poll(groups=4)
    groups = groups_of(poll)
    cast_for(poll, groups[0], 1)
    cast_for(poll, groups[1], 2)
    text = page(client, public(close(poll)))
    assert "Nobody is recommended" in text
    assert "the same number of votes" in text


def test_the_page_speaks_spanish(client: Client) -> None:
    poll = close(make_open_poll())
    client.cookies["language"] = "es"
    assert client.get(public(poll)).status_code == 200


def test_a_void_poll_says_why_and_shows_no_vote(client: Client) -> None:
    poll = make_open_poll()
    cast_for(poll, groups_of(poll)[0], 1)
    poll = close(poll)
    ask_to_void(poll=poll, because="Wrong list.", actor=make_staff(), now=timezone.now())
    void_poll(poll=poll, actor=make_staff(), now=timezone.now())
    text = page(client, public(poll))
    assert "This poll is void" in text
    assert "Wrong list." in text
    assert "Recommended" not in text
    page(client, f"{public(poll)}export.json", 404)


def test_a_struck_ballot_is_in_the_roll_call_as_struck(client: Client) -> None:
    poll = make_open_poll()
    group = groups_of(poll)[0]
    cast_for(poll, group, 1)
    strike = ask_to_strike(poll=poll, group=group, because="A stranger.", actor=make_staff(), now=timezone.now())
    agree_to_strike(strike=strike, actor=make_staff(), now=timezone.now())
    text = page(client, public(close(poll)))
    assert "struck" in text
    assert "A stranger." in text


def test_the_files_are_handed_out_after_the_close(client: Client) -> None:
    poll = close(make_open_poll())
    exported = client.get(f"{public(poll)}export.json")
    assert json.loads(exported.content)["root"] == poll.head
    assert "attachment" in exported.headers["Content-Disposition"]
    assert "Group" in client.get(f"{public(poll)}export.csv").content.decode("utf-8-sig")
    assert b"import hashlib" in client.get("/endorsements/polls/recount.py").content


def test_many_groups_stand_on_several_pages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("endorsements.views.poll_pages.PAGE_SIZE", 2)
    poll = make_open_poll()
    assert "Page 1 of 2" in page(client, public(poll))
    assert groups_of(poll)[2].name in page(client, f"{public(poll)}?page=2")


def test_the_roll_call_is_read_in_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    poll = make_open_poll(groups=12)
    for group in groups_of(poll):
        cast_for(poll, group, 1)
    close(poll)
    with django_assert_max_num_queries(12):
        page(client, public(poll))


def test_a_chart_escapes_shortens_and_needs_nobody() -> None:
    drawn = draw_votes([("<b>" + "x" * 60, 1), ("Bo", 0)], eligible=0, title="Votes")
    assert "<b>" not in drawn
    assert "…" in drawn
    assert 'width="0"' in drawn
