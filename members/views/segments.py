"""The staff's segments: the list, the rules, and the people whom they find."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import User

from ..forms_segments import SegmentForm
from ..models import Segment
from ..people_lists import BY_NAME, list_people
from ..segments import (
    Condition,
    RulesError,
    SegmentError,
    delete_segment,
    in_words,
    people_of,
    read_rules,
    save_segment,
)
from .access import page_number, people_page

PAGE_SIZE = 50


@people_page("GET")
def segment_list(request: HttpRequest, user: User) -> HttpResponse:
    """All segments, in words."""
    segments = [(segment, _words_of(segment)) for segment in Segment.objects.all()]
    return render(request, "members/people/segments.html", {"segments": segments})


def _words_of(segment: Segment) -> str:
    try:
        return in_words(read_rules(segment.rules))
    except RulesError as error:
        return str(error)


@people_page("GET")
def segment_page(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """The people of a segment as of now, with their number."""
    segment = get_object_or_404(Segment, pk=pk)
    page = page_number(request.GET.get("page", "1"))
    try:
        conditions = read_rules(segment.rules)
        people = people_of(conditions, now=timezone.now())
    except RulesError as error:
        return render(request, "members/people/segment.html", {"segment": segment, "problem": str(error)})
    rows = list_people(people.order_by(*BY_NAME)[(page - 1) * PAGE_SIZE : page * PAGE_SIZE + 1])
    context = {
        "segment": segment,
        "words": in_words(conditions),
        "count": people.count(),
        "people": rows[:PAGE_SIZE],
        "page": page,
        "has_next": len(rows) > PAGE_SIZE,
    }
    return render(request, "members/people/segment.html", context)


@people_page("GET", "POST")
def segment_add(request: HttpRequest, user: User) -> HttpResponse:
    """Save a new segment."""
    return _edit(request, user, Segment(), [])


@people_page("GET", "POST")
def segment_change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Change the name and the rules of a segment."""
    segment = get_object_or_404(Segment, pk=pk)
    try:
        conditions = read_rules(segment.rules)
    except RulesError:
        conditions = []
    return _edit(request, user, segment, conditions)


def _edit(request: HttpRequest, user: User, segment: Segment, conditions: Sequence[Condition]) -> HttpResponse:
    form = SegmentForm(
        request.POST if request.method == "POST" else None, initial={"name": segment.name}, conditions=conditions
    )
    if form.is_valid():
        try:
            saved = save_segment(
                segment=segment, name=form.cleaned_data["name"], conditions=form.conditions, actor=user
            )
        except SegmentError as error:
            form.add_error("name", str(error))
        else:
            return redirect(saved)
    context = {"form": form, "segment": segment if segment.pk else None}
    return render(request, "members/people/segment_form.html", context, status=422 if form.is_bound else 200)


@people_page("GET", "POST")
def segment_delete(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Forget a segment, once more asked."""
    segment = get_object_or_404(Segment, pk=pk)
    if request.method == "POST":
        delete_segment(segment=segment, actor=user)
        messages.success(request, _("The segment is deleted."))
        return redirect("segment_list")
    return render(request, "members/people/segment_delete.html", {"segment": segment})
