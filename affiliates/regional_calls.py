"""The monthly calls of a region: their agenda, what was answered, and what somebody promised to do."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .call_times import a_month_later
from .calls import CallError, CallPlan
from .emails import calls as emails
from .models import AgendaQuestion, Call, FollowUp, Group, Region
from .regions import group_readers, groups_of

MOST_QUESTIONS = 5
"""Of one group on one call."""

ANNOUNCED_AHEAD = datetime.timedelta(days=7)
"""So long before a call the contacts of the region's groups are told of it; of one set later, at once."""


def region_of(group: Group) -> Region | None:
    """The region in which the group is at home, or None."""
    return Region.objects.of_group(group).select_related("organizer").order_by("pk").first()


def next_months_plan(call: Call) -> CallPlan:
    """The same call a month later: same weekday of the month, same hour in its zone, same link. Not made yet."""
    starts_at = a_month_later(call.starts_at, call.time_zone)
    return CallPlan(
        starts_at=starts_at,
        ends_at=starts_at + call.length,
        time_zone=call.time_zone,
        language=call.language,
        join_link=call.join_link,
        join_words=call.join_words,
        capacity=call.capacity,
        host=call.host,
    )


# --- the agenda -----------------------------------------------------------------------------------------------


def ask_question(*, call: Call, group: Group, text: str, actor: User, now: datetime.datetime) -> AgendaQuestion:
    """Put a question of `group` on the agenda.

    Raises CallError where the call has begun or was cancelled, the group is not in force or not of the region, or has
    MOST_QUESTIONS on the agenda.
    """
    with transaction.atomic():
        locked = _lock(call)
        if locked.region is None or not groups_of(locked.region).listed().filter(pk=group.pk).exists():
            raise CallError(_("This call is not of your group's region."))
        _refuse_begun(locked, now)
        if _asked_by(group, locked) >= MOST_QUESTIONS:
            raise CallError(
                _("Your group has %(count)d questions on the agenda. That is the most.") % {"count": MOST_QUESTIONS}
            )
        question = AgendaQuestion.objects.create(call=locked, group=group, asked_by=actor, asked_at=now, text=text)
        record(actor=actor, action="asked agenda question", subject=f"call:{locked.pk}", group=group.pk)
    return question


def take_back_question(*, question: AgendaQuestion, actor: User, now: datetime.datetime) -> None:
    """Delete one's own question. Raises CallError once the call has begun, and where it is somebody else's."""
    with transaction.atomic():
        locked = _lock(question.call)
        if question.asked_by_id != actor.pk:
            raise CallError(_("Somebody else asked this question."))
        _refuse_begun(locked, now)
        question.delete()
        record(actor=actor, action="took back agenda question", subject=f"call:{locked.pk}")


def answer_question(*, question: AgendaQuestion, answer: str, actor: User, now: datetime.datetime) -> None:
    """Write down what was answered; again, to correct it."""
    with transaction.atomic():
        locked = AgendaQuestion.objects.select_for_update(of=("self",)).get(pk=question.pk)
        locked.answer, locked.answered_by, locked.answered_at = answer, actor, now
        locked.save(update_fields=["answer", "answered_by", "answered_at"])
        record(actor=actor, action="answered agenda question", subject=f"call:{locked.call_id}", question=locked.pk)


def _asked_by(group: Group, call: Call) -> int:
    return call.questions.filter(group=group).count()


def _lock(call: Call) -> Call:
    return Call.objects.select_for_update(no_key=True, of=("self",)).select_related("region").get(pk=call.pk)


def _refuse_begun(call: Call, now: datetime.datetime) -> None:
    if call.cancelled_at:
        raise CallError(_("This call was cancelled."))
    if call.starts_at <= now:
        raise CallError(_("This call has begun, so its agenda stands."))


# --- follow-ups -----------------------------------------------------------------------------------------------


def add_follow_up(
    *, call: Call, what: str, who: str, due: datetime.date, actor: User, now: datetime.datetime,
    question: AgendaQuestion | None = None,
) -> FollowUp:  # fmt: skip
    """Write down what somebody promised to do by a date, to a question or to the call as a whole.

    Raises CallError where the question is of another call.
    """
    if question and question.call_id != call.pk:
        raise CallError(_("This question is of another call."))
    with transaction.atomic():
        follow_up = FollowUp.objects.create(call=call, question=question, what=what, who=who, due=due, created_at=now)
        record(actor=actor, action="noted follow-up", subject=f"call:{call.pk}", follow_up=follow_up.pk)
    return follow_up


def finish_follow_up(*, follow_up: FollowUp, actor: User, now: datetime.datetime) -> bool:
    """Mark it as done. True if it was open."""
    with transaction.atomic():
        is_new = bool(FollowUp.objects.open().filter(pk=follow_up.pk).update(done_at=now, done_by=actor))
        if is_new:
            record(
                actor=actor, action="finished follow-up", subject=f"call:{follow_up.call_id}", follow_up=follow_up.pk
            )
    return is_new


def reopen_follow_up(*, follow_up: FollowUp, actor: User) -> bool:
    """It was not done after all. True if it had been marked."""
    with transaction.atomic():
        done = FollowUp.objects.filter(pk=follow_up.pk, done_at__isnull=False)
        is_new = bool(done.update(done_at=None, done_by=None))
        if is_new:
            record(
                actor=actor, action="reopened follow-up", subject=f"call:{follow_up.call_id}", follow_up=follow_up.pk
            )
    return is_new


# --- mails to the groups --------------------------------------------------------------------------------------


def announce_calls(*, now: datetime.datetime) -> int:
    """Tell the contacts of each region of its call within ANNOUNCED_AHEAD, once; returns of how many calls."""
    due = (
        Call.objects.regional()
        .upcoming(now)
        .filter(announced_at__isnull=True, starts_at__gt=now, starts_at__lte=now + ANNOUNCED_AHEAD)
    )
    return sum(_announce(pk, now) for pk in list(due.values_list("pk", flat=True)))


def _announce(pk: int, now: datetime.datetime) -> bool:
    with transaction.atomic():
        waiting = Call.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("region")
        call = waiting.filter(pk=pk, announced_at__isnull=True, cancelled_at__isnull=True).first()
        if call is None or call.region is None:
            return False
        for reader, group in group_readers(call.region):
            emails.queue_regional_call_set(call, reader, group=group)
        call.announced_at = now
        call.save(update_fields=["announced_at"])
    return True


def send_answers(*, call: Call, actor: User, now: datetime.datetime) -> int:
    """Mail the contacts of the region's groups what was answered on the call, once; returns how many are written to.

    Raises CallError before the call begins, where nothing is answered yet, and where they were written to already.
    """
    with transaction.atomic():
        locked = _lock(call)
        if locked.region is None or locked.cancelled_at or locked.starts_at > now:
            raise CallError(_("There are no answers before the call."))
        if locked.answers_sent_at:
            raise CallError(_("The answers were sent already."))
        questions = list(locked.questions.exclude(answer="").select_related("group").order_by("asked_at", "pk"))
        if not questions:
            raise CallError(_("No question is answered yet."))
        readers = group_readers(locked.region)
        for reader, group in readers:
            emails.queue_regional_answers(locked, reader, group=group, questions=questions)
        locked.answers_sent_at = now
        locked.save(update_fields=["answers_sent_at"])
        record(actor=actor, action="sent answers of call", subject=f"call:{locked.pk}", readers=len(readers))
    return len(readers)
