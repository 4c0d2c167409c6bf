"""The pages of those who hold events: a group's events, one event, who answered it, writing to them, the report."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from affiliates.group_pages import GroupPages
from affiliates.models import Group
from affiliates.permissions import can_organize
from affiliates.roster import who_shares_with
from foundation.accounts.models import User
from foundation.mail.models import MailState
from foundation.web.limits import is_over_limit
from members.models import Person
from members.views.access import page_number

from ..emails.notices import place_of, queue_message_test, render_message
from ..event_times import when_in_words
from ..figures import figures_by_event, figures_of, past_events, sum_of
from ..forms_standing import EventMessageForm, ReportForm
from ..host_pages import events_of_group, group_for, needs_of
from ..hosts import hosts_of
from ..models import Attendance, Event, EventReport, EventState, NoticeKind, RsvpState
from ..models.answers import RsvpQuerySet
from ..notices import NoticeError, next_message_at, recipients_of, send_message
from ..permissions import can_make_event
from ..reports import ReportError, can_be_reported, write_report
from ..standing import CAN_BE_CANCELLED, needs_approval, obstacles_to
from .access import load_kept

PAGE_SIZE = 100
TESTS_AN_HOUR = 10
_CLOSED = (EventState.CANCELLED, EventState.DECLINED)


def host_page(
    request: HttpRequest, user: User, event: Event, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Draw one of an event's own pages, with the group for which `user` keeps it."""
    everything = {
        "event": event,
        "group": group_for(user, event),
        "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
        **context,
    }
    return render(request, f"events/hosting/{template}", everything, status=status)


# --- a group's events -----------------------------------------------------------------------------------------


group_page = GroupPages(can_organize)
"""Views for those who keep a group that has not ended. To others it is not found."""


@group_page("GET")
def group_events(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """What is to come, what is planned, what is over, each with its numbers."""
    if not group.is_listed:
        return render(request, "affiliates/house/closed.html", {"group": group, "what": _("Events")}, status=403)
    context = {
        "group": group,
        "events": events_of_group(group, now=timezone.now()),
        "may_make": can_make_event(user, group),
    }
    return render(request, "events/hosting/group_events.html", context)


@group_page("GET")
def group_events_history(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """Every event that is over: who was going, who came, who did not."""
    if not group.is_listed:
        raise Http404
    page, over = page_number(request.GET.get("page", "1")), past_events(group, now=timezone.now())
    rows = list(over[(page - 1) * PAGE_SIZE : page * PAGE_SIZE + 1])
    figures = figures_by_event(rows[:PAGE_SIZE])
    context = {
        "group": group,
        "rows": [(event, figures[event.pk]) for event in rows[:PAGE_SIZE]],
        "total": sum_of(figures.values()),
        "page": page,
        "previous_page": page - 1,
        "next_page": page + 1 if len(rows) > PAGE_SIZE else None,
    }
    return render(request, "events/hosting/history.html", context)


# --- one event ------------------------------------------------------------------------------------------------


@login_required
@require_safe
def event_home(request: HttpRequest, pk: int) -> HttpResponse:
    """What the event needs first, its numbers, and the ways to all that can be done with it."""
    user, event = load_kept(request, pk)
    now, figures = timezone.now(), figures_of(event)
    context = {
        "now": now,
        "place": place_of(event),
        "figures": figures,
        "needs": needs_of(event, figures, now=now),
        "obstacles": obstacles_to(event, now=now) if event.state == EventState.DRAFT else [],
        "needs_approval": needs_approval(event),
        "hosts": hosts_of(event),
        "is_over": event.is_over(now),
        "is_open": event.state not in _CLOSED and not event.call_id and not event.is_over(now),
        "can_be_cancelled": event.state in CAN_BE_CANCELLED and not event.call_id and not event.is_over(now),
        "may_report": can_be_reported(event, now=now),
        "report": EventReport.objects.select_related("by").filter(event=event).first(),
        "promotion": event.promotions.order_by("-requested_at", "-pk").first(),
    }
    return host_page(request, user, event, "event.html", context)


# --- who answered ---------------------------------------------------------------------------------------------


@login_required
@require_safe
def event_answers(request: HttpRequest, pk: int) -> HttpResponse:
    """Who answered, by name; `?show=` one kind of answer. Details only of those who share them with one's group."""
    user, event = load_kept(request, pk)
    show, page = request.GET.get("show", ""), page_number(request.GET.get("page", "1"))
    answers = _answers(event, show if show in RsvpState.values else "")
    rows = list(answers[(page - 1) * PAGE_SIZE : page * PAGE_SIZE + 1])
    sharing, came = _who_shares(user, event, rows), _who_came(event, rows)
    context = {
        "figures": figures_of(event),
        "show": show,
        "rows": [(rsvp, rsvp.person_id in sharing, rsvp.person_id in came) for rsvp in rows[:PAGE_SIZE]],
        "is_door_open": event.starts_at <= timezone.now(),
        "page": page,
        "previous_page": page - 1,
        "next_page": page + 1 if len(rows) > PAGE_SIZE else None,
    }
    return host_page(request, user, event, "answers.html", context)


def _answers(event: Event, show: str) -> RsvpQuerySet:
    """The confirmed answers by name; those who wait in the order of the line."""
    people = Person.objects.defer("position").prefetch_related("emails", "phones")
    answers = event.rsvps.confirmed().prefetch_related(Prefetch("person", people))
    if show == RsvpState.WAITING:
        return answers.waiting()
    if show:
        answers = answers.filter(state=show)
    return answers.order_by("person__family_key", "person__given_key", "pk")


def _who_shares(user: User, event: Event, rows: Iterable[Any]) -> set[int]:
    """Who of these agreed that the group for which `user` keeps the event sees their contact details."""
    group = group_for(user, event)
    if group is None:
        return set()
    people = [rsvp.person_id for rsvp in rows]
    return set(who_shares_with(group).filter(pk__in=people).order_by("pk").values_list("pk", flat=True))


def _who_came(event: Event, rows: Iterable[Any]) -> set[int]:
    people = [rsvp.person_id for rsvp in rows]
    came = Attendance.objects.in_effect().filter(event=event, person__in=people)
    return set(came.order_by("pk").values_list("person_id", flat=True))


# --- writing to them ------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Write, look at it as mail, have a test sent, send. Nothing is kept before it is sent: it travels in the form."""
    user, event = load_kept(request, pk)
    do = request.POST.get("do", "")
    form = _message_form(request.POST if do else None, user, event)
    if do == "change" or not form.is_valid():
        return _write_page(request, user, event, form, is_error=bool(do) and do != "change" and bool(form.errors))
    if do == "send":
        return _send(request, user, event, form)
    if do == "test":
        _test(request, user, event, form)
    return _preview_page(request, user, event, form)


def _message_form(data: Any, user: User, event: Event, **kwargs: Any) -> EventMessageForm:
    contact = event.group.contact_email if event.group else settings.NETWORK_EMAIL
    addresses = list(dict.fromkeys(filter(None, [contact, user.email])))
    counted = event.rsvps.confirmed().values("state").annotate(count=Count("pk")).order_by("state")
    counts = {row["state"]: row["count"] for row in counted}
    return EventMessageForm(data, addresses=addresses, counts=counts, **kwargs)


def _write_page(
    request: HttpRequest, user: User, event: Event, form: EventMessageForm, *, is_error: bool
) -> HttpResponse:
    if form.is_bound and not is_error:  # shown again to be changed, whatever is wrong with it
        typed = {**request.POST.dict(), "to_states": request.POST.getlist("to_states")}
        form = _message_form(None, user, event, initial=typed)
    context = {
        "form": form,
        "is_approved": event.state == EventState.APPROVED,
        "next_at": next_message_at(event, now=timezone.now()),
        "sent": event.notices.filter(kind=NoticeKind.MESSAGE).select_related("by").order_by("-at", "-pk"),
    }
    return host_page(request, user, event, "message.html", context, status=422 if is_error else 200)


def _preview_page(
    request: HttpRequest, user: User, event: Event, form: EventMessageForm, status: int = 200
) -> HttpResponse:
    given = form.cleaned_data
    previews: list[dict[str, Any]] = [
        {
            "language": code,
            "name": name,
            "mail": render_message(event, subject=given["subject"], text=given["text"], language=code),
        }
        for code, name in settings.LANGUAGES
    ]
    context = {
        "form": form,
        "given": given,
        "previews": previews,
        "recipients": recipients_of(event, given["to_states"]).count(),
    }
    return host_page(request, user, event, "message_preview.html", context, status=status)


def _test(request: HttpRequest, user: User, event: Event, form: EventMessageForm) -> None:
    if is_over_limit("event-message-test", str(user.pk), amount=TESTS_AN_HOUR, seconds=3600):
        messages.error(request, _("You have sent yourself ten tests within an hour. Try again later."))
        return
    typed = {name: form.cleaned_data[name] for name in ("subject", "text", "reply_to")}
    mail = queue_message_test(event, to=user.email, language=user.language, **typed)
    if mail.state == MailState.SUPPRESSED:
        messages.error(request, _("You have unsubscribed from these mails yourself, so the test cannot reach you."))
    else:
        messages.success(request, _("The test is on its way to %(address)s.") % {"address": user.email})


def _send(request: HttpRequest, user: User, event: Event, form: EventMessageForm) -> HttpResponse:
    try:
        send_message(event=event, actor=user, now=timezone.now(), **form.cleaned_data)
    except NoticeError as error:
        messages.error(request, str(error))
        return _preview_page(request, user, event, form, status=409)
    messages.success(request, _("Your message is on its way."))
    return redirect("event_message", event.pk)


# --- afterwards -----------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_report(request: HttpRequest, pk: int) -> HttpResponse:
    """How many people were there, and how it went."""
    user, event = load_kept(request, pk)
    report = EventReport.objects.filter(event=event).first()
    form = ReportForm(request.POST if request.method == "POST" else None, instance=report)
    if form.is_valid():
        try:
            write_report(event=event, actor=user, now=timezone.now(), **form.cleaned_data)
        except ReportError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Thank you. Your report is saved."))
            return redirect("event_home", pk)
    context = {"form": form, "figures": figures_of(event), "may_report": can_be_reported(event, now=timezone.now())}
    return host_page(request, user, event, "report.html", context, status=422 if form.errors else 200)
