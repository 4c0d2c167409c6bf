"""What the contacts of a poll's groups are told, when they are reminded, and that nobody is told twice."""

import datetime
from typing import Any

import pytest

from affiliates.models import Group, GroupStatus
from endorsements import poll_jobs, poll_notices
from endorsements.ballots import close_choice
from endorsements.extending import extend_poll
from endorsements.models import Poll, PollNotice, PollNoticeKind
from endorsements.poll_notices import NoticeError, make_due_reminders, queue_waiting_notices, remind_now
from endorsements.strikes import agree_to_strike, ask_to_strike
from endorsements.voiding import ask_to_void, void_poll
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail, Priority
from tests.factories import make_contact, make_group, make_staff

from .clock import let_time_pass
from .polling import cast_for, choice_of, close, groups_of, make_open_poll

pytestmark = pytest.mark.django_db

DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.ENDORSEMENTS)


@pytest.fixture
def other() -> User:
    return make_staff(StaffTask.ENDORSEMENTS)


def queue(now: datetime.datetime | None = None, **limits: Any) -> int:
    return queue_waiting_notices(now=now or datetime.datetime.now(datetime.UTC), **limits)


def mails(purpose: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(purpose=purpose).order_by("pk"))


def told(purpose: str) -> list[str]:
    return [mail.to_email for mail in mails(purpose)]


def asked(poll: Poll) -> list[tuple[Group, User]]:
    """Every eligible group with a contact of its own."""
    return [(group, make_contact(group, f"contact{group.pk}@example.org")) for group in groups_of(poll)]


# --- the opening ----------------------------------------------------------------------------------------------


def test_the_opening_is_told_to_all_contacts_once() -> None:
    poll = make_open_poll()
    people = asked(poll)
    second = make_contact(people[0][0])
    make_contact(people[1][0], role="organizer")
    assert queue() == 4
    assert queue() == 0
    assert sorted(told("poll opened")) == sorted([*(user.email for _group, user in people), second.email])
    notice = PollNotice.objects.get(kind=PollNoticeKind.OPENED)
    assert (notice.recipients, notice.queued_at is not None) == (4, True)


def test_the_mail_of_the_opening_says_what_a_contact_needs() -> None:
    poll = make_open_poll()
    (group, _contact), *_others = asked(poll)
    queue()
    mail = next(mail for mail in mails("poll opened") if group.scope == mail.scope)
    assert str(poll.race) in mail.subject
    assert group.name in mail.text
    assert "Please ask your members." in mail.text
    assert "3 groups are asked" in mail.text
    assert f"/organize/groups/{group.slug}/polls/{poll.slug}/" in mail.text
    assert "EDT" in mail.text or "EST" in mail.text


def test_a_group_alone_reads_that_its_vote_decides() -> None:
    asked(make_open_poll(groups=1))
    queue()
    assert "its vote decides" in mails("poll opened")[0].text


def test_a_contact_reads_it_in_their_language() -> None:
    poll = make_open_poll(groups=1)
    make_contact(groups_of(poll)[0])
    contact = make_contact(groups_of(poll)[0])
    contact.language = "es"
    contact.save()
    queue()
    assert {mail.language for mail in mails("poll opened")} == {"en", "es"}


def test_mails_to_many_stand_behind_what_somebody_waits_for_and_reach_the_unsubscribed() -> None:
    poll = make_open_poll(groups=1)
    ((group, contact),) = asked(poll)
    cast_for(poll, group, 1, actor=contact)
    queue()
    assert mails("poll opened")[0].priority == Priority.BULK
    assert mails("poll opened")[0].is_transactional
    assert mails("ballot cast")[0].priority == Priority.NOW


def test_batches_go_on_where_the_last_one_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_notices, "BATCH", 2)
    poll = make_open_poll(groups=5)
    people = asked(poll)
    assert queue(batches=1) == 2
    assert poll_notices.is_waiting()
    notice = PollNotice.objects.get()
    assert (notice.queued_up_to, notice.recipients, notice.queued_at) == (2, 2, None)
    assert queue() == 3
    assert not poll_notices.is_waiting()
    assert sorted(told("poll opened")) == sorted(user.email for _group, user in people)


def test_a_batch_that_dies_is_queued_again_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    asked(make_open_poll())

    def die(*_args: object) -> int:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("endorsements.emails.polls.queue_notice_mails", die)
        with pytest.raises(RuntimeError):
            queue()
    assert PollNotice.objects.get().queued_up_to == 0
    assert queue() == 3


def test_a_receipt_does_not_wait_behind_a_notice_to_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_notices, "BATCH", 1)
    poll = make_open_poll(groups=4)
    people = asked(poll)
    cast_for(poll, people[3][0], 1, actor=people[3][1])
    queue(batches=2)
    assert told("ballot cast") == [people[3][1].email]
    assert len(told("poll opened")) == 1


def test_a_group_whose_agreement_has_ended_is_not_told_of_the_opening() -> None:
    poll = make_open_poll()
    (gone, _contact), *others = asked(poll)
    Group.objects.filter(pk=gone.pk).update(status=GroupStatus.ENDED)
    queue()
    assert sorted(told("poll opened")) == sorted(user.email for _group, user in others)


def test_what_is_overtaken_is_not_told() -> None:
    poll = make_open_poll()
    asked(poll)
    close(poll)
    queue()
    assert told("poll opened") == []
    assert len(told("poll closed")) == 3


def test_a_contact_who_cannot_sign_in_is_not_written_to() -> None:
    poll = make_open_poll(groups=1)
    ((_group, contact),) = asked(poll)
    User.objects.filter(pk=contact.pk).update(is_active=False)
    assert queue() == 0


# --- ballots --------------------------------------------------------------------------------------------------


def test_a_ballot_is_told_to_all_contacts_with_its_receipt_and_without_the_choice() -> None:
    poll = make_open_poll()
    (group, ada), *_others = asked(poll)
    make_contact(group, "bo@example.org")
    User.objects.filter(pk=ada.pk).update(name="Ada Díaz")
    receipt = cast_for(poll, group, 1, actor=ada)
    queue()
    to_ada, to_bo = mails("ballot cast")
    assert [to_ada.to_email, to_bo.to_email] == [ada.email, "bo@example.org"]
    assert "By: You." in to_ada.text
    assert "By: Ada Díaz." in to_bo.text
    assert receipt.hash in to_bo.text
    assert str(choice_of(poll, 1)) not in to_bo.text + to_bo.subject
    assert to_bo.subject.startswith("Ballot cast")


def test_a_changed_ballot_says_that_it_was_changed() -> None:
    poll = make_open_poll()
    (group, contact), *_others = asked(poll)
    cast_for(poll, group, 1, actor=contact)
    cast_for(poll, group, 2, actor=contact)
    queue()
    assert [mail.subject.partition(":")[0] for mail in mails("ballot cast")] == ["Ballot cast", "Ballot changed"]


def test_a_ballot_of_somebody_whose_account_is_gone_was_cast_by_a_contact() -> None:
    poll = make_open_poll(groups=1)
    ((group, _contact),) = asked(poll)
    gone = make_contact(group)
    cast_for(poll, group, 1, actor=gone)
    gone.delete()
    queue()
    assert "By: A point of contact." in mails("ballot cast")[0].text


def test_a_struck_ballot_is_told_with_the_reason(staff: User, other: User) -> None:
    poll = make_open_poll()
    (group, contact), *_others = asked(poll)
    cast_for(poll, group, 1, actor=contact)
    now = datetime.datetime.now(datetime.UTC)
    strike = ask_to_strike(poll=poll, group=group, because="Cast by a stranger.", actor=staff, now=now)
    agree_to_strike(strike=strike, actor=other, now=now)
    queue()
    (mail,) = mails("ballot struck")
    assert mail.to_email == contact.email
    assert "Cast by a stranger." in mail.text


# --- changes and ends -----------------------------------------------------------------------------------------


def test_more_time_is_told_to_all_with_the_reason_and_the_new_time(staff: User) -> None:
    poll = make_open_poll()
    asked(poll)
    extend_poll(poll=poll, closes_at=poll.closes_at + DAY, because="The storm.", actor=staff)
    extend_poll(poll=poll, closes_at=poll.closes_at + 2 * DAY, because="Still the storm.", actor=staff)
    queue()
    told_of = mails("poll extended")
    assert len(told_of) == 6
    assert {"The storm." in mail.text for mail in told_of} == {True, False}


def test_only_those_who_chose_a_candidate_who_withdraws_are_asked_to_choose_again() -> None:
    poll = make_open_poll()
    people = asked(poll)
    cast_for(poll, people[0][0], 1)
    cast_for(poll, people[1][0], 2)
    candidate = choice_of(poll, 1).candidate
    assert candidate is not None
    close_choice(candidate=candidate, actor=None)
    queue()
    (mail,) = mails("candidate withdrew")
    assert mail.to_email == people[0][1].email
    assert str(choice_of(poll, 1)) in mail.subject


def test_the_close_tells_who_is_recommended() -> None:
    poll = make_open_poll()
    people = asked(poll)
    for group, _contact in people[:2]:
        cast_for(poll, group, 1)
    close(poll)
    queue()
    poll.refresh_from_db()
    assert poll.recommended is not None
    assert len(mails("poll closed")) == 3
    assert f"2 of 3 groups chose {poll.recommended.name}" in mails("poll closed")[0].text
    assert poll.get_absolute_url() in mails("poll closed")[0].text


def test_the_close_tells_that_nobody_is_recommended_also_to_a_group_that_cast_and_ended() -> None:
    poll = make_open_poll()
    people = asked(poll)
    cast_for(poll, people[0][0], 1)
    Group.objects.filter(pk__in=[people[0][0].pk, people[1][0].pk]).update(status=GroupStatus.ENDED)
    close(poll)
    queue()
    assert sorted(told("poll closed")) == sorted([people[0][1].email, people[2][1].email])
    assert "nobody is recommended" in mails("poll closed")[0].text


def test_a_void_poll_is_told_with_the_reason_and_nothing_else_of_it(staff: User, other: User) -> None:
    poll = make_open_poll()
    asked(poll)
    close(poll)
    now = datetime.datetime.now(datetime.UTC)
    ask_to_void(poll=poll, because="The list was wrong.", actor=staff, now=now)
    void_poll(poll=poll, actor=other, now=now)
    queue()
    assert told("poll closed") == []
    assert len(mails("poll void")) == 3
    assert "The list was wrong." in mails("poll void")[0].text


# --- reminders ------------------------------------------------------------------------------------------------


def reminded(poll: Poll, now: datetime.datetime) -> list[str]:
    make_due_reminders(now=now)
    queue(now)
    return told("poll reminder")


def half_time(poll: Poll) -> datetime.datetime:
    moment = poll_notices.half_time_of(poll)
    assert moment is not None
    return moment


def test_who_has_not_cast_is_reminded_at_half_time_and_on_the_last_day() -> None:
    poll = make_open_poll()
    people = asked(poll)
    cast_for(poll, people[0][0], 1)
    silent = sorted(user.email for _group, user in people[1:])
    assert reminded(poll, half_time(poll) - HOUR) == []
    assert sorted(reminded(poll, half_time(poll))) == silent
    assert sorted(reminded(poll, half_time(poll) + HOUR)) == silent
    cast_for(poll, people[1][0], 2)
    assert len(reminded(poll, poll.closes_at - DAY)) == 3
    assert len(reminded(poll, poll.closes_at - HOUR)) == 3
    assert told("poll reminder")[-1] == people[2][1].email
    assert mails("poll reminder")[-1].subject.startswith("Last day")


def test_nobody_is_reminded_of_a_poll_whose_time_is_over() -> None:
    poll = make_open_poll()
    asked(poll)
    assert reminded(poll, poll.closes_at) == []


def test_of_reminders_that_were_missed_only_the_last_is_sent() -> None:
    poll = make_open_poll(groups=1)
    asked(poll)
    assert len(reminded(poll, poll.closes_at - HOUR)) == 1
    assert PollNotice.objects.filter(kind=PollNoticeKind.HALF_TIME).count() == 0


def test_a_poll_of_a_few_hours_reminds_nobody() -> None:
    poll = make_open_poll(groups=1, closes_in=5 * HOUR)
    asked(poll)
    assert reminded(poll, poll.closes_at - HOUR) == []


def test_the_last_day_comes_anew_after_the_time_was_made_later_and_half_time_does_not(staff: User) -> None:
    poll = make_open_poll(groups=1)
    asked(poll)
    assert len(reminded(poll, half_time(poll))) == 1
    assert len(reminded(poll, poll.closes_at - DAY)) == 2
    extended = extend_poll(poll=poll, closes_at=poll.closes_at + 7 * DAY, because="The storm.", actor=staff)
    assert len(reminded(extended, half_time(extended) + DAY)) == 2
    assert len(reminded(extended, extended.closes_at - DAY)) == 3


def test_whoever_was_told_of_more_time_a_moment_ago_is_not_reminded(staff: User) -> None:
    poll = make_open_poll(groups=1, closes_in=2 * DAY + HOUR)
    asked(poll)
    let_time_pass(poll, until_close=DAY + HOUR)
    PollNotice.objects.update(at=poll.opened_at)
    extended = extend_poll(poll=poll, closes_at=poll.closes_at + HOUR, because="The storm.", actor=staff)
    assert reminded(extended, extended.closes_at - DAY) == []


def test_staff_remind_by_hand_once_a_day(staff: User) -> None:
    poll = make_open_poll()
    people = asked(poll)
    cast_for(poll, people[0][0], 1)
    now = datetime.datetime.now(datetime.UTC)
    remind_now(poll=poll, actor=staff, now=now)
    queue()
    assert sorted(told("poll reminder")) == sorted(user.email for _group, user in people[1:])
    assert AuditEntry.objects.filter(action="reminded groups of poll", subject=poll.subject).count() == 1
    assert poll_notices.next_reminder_by_hand_at(poll, now=now) == now + DAY
    with pytest.raises(NoticeError):
        remind_now(poll=poll, actor=staff, now=now + DAY - HOUR)
    remind_now(poll=poll, actor=staff, now=now + DAY)
    assert poll_notices.next_reminder_by_hand_at(poll, now=now + 3 * DAY) is None


def test_nobody_is_reminded_by_hand_of_a_closed_poll(staff: User) -> None:
    poll = make_open_poll()
    close(poll)
    with pytest.raises(NoticeError):
        remind_now(poll=poll, actor=staff, now=datetime.datetime.now(datetime.UTC))


def test_the_queries_of_a_batch_do_not_grow_with_its_groups_beyond_their_mails(
    django_assert_max_num_queries: Any,
) -> None:
    poll = make_open_poll(groups=2)
    make_group()
    asked(poll)
    with django_assert_max_num_queries(18):
        queue()


def test_the_job_rings_again_where_it_has_left_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_notices, "BATCH", 1)
    asked(make_open_poll(groups=22))
    rung: list[int] = []
    monkeypatch.setattr(poll_jobs, "ring", lambda: rung.append(1))
    poll_jobs.queue_mails_of_polls()
    assert (len(told("poll opened")), len(rung)) == (20, 1)
    poll_jobs.queue_mails_of_polls()
    assert (len(told("poll opened")), len(rung)) == (22, 1)


def test_the_sweep_does_a_few_batches_and_reminds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_notices, "BATCH", 1)
    poll = make_open_poll(groups=5)
    asked(poll)
    poll_jobs.queue_waiting_mails()
    assert len(told("poll opened")) == 3
    let_time_pass(poll, until_close=HOUR)
    PollNotice.objects.update(at=poll.opened_at)
    poll_jobs.remind_of_polls()
    assert PollNotice.objects.filter(kind=PollNoticeKind.LAST_DAY).count() == 1
