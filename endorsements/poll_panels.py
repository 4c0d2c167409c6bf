"""What the public page of a race says of a poll that is open."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from .models import Race
from .poll_times import closing_in_words
from .public_panels import register_race_panel


def register_poll_panels() -> None:
    """Called once, when the app is ready."""
    register_race_panel("open poll", 10, open_poll_panel)


def open_poll_panel(race: Race, request: HttpRequest) -> SafeString | None:
    """That the groups of the area are asked at this moment, and until when."""
    poll = race.polls.open().select_related("race").defer("snapshot").first()
    if poll is None:
        return None
    return render_to_string("endorsements/polls/race_panel.html", {"poll": poll, "closes": closing_in_words(poll)})
