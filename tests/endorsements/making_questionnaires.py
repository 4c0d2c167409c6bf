"""Questionnaires and what candidates answer, for tests."""

import datetime
from typing import Any

from django.utils import timezone

from endorsements.models import Candidate, Questionnaire, QuestionnaireResponse
from endorsements.questionnaires import QuestionPlan, begin_version, change_version, publish_version, questions_of
from endorsements.responses import Said, asked_questions, save_answers, send_answers

from .making import make_candidate, make_race

FAR = datetime.date(2090, 11, 7)
QUESTIONS = (
    QuestionPlan("Do you support rent control?", is_yes_or_no=True),
    QuestionPlan("Why do you run?"),
    QuestionPlan("Anything else?", is_required=False),
)


def make_version(level: str = "local", *, questions: tuple[QuestionPlan, ...] = QUESTIONS) -> Questionnaire:
    """A published version of a level."""
    now = timezone.now()
    draft = begin_version(level=level, actor=None, now=now)
    read = questions_of(draft)
    change_version(questionnaire=draft, title="Questions to candidates", questions=questions, read=read, actor=None)
    return publish_version(questionnaire=draft, actor=None, now=now)


def make_response(
    candidate: Candidate | None = None, *, said: tuple[Said, ...] = (), is_sent: bool = False, **fields: Any
) -> QuestionnaireResponse:
    """A response of a candidate of a race to come, with these answers; `is_sent` sends them."""
    now = timezone.now()
    candidate = candidate or make_candidate(make_race(election_date=FAR), "Ann Lee", email="ann@example.org")
    version = Questionnaire.objects.filter(level=candidate.race.level, published_at__isnull=False).first()
    response = QuestionnaireResponse.objects.create(
        candidate=candidate,
        questionnaire=version or make_version(candidate.race.level),
        **{"sent_at": now, "due_at": now + datetime.timedelta(days=14), **fields},
    )
    keys = [one.question.pk for one in asked_questions(response)]
    save_answers(response=response, said=dict(zip(keys, said, strict=False)), now=now)
    return send_answers(response=response, now=now) if is_sent else response
