"""The staff's pages of calls: setting them, who was there, and what was answered on those of a region."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.accounts.models import User
from members.erasure import ErasedError
from members.models import Person
from members.models.people import PersonQuerySet
from members.views.access import page_number

from .. import calls, regional_calls
from ..call_times import day_of, hours_of, when_in_words
from ..calls import CallError
from ..forms_calls import AnswerForm, AttendeeForm, CallForm, FollowUpForm, filled_in
from ..models import KEEPS_GROUP, AgendaQuestion, Call, CallAnswer, FollowUp, Region
from ..regions import groups_of
from .calls_access import calls_page

PAGE_SIZE = 50
MOST_EXPECTED = 500
"""People of a region's groups on the list of a call. Others who come are added by name."""


@calls_page("GET")
def national_calls(request: HttpRequest, user: User) -> HttpResponse:
    """The upcoming calls, the next one first; then those that are over or were cancelled, the latest first."""
    now, page = timezone.now(), page_number(request.GET.get("page", "1"))
    found = Call.objects.select_related("region", "host").with_coming()
    past = list(found.past(now)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE + 1])
    context = {
        "upcoming": [_row(call) for call in found.upcoming(now)] if page == 1 else [],
        "past": [_row(call) for call in past[:PAGE_SIZE]],
        "page": page,
        "previous_page": page - 1,
        "next_page": page + 1 if len(past) > PAGE_SIZE else None,
    }
    return render(request, "affiliates/calls/national_calls.html", context)


def _row(call: Call) -> dict[str, Any]:
    hours = hours_of(call.starts_at, call.ends_at, call.time_zone)
    return {"call": call, "day": day_of(call.starts_at, call.time_zone), "hours": hours}


# --- setting a call -------------------------------------------------------------------------------------------


@calls_page("GET", "POST")
def call_new(request: HttpRequest, user: User) -> HttpResponse:
    """Set an organizing call. What the last one had is proposed again."""
    last = Call.objects.organizing().order_by("-starts_at", "-pk").first()
    proposed = (
        {**filled_in(last), "day": None, "time": None, "revision": 0} if last else {"time_zone": "America/New_York"}
    )
    form = CallForm(request.POST if request.method == "POST" else None, initial={**proposed, "host": user})
    if form.is_valid():
        try:
            call = calls.make_call(plan=form.plan(), actor=user, now=timezone.now())
        except CallError as error:
            form.add_error("day", str(error))
        else:
            messages.success(request, _("The call is set."))
            return redirect("national_call", pk=call.pk)
    context = {"form": form, "title": _("Set an organizing call"), "back": reverse("national_calls")}
    return render(request, "affiliates/calls/call_form.html", context, status=422 if form.errors else 200)


@calls_page("GET", "POST")
def call_change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Change a call: those who answered are told."""
    call = _load(pk)
    form = CallForm(request.POST if request.method == "POST" else None, initial=filled_in(call, revision=call.revision))
    if form.is_valid():
        try:
            revision = form.cleaned_data["revision"]
            calls.change_call(call=call, plan=form.plan(), revision=revision, actor=user, now=timezone.now())
        except CallError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("national_call", pk=call.pk)
    context = {"form": form, "title": _("Change the call"), "call": call, "back": reverse("national_call", args=[pk])}
    return render(request, "affiliates/calls/call_form.html", context, status=422 if form.errors else 200)


@calls_page("GET", "POST")
def call_cancel(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Ask whether to call it off, and do it."""
    call = _load(pk)
    if request.method == "POST":
        try:
            calls.cancel_call(call=call, actor=user, now=timezone.now())
        except CallError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The call is cancelled. Those who had signed up are told."))
        return redirect("national_call", pk=pk)
    context = {"call": call, "when": when_in_words(call.starts_at, call.ends_at, call.time_zone)}
    return render(request, "affiliates/calls/call_cancel.html", {**context, "coming": call.answers.coming().count()})


def _load(pk: int) -> Call:
    return get_object_or_404(Call.objects.with_agenda(), pk=pk)


# --- the page of one call -------------------------------------------------------------------------------------


@calls_page("GET")
def national_call(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """One call: who comes and who was there and, of a region's, the agenda with answers and follow-ups."""
    return _draw(request, _load(pk))


def _draw(
    request: HttpRequest,
    call: Call,
    *,
    wrong: AttendeeForm | AnswerForm | FollowUpForm | None = None,
    question: AgendaQuestion | None = None,
) -> HttpResponse:
    """The page; `wrong` is the form that could not be saved, `question` what an AnswerForm was to."""
    now = timezone.now()
    expected = expected_on(call)
    context = {
        "call": call,
        "when": when_in_words(call.starts_at, call.ends_at, call.time_zone),
        "is_over": call.ends_at <= now,
        "has_begun": call.starts_at <= now,
        "can_mark": calls.can_be_marked(call, now),
        "expected": expected,
        "coming": sum(1 for person, answer in expected if answer and answer.cancelled_at is None),
        "attended": sum(1 for person, answer in expected if answer and answer.attended_at),
        "attendee_form": wrong if isinstance(wrong, AttendeeForm) else AttendeeForm(),
        "follow_up_form": wrong if isinstance(wrong, FollowUpForm) else FollowUpForm(call=call, auto_id="id_follow_%s"),
        "agenda": [(one, wrong if one == question else _answer_form(one)) for one in call.questions.all()],
        "today": timezone.localdate(),
        "form": wrong,
    }
    return render(request, "affiliates/calls/national_call.html", context, status=422 if wrong else 200)


def _answer_form(question: AgendaQuestion, data: Any = None) -> AnswerForm:
    return AnswerForm(data, initial={"answer": question.answer}, auto_id=f"id_{question.pk}_%s")


def expected_on(call: Call) -> list[tuple[Person, CallAnswer | None]]:
    """Who answered a call and, on a region's, who works for its groups; by name, with their answers."""
    answers = {answer.person_id: answer for answer in call.answers.with_people()}
    people = {answer.person_id: answer.person for answer in answers.values() if _is_on_list(answer)}
    if call.region:
        people |= {person.pk: person for person in _workers(call.region)[:MOST_EXPECTED]}
    by_name = sorted(people.values(), key=lambda one: (one.family_name.casefold(), one.given_name.casefold(), one.pk))
    return [(person, answers.get(person.pk)) for person in by_name]


def _is_on_list(answer: CallAnswer) -> bool:
    return answer.cancelled_at is None or answer.attended_at is not None


def _workers(region: Region) -> PersonQuerySet:
    """The people who work for the groups in force of a region, as far as they are known as persons."""
    works = Q(user__group_roles__group__in=groups_of(region).listed(), user__group_roles__role__in=KEEPS_GROUP)
    people = Person.objects.filter(works).defer("position").prefetch_related("emails")
    return people.distinct().order_by("family_key", "given_key", "pk")


@calls_page("POST")
def call_mark(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Note that somebody of the list was on the call, or that this was a mistake."""
    call, key = _load(pk), request.POST.get("person", "")
    people = [person for person, _answer in expected_on(call) if str(person.pk) == key]
    act = calls.unmark_attended if request.POST.get("do") == "undo" else calls.mark_attended
    if not people:
        messages.error(request, _("They are no longer on the list of this call."))
    try:
        act(call=call, people=people, actor=user, now=timezone.now())
    except CallError as error:
        messages.error(request, str(error))
    return redirect(f"{reverse('national_call', args=[pk])}#attendance")


@calls_page("POST")
def call_add_attendee(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Somebody came who had not signed up."""
    call, form = _load(pk), AttendeeForm(request.POST)
    if form.is_valid():
        try:
            added = calls.add_attendee(call=call, contact=form.contact(), actor=user, now=timezone.now())
        except ErasedError:
            form.add_error("email", _("They asked to be deleted, so nothing can be stored about them."))
        except CallError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(name)s was on the call.") % {"name": added.person})
            return redirect(f"{reverse('national_call', args=[pk])}#attendance")
    return _draw(request, call, wrong=form)


# --- a region's call ------------------------------------------------------------------------------------------


@calls_page("POST")
def agenda_answer(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Write down what was answered to a question."""
    question = get_object_or_404(AgendaQuestion, pk=pk)
    form = _answer_form(question, request.POST)
    if form.is_valid():
        answer = form.cleaned_data["answer"]
        regional_calls.answer_question(question=question, answer=answer, actor=user, now=timezone.now())
        messages.success(request, _("The answer is saved. The groups of the region see it."))
        return redirect(f"{reverse('national_call', args=[question.call_id])}#agenda")
    return _draw(request, _load(question.call_id), wrong=form, question=question)


@calls_page("POST")
def follow_up_add(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Write down what somebody promised to do."""
    call = _load_regional(pk)
    form = FollowUpForm(request.POST, call=call, auto_id="id_follow_%s")
    if form.is_valid():
        regional_calls.add_follow_up(call=call, **form.cleaned_data, actor=user, now=timezone.now())
        messages.success(request, _("The follow-up is noted."))
        return redirect(f"{reverse('national_call', args=[pk])}#follow-ups")
    return _draw(request, call, wrong=form)


def _load_regional(pk: int) -> Call:
    return get_object_or_404(Call.objects.regional().with_agenda(), pk=pk)


@calls_page("POST")
def follow_up_mark(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Mark a follow-up as done, or as still to do."""
    follow_up = get_object_or_404(FollowUp, pk=pk)
    if request.POST.get("do") == "reopen":
        regional_calls.reopen_follow_up(follow_up=follow_up, actor=user)
    else:
        regional_calls.finish_follow_up(follow_up=follow_up, actor=user, now=timezone.now())
    return redirect(f"{reverse('national_call', args=[follow_up.call_id])}#follow-ups")


@calls_page("POST")
def call_send_answers(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Mail the answers to the contacts of the region's groups."""
    try:
        count = regional_calls.send_answers(call=_load_regional(pk), actor=user, now=timezone.now())
    except CallError as error:
        messages.error(request, str(error))
    else:
        words = ngettext("The answers go to %(count)d contact.", "The answers go to %(count)d contacts.", count)
        messages.success(request, words % {"count": count})
    return redirect("national_call", pk=pk)
