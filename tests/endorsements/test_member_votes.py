"""A group asks its members: one member one vote, nobody sees whose, the result is advice."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from affiliates.models import Group, GroupStatus
from affiliates.signals import agreement_ended
from endorsements import member_votes
from endorsements.ballots import close_choice
from endorsements.member_vote_links import VoteLinkError, voter_of, voter_token
from endorsements.member_votes import (
    MemberVoteError,
    VoteClosedError,
    advice_of,
    cancel_member_vote,
    cast_member_vote,
    how_many_voted,
    open_member_vote,
    open_votes_of,
    queue_waiting_links,
    result_of,
    vote_of,
)
from endorsements.models import MemberVote, MemberVoter, Poll
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail, SuppressionReason
from foundation.mail.suppression import suppress
from members.consent import give_consent, withdraw_consent
from members.erasure import erase_person
from members.models import ConsentPurpose, Person
from members.person_export import everything_about
from members.wordings import present_wording
from tests.affiliates.rosters import make_entry
from tests.factories import make_contact, make_group

from .asking_members import DAY, make_member, make_member_vote
from .polling import choice_of, close, groups_of, make_open_poll

pytestmark = pytest.mark.django_db


def now() -> datetime.datetime:
    return timezone.now()


@pytest.fixture
def poll() -> Poll:
    return make_open_poll()


@pytest.fixture
def group(poll: Poll) -> Group:
    return groups_of(poll)[0]


def voter(vote: MemberVote, person: Person) -> MemberVoter:
    return vote.voters.get(person=person)


def give(vote: MemberVote, person: Person, position: int | str) -> None:
    cast_member_vote(voter=voter(vote, person), choice=choice_of(vote.poll, position), now=now())


# --- opening --------------------------------------------------------------------------------------------------


def test_the_members_on_the_roster_are_asked_and_nobody_else(poll: Poll, group: Group) -> None:
    ada, bo = make_member(group), make_member(group, "Bo Li")
    make_entry(group, "Cy Not-a-member")
    make_member(groups_of(poll)[1], "Di Elsewhere")
    vote = make_member_vote(poll, group)
    assert set(vote.voters.values_list("person", flat=True)) == {ada.pk, bo.pk}
    assert AuditEntry.objects.get(action="opened member vote").details == {"group": group.pk, "asked": 2}


def test_a_group_without_members_asks_nobody(poll: Poll, group: Group) -> None:
    with pytest.raises(MemberVoteError):
        make_member_vote(poll, group)
    assert not MemberVote.objects.exists()


def test_a_group_without_a_vote_in_the_poll_does_not_ask(poll: Poll) -> None:
    late = make_group()
    make_member(late)
    with pytest.raises(MemberVoteError):
        make_member_vote(poll, late)


def test_a_group_whose_agreement_has_ended_does_not_ask(poll: Poll, group: Group) -> None:
    make_member(group)
    Group.objects.filter(pk=group.pk).update(status=GroupStatus.ENDED)
    with pytest.raises(MemberVoteError):
        make_member_vote(poll, group)


def test_a_group_asks_once_and_again_after_calling_it_off(poll: Poll, group: Group) -> None:
    make_member(group)
    first = make_member_vote(poll, group)
    with pytest.raises(MemberVoteError):
        make_member_vote(poll, group)
    cancel_member_vote(vote=first, actor=make_contact(group), now=now())
    second = make_member_vote(poll, group)
    assert vote_of(poll, group) == second


def test_the_database_refuses_a_second_vote(poll: Poll, group: Group) -> None:
    make_member(group)
    vote = make_member_vote(poll, group)
    with pytest.raises(IntegrityError, match="membervote_one_a_poll"), transaction.atomic():
        MemberVote.objects.create(poll=poll, group=group, opened_at=vote.opened_at, closes_at=vote.closes_at)


@pytest.mark.parametrize(
    "closes_in", [datetime.timedelta(minutes=30), 7 * DAY - datetime.timedelta(minutes=30), 8 * DAY, -DAY]
)
def test_a_vote_has_time_and_closes_before_the_poll(poll: Poll, group: Group, closes_in: datetime.timedelta) -> None:
    make_member(group)
    with pytest.raises(MemberVoteError):
        make_member_vote(poll, group, closes_at=now() + closes_in)


def test_nobody_is_asked_about_a_closed_poll(poll: Poll, group: Group) -> None:
    make_member(group)
    close(poll)
    with pytest.raises(MemberVoteError):
        open_member_vote(
            poll=poll, group=group, threshold_percent=50, closes_at=now() + DAY, words="",
            actor=make_contact(group), now=now(),
        )  # fmt: skip


# --- the links ------------------------------------------------------------------------------------------------


def test_each_member_who_wants_mails_of_the_group_gets_one_link(poll: Poll, group: Group) -> None:
    ada = make_member(group, email="ada@example.org")
    make_member(group, "Bo Li", consents=(ConsentPurpose.SHARING,))
    gone = make_member(group, "Cy Di", email="cy@example.org")
    suppress(address="cy@example.org", scope="", reason=SuppressionReason.BOUNCED)
    vote = make_member_vote(poll, group)
    assert queue_waiting_links(now=now()) == 1
    assert queue_waiting_links(now=now()) == 0
    mail = OutgoingMail.objects.get(purpose="member vote")
    assert (mail.to_email, mail.scope, mail.is_transactional) == ("ada@example.org", group.scope, False)
    assert voter_token(voter(vote, ada)) in mail.text
    assert "We heard both of them." in mail.text
    assert voter(vote, ada).mail == mail
    assert voter(vote, gone).mail is None


def test_whoever_agrees_to_mails_while_it_runs_gets_the_link_then(poll: Poll, group: Group) -> None:
    ada = make_member(group)
    purpose, scope = ConsentPurpose.GROUP_MAIL, group.scope
    withdraw_consent(person=ada, purpose=purpose, source="me", now=now(), scope=scope)
    make_member_vote(poll, group)
    assert queue_waiting_links(now=now()) == 0
    give_consent(
        person=ada, purpose=purpose, wording=present_wording(purpose), source="me", now=now(), scope=scope
    )  # fmt: skip
    assert queue_waiting_links(now=now()) == 1


def test_links_go_out_in_batches(poll: Poll, group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_votes, "BATCH", 2)
    for number in range(5):
        make_member(group, f"Member {number}")
    make_member_vote(poll, group)
    assert queue_waiting_links(now=now(), batches=1) == 2
    assert queue_waiting_links(now=now()) == 3


def test_a_vote_that_was_called_off_mails_nobody(poll: Poll, group: Group) -> None:
    make_member(group)
    cancel_member_vote(vote=make_member_vote(poll, group), actor=make_contact(group), now=now())
    assert queue_waiting_links(now=now()) == 0


def test_a_link_leads_to_its_voter_and_a_forged_one_to_nobody(poll: Poll, group: Group) -> None:
    ada = make_member(group)
    vote = make_member_vote(poll, group)
    token = voter_token(voter(vote, ada))
    assert voter_of(token) == voter(vote, ada)
    for forged in (token[:-1], f"1{token}", "", "17"):
        with pytest.raises(VoteLinkError):
            voter_of(forged)


# --- voting ---------------------------------------------------------------------------------------------------


def test_a_member_has_one_vote_and_may_change_it(poll: Poll, group: Group) -> None:
    ada, bo = make_member(group), make_member(group, "Bo Li")
    vote = make_member_vote(poll, group)
    give(vote, ada, 1)
    give(vote, ada, 2)
    give(vote, bo, "none")
    assert how_many_voted(vote) == (2, 2)
    assert voter(vote, ada).choice == choice_of(poll, 2)


def test_nobody_votes_after_the_close_of_the_vote(poll: Poll, group: Group) -> None:
    ada = make_member(group)
    vote = make_member_vote(poll, group)
    with pytest.raises(VoteClosedError):
        cast_member_vote(voter=voter(vote, ada), choice=choice_of(poll, 1), now=vote.closes_at)
    assert voter(vote, ada).choice is None


def test_nobody_votes_once_it_is_called_off_or_the_group_has_ended(poll: Poll, group: Group) -> None:
    ada = make_member(group)
    vote = make_member_vote(poll, group)
    agreement_ended.send(sender=Group, group=group, at=now())
    vote.refresh_from_db()
    assert vote.cancelled_at is not None
    with pytest.raises(VoteClosedError):
        give(vote, ada, 1)


def test_a_candidate_who_has_withdrawn_and_a_choice_of_another_poll_are_refused(poll: Poll, group: Group) -> None:
    ada = make_member(group)
    vote = make_member_vote(poll, group)
    withdrawn = choice_of(poll, 1)
    assert withdrawn.candidate is not None
    close_choice(candidate=withdrawn.candidate, actor=None)
    foreign = choice_of(make_open_poll(), 2)
    for choice in (choice_of(poll, 1), foreign):
        with pytest.raises(MemberVoteError):
            cast_member_vote(voter=voter(vote, ada), choice=choice, now=now())


def test_nobody_writes_down_who_voted_what(poll: Poll, group: Group) -> None:
    ada = make_member(group)
    vote = make_member_vote(poll, group)
    before = AuditEntry.objects.count()
    give(vote, ada, 1)
    assert AuditEntry.objects.count() == before


def test_a_vote_is_called_off_once(poll: Poll, group: Group) -> None:
    make_member(group)
    vote = make_member_vote(poll, group)
    contact = make_contact(group)
    cancel_member_vote(vote=vote, actor=contact, now=now())
    with pytest.raises(MemberVoteError):
        cancel_member_vote(vote=vote, actor=contact, now=now())


def test_a_vote_that_is_over_cannot_be_called_off(poll: Poll, group: Group) -> None:
    make_member(group)
    vote = make_member_vote(poll, group)
    with pytest.raises(MemberVoteError):
        cancel_member_vote(vote=vote, actor=make_contact(group), now=vote.closes_at)


# --- the result -----------------------------------------------------------------------------------------------


def test_the_result_is_told_after_the_close_only(poll: Poll, group: Group) -> None:
    people = [make_member(group, f"Member {number}") for number in range(3)]
    vote = make_member_vote(poll, group)
    give(vote, people[0], 1)
    give(vote, people[1], 1)
    assert result_of(vote, now=now()) is None
    advice = result_of(vote, now=vote.closes_at)
    assert advice is not None
    assert (advice.votes, advice.asked, advice.voted, advice.leading, advice.is_clear) == ({1: 2}, 3, 2, 1, True)
    assert advice.percent_of(1) == 100
    assert advice.percent_of(2) == 0


def test_a_vote_called_off_has_no_result(poll: Poll, group: Group) -> None:
    make_member(group)
    vote = make_member_vote(poll, group)
    cancel_member_vote(vote=vote, actor=make_contact(group), now=now())
    assert result_of(vote, now=vote.closes_at) is None


def advise(votes: dict[int, int], threshold: int = 50, closed: frozenset[int] = frozenset()) -> tuple[int | None, bool]:
    advice = advice_of(votes, asked=sum(votes.values()) + 1, threshold_percent=threshold, closed=closed)
    return advice.leading, advice.is_clear


def test_the_advice_is_clear_when_one_choice_leads_with_the_share_asked_for() -> None:
    assert advise({}) == (None, False)
    assert advise({1: 1}) == (1, True)
    assert advise({1: 2, 2: 2}) == (None, False)
    assert advise({1: 2, 2: 1, 3: 1}) == (1, True)
    assert advise({1: 2, 2: 1, 3: 1}, threshold=51) == (1, False)
    assert advise({1: 2, 2: 1}, threshold=66) == (1, True)
    assert advise({1: 2, 2: 1}, threshold=67) == (1, False)


def test_a_candidate_who_has_withdrawn_does_not_lead_and_keeps_the_votes() -> None:
    assert advise({1: 3, 2: 2}, closed=frozenset({1})) == (2, False)
    assert advise({1: 3, 2: 2}, threshold=40, closed=frozenset({1})) == (2, True)
    assert advise({1: 3}, closed=frozenset({1})) == (None, False)


@given(
    st.dictionaries(st.integers(1, 5), st.integers(0, 20), max_size=5),
    st.integers(1, 100),
    st.frozensets(st.integers(1, 5)),
)
def test_clear_advice_leads_alone_and_has_its_share(
    votes: dict[int, int], threshold: int, closed: frozenset[int]
) -> None:
    advice = advice_of(votes, asked=200, threshold_percent=threshold, closed=closed)
    if advice.is_clear:
        assert advice.leading is not None
        assert advice.leading not in closed
        assert advice.percent_of(advice.leading) >= threshold - 1e-9
        others = [number for position, number in votes.items() if position not in {advice.leading, *closed}]
        assert all(number < votes[advice.leading] for number in others)


# --- a person's own -------------------------------------------------------------------------------------------


def test_a_person_finds_where_they_are_asked_while_it_runs(poll: Poll, group: Group) -> None:
    ada = make_member(group)
    vote = make_member_vote(poll, group)
    assert [one.vote for one in open_votes_of(ada, now())] == [vote]
    assert not open_votes_of(ada, vote.closes_at)


def test_a_person_takes_their_votes_home(poll: Poll, group: Group) -> None:
    ada = make_member(group)
    vote = make_member_vote(poll, group)
    give(vote, ada, "abstain")
    (row,) = everything_about(ada)["member_votes"]
    assert (row["group"], row["race"], row["choice"]) == (group.name, str(poll.race), "Abstain")


def test_whoever_is_deleted_leaves_their_vote_without_their_name(poll: Poll, group: Group) -> None:
    ada, bo = make_member(group), make_member(group, "Bo Li")
    vote = make_member_vote(poll, group)
    give(vote, ada, 1)
    token = voter_token(voter(vote, ada))
    erase_person(person=ada, actor=None, now=now())
    advice = result_of(vote, now=vote.closes_at)
    assert advice is not None
    assert advice.votes == {1: 1}
    assert set(vote.voters.values_list("person", flat=True)) == {None, bo.pk}
    with pytest.raises(VoteLinkError):
        voter_of(token)
