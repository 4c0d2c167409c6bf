"""What candidates answer: sent by mail, saved as it is typed, sent back, published by staff or not.

The link is a signed reference to the response: it holds no address, opening it changes nothing, and staff make all
links worthless that were mailed before. What was answered for one candidacy can be taken over for another of the same
name and address for two years.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.mail.models import MailState

from .emails.questionnaires import queue_questionnaire
from .models import Answer, Candidate, Question, QuestionnaireResponse
from .questionnaires import QuestionnaireError, current_version

REUSABLE = datetime.timedelta(days=730)
SHOWN_AFTER_ELECTION = datetime.timedelta(days=30)
"""So long behind the election does a link still show what was answered."""
USUAL_DAYS = 14
"""How long a candidate has, unless staff say another day."""
LONGEST_ANSWER = 4_000

_SIGNER = signing.Signer(salt="endorsements.questionnaire")


class ResponseLinkError(Exception):
    """The link is forged, cut off, revoked or too old."""


class Said(NamedTuple):
    """An answer: yes or no where that is asked (None: neither), and words."""

    yes: bool | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with what the candidate has answered so far."""

    question: Question
    said: Said

    @property
    def is_answered(self) -> bool:
        """Is there the answer that it must have? Yes or no where that is asked, else words."""
        return self.said.yes is not None if self.question.is_yes_or_no else bool(self.said.text.strip())


# --- links ----------------------------------------------------------------------------------------------------


def response_token(response: QuestionnaireResponse) -> str:
    """What the present link of a response refers to it by."""
    return _SIGNER.sign(f"{response.pk}:{response.link_number}")


def response_of(token: str, *, now: datetime.datetime) -> QuestionnaireResponse:
    """The response that a link refers to, with its candidate, race and version. Raises ResponseLinkError."""
    try:
        key, _colon, number = _SIGNER.unsign(token).partition(":")
        rows = QuestionnaireResponse.objects.select_related("candidate__race", "questionnaire", "reused_from")
        response = rows.get(pk=int(key), link_number=int(number))
    except (signing.BadSignature, ValueError, QuestionnaireResponse.DoesNotExist) as error:
        raise ResponseLinkError from error
    if response.candidate.race.election_date + SHOWN_AFTER_ELECTION < now.date():
        raise ResponseLinkError
    return response


# --- by staff -------------------------------------------------------------------------------------------------


def send_questionnaire(
    *, candidate: Candidate, due_at: datetime.datetime | None, language: str, actor: User, now: datetime.datetime
) -> QuestionnaireResponse:
    """Mail the candidate the present version of their level, or once more what they have not answered yet.

    Raises QuestionnaireError where the campaign has no address or gets no mail from us, no version is published, the
    candidate has withdrawn or answered this version, and the election or the day to answer by is past.
    """
    with transaction.atomic():
        held = _hold_candidate(candidate)
        version = current_version(held.race.level)
        if version is None:
            raise QuestionnaireError(_("No questionnaire is published for this level."))
        _refuse_sending(held, due_at, now)
        response, _is_new = QuestionnaireResponse.objects.get_or_create(
            candidate=held, questionnaire=version, defaults={"language": language}
        )
        if response.answered_at:
            raise QuestionnaireError(_("This version is answered already."))
        response.candidate, response.questionnaire = held, version
        response.language, response.sent_at, response.due_at = language, now, due_at
        response.save(update_fields=["language", "sent_at", "due_at"])
        mail = queue_questionnaire(response, token=response_token(response), times_sent=f"{now.timestamp():.6f}")
        if mail.state == MailState.SUPPRESSED:
            raise QuestionnaireError(_("The campaign’s address gets no mail from us: it bounced or unsubscribed."))
        record(actor=actor, action="sent questionnaire", subject=held.subject, version=version.version)
    return response


def _refuse_sending(candidate: Candidate, due_at: datetime.datetime | None, now: datetime.datetime) -> None:
    if not candidate.email:
        raise QuestionnaireError(_("Nobody knows the campaign’s e-mail address yet."))
    if candidate.withdrawn_at:
        raise QuestionnaireError(_("This candidate has withdrawn."))
    if candidate.race.election_date < now.date():
        raise QuestionnaireError(_("This election is over."))
    if due_at and due_at <= now:
        raise QuestionnaireError(_("The day to answer by is past."))


def revoke_links(*, response: QuestionnaireResponse, actor: User, now: datetime.datetime) -> QuestionnaireResponse:
    """Make all links that were mailed worthless, as when one went to a wrong address."""
    with transaction.atomic():
        held = _hold(response)
        held.link_number += 1
        held.save(update_fields=["link_number"])
        record(actor=actor, action="revoked questionnaire links", subject=held.candidate.subject)
    return held


def publish_response(*, response: QuestionnaireResponse, actor: User, now: datetime.datetime) -> None:
    """Show the answers on the candidate's page. Raises QuestionnaireError before they are sent."""
    with transaction.atomic():
        held = _hold(response)
        if held.answered_at is None:
            raise QuestionnaireError(_("The candidate has not sent these answers yet."))
        if held.published_at is None:
            held.published_at = now
            held.save(update_fields=["published_at"])
            record(actor=actor, action="published answers", subject=held.candidate.subject)


def hide_response(*, response: QuestionnaireResponse, actor: User) -> None:
    """Take the answers off the candidate's page."""
    with transaction.atomic():
        held = _hold(response)
        if held.published_at:
            held.published_at = None
            held.save(update_fields=["published_at"])
            record(actor=actor, action="hid answers", subject=held.candidate.subject)


def give_back(*, response: QuestionnaireResponse, actor: User) -> None:
    """Let the candidate change what they have sent, by the same link. Raises QuestionnaireError while it is public."""
    with transaction.atomic():
        held = _hold(response)
        if held.published_at:
            raise QuestionnaireError(_("Take the answers off the candidate’s page first."))
        if held.answered_at:
            held.answered_at = None
            held.save(update_fields=["answered_at"])
            record(actor=actor, action="gave questionnaire back", subject=held.candidate.subject)


# --- by the candidate -----------------------------------------------------------------------------------------


def is_open(response: QuestionnaireResponse, now: datetime.datetime) -> bool:
    """Can it still be answered? Also after the day that staff asked for, until the election."""
    candidate = response.candidate
    return not response.answered_at and not candidate.withdrawn_at and candidate.race.election_date >= now.date()


def asked_questions(response: QuestionnaireResponse) -> list[AskedQuestion]:
    """The questions in their order, with what is answered so far. Two queries."""
    answers = {answer.question_id: Said(answer.yes, answer.text) for answer in response.answers.order_by("pk")}
    asked = response.questionnaire.questions.order_by("position")
    return [AskedQuestion(question, answers.get(question.pk, Said())) for question in asked]


def save_answers(
    *, response: QuestionnaireResponse, said: Mapping[int, Said], now: datetime.datetime
) -> QuestionnaireResponse:
    """Keep what is typed so far, by the keys of the questions. Staff do not see it before it is sent.

    Raises QuestionnaireError where it can be answered no more.
    """
    with transaction.atomic():
        held = _hold_open(response, now)
        for question in held.questionnaire.questions.order_by("position"):
            if question.pk in said:
                _write(held, question, said[question.pk])
    return held


def send_answers(*, response: QuestionnaireResponse, now: datetime.datetime) -> QuestionnaireResponse:
    """Send what is saved. Raises QuestionnaireError where a question that must be answered is not."""
    with transaction.atomic():
        held = _hold_open(response, now)
        missing = missing_answers(held)
        if missing:
            raise QuestionnaireError(
                _("These questions are not answered yet: %(numbers)s.")
                % {"numbers": ", ".join(str(one.question.position) for one in missing)}
            )
        held.answered_at = now
        held.save(update_fields=["answered_at"])
        record(actor=None, action="answered questionnaire", subject=held.candidate.subject)
    return held


def missing_answers(response: QuestionnaireResponse) -> list[AskedQuestion]:
    """The questions that must be answered and are not."""
    return [one for one in asked_questions(response) if one.question.is_required and not one.is_answered]


# --- answers of an earlier candidacy --------------------------------------------------------------------------


def earlier_response(response: QuestionnaireResponse, now: datetime.datetime) -> QuestionnaireResponse | None:
    """The newest response of the last two years by the same candidate, in name and address, in another race."""
    return _earlier(response.candidate, now).order_by("-answered_at", "-pk").first()


def _earlier(candidate: Candidate, now: datetime.datetime) -> QuerySet[QuestionnaireResponse]:
    if not candidate.email:
        return QuestionnaireResponse.objects.none()
    same = QuestionnaireResponse.objects.filter(
        candidate__name_key=candidate.name_key, candidate__email=candidate.email, answered_at__gte=now - REUSABLE
    )
    return same.exclude(candidate__race=candidate.race_id).select_related("candidate__race")


def reuse_answers(*, response: QuestionnaireResponse, now: datetime.datetime) -> int:
    """Take over the answers of `earlier_response` to the questions that are the same; returns how many.

    What is answered already stays. Raises QuestionnaireError where there is nothing to take over.
    """
    with transaction.atomic():
        held = _hold_open(response, now)
        earlier = earlier_response(held, now)
        if earlier is None:
            raise QuestionnaireError(_("There are no earlier answers of the last two years."))
        given = {_folded(answer.question.text): answer for answer in earlier.answers.select_related("question")}
        taken = 0
        for one in asked_questions(held):
            answer = given.get(_folded(one.question.text))
            if answer and one.said == Said():
                _write(held, one.question, Said(answer.yes if one.question.is_yes_or_no else None, answer.text))
                taken += 1
        held.reused_from = earlier
        held.save(update_fields=["reused_from"])
        record(actor=None, action="took answers over", subject=held.candidate.subject, answers=taken)
    return taken


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


# --- one response, held ---------------------------------------------------------------------------------------


def _write(response: QuestionnaireResponse, question: Question, said: Said) -> None:
    text = said.text.strip()[:LONGEST_ANSWER]
    yes = said.yes if question.is_yes_or_no else None
    if yes is None and not text:
        Answer.objects.filter(response=response, question=question).delete()
        return
    Answer.objects.update_or_create(response=response, question=question, defaults={"yes": yes, "text": text})


def _hold(response: QuestionnaireResponse) -> QuestionnaireResponse:
    rows = QuestionnaireResponse.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("candidate__race", "questionnaire").get(pk=response.pk)


def _hold_open(response: QuestionnaireResponse, now: datetime.datetime) -> QuestionnaireResponse:
    held = _hold(response)
    if held.link_number != response.link_number or not is_open(held, now):
        raise QuestionnaireError(_("These questions can no longer be answered."))
    return held


def _hold_candidate(candidate: Candidate) -> Candidate:
    rows = Candidate.objects.select_for_update(no_key=True, of=("self",)).select_related("race")
    return rows.get(pk=candidate.pk)
