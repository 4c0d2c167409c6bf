"""What a candidate answered, on their public page."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from .models import Candidate, QuestionnaireResponse
from .responses import asked_questions


def published_response(candidate: Candidate) -> QuestionnaireResponse | None:
    """Of the responses that staff have published, that to the newest version."""
    published = candidate.responses.filter(published_at__isnull=False).select_related("questionnaire")
    return published.order_by("-questionnaire__version", "-pk").first()


def answers_panel(candidate: Candidate, request: HttpRequest) -> SafeString | None:
    """The panel of a candidate's page with their answers; None where none are published."""
    response = published_response(candidate)
    if response is None:
        return None
    context = {"response": response, "asked": asked_questions(response)}
    return render_to_string("endorsements/questionnaire/panel.html", context, request)
