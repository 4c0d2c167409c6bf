"""How the pages of polls are opened for the gates."""

import datetime

from django.utils import timezone
from playwright.sync_api import Page as BrowserPage

from affiliates.models import Group, GroupStatus
from endorsements.ballots import close_choice
from endorsements.extending import extend_poll
from endorsements.interests import declare
from endorsements.member_vote_links import voter_token
from endorsements.models import MemberVote, Poll
from endorsements.opening import open_poll
from endorsements.strikes import agree_to_strike, ask_to_strike
from endorsements.urls_polls import GROUP_POLL, GROUP_POLLS, MEMBER_VOTE, NATIONAL_POLL, NATIONAL_POLLS, POLL
from endorsements.voiding import ask_to_void, void_poll
from foundation.accounts.models import StaffTask, User
from tests.endorsements.asking_members import make_member, make_member_vote
from tests.endorsements.clock import let_time_pass
from tests.endorsements.making import make_candidate, make_race
from tests.endorsements.polling import cast_for, choice_of, close, groups_of, make_draft
from tests.factories import make_contact, make_group, make_staff

from .visits import Visit, page, send

LONG = "Kraftfahrzeughaftpflichtversicherungsgesellschaft"
DAY = datetime.timedelta(days=1)


def make_holder() -> User:
    return make_staff(StaffTask.ENDORSEMENTS, email="stella.staff@example.org")


def make_full(*, groups: int = 5) -> Poll:
    """An open poll with long names, in which nobody has cast."""
    race = make_race(office="City Council", district=f"{LONG} {Poll.objects.count()}")
    for name, party in (("José Peñasco de la Cruz", "Forward"), (LONG, ""), ("Ada Díaz", "Independent")):
        make_candidate(race, name, party=party)
    for number in range(groups):
        make_group(f"{LONG} {number}" if number == 1 else f"Friends of Soup {number}", near="02139")
    draft = make_draft(race)
    Poll.objects.filter(pk=draft.pk).update(words=f"We spoke to all three.\n\nhttps://example.org/{LONG}")
    return open_poll(poll=Poll.objects.get(pk=draft.pk), revision=draft.revision, actor=None)


def make_half_cast() -> Poll:
    poll = make_full()
    for group in groups_of(poll)[:2]:
        cast_for(poll, group, 1)
    return poll


def make_closed(*, votes: int = 3) -> Poll:
    poll = make_full()
    groups = groups_of(poll)
    for group in groups[:votes]:
        cast_for(poll, group, 1)
    cast_for(poll, groups[3], "abstain")
    return close(poll)


def make_void() -> Poll:
    poll, now = make_half_cast(), timezone.now()
    ask_to_void(poll=poll, because=f"The list was wrong. {LONG}", actor=make_staff(), now=now)
    void_poll(poll=poll, actor=make_staff(), now=now)
    return poll


def withdraw_first(poll: Poll) -> None:
    candidate = choice_of(poll, 1).candidate
    assert candidate is not None
    close_choice(candidate=candidate, actor=None)


def on(poll: Poll, below: str = "") -> str:
    return f"/national/polls/{poll.pk}/{below}"


# --- of the staff ---------------------------------------------------------------------------------------------


@page(NATIONAL_POLLS)
def national_polls() -> Visit:
    ask_to_void(poll=make_half_cast(), because="Wrong list.", actor=make_staff(), now=timezone.now())
    make_draft()
    make_closed()
    return Visit("/national/polls/", user=make_holder())


@page(NATIONAL_POLLS)
def national_polls_none() -> Visit:
    return Visit("/national/polls/", user=make_holder())


@page(f"{NATIONAL_POLLS}new/")
def national_poll_new() -> Visit:
    race = make_race(office="City Council", district=LONG)
    return Visit(f"/national/polls/new/?race={race.pk}", user=make_holder())


@page(f"{NATIONAL_POLLS}new/")
def national_poll_new_with_problems() -> Visit:
    make_race()
    return Visit("/national/polls/new/", user=make_holder(), then=send(day="2020-01-01"), status=422)


@page(NATIONAL_POLL)
def national_poll_draft() -> Visit:
    race = make_race(office="City Council", district=LONG)
    for name in ("José Peñasco de la Cruz", LONG):
        make_candidate(race, name, party="Forward")
    for number in range(3):
        make_group(f"Friends of {LONG} {number}", near="02139")
    return Visit(on(make_draft(race)), user=make_holder())


@page(NATIONAL_POLL)
def national_poll_draft_with_obstacles() -> Visit:
    return Visit(on(make_draft(candidates=0)), user=make_holder())


@page(f"{NATIONAL_POLL}change/")
def national_poll_change() -> Visit:
    return Visit(on(make_draft(), "change/"), user=make_holder())


@page(f"{NATIONAL_POLL}change/")
def national_poll_change_with_problems() -> Visit:
    return Visit(on(make_draft(), "change/"), user=make_holder(), then=send(day=""), status=422)


@page(NATIONAL_POLL)
def national_poll_board() -> Visit:
    poll, staff = make_half_cast(), make_holder()
    extend_poll(poll=poll, closes_at=poll.closes_at + DAY, because=f"The storm. {LONG}", actor=staff)
    groups = groups_of(poll)
    Group.objects.filter(pk=groups[4].pk).update(status=GroupStatus.ENDED)
    contact = make_contact(groups[2], "contact@example.org")
    declare(race=poll.race, user=contact, kind="paid", words=LONG, now=timezone.now())
    for group in groups[:2]:
        asker = staff if group == groups[0] else make_staff()
        ask_to_strike(poll=poll, group=group, because=f"A stranger. {LONG}", actor=asker, now=timezone.now())
    ask_to_void(poll=poll, because=f"Wrong list. {LONG}", actor=make_staff(), now=timezone.now())
    withdraw_first(poll)
    return Visit(on(poll), user=staff)


@page(NATIONAL_POLL)
def national_poll_board_at_the_closing_time() -> Visit:
    poll = make_half_cast()
    let_time_pass(poll)
    return Visit(on(poll), user=make_holder())


@page(NATIONAL_POLL)
def national_poll_board_closed() -> Visit:
    return Visit(on(make_closed()), user=make_holder())


@page(NATIONAL_POLL)
def national_poll_board_void() -> Visit:
    return Visit(on(make_void()), user=make_holder())


@page(f"{NATIONAL_POLL}extend/")
def national_poll_extend() -> Visit:
    return Visit(on(make_half_cast(), "extend/"), user=make_holder())


@page(f"{NATIONAL_POLL}extend/")
def national_poll_extend_without_a_reason() -> Visit:
    return Visit(on(make_half_cast(), "extend/"), user=make_holder(), then=send(), status=422)


@page(f"{NATIONAL_POLL}void/")
def national_poll_void() -> Visit:
    return Visit(on(make_half_cast(), "void/"), user=make_holder())


@page(f"{NATIONAL_POLL}void/")
def national_poll_void_without_a_reason() -> Visit:
    return Visit(on(make_half_cast(), "void/"), user=make_holder(), then=send(), status=422)


@page(f"{NATIONAL_POLL}void/")
def national_poll_void_to_confirm() -> Visit:
    poll = make_half_cast()
    asker = make_staff()
    asker.name = "Ada Díaz"
    asker.save()
    ask_to_void(poll=poll, because=f"Wrong list. {LONG}", actor=asker, now=timezone.now())
    return Visit(on(poll, "void/"), user=make_holder())


@page(f"{NATIONAL_POLL}void/")
def national_poll_void_to_take_back() -> Visit:
    poll, staff = make_half_cast(), make_holder()
    ask_to_void(poll=poll, because="Wrong list.", actor=staff, now=timezone.now())
    return Visit(on(poll, "void/"), user=staff)


@page(f"{NATIONAL_POLL}void/")
def national_poll_void_already() -> Visit:
    return Visit(on(make_void(), "void/"), user=make_holder())


@page(f"{NATIONAL_POLL}ballots/")
def national_poll_ballots() -> Visit:
    poll = make_half_cast()
    ask_to_strike(poll=poll, group=groups_of(poll)[0], because="A stranger.", actor=make_staff(), now=timezone.now())
    return Visit(on(poll, "ballots/"), user=make_holder())


@page(f"{NATIONAL_POLL}ballots/")
def national_poll_ballots_none() -> Visit:
    return Visit(on(make_full(), "ballots/"), user=make_holder())


@page(f"{NATIONAL_POLL}ballots/<int:number>/strike/")
def national_poll_strike() -> Visit:
    return Visit(on(make_half_cast(), "ballots/2/strike/"), user=make_holder())


@page(f"{NATIONAL_POLL}ballots/<int:number>/strike/")
def national_poll_strike_without_a_reason() -> Visit:
    return Visit(on(make_half_cast(), "ballots/2/strike/"), user=make_holder(), then=send(), status=422)


# --- of a group -----------------------------------------------------------------------------------------------


def of_group(poll: Poll, number: int = 0, below: str = "") -> tuple[Group, User, str]:
    group = groups_of(poll)[number]
    user = make_contact(group, "contact@example.org")
    return group, user, f"/organize/groups/{group.slug}/polls/{poll.slug}/{below}"


@page(GROUP_POLLS)
def group_polls() -> Visit:
    group, user, _address = of_group(make_half_cast(), 2)
    for poll in (make_full(groups=0), make_full(groups=0)):
        close(poll)
    return Visit(f"/organize/groups/{group.slug}/polls/", user=user)


@page(GROUP_POLLS)
def group_polls_none() -> Visit:
    group = make_group("Table of Plenty")
    return Visit(f"/organize/groups/{group.slug}/polls/", user=make_contact(group))


@page(GROUP_POLL)
def ballot_choices() -> Visit:
    poll = make_full()
    withdraw_first(poll)
    _group, user, address = of_group(poll)
    return Visit(address, user=user)


@page(GROUP_POLL)
def ballot_without_a_choice() -> Visit:
    _group, user, address = of_group(make_full())
    return Visit(address, user=user, then=send(), status=422)


@page(GROUP_POLL)
def ballot_to_check() -> Visit:
    _group, user, address = of_group(make_full())

    def choose(shown: BrowserPage) -> None:
        shown.locator("main input[name=choice]").nth(1).check()
        send()(shown)

    return Visit(address, user=user, then=choose)


@page(GROUP_POLL)
def ballot_cast() -> Visit:
    _group, user, address = of_group(make_half_cast())
    return Visit(address, user=user)


@page(GROUP_POLL)
def ballot_whose_candidate_has_withdrawn() -> Visit:
    poll = make_half_cast()
    withdraw_first(poll)
    _group, user, address = of_group(poll)
    return Visit(address, user=user)


@page(GROUP_POLL)
def ballot_struck() -> Visit:
    poll = make_half_cast()
    group, user, address = of_group(poll)
    strike = ask_to_strike(poll=poll, group=group, because="A stranger.", actor=make_staff(), now=timezone.now())
    agree_to_strike(strike=strike, actor=make_staff(), now=timezone.now())
    return Visit(address, user=user)


@page(GROUP_POLL)
def ballot_of_somebody_paid_by_a_campaign() -> Visit:
    poll = make_full()
    _group, user, address = of_group(poll)
    declare(race=poll.race, user=user, kind="paid", now=timezone.now())
    return Visit(address, user=user)


@page(GROUP_POLL)
def ballot_of_a_group_without_a_vote() -> Visit:
    poll, group = make_full(), make_group("Table of Plenty", near="59301")
    return Visit(f"/organize/groups/{group.slug}/polls/{poll.slug}/", user=make_contact(group), status=403)


@page(GROUP_POLL)
def ballot_of_a_group_that_has_ended() -> Visit:
    poll = make_half_cast()
    group, user, address = of_group(poll)
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.ENDED)
    return Visit(address, user=user)


@page(GROUP_POLL)
def ballot_after_the_close() -> Visit:
    _group, user, address = of_group(make_closed())
    return Visit(address, user=user)


@page(f"{GROUP_POLL}change/")
def ballot_to_change() -> Visit:
    _group, user, address = of_group(make_half_cast(), below="change/")
    return Visit(address, user=user)


@page("organize/groups/<slug:slug>/")
def group_dashboard_with_a_ballot_to_cast() -> Visit:
    poll = make_full()
    group, user, _address = of_group(poll)
    let_time_pass(poll, until_close=DAY)
    return Visit(f"/organize/groups/{group.slug}/", user=user)


# --- the members of a group -----------------------------------------------------------------------------------


def make_asked(poll: Poll | None = None) -> tuple[MemberVote, User, str]:
    poll = poll or make_full()
    group, user, address = of_group(poll)
    for number in range(4):
        make_member(group, f"Ada {LONG} {number}")
    return make_member_vote(poll, group, actor=user, words=f"Both spoke to us.\n\n{LONG}"), user, address


@page(f"{GROUP_POLL}members/")
def member_vote_new() -> Visit:
    poll = make_full()
    group, user, address = of_group(poll, below="members/")
    make_member(group)
    return Visit(address, user=user)


@page(f"{GROUP_POLL}members/")
def member_vote_new_with_problems() -> Visit:
    _group, user, address = of_group(make_full(), below="members/")
    return Visit(address, user=user, then=send(threshold_percent="0"), status=422)


@page(GROUP_POLL)
def ballot_while_the_members_vote() -> Visit:
    _vote, user, address = make_asked()
    return Visit(address, user=user)


@page(GROUP_POLL)
def ballot_with_the_advice_of_the_members() -> Visit:
    vote, user, address = make_asked()
    voters = list(vote.voters.order_by("pk"))
    for voter, position in zip(voters, (1, 2, 2), strict=False):
        voter.choice, voter.voted_at = choice_of(vote.poll, position), timezone.now()
        voter.save()
    MemberVote.objects.filter(pk=vote.pk).update(closes_at=timezone.now())
    return Visit(address, user=user)


@page(MEMBER_VOTE)
def member_vote() -> Visit:
    vote, _user, _address = make_asked()
    return Visit(f"/endorsements/votes/{voter_token(vote.voters.all()[0])}/")


@page(MEMBER_VOTE)
def member_vote_without_a_choice() -> Visit:
    vote, _user, _address = make_asked()
    return Visit(f"/endorsements/votes/{voter_token(vote.voters.all()[0])}/", then=send(), status=422)


@page(MEMBER_VOTE)
def member_vote_given() -> Visit:
    vote, _user, _address = make_asked()
    voter = vote.voters.all()[0]
    voter.choice, voter.voted_at = choice_of(vote.poll, 2), timezone.now()
    voter.save()
    return Visit(f"/endorsements/votes/{voter_token(voter)}/")


@page(MEMBER_VOTE)
def member_vote_called_off() -> Visit:
    vote, _user, _address = make_asked()
    MemberVote.objects.update(cancelled_at=timezone.now())
    return Visit(f"/endorsements/votes/{voter_token(vote.voters.all()[0])}/")


@page(MEMBER_VOTE)
def member_vote_link_error() -> Visit:
    return Visit("/endorsements/votes/17:x/", status=404)


@page("me/")
def me_where_a_group_asks() -> Visit:
    vote, user, _address = make_asked()
    for voter in vote.voters.select_related("person")[:1]:
        assert voter.person is not None
        voter.person.user = user
        voter.person.save()
    return Visit("/me/", user=user)


# --- the public -----------------------------------------------------------------------------------------------


@page(POLL)
def poll_page_open() -> Visit:
    return Visit(make_half_cast().get_absolute_url())


@page(POLL)
def poll_page_recommending() -> Visit:
    return Visit(make_closed().get_absolute_url())


@page(POLL)
def poll_page_recommending_nobody() -> Visit:
    poll = make_half_cast()
    extend_poll(poll=poll, closes_at=poll.closes_at + DAY, because=f"The storm. {LONG}", actor=None)
    withdraw_first(poll)
    return Visit(close(poll).get_absolute_url())


@page(POLL)
def poll_page_void() -> Visit:
    return Visit(make_void().get_absolute_url())
