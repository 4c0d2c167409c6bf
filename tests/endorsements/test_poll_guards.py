"""What the database refuses about polls, whoever writes: each rule of migrations/0002_guards.py, violated once."""

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from affiliates.models import Group
from endorsements.ledger import HeldPoll, canonical, hold, in_utc, sha256
from endorsements.models import (
    Ballot,
    BallotStrike,
    EligibleGroup,
    EntryKind,
    Poll,
    PollChoice,
    PollEntry,
    PollState,
)
from endorsements.opening import open_poll
from endorsements.voiding import ask_to_void, void_poll
from tests.factories import make_group, make_user

from .clock import let_time_pass, without_guards
from .making import NOW, make_candidate
from .polling import WEEK, cast_for, choice_of, close, groups_of, make_draft, make_open_poll
from .test_voiding import endorse

pytestmark = pytest.mark.django_db

SECOND = datetime.timedelta(seconds=1)


@contextmanager
def refused_by(rule: str) -> Iterator[None]:
    """The database refuses what is done inside, by this rule."""
    broken = ""
    try:
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError as error:
        broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or str(error)
    assert broken == rule


@pytest.fixture
def poll(db: None) -> Poll:
    return make_open_poll(groups=2)


def change(row: Poll | PollChoice | EligibleGroup | BallotStrike, **fields: Any) -> None:
    """Write past all code of ours, as somebody at a console would."""
    type(row)._default_manager.filter(pk=row.pk).update(**fields)


# --- the poll's row -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"entries": 1},
        {"head": "x"},
        {"tally": {}},
        {"recommended_votes": 1},
        {"closed_at": NOW},
        {
            "state": "void", "voided_at": NOW, "void_asked_by": "user:1", "voided_by": "user:2", "void_because": "x",
        },
    ],
)  # fmt: skip
def test_a_poll_begins_as_a_draft(fields: dict[str, Any]) -> None:
    race = make_draft().race
    Poll.objects.all().delete()
    with refused_by("poll_begins_as_draft"):
        Poll.objects.create(race=race, slug="x", closes_at=timezone.now() + WEEK, **fields)


def test_a_poll_that_was_opened_is_never_deleted(poll: Poll) -> None:
    with refused_by("poll_stays"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM endorsements_poll WHERE id = %s", [poll.pk])


@pytest.mark.parametrize(
    "fields",
    [
        {"words": "Other words."},
        {"slug": "another"},
        {"rule": "most votes"},
        {"eligible": 1},
        {"snapshot": "{}"},
        {"snapshot_hash": "0" * 64},
        {"opened_at": NOW},
    ],
)
@pytest.mark.parametrize("is_closed", [False, True])
def test_what_was_frozen_at_opening_stays(poll: Poll, fields: dict[str, Any], is_closed: bool) -> None:
    if is_closed:
        close(poll)
    with refused_by("poll_frozen"):
        change(poll, **fields)


def test_the_race_of_an_open_poll_stays(poll: Poll) -> None:
    with refused_by("poll_frozen"):
        change(poll, race=make_draft().race)


@pytest.mark.parametrize("change_by", [WEEK, -SECOND])
def test_only_the_ledger_moves_the_closing_time(poll: Poll, change_by: datetime.timedelta) -> None:
    with refused_by("poll_extended_by_ledger"):
        change(poll, closes_at=poll.closes_at + change_by)


@pytest.mark.parametrize("fields", [{"entries": 7}, {"head": "0" * 64}])
def test_only_the_ledger_moves_the_chain(poll: Poll, fields: dict[str, Any]) -> None:
    with refused_by("poll_chain_by_ledger"):
        change(poll, **fields)
    with refused_by("poll_chain_by_ledger"):
        change(make_draft(), **fields)


@pytest.mark.parametrize("state", ["open", "draft", "closed"])
def test_a_poll_does_not_go_back(poll: Poll, state: str) -> None:
    ask_to_void(poll=poll, because="Why not?", actor=make_user(), now=NOW)
    void_poll(poll=poll, actor=make_user(), now=NOW)
    with refused_by("poll_states_in_order"):
        change(poll, state=state)


def test_a_closed_poll_is_not_opened_again_and_a_draft_neither_closed_nor_void(poll: Poll) -> None:
    closed, draft = close(poll), make_draft()
    with refused_by("poll_states_in_order"):
        change(closed, state="open")
    for state in ("closed", "void"):
        with refused_by("poll_states_in_order"):
            change(draft, state=state)


def test_who_voided_a_poll_and_why_stays(poll: Poll) -> None:
    ask_to_void(poll=poll, because="Why not?", actor=make_user(), now=NOW)
    voided = void_poll(poll=poll, actor=make_user(), now=NOW)
    with refused_by("poll_void_stays"):
        change(voided, void_because="Another reason.")


def test_one_person_alone_voids_nothing(poll: Poll) -> None:
    with refused_by("poll_void_by_two_with_reason"):
        change(poll, state="void", voided_at=NOW, void_asked_by="user:1", voided_by="user:1", void_because="x")


def test_a_poll_that_an_endorsement_rests_on_is_never_void(poll: Poll) -> None:
    for group in groups_of(poll):
        cast_for(poll, group, 1)
    closed = close(poll)
    endorse(closed)
    with refused_by("poll_not_void_once_endorsed"):
        change(closed, state="void", voided_at=NOW, void_asked_by="user:1", voided_by="user:2", void_because="x")


# --- the opening ----------------------------------------------------------------------------------------------


def open_by_hand(**changed: Any) -> None:
    """The write that opens a poll, with something changed after it was made ready."""
    make_group(near="02139")
    draft = make_draft()
    save = Poll.save

    def save_another(self: Poll, **options: Any) -> None:
        for name, value in changed.items():
            setattr(self, name, value(self) if callable(value) else value)
        save(self, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Poll, "save", save_another)
        open_poll(poll=draft, revision=0, actor=None)


def reworded(**said: Any) -> dict[str, Any]:
    """Another snapshot, rightly hashed."""

    def text(poll: Poll) -> str:
        return canonical({**json.loads(poll.snapshot), **said})

    return {
        "snapshot": text,
        "snapshot_hash": lambda poll: sha256(poll.snapshot),
        "head": lambda poll: poll.snapshot_hash,
    }


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("poll_opens_now", {"opened_at": NOW}),
        ("poll_opens_now", {"opened_at": lambda _poll: timezone.now() + SECOND * 90}),
        ("poll_snapshot_hashed", {"snapshot_hash": "0" * 64, "head": "0" * 64}),
        ("poll_snapshot_hashed", {"head": "0" * 64}),
        ("poll_snapshot_hashed", {"entries": 1}),
        ("poll_eligible_counted", {"eligible": 2}),
        ("poll_snapshot_true", reworded(words="Something else.")),
        ("poll_snapshot_true", reworded(rule="most votes")),
        ("poll_snapshot_true", reworded(poll="another")),
        ("poll_snapshot_true", reworded(closes_at="2100-01-01T00:00:00.000000+00:00")),
        ("poll_snapshot_true", reworded(opened_at="2100-01-01T00:00:00.000000+00:00")),
        ("poll_snapshot_true", reworded(choices=[])),
        ("poll_snapshot_true", reworded(eligible=[])),
        ("poll_result_stays", {"recommended_votes": 1}),
    ],
)
def test_a_poll_opens_as_what_it_says_or_not_at_all(rule: str, changed: dict[str, Any]) -> None:
    with refused_by(rule):
        open_by_hand(**changed)


def test_a_poll_whose_closing_time_has_passed_does_not_open() -> None:
    moment = timezone.now()
    with refused_by("poll_closes_later"):
        open_by_hand(closes_at=lambda poll: max(moment, poll.opened_at + datetime.timedelta(microseconds=1)))


@pytest.mark.parametrize("kind", ["candidate", "none", "abstain"])
def test_without_one_of_the_kinds_of_choice_no_poll_opens(kind: str) -> None:
    def without(poll: Poll) -> str:
        poll.choices.filter(kind=kind).delete()
        return poll.words

    with refused_by("poll_choices_complete"):
        open_by_hand(words=without)


def test_no_choice_is_closed_from_the_beginning() -> None:
    def closed(poll: Poll) -> str:
        poll.choices.filter(position=1).update(closed_at=NOW)
        return poll.words

    with refused_by("poll_choices_complete"):
        open_by_hand(words=closed)


def test_a_candidate_of_another_race_is_no_choice() -> None:
    stranger = make_candidate(make_draft().race)

    def another(poll: Poll) -> str:
        poll.choices.filter(position=1).update(candidate=stranger)
        return poll.words

    with refused_by("poll_candidates_of_its_race"):
        open_by_hand(words=another)


def test_choices_and_eligible_groups_are_frozen(poll: Poll) -> None:
    group = make_group(near="02139")
    with refused_by("endorsements_eligiblegroup_frozen"):
        EligibleGroup.objects.create(
            poll=poll, group=group, number=9, name="x", place_name="x", why="home", because="x"
        )
    with refused_by("endorsements_eligiblegroup_frozen"):
        change(poll.eligible_groups.get(number=1), name="Another")
    with refused_by("endorsements_eligiblegroup_frozen"):
        poll.eligible_groups.all().delete()
    with refused_by("endorsements_pollchoice_frozen"):
        PollChoice.objects.create(
            poll=poll, position=9, kind="candidate", candidate=make_candidate(poll.race), label="x"
        )
    with refused_by("endorsements_pollchoice_frozen"):
        change(choice_of(poll, 1), closed_at=NOW)
    with refused_by("endorsements_pollchoice_frozen"):
        choice_of(poll, 1).delete()


def test_a_choice_and_a_seat_stay_in_their_poll() -> None:
    one, other = make_draft(), make_draft()
    choice = PollChoice.objects.create(poll=one, position=1, kind="none")
    seat = EligibleGroup.objects.create(
        poll=one, group=make_group(), number=1, name="x", place_name="x", why="home", because="x"
    )
    with refused_by("endorsements_pollchoice_of_one_poll"):
        change(choice, poll=other)
    with refused_by("endorsements_eligiblegroup_of_one_poll"):
        change(seat, poll=other)


# --- entries --------------------------------------------------------------------------------------------------


def entry(poll: Poll, kind: str = "cast", *, said: dict[str, Any] | None = None, **fields: Any) -> PollEntry:
    """An entry as write_entry makes it for the first group and the first choice, with other `fields` and words."""
    held: HeldPoll = hold(poll)
    of_kinds: dict[str, dict[str, Any]] = {
        "cast": {"eligible": poll.eligible_groups.get(number=1), "choice": choice_of(poll, 1)},
        "withdrawn": {"choice": choice_of(poll, 1)},
        "extended": {"closes_at": poll.closes_at + WEEK, "words": "Holidays."},
        "struck": {"eligible": poll.eligible_groups.get(number=1), "words": "A stranger."},
        "closed": {},
    }
    of_all = {"sequence": held.entries + 1, "at": held.now, "previous": held.head}
    values: dict[str, Any] = {**of_all, **of_kinds[kind], **fields}
    words: dict[str, Any] = {
        "poll": poll.slug, "sequence": values["sequence"], "kind": kind, "at": in_utc(values["at"]),
        "previous": values["previous"], "nonce": "0" * 32,
    }  # fmt: skip
    if seat := values.get("eligible"):
        words["group"] = seat.number
    if choice := values.get("choice"):
        words["choice"] = choice.position
    if closes_at := values.get("closes_at"):
        words["closes_at"] = in_utc(closes_at)
    if kind in ("extended", "struck"):
        words["because"] = values["words"]
    text = canonical({**words, **(said or {})})
    return PollEntry(**{"poll": poll, "kind": kind, "by": "user:1", "text": text, "hash": sha256(text), **values})


def test_the_entry_that_these_tests_change_is_taken_unchanged(poll: Poll) -> None:
    for kind in ("cast", "extended", "withdrawn"):
        entry(poll, kind).save()
        poll.refresh_from_db()
    assert poll.entries == 3


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("entry_in_chain", {"sequence": 2}),
        ("entry_in_chain", {"previous": "0" * 64}),
        ("entry_hashed", {"hash": "0" * 64}),
        ("entry_at_its_time", {"at": NOW}),
        ("entry_text_true", {"said": {"choice": 2}}),
        ("entry_text_true", {"said": {"group": 2}}),
        ("entry_text_true", {"said": {"kind": "struck"}}),
        ("entry_text_true", {"said": {"poll": "another"}}),
        ("entry_text_true", {"said": {"sequence": 9}}),
        ("entry_text_true", {"said": {"previous": "0" * 64}}),
        ("entry_text_true", {"said": {"at": "2100-01-01T00:00:00.000000+00:00"}}),
        ("entry_text_true", {"said": {"by": "user:1"}}),
        ("entry_text_true", {"said": {"nonce": "short"}}),
        ("entry_text_true", {"said": {"nonce": None}}),
    ],
)
def test_an_entry_follows_the_last_one_and_says_what_it_does(poll: Poll, rule: str, fields: dict[str, Any]) -> None:
    with refused_by(rule):
        entry(poll, **fields).save()


def test_an_entry_has_the_parts_of_its_kind_and_no_others(poll: Poll) -> None:
    with refused_by("pollentry_kind_has_its_parts"):
        made = entry(poll)
        made.closes_at = poll.closes_at
        made.save()


def test_an_entry_is_not_of_the_future(poll: Poll) -> None:
    with refused_by("entry_at_its_time"):
        entry(poll, at=timezone.now() + SECOND * 90).save()


@pytest.mark.parametrize("kind", ["cast", "extended", "struck", "withdrawn"])
def test_after_the_closing_time_nothing_is_written_but_the_close(poll: Poll, kind: str) -> None:
    let_time_pass(poll)
    with refused_by("entry_before_close"):
        entry(poll, kind).save()


def test_no_poll_is_closed_before_its_time(poll: Poll) -> None:
    with refused_by("entry_close_in_time"):
        entry(poll, "closed").save()


def test_nothing_is_written_into_a_poll_that_is_not_open(poll: Poll) -> None:
    close(poll)
    with refused_by("entry_poll_open"):
        entry(poll).save()


def test_a_closing_time_is_never_shortened(poll: Poll) -> None:
    with refused_by("entry_extends"):
        entry(poll, "extended", closes_at=poll.closes_at - SECOND).save()


def test_only_an_eligible_group_of_this_poll_casts(poll: Poll) -> None:
    seat = make_open_poll(groups=0).eligible_groups.get(number=1)
    with refused_by("entry_of_eligible_group"):
        entry(poll, eligible=seat).save()


def test_only_a_choice_of_this_poll_is_chosen(poll: Poll) -> None:
    choice = choice_of(make_open_poll(groups=0), 1)
    with refused_by("entry_of_its_choices"):
        entry(poll, choice=choice).save()


@pytest.mark.parametrize("status", ["ended", "forming"])
def test_only_a_group_in_force_casts(poll: Poll, status: str) -> None:
    Group.objects.update(status=status)
    with refused_by("entry_of_group_in_force"):
        entry(poll).save()


@pytest.mark.parametrize("kind", ["cast", "withdrawn"])
def test_a_withdrawn_candidate_is_not_chosen_and_does_not_withdraw_again(poll: Poll, kind: str) -> None:
    entry(poll, "withdrawn").save()
    poll.refresh_from_db()
    with refused_by("entry_of_open_choice"):
        entry(poll, kind).save()


def test_only_candidates_withdraw(poll: Poll) -> None:
    with refused_by("entry_withdraws_a_candidate"):
        entry(poll, "withdrawn", choice=choice_of(poll, "none")).save()


def test_a_ballot_is_struck_once_and_by_two(poll: Poll) -> None:
    with refused_by("entry_strikes_a_ballot"):
        entry(poll, "struck").save()
    strike = a_strike(poll)
    with refused_by("entry_struck_by_two"):
        entry(poll, "struck").save()
    change(strike, agreed_by="user:2", agreed_at=NOW)
    with refused_by("entry_struck_by_two"):  # another reason than the two agreed on
        entry(poll, "struck", words="Another.").save()
    entry(poll, "struck").save()
    poll.refresh_from_db()
    with refused_by("entry_strikes_a_ballot"):
        entry(poll, "struck").save()


def test_the_ledger_is_append_only(poll: Poll) -> None:
    cast_for(poll, groups_of(poll)[0], 1)
    with refused_by("endorsements_pollentry_append_only"):
        PollEntry.objects.update(words="Another.")
    with refused_by("endorsements_pollentry_append_only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM endorsements_pollentry")


@pytest.mark.parametrize("table", ["pollentry", "ballot"])
def test_no_ledger_is_emptied_but_an_empty_one_may_be(table: str) -> None:
    """A TRUNCATE of groups reaches it: benchmarks begin with one."""
    statement = f"TRUNCATE endorsements_{table} CASCADE"
    with connection.cursor() as cursor:
        cursor.execute(statement)
    poll = make_open_poll(groups=1)
    cast_for(poll, groups_of(poll)[0], 1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with refused_by(f"endorsements_{table}_never_emptied"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_ballots_are_derived_and_nobody_writes_them(poll: Poll) -> None:
    group = groups_of(poll)[0]
    cast_for(poll, group, 1)
    with refused_by("ballot_by_ledger"):
        Ballot.objects.update(choice=choice_of(poll, 2))
    with refused_by("ballot_by_ledger"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM endorsements_ballot")
    with refused_by("ballot_by_ledger"):
        seat = poll.eligible_groups.get(number=2)
        Ballot.objects.create(
            poll=poll, group=seat.group, eligible=seat, choice=choice_of(poll, 1), entry=poll.ledger.get(), cast_at=NOW
        )


def test_a_group_has_one_ballot_and_it_is_of_an_eligible_one(poll: Poll) -> None:
    """With the triggers off, constraints are left."""
    one, two = poll.eligible_groups.order_by("number")
    cast_for(poll, one.group, 1)
    values = {"poll": poll, "choice": choice_of(poll, 1), "entry": poll.ledger.get(), "cast_at": NOW}
    with pytest.raises(IntegrityError, match="ballot_one_a_group"), transaction.atomic(), without_guards():
        Ballot.objects.create(group=one.group, eligible=two, **values)
    elsewhere = choice_of(make_open_poll(groups=0), 1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE endorsements_ballot DISABLE TRIGGER ballot_derived")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    with refused_by("ballot_of_an_eligible_group"):
        Ballot.objects.create(group=make_group(), eligible=two, **values)
    with refused_by("ballot_choice_of_its_poll"):
        Ballot.objects.create(group=two.group, eligible=two, **{**values, "choice": elsewhere})


# --- the close ------------------------------------------------------------------------------------------------


def closed_by_hand(poll: Poll, *, with_entry: bool = True, **fields: Any) -> None:
    """The close as closing.py writes it for one vote of two groups, with other `fields`."""
    let_time_pass(poll)
    last = entry(poll, "closed")
    if with_entry:
        last.save()
    tally = {"candidates": {"1": 2, "2": 0}, "none": 0, "abstain": 0, "cast": 2}
    winner = choice_of(poll, 1).candidate
    change(
        poll,
        **{
            "state": PollState.CLOSED, "closed_at": last.at, "tally": tally, "recommended": winner,
            "recommended_votes": 2, **fields,
        },
    )  # fmt: skip


@pytest.fixture
def decided(poll: Poll) -> Poll:
    for group in groups_of(poll):
        cast_for(poll, group, 1)
    return poll


def test_the_close_that_these_tests_change_is_taken_unchanged(decided: Poll) -> None:
    closed_by_hand(decided)
    decided.refresh_from_db()
    assert decided.state == PollState.CLOSED


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("poll_closed_by_ledger", {"with_entry": False}),
        ("poll_closed_by_ledger", {"closed_at": NOW}),
        ("poll_votes_counted", {"tally": {"candidates": {"1": 1, "2": 1}, "none": 0, "abstain": 0, "cast": 2}}),
        ("poll_votes_counted", {"tally": {}}),
        ("poll_recommends_by_the_rule", {"recommended": None, "recommended_votes": None}),
    ],
)
def test_a_result_is_what_was_cast_by_the_rule(decided: Poll, rule: str, fields: dict[str, Any]) -> None:
    with refused_by(rule):
        closed_by_hand(decided, **fields)


def test_whom_nobody_chose_is_not_recommended(decided: Poll) -> None:
    with refused_by("poll_recommends_by_the_rule"):
        closed_by_hand(decided, recommended=choice_of(decided, 2).candidate)


def test_a_withdrawn_candidate_is_not_recommended(decided: Poll) -> None:
    entry(decided, "withdrawn").save()
    decided.refresh_from_db()
    with refused_by("poll_recommends_by_the_rule"):
        closed_by_hand(decided)


def test_less_than_a_majority_of_all_eligible_recommends_nobody(poll: Poll) -> None:
    cast_for(poll, groups_of(poll)[0], 1)
    tally = {"candidates": {"1": 1, "2": 0}, "none": 0, "abstain": 0, "cast": 1}
    with refused_by("poll_recommends_by_the_rule"):
        closed_by_hand(poll, tally=tally, recommended_votes=1)
    closed_by_hand(poll, tally=tally, recommended=None, recommended_votes=None)


def test_the_result_stays(decided: Poll) -> None:
    closed = close(decided)
    others: list[dict[str, Any]] = [
        {"tally": {}}, {"recommended": None, "recommended_votes": None}, {"closed_at": NOW},
    ]  # fmt: skip
    for fields in others:
        with refused_by("poll_result_stays"):
            change(closed, **fields)


# --- strikes --------------------------------------------------------------------------------------------------


def a_strike(poll: Poll, **fields: Any) -> BallotStrike:
    seat = poll.eligible_groups.get(number=1)
    if not poll.ledger.exists():
        cast_for(poll, seat.group, 1)
        poll.refresh_from_db()
    values = {
        "poll": poll, "eligible": seat, "entry": poll.ledger.get(sequence=1), "because": "A stranger.",
        "asked_by": "user:1", "asked_at": NOW,
    }  # fmt: skip
    return BallotStrike.objects.create(**{**values, **fields})


def test_a_strike_is_asked_for_first_and_answered_once_by_somebody_else(poll: Poll) -> None:
    with refused_by("strike_asked_first"):
        a_strike(poll, agreed_by="user:2", agreed_at=NOW)
    strike = a_strike(poll)
    with refused_by("ballotstrike_by_two"):
        change(strike, agreed_by="user:1", agreed_at=NOW)
    with refused_by("strike_answered_once"):
        change(strike, because="Another reason.")
    with refused_by("strike_answered_once"):
        change(strike, agreed_by="user:2", agreed_at=NOW, refused_at=NOW)
    change(strike, refused_at=NOW)
    with refused_by("strike_answered_once"):
        change(strike, refused_at=None)
    with refused_by("strike_stays"):
        strike.delete()


def test_a_strike_means_a_ballot_of_that_group(poll: Poll) -> None:
    with refused_by("strike_of_a_ballot"):
        a_strike(poll, eligible=poll.eligible_groups.get(number=2))
    entry(poll, "extended").save()
    with refused_by("strike_of_a_ballot"):
        a_strike(poll, entry=poll.ledger.get(kind=EntryKind.EXTENDED))


def test_a_strike_is_asked_for_once_and_with_a_reason(poll: Poll) -> None:
    a_strike(poll)
    with refused_by("ballotstrike_once_a_ballot"):
        a_strike(poll)
    with refused_by("ballotstrike_has_reason"):
        a_strike(poll, because="")
