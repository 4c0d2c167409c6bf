"""The mail that brings a candidate their questionnaire."""

from django.urls import reverse

from affiliates.emails import absolute
from foundation.mail.models import OutgoingMail
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..models import QuestionnaireResponse


def queue_questionnaire(response: QuestionnaireResponse, *, token: str, times_sent: str) -> OutgoingMail:
    """ "Please answer our questions", to the campaign's address. Its link changes nothing by being opened.

    `times_sent` tells one sending from the next. Nobody has asked for it, so an address that is suppressed gets none.
    """
    candidate = response.candidate
    context = {
        "candidate": candidate,
        "race": candidate.race,
        "questionnaire": response.questionnaire,
        "due_at": response.due_at,
        "link": absolute(reverse("questionnaire_answers", args=[token])),
    }
    mail = render_mail("endorsements/questionnaire", context, response.language)
    return queue_mail(
        to=candidate.email,
        **mail._asdict(),
        purpose="questionnaire",
        to_name=candidate.name,
        language=response.language,
        key=f"questionnaire:{response.pk}:{times_sent}",
    )
