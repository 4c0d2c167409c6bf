"""The page on which a member votes, behind the link of a mail."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from foundation.web.limits import limit_posts

from ..forms_polls import ChoiceForm
from ..member_vote_links import VoteLinkError, voter_of
from ..member_votes import MemberVoteError, cast_member_vote, is_running
from ..models import MemberVoter
from ..poll_results import words_of
from ..poll_times import moment_in_words, zone_of

limit_votes = limit_posts("member-vote", amount=60, seconds=3600)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limit_votes
def member_vote(request: HttpRequest, token: str) -> HttpResponse:
    """The choices and the member's own vote. Opening it changes nothing; its button votes, and changes the vote."""
    try:
        voter = voter_of(token)
    except VoteLinkError:
        return render(request, "endorsements/member_votes/link_error.html", status=404)
    vote, now = voter.vote, timezone.now()
    form = _form(request, voter)
    if not is_running(vote, now):
        return _page(request, voter, form, is_open=False, status=410 if request.method == "POST" else 200)
    if form.is_valid():
        try:
            cast_member_vote(voter=voter, choice=form.chosen, now=now)
        except MemberVoteError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your vote is given."))
            return redirect("member_vote", token=token)
    return _page(request, voter, form, is_open=True, status=422 if form.is_bound and form.errors else 200)


def _form(request: HttpRequest, voter: MemberVoter) -> ChoiceForm:
    choices = list(voter.vote.poll.choices.order_by("position"))
    if request.method == "POST":
        return ChoiceForm(request.POST, choices=choices)
    return ChoiceForm(choices=choices, initial={"choice": voter.choice_id})


def _page(request: HttpRequest, voter: MemberVoter, form: ChoiceForm, *, is_open: bool, status: int) -> HttpResponse:
    vote = voter.vote
    context = {
        "vote": vote,
        "poll": vote.poll,
        "race": vote.poll.race,
        "group": vote.group,
        "form": form,
        "is_open": is_open,
        "chosen": words_of(voter.choice) if voter.choice else "",
        "closes": moment_in_words(vote.closes_at, vote.group.time_zone or zone_of(vote.poll.race)),
    }
    return render(request, "endorsements/member_votes/vote.html", context, status=status)
