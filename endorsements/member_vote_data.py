"""What is held about a person's votes in their groups: told to the person, and shown on /me/ while a vote is open.

Whoever is deleted leaves their vote without their name (MemberVoter.person).
"""

from collections.abc import Iterable

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from foundation.accounts.models import User
from foundation.accounts.panels import register_panel
from members.models import Person
from members.person_export import Row, register_export_section

from .member_vote_links import voter_token
from .member_votes import open_votes_of
from .models import MemberVoter
from .poll_results import words_of
from .poll_times import moment_in_words, zone_of


def register_member_vote_data() -> None:
    """Called once, when the app is ready."""
    register_export_section("member_votes", _votes, covers=["endorsements.membervoter"])
    register_panel("member votes", 2, member_votes_panel)


def _votes(person: Person) -> Iterable[Row]:
    rows = MemberVoter.objects.filter(person=person).select_related("vote__group", "vote__poll__race", "choice")
    for voter in rows.defer("vote__group__position", "vote__poll__snapshot").order_by("vote__opened_at", "pk"):
        yield {
            "group": voter.vote.group.name,
            "race": str(voter.vote.poll.race),
            "asked_at": voter.vote.opened_at,
            "choice": words_of(voter.choice) if voter.choice else "",
            "voted_at": voter.voted_at,
        }


def member_votes_panel(user: User, request: HttpRequest) -> SafeString | None:
    """On /me/: where the groups of whoever is signed in ask them at this moment; nothing for all others."""
    person = Person.objects.of_user(user).first()
    if person is None:
        return None
    lines = [
        (
            voter.vote,
            reverse("member_vote", args=[voter_token(voter)]),
            moment_in_words(voter.vote.closes_at, voter.vote.group.time_zone or zone_of(voter.vote.poll.race)),
            voter.voted_at is not None,
        )
        for voter in open_votes_of(person, timezone.now())
    ]
    return render_to_string("endorsements/member_votes/panel.html", {"lines": lines}) if lines else None
