"""The monthly calls of its region, for those who organize a group in force."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from members.own_details import person_of

from ..call_times import when_in_words
from ..calls import CallError
from ..forms_calls import QuestionForm
from ..models import AgendaQuestion, Call, Group
from ..regional_calls import MOST_QUESTIONS, ask_question, region_of, take_back_question
from .calls import calendar_file, press_answer, press_cancel, time_here
from .calls_access import group_calls_page

PAST_SHOWN = 12


@group_calls_page("GET")
def group_calls(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """The upcoming calls with their agenda, and what was answered on the last ones."""
    return _draw(request, user, group)


def _draw(
    request: HttpRequest, user: User, group: Group, *, asking: Call | None = None, form: QuestionForm | None = None
) -> HttpResponse:
    now, region, person = timezone.now(), region_of(group), person_of(user)
    zone = group.time_zone or (person.time_zone if person else "")
    of_region = Call.objects.regional().filter(region=region).with_agenda() if region else Call.objects.none()
    answered = set(person.call_answers.coming().values_list("call", flat=True)) if person else set()
    upcoming = [
        {
            "call": call,
            "when": when_in_words(call.starts_at, call.ends_at, call.time_zone),
            "here": time_here(call, zone),
            "is_coming": call.pk in answered,
            "may_ask": call.starts_at > now and _asked_by(call, group) < MOST_QUESTIONS,
            "has_asked_all": _asked_by(call, group) >= MOST_QUESTIONS,
            "form": form if asking == call else QuestionForm(auto_id=f"id_{call.pk}_%s"),
            "has_begun": call.starts_at <= now,
        }
        for call in of_region.upcoming(now)
    ]
    past = of_region.filter(ends_at__lte=now, cancelled_at__isnull=True).order_by("-starts_at", "-pk")[:PAST_SHOWN]
    context = {
        "group": group,
        "region": region,
        "upcoming": upcoming,
        "past": [(call, when_in_words(call.starts_at, call.ends_at, call.time_zone)) for call in past],
        "most_questions": MOST_QUESTIONS,
        "form": form,
        "today": timezone.localdate(),
    }
    status = 422 if form and form.errors else 200
    return render(request, "affiliates/calls/group_calls.html", context, status=status)


def _asked_by(call: Call, group: Group) -> int:
    return sum(question.group_id == group.pk for question in call.questions.all())


def _call_of(group: Group, pk: int) -> Call:
    """The call of this key, of the group's region. Raises Http404."""
    region = region_of(group)
    if region is None:
        raise Http404
    return get_object_or_404(Call.objects.regional().select_related("region"), pk=pk, region=region)


@group_calls_page("POST")
def agenda_ask(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """Put a question on the agenda."""
    call = _call_of(group, pk)
    form = QuestionForm(request.POST, auto_id=f"id_{call.pk}_%s")
    if form.is_valid():
        try:
            ask_question(call=call, group=group, text=form.cleaned_data["text"], actor=user, now=timezone.now())
        except CallError as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, _("Your question is on the agenda."))
            return redirect("group_calls", slug=group.slug)
    return _draw(request, user, group, asking=call, form=form)


@group_calls_page("POST")
def agenda_take_back(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """Delete one's own question."""
    question = get_object_or_404(AgendaQuestion.objects.select_related("call"), pk=pk, group=group)
    try:
        take_back_question(question=question, actor=user, now=timezone.now())
    except CallError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your question is off the agenda."))
    return redirect("group_calls", slug=group.slug)


@group_calls_page("POST")
def group_call_answer(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """Say that one comes: reminders follow."""
    press_answer(request, user, _call_of(group, pk))
    return redirect("group_calls", slug=group.slug)


@group_calls_page("POST")
def group_call_answer_cancel(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """Take the answer back."""
    press_cancel(request, user, _call_of(group, pk))
    return redirect("group_calls", slug=group.slug)


@group_calls_page("GET")
def group_call_calendar(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """The call for people's calendars, with the link."""
    return calendar_file(_call_of(group, pk), shows_way_in=True)
