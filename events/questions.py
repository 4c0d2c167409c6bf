"""The host's own questions to those who answer an event."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from . import line
from .copying import copy_questions
from .models import Event, EventQuestion
from .planning import EventError, refuse_closed, refuse_stale
from .series import for_later_dates

MOST_QUESTIONS = 5
MOST_CHOICES = 12


@dataclass(frozen=True)
class QuestionPlan:
    """A question, in their own words or with choices: then people take one of them."""

    text: str
    choices: tuple[str, ...] = ()
    is_required: bool = False


def questions_of(event: Event) -> list[QuestionPlan]:
    """What the event asks now, in its order."""
    asked = event.questions.order_by("position")
    return [QuestionPlan(one.text, tuple(one.choices), one.is_required) for one in asked]


def set_questions(
    *,
    event: Event,
    questions: Sequence[QuestionPlan],
    revision: int,
    actor: User,
    now: datetime.datetime,
    for_later: bool = False,
) -> Event:
    """Ask these and no others, of the event and with `for_later` of all later dates of its series; returns the event.

    What people have answered already stays with the words that they were asked. Raises StaleEventError, and EventError
    for more than five questions, for choices that are none, and for an event that is closed.
    """
    _refuse(questions)
    with transaction.atomic():
        locked = line.lock_event(event)
        refuse_closed(locked, now)
        refuse_stale(locked, revision)
        locked.questions.all().delete()
        EventQuestion.objects.bulk_create(
            EventQuestion(
                event=locked, position=position, text=one.text, choices=list(one.choices), is_required=one.is_required
            )
            for position, one in enumerate(questions, start=1)
        )
        _raise_revision(locked)
        if for_later:
            for_later_dates(locked, lambda other: _copy(locked, other), now)
        record(actor=actor, action="set questions", subject=locked.scope, count=len(questions))
    return locked


def _copy(event: Event, other: Event) -> None:
    copy_questions(event, other)
    _raise_revision(other)


def _raise_revision(event: Event) -> None:
    event.revision += 1
    event.save(update_fields=["revision"])


def _refuse(questions: Sequence[QuestionPlan]) -> None:
    if len(questions) > MOST_QUESTIONS:
        raise EventError(_("You can ask up to five questions."))
    for one in questions:
        if len(one.choices) == 1 or len(set(one.choices)) != len(one.choices) or len(one.choices) > MOST_CHOICES:
            raise EventError(_("Give at least two choices, each another, and 12 at most."))
