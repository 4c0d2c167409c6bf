"""A group's polls: its list, the ballot of one, and the vote of its members before it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from affiliates.models import Group
from foundation.accounts.models import User

from .. import ballots, member_votes
from ..forms_polls import ChoiceForm, MemberVoteForm, closing_fields
from ..group_polls import GroupPoll, group_poll, polls_of
from ..member_votes import MemberVoteError
from ..models import Poll, PollState
from ..permissions import can_ask_members
from ..poll_results import words_of
from ..poll_times import closing_in_words, moment_in_words, zone_of
from ..refusals import PollError
from .polls_access import group_polls_page, opened_poll


def _zone(group: Group, poll: Poll) -> str:
    return group.time_zone or zone_of(poll.race)


@group_polls_page("GET")
def group_polls(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """The polls in which the group has a vote, open ones first, then those that are over."""
    found = [(poll, closing_in_words(poll, _zone(group, poll))) for poll in polls_of(group)[:200]]
    context = {
        "group": group,
        "running": [line for line in reversed(found) if line[0].state == PollState.OPEN],
        "over": [line for line in found if line[0].state != PollState.OPEN],
    }
    return render(request, "endorsements/ballots/list.html", context)


# --- the ballot -----------------------------------------------------------------------------------------------


def group_ballot(request: HttpRequest, slug: str, poll: str) -> HttpResponseBase:
    """The ballot that stands, with its receipt; or the choices, then "check your answer", then it is cast."""
    if request.method == "POST" and request.POST.get("do") == "cast" and _is_cast(request, slug, poll):
        return redirect("group_poll", slug, poll)
    return _group_ballot(request, slug=slug, poll=poll)


def _is_cast(request: HttpRequest, slug: str, poll: str) -> bool:
    """The last press of a contact, done. False: it cannot be done so, and the pages say why."""
    if not isinstance(request.user, User):
        return False
    found = ballots.what_is_cast(poll=poll, group=slug, choice=request.POST.get("choice", ""), actor=request.user)
    if found is None:
        return False
    try:
        ballots.cast(poll=found[0], group=found[1], choice=found[2], actor=request.user)
    except PollError:
        return False
    return True


@group_polls_page("GET", "POST")
def _group_ballot(request: HttpRequest, user: User, group: Group, poll: str) -> HttpResponse:
    asked = group_poll(opened_poll(poll), group, user, now=timezone.now())
    if request.method == "POST":
        return _fill_in(request, user, group, asked)
    if asked.ballot or not asked.can_cast:
        return _show(request, user, group, asked)
    return _ask(request, user, group, asked, _choice_form(asked))


@group_polls_page("GET")
def group_ballot_change(request: HttpRequest, user: User, group: Group, poll: str) -> HttpResponse:
    """The choices again, with the present one chosen."""
    asked = group_poll(opened_poll(poll), group, user, now=timezone.now())
    if not asked.ballot or not asked.can_cast:
        return redirect("group_poll", group.slug, poll)
    form = _choice_form(asked, initial={"choice": asked.ballot.choice_id})
    return _ask(request, user, group, asked, form)


def _choice_form(asked: GroupPoll, *args: Any, **kwargs: Any) -> ChoiceForm:
    return ChoiceForm(*args, choices=list(asked.poll.choices.order_by("position")), **kwargs)


def _fill_in(request: HttpRequest, user: User, group: Group, asked: GroupPoll) -> HttpResponse:
    """What was posted: a choice to be checked, one to go back on, or one to be cast."""
    if not asked.can_cast:
        return _show(request, user, group, asked, status=403)
    form = _choice_form(asked, request.POST)
    if not form.is_valid() or request.POST.get("do") == "back":
        return _ask(request, user, group, asked, form)
    if request.POST.get("do") != "cast":
        context = _context(group, asked) | {"choice": form.chosen, "words": words_of(form.chosen)}
        return render(request, "endorsements/ballots/check.html", context)
    try:
        ballots.cast(poll=asked.poll, group=group, choice=form.chosen, actor=user)
    except PollError as error:
        form.add_error(None, str(error))
        return _ask(request, user, group, asked, form)
    return redirect("group_poll", group.slug, asked.poll.slug)


def _ask(request: HttpRequest, user: User, group: Group, asked: GroupPoll, form: ChoiceForm) -> HttpResponse:
    closed = asked.poll.choices.filter(closed_at__isnull=False).order_by("position")
    context = _context(group, asked) | _members(user, group, asked) | {"form": form, "withdrawn": list(closed)}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "endorsements/ballots/choose.html", context, status=status)


def _show(request: HttpRequest, user: User, group: Group, asked: GroupPoll, status: int = 200) -> HttpResponse:
    """Where the group's ballot stands, and why nothing can be done where that is so."""
    context = _context(group, asked) | _members(user, group, asked)
    if asked.ballot:
        context["cast_at"] = moment_in_words(asked.ballot.cast_at, _zone(group, asked.poll))
        context["words"] = words_of(asked.ballot.choice)
    is_foreign = asked.seat is None
    return render(request, "endorsements/ballots/stands.html", context, status=403 if is_foreign else status)


def _context(group: Group, asked: GroupPoll) -> dict[str, Any]:
    poll = asked.poll
    closes = closing_in_words(poll, _zone(group, poll))
    return {"group": group, "asked": asked, "poll": poll, "race": poll.race, "closes": closes}


def _members(user: User, group: Group, asked: GroupPoll) -> dict[str, Any]:
    """What the group's people see of the vote of its members: that it runs, or what it advises."""
    vote, now = member_votes.vote_of(asked.poll, group), timezone.now()
    if vote is None:
        return {"may_ask_members": _may_ask(user, group, asked)}
    vote.poll, vote.group = asked.poll, group
    advice = member_votes.result_of(vote, now=now)
    voted, of = member_votes.how_many_voted(vote)
    found: dict[str, Any] = {
        "vote": vote,
        "vote_closes": moment_in_words(vote.closes_at, _zone(group, asked.poll)),
        "vote_runs": advice is None,
        "voted": voted,
        "members_asked": of,
        "may_end_vote": advice is None and can_ask_members(user, group),
    }
    if advice:
        choices = asked.poll.choices.order_by("position")
        lines = [(words_of(one), advice.votes.get(one.position, 0), advice.percent_of(one.position)) for one in choices]
        leading = next((words_of(one) for one in choices if one.position == advice.leading), "")
        found |= {"advice": advice, "advice_lines": lines, "leading": leading}
    return found


def _may_ask(user: User, group: Group, asked: GroupPoll) -> bool:
    """Before the ballot is cast: afterwards it would be advice on what is done."""
    return asked.can_cast and asked.ballot is None and can_ask_members(user, group)


# --- asking the members ---------------------------------------------------------------------------------------


@group_polls_page("GET", "POST")
def group_member_vote(request: HttpRequest, user: User, group: Group, poll: str) -> HttpResponse:
    """A contact asks the members of the group what its ballot should be."""
    asked = group_poll(opened_poll(poll), group, user, now=timezone.now())
    if asked.seat is None or not can_ask_members(user, group):
        raise Http404
    if member_votes.vote_of(asked.poll, group) or not _may_ask(user, group, asked):
        return redirect("group_poll", group.slug, poll)
    form = _vote_form(request, group, asked.poll)
    if form.is_valid() and _opened(asked.poll, group, user, form):
        messages.success(request, _("Your members are asked. Their mails go out in the next minutes."))
        return redirect("group_poll", group.slug, poll)
    context = _context(group, asked) | {"form": form, "members": member_votes.members_asked_of(group)}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "endorsements/ballots/member_vote_new.html", context, status=status)


def _vote_form(request: HttpRequest, group: Group, poll: Poll) -> MemberVoteForm:
    if request.method == "POST":
        return MemberVoteForm(request.POST)
    now = timezone.now()
    proposed = now + (poll.closes_at - now) / 2
    return MemberVoteForm(initial=closing_fields(proposed, _zone(group, poll)) | {"threshold_percent": 50})


def _opened(poll: Poll, group: Group, user: User, form: MemberVoteForm) -> bool:
    given = form.cleaned_data
    try:
        member_votes.open_member_vote(
            poll=poll, group=group, threshold_percent=given["threshold_percent"], closes_at=form.closes_at,
            words=given["words"], actor=user, now=timezone.now(),
        )  # fmt: skip
    except MemberVoteError as error:
        form.add_error(None, str(error))
        return False
    return True


@group_polls_page("POST")
def group_member_vote_end(request: HttpRequest, user: User, group: Group, poll: str) -> HttpResponse:
    """The contact calls the vote off: there is no result, and the members' links say that it is over."""
    if not can_ask_members(user, group):
        raise Http404
    vote = member_votes.vote_of(opened_poll(poll), group)
    if vote is None:
        return redirect("group_poll", group.slug, poll)
    try:
        member_votes.cancel_member_vote(vote=vote, actor=user, now=timezone.now())
    except MemberVoteError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The vote of your members is called off."))
    return redirect("group_poll", group.slug, poll)
