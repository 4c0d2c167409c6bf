"""A poll's draft, and what is frozen and hashed when it opens."""

import datetime
import hashlib
import json

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from affiliates.models import Group
from endorsements import signals
from endorsements.models import RULE, Poll, PollState
from endorsements.opening import (
    PollError,
    StalePollError,
    change_poll,
    drop_poll,
    make_poll,
    obstacles_to,
    open_poll,
)
from foundation.audit.models import AuditEntry
from tests.factories import make_group, make_user

from .hearing import heard
from .making import NOW, make_area, make_candidate, make_race
from .polling import WEEK, close, make_draft, make_open_poll

pytestmark = pytest.mark.django_db


def opened(draft: Poll) -> Poll:
    return open_poll(poll=draft, revision=draft.revision, actor=make_user())


# --- the draft ------------------------------------------------------------------------------------------------


def test_a_draft_takes_the_address_of_its_race_and_a_second_poll_the_next() -> None:
    race = make_race(slug="mayor-of-cambridge-2026")
    make_candidate(race)
    first = make_open_poll(race=race, groups=1)
    close(first)
    dropped = make_draft(race)
    assert (first.slug, dropped.slug) == ("mayor-of-cambridge-2026", "mayor-of-cambridge-2026-2")
    drop_poll(poll=dropped, actor=None)
    assert make_draft(race).slug == "mayor-of-cambridge-2026-2"
    assert make_draft(make_race(slug="mayor-of-cambridge-2026-2")).slug == "mayor-of-cambridge-2026-2-2"


@pytest.mark.parametrize("state", [PollState.DRAFT, PollState.OPEN])
def test_a_race_has_one_poll_at_a_time(state: str) -> None:
    poll = make_draft() if state == PollState.DRAFT else make_open_poll(groups=1)
    with pytest.raises(PollError, match="not closed yet"):
        make_draft(poll.race)


def test_a_race_that_a_group_proposed_is_confirmed_first() -> None:
    with pytest.raises(PollError, match="Confirm the race"):
        make_draft(make_race(confirmed_at=None))


def test_the_closing_time_lies_ahead() -> None:
    draft = make_draft()
    with pytest.raises(PollError, match="has passed"):
        make_poll(race=make_race(), words="", closes_at=NOW, actor=None, now=NOW)
    with pytest.raises(PollError, match="has passed"):
        change_poll(poll=draft, words="", closes_at=NOW, revision=0, actor=None, now=NOW)


def test_a_draft_is_changed_on_the_revision_that_was_read() -> None:
    draft, later = make_draft(), timezone.now() + 2 * WEEK
    changed = change_poll(poll=draft, words=" New. ", closes_at=later, revision=0, actor=None, now=timezone.now())
    assert (changed.words, changed.closes_at, changed.revision) == ("New.", later, 1)
    with pytest.raises(StalePollError):
        change_poll(poll=draft, words="", closes_at=later, revision=0, actor=None, now=timezone.now())
    with pytest.raises(StalePollError):
        open_poll(poll=draft, revision=0, actor=None)


def test_what_was_opened_is_neither_changed_nor_dropped_nor_opened_again() -> None:
    poll = make_open_poll(groups=1)
    with pytest.raises(PollError, match="was opened"):
        change_poll(
            poll=poll, words="", closes_at=timezone.now() + WEEK, revision=poll.revision, actor=None, now=timezone.now()
        )
    with pytest.raises(PollError, match="was opened"):
        drop_poll(poll=poll, actor=None)
    with pytest.raises(PollError, match="was opened"):
        open_poll(poll=poll, revision=poll.revision, actor=None)


def test_each_act_on_a_poll_is_on_record() -> None:
    draft = make_draft()
    change_poll(
        poll=draft, words="", closes_at=timezone.now() + WEEK, revision=0, actor=make_user(), now=timezone.now()
    )
    subject = draft.subject
    drop_poll(poll=draft, actor=make_user())
    acts = AuditEntry.objects.filter(subject=subject).order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["made poll", "changed poll", "dropped poll"]


# --- the opening ----------------------------------------------------------------------------------------------


def test_opening_freezes_who_is_asked_what_can_be_chosen_the_rule_and_the_time() -> None:
    area = make_area("02139", "02143", name="Middlesex")
    race = make_race(area=area, office="Mayor", district="Seventh")
    make_candidate(race, "Zoë Ábel", party="Greens")
    make_candidate(race, "Ann Lee")
    home = make_group("Home", near="02139")
    serving = make_group("Serving", near="01002")
    serving.areas_served.add(area)
    make_group("Elsewhere", near="90210")
    poll = opened(make_draft(race))

    said = json.loads(poll.snapshot)
    assert said["race"]["office"] == "Mayor"
    assert said["race"]["zip_codes"] == ["02139", "02143"]
    assert said["rule"] == RULE
    assert said["words"] == "Please ask your members."
    assert said["choices"] == [
        {"position": 1, "kind": "candidate", "label": "Ann Lee"},
        {"position": 2, "kind": "candidate", "label": "Zoë Ábel (Greens)"},
        {"position": 3, "kind": "none", "label": ""},
        {"position": 4, "kind": "abstain", "label": ""},
    ]
    assert said["eligible"] == [
        {"number": 1, "group": "Home", "place": home.place_name, "why": "home", "because": "02139"},
        {"number": 2, "group": "Serving", "place": serving.place_name, "why": "serves", "because": "Middlesex"},
    ]
    assert poll.opened_at is not None
    assert [datetime.datetime.fromisoformat(said[name]) for name in ("opened_at", "closes_at")] == [
        poll.opened_at, poll.closes_at,
    ]  # fmt: skip
    assert (poll.state, poll.eligible) == (PollState.OPEN, 2)


def test_the_hash_of_the_exact_frozen_text_is_the_head_of_the_chain() -> None:
    poll = make_open_poll(groups=2)
    assert poll.snapshot_hash == hashlib.sha256(poll.snapshot.encode()).hexdigest()
    assert (poll.head, poll.entries) == (poll.snapshot_hash, 0)


def test_those_above_hear_of_the_opening() -> None:
    make_group(near="02139")
    draft, actor = make_draft(), make_user()
    with heard(signals.poll_opened) as said:
        poll = open_poll(poll=draft, revision=0, actor=actor)
    assert said == [{"poll": poll, "actor": actor}]


def test_only_confirmed_candidates_who_stand_are_choices() -> None:
    race = make_race()
    make_candidate(race, "Stands")
    make_candidate(race, "Proposed", confirmed_at=None)
    make_candidate(race, "Withdrawn", withdrawn_at=NOW, withdrawn_because="Tired.")
    poll = make_open_poll(race=race, groups=1)
    assert [choice.label for choice in poll.choices.filter(kind="candidate")] == ["Stands"]


def test_a_name_that_changes_later_stays_as_it_was_asked_about() -> None:
    poll = make_open_poll(groups=1)
    before = poll.snapshot
    Group.objects.update(name="Renamed")
    poll.refresh_from_db()
    assert poll.snapshot == before
    assert poll.eligible_groups.get().name != "Renamed"


def test_without_a_group_a_candidate_or_an_area_no_poll_opens_and_staff_read_why() -> None:
    draft = make_draft(candidates=0)
    make_group(near="02139")
    with pytest.raises(PollError, match="Nobody whom you have confirmed"):
        opened(draft)
    make_candidate(draft.race)
    Group.objects.all().delete()
    with pytest.raises(PollError, match="No affiliate"):
        opened(draft)
    draft.race.area = None
    draft.race.save()
    with pytest.raises(PollError, match="area of this race is unknown"):
        opened(draft)
    draft.race.confirmed_at = None
    draft.race.save()
    with pytest.raises(PollError, match="Confirm the race"):
        opened(draft)
    assert len(obstacles_to(draft.race)) == 2
    assert Poll.objects.get().state == PollState.DRAFT


def test_a_race_with_all_of_it_has_no_obstacle() -> None:
    make_group(near="02139")
    assert obstacles_to(make_draft().race) == []


def test_one_group_is_enough() -> None:
    assert make_open_poll(groups=1).eligible == 1


def test_a_draft_whose_time_has_passed_does_not_open() -> None:
    make_group(near="02139")
    draft = make_draft()
    Poll.objects.filter(pk=draft.pk).update(closes_at=NOW)
    with pytest.raises(PollError, match="has passed"):
        opened(draft)


def test_opening_takes_the_same_queries_for_any_number_of_groups(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _number in range(40):
        make_group(near="02139")
    draft = make_draft()
    with django_assert_max_num_queries(24):
        assert open_poll(poll=draft, revision=0, actor=None).eligible == 40
