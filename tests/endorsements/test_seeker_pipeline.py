"""What staff do for office seekers: the list, a follow-up, the counts by state."""

import datetime

import pytest

from endorsements.models import OfficeSeeker, SeekerStage
from endorsements.seeker_pipeline import (
    FollowUp,
    Pipeline,
    SeekerError,
    StaleSeekerError,
    draw_by_state,
    encouraged_by_state,
    encouraged_in_all,
    follow_up,
    read_pipeline,
    waiting_in_words,
)
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from tests.factories import make_staff

from .making import NOW
from .seeking import make_hand, make_seeker

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
DAY = datetime.timedelta(days=1)


@pytest.fixture
def stella(db: None) -> User:
    return make_staff(StaffTask.ENDORSEMENTS, email="stella@example.org")


def plan(
    text: str = "Called; she thinks about it.",
    stage: SeekerStage = SeekerStage.IN_TOUCH,
    on: datetime.date | None = TODAY + 7 * DAY,
    hands: User | None = None,
) -> FollowUp:
    return FollowUp(text, stage, on, hands)


def shown(pipeline: Pipeline, user: User) -> list[OfficeSeeker]:
    return list(pipeline.seekers(user=user, today=TODAY))


# --- the list ---------------------------------------------------------------------------------------------------


def test_the_list_shows_who_has_confirmed_the_most_pressing_first(stella: User) -> None:
    make_hand()
    new = make_seeker(confirmed_at=NOW - DAY)
    newer = make_seeker(confirmed_at=NOW)
    later = make_seeker(follow_up_on=TODAY + DAY, stage=SeekerStage.IN_TOUCH)
    overdue = make_seeker(follow_up_on=TODAY - DAY, stage=SeekerStage.IN_TOUCH)
    assert shown(Pipeline(), stella) == [overdue, later, new, newer]


def test_it_is_filtered_by_state_level_stage_and_hands(stella: User) -> None:
    one = make_seeker(zip_code="02139", level="local", stage=SeekerStage.FILED, in_hands_of=stella)
    make_seeker(zip_code="78701", level="state")
    for pipeline in (
        Pipeline(state="MA"), Pipeline(level="local"), Pipeline(stage="filed"), Pipeline(is_mine=True)
    ):  # fmt: skip
        assert shown(pipeline, stella) == [one]
        assert pipeline.is_filtered
    assert len(shown(Pipeline(), stella)) == 2
    assert not Pipeline().is_filtered


def test_to_follow_up_by_today_are_the_new_and_those_whose_day_has_come(stella: User) -> None:
    new = make_seeker()
    due = make_seeker(stage=SeekerStage.DECIDED, follow_up_on=TODAY)
    make_seeker(stage=SeekerStage.IN_TOUCH, follow_up_on=TODAY + DAY)
    make_seeker(stage=SeekerStage.IN_TOUCH)
    make_seeker(stage=SeekerStage.NOT_NOW, follow_up_on=TODAY)
    make_hand()
    assert shown(Pipeline(is_due=True), stella) == [due, new]


def test_an_address_says_what_is_shown_and_what_is_no_choice_counts_as_any() -> None:
    pipeline = Pipeline(state="MA", level="party", stage="in touch", is_due=True, is_mine=True)
    assert pipeline.query == "state=MA&level=party&stage=in+touch&due=yes&mine=yes"
    asked = {"state": "MA", "level": "party", "stage": "in touch", "due": "yes", "mine": "yes"}
    assert read_pipeline(asked) == pipeline
    assert read_pipeline({"state": "XX", "level": "x", "stage": "unconfirmed", "due": "1"}) == Pipeline()


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    stella: User, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    for _ in range(5):
        make_seeker(in_hands_of=stella)
    with django_assert_num_queries(2):  # type: ignore[operator]
        for seeker in shown(Pipeline(), stella):
            assert seeker.person
            assert seeker.in_hands_of
            assert seeker.person.primary_email


def test_the_staff_home_says_how_many_wait() -> None:
    assert waiting_in_words() == "Who thinks of running, and what was agreed."
    make_seeker()
    assert waiting_in_words() == "1 person to follow up."


# --- a follow-up ------------------------------------------------------------------------------------------------


def test_a_follow_up_is_written_down_with_the_next_day_and_whose_it_is(stella: User) -> None:
    seeker = make_seeker()
    follow_up(seeker=seeker, plan=plan(hands=stella), revision=0, actor=stella, now=NOW)
    seeker = OfficeSeeker.objects.get(pk=seeker.pk)
    assert (seeker.stage, seeker.follow_up_on, seeker.in_hands_of) == ("in touch", TODAY + 7 * DAY, stella)
    note = seeker.follow_ups.get()
    assert (note.text, note.by, note.at) == ("Called; she thinks about it.", stella, NOW)
    entry = AuditEntry.objects.get()
    assert (entry.subject, entry.details) == (f"seeker:{seeker.pk}", {"was": "new", "stage": "in touch"})


def test_a_change_needs_no_words_and_makes_no_note(stella: User) -> None:
    seeker = make_seeker()
    follow_up(seeker=seeker, plan=plan(text=" "), revision=0, actor=stella, now=NOW)
    assert not seeker.follow_ups.exists()


def test_words_need_no_change(stella: User) -> None:
    seeker = make_seeker()
    same = plan(stage=SeekerStage.NEW, on=None)
    follow_up(seeker=seeker, plan=same, revision=0, actor=stella, now=NOW)
    assert seeker.follow_ups.count() == 1


def test_nothing_said_and_nothing_changed_is_refused(stella: User) -> None:
    with pytest.raises(SeekerError, match="Say what was agreed"):
        follow_up(
            seeker=make_seeker(), plan=plan(" ", SeekerStage.NEW, None), revision=0, actor=stella, now=NOW
        )  # fmt: skip


def test_whoever_read_an_older_state_is_told(stella: User) -> None:
    seeker = make_seeker()
    follow_up(seeker=seeker, plan=plan(), revision=0, actor=stella, now=NOW)
    with pytest.raises(StaleSeekerError, match="since you opened"):
        follow_up(seeker=seeker, plan=plan("Again."), revision=0, actor=stella, now=NOW)
    assert seeker.follow_ups.count() == 1


@pytest.mark.parametrize("gone", [True, False])
def test_who_took_it_back_or_has_not_confirmed_is_not_followed_up(gone: bool, stella: User) -> None:
    seeker = make_hand()
    if gone:
        OfficeSeeker.objects.all().delete()
    with pytest.raises(SeekerError, match="taken it back"):
        follow_up(seeker=seeker, plan=plan(), revision=0, actor=stella, now=NOW)


def test_staff_cannot_make_somebody_unconfirmed(stella: User) -> None:
    with pytest.raises(SeekerError, match="Only they themselves"):
        follow_up(
            seeker=make_seeker(), plan=plan(stage=SeekerStage.UNCONFIRMED), revision=0, actor=stella, now=NOW
        )  # fmt: skip


def test_the_next_day_is_not_one_that_is_over_but_an_old_one_may_stay(stella: User) -> None:
    seeker = make_seeker(follow_up_on=TODAY - DAY)
    with pytest.raises(SeekerError, match="over already"):
        follow_up(seeker=seeker, plan=plan(on=TODAY - 2 * DAY), revision=0, actor=stella, now=NOW)
    follow_up(seeker=seeker, plan=plan(on=TODAY - DAY), revision=0, actor=stella, now=NOW)
    follow_up(seeker=seeker, plan=plan(on=TODAY), revision=1, actor=stella, now=NOW)


# --- how many ---------------------------------------------------------------------------------------------------


def test_each_person_counts_once_whatever_they_aim_at() -> None:
    twice = make_seeker(zip_code="02139", stage=SeekerStage.FILED)
    make_seeker(person=twice.person, zip_code="02143", stage=SeekerStage.NOT_NOW)
    make_seeker(zip_code="78701")
    make_seeker(zip_code="")
    make_hand(zip_code_id="02139", state="MA")
    assert encouraged_in_all() == 3
    assert [(count.code, count.name, count.encouraged, count.running) for count in encouraged_by_state()] == [
        ("MA", "Massachusetts", 1, 1),
        ("TX", "Texas", 1, 0),
        ("", "No state given", 1, 0),
    ]


def test_the_picture_has_a_bubble_a_state_and_a_box_a_territory() -> None:
    for zip_code in ("02139", "01002", "78701", "00901", ""):
        make_seeker(zip_code=zip_code)
    drawn = draw_by_state()
    assert "4 people are encouraged to run." in drawn
    assert drawn.count("<circle") == 3  # MA, TX, and the box of Puerto Rico
    assert ">2</text>" in drawn
    assert "Puerto Rico" in drawn


def test_the_picture_of_nobody_is_the_country() -> None:
    assert "0 people are encouraged to run." in draw_by_state()
