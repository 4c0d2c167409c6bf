"""Questionnaires: versions of what candidates of a level are asked. A draft is edited; published, it never changes."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .models import Level, Question, Questionnaire

MOST_QUESTIONS = 40


class QuestionnaireError(Exception):
    """This cannot be done with the version or the response; the message, for the reader, says why."""


class StaleDraftError(QuestionnaireError):
    """Somebody else has changed the draft since it was read."""


@dataclass(frozen=True, slots=True)
class QuestionPlan:
    """One question. With `is_yes_or_no` it asks for yes or no first, and then for words, which may stay out."""

    text: str
    is_yes_or_no: bool = False
    is_required: bool = True


def published(level: str) -> QuerySet[Questionnaire]:
    """The versions of a level that are published. No order."""
    return Questionnaire.objects.filter(level=level, published_at__isnull=False)


def current_version(level: str) -> Questionnaire | None:
    """What candidates of this level are asked now: the newest version that is published."""
    return published(level).order_by("-version").first()


def questions_of(questionnaire: Questionnaire) -> list[QuestionPlan]:
    """What a version asks, in its order."""
    asked = questionnaire.questions.order_by("position")
    return [QuestionPlan(one.text, one.is_yes_or_no, one.is_required) for one in asked]


def begin_version(*, level: str, actor: User | None, now: datetime.datetime) -> Questionnaire:
    """The draft of the next version of a level: the one there is, or a new one with the words of the last."""
    if level not in Level.values:
        raise QuestionnaireError(_("Say which level the office belongs to."))
    with transaction.atomic():
        last = Questionnaire.objects.filter(level=level).order_by("-version").first()
        # Of two who begin at once the second waits for the first, and gets that one's draft.
        draft, is_new = Questionnaire.objects.get_or_create(
            level=level,
            published_at=None,
            defaults={
                "version": last.version + 1 if last else 1,
                "title": last.title if last else _("Questions to candidates"),
                "by": actor,
                "created_at": now,
            },
        )
        if is_new:
            if last:
                _write_questions(draft, questions_of(last))
            record(actor=actor, action="began questionnaire", subject=_subject(draft), version=draft.version)
    return draft


def change_version(
    *,
    questionnaire: Questionnaire,
    title: str,
    questions: Sequence[QuestionPlan],
    read: Sequence[QuestionPlan],
    actor: User | None,
) -> Questionnaire:
    """Ask these questions and no others in a draft, of which `actor` read the questions `read`.

    Raises StaleDraftError where it asks others by now, QuestionnaireError once it is published, for no title, for more
    than MOST_QUESTIONS and for one that is asked twice.
    """
    title = " ".join(title.split())
    if not title:
        raise QuestionnaireError(_("Give it a title."))
    _refuse_questions(questions)
    with transaction.atomic():
        held = _hold_draft(questionnaire)
        if questions_of(held) != list(read):
            raise StaleDraftError(_("Somebody else has changed the draft in the meantime."))
        held.title = title[:120]
        held.save(update_fields=["title"])
        held.questions.all().delete()
        _write_questions(held, questions)
        record(actor=actor, action="changed questionnaire", subject=_subject(held), questions=len(questions))
    return held


def publish_version(*, questionnaire: Questionnaire, actor: User | None, now: datetime.datetime) -> Questionnaire:
    """From now on candidates of its level get it, and it never changes. Raises QuestionnaireError if it is empty."""
    with transaction.atomic():
        held = _hold_draft(questionnaire)
        if not held.questions.exists():
            raise QuestionnaireError(_("It asks nothing yet."))
        held.published_at = now
        held.save(update_fields=["published_at"])
        record(actor=actor, action="published questionnaire", subject=_subject(held), version=held.version)
    return held


def _refuse_questions(questions: Sequence[QuestionPlan]) -> None:
    if len(questions) > MOST_QUESTIONS:
        raise QuestionnaireError(_("Ask %(most)d questions at most.") % {"most": MOST_QUESTIONS})
    texts = [question.text.strip() for question in questions]
    if not all(texts):
        raise QuestionnaireError(_("A question has words."))
    if len({text.casefold() for text in texts}) < len(texts):
        raise QuestionnaireError(_("Two questions are the same."))


def _write_questions(draft: Questionnaire, questions: Sequence[QuestionPlan]) -> None:
    Question.objects.bulk_create(
        Question(
            questionnaire=draft, position=position, text=one.text.strip(), is_yes_or_no=one.is_yes_or_no,
            is_required=one.is_required,
        )
        for position, one in enumerate(questions, start=1)
    )  # fmt: skip


def _hold_draft(questionnaire: Questionnaire) -> Questionnaire:
    held = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    if held.published_at:
        raise QuestionnaireError(_("Version %(version)s is published and does not change.") % {"version": held.version})
    return held


def _subject(questionnaire: Questionnaire) -> str:
    return f"questionnaire:{questionnaire.pk}"
