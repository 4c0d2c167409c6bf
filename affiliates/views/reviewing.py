"""The staff's queue of applications, one application, and what is done with it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.places.states import state_name

from ..application_history import history
from ..application_tasks import changes_asked
from ..assigning import assign_application
from ..forms_reviewing import AssignForm, ChangesForm, NoteForm, ReasonForm, TurnForm, WaiveForm
from ..models import Application, Region
from ..presence import come_and_look, leave
from ..review_facts import facts_of
from ..review_queue import SHOWN_STATES, Queue, count_waiting, decided, homes_in_queue, read_queue
from ..reviewing import (
    approve_application,
    ask_for_changes,
    decline_application,
    note_internally,
    waive_call,
)
from ..turns import ReviewError, StaleError
from .reviewing_access import review_page

SHOWN = 100


# --- the queue ------------------------------------------------------------------------------------------------


@review_page("GET")
def national_applications(request: HttpRequest, user: User) -> HttpResponse:
    """What waits, the oldest first."""
    queue, counts = read_queue(request.GET), count_waiting()
    context = {
        "here": "national_applications",
        "queue": queue,
        "counts": counts,
        "applications": list(queue.applications(user)[:SHOWN]),
        "states": [(state, state.label, counts.states[state]) for state in SHOWN_STATES],
        "homes": [(code, state_name(code)) for code in homes_in_queue()],
        "regions": Region.objects.order_by("name"),
    }
    return render(request, "affiliates/reviewing/queue.html", context)


@review_page("GET")
def national_decided(request: HttpRequest, user: User) -> HttpResponse:
    """What was decided, the last one first; `?q=` those with a name like it."""
    name = request.GET.get("q", "").strip()[:120]
    context = {
        "here": "national_decided",
        "counts": count_waiting(),
        "name": name,
        "applications": list(decided(name)[:SHOWN]),
    }
    return render(request, "affiliates/reviewing/decided.html", context)


# --- one application ------------------------------------------------------------------------------------------


@review_page("GET")
def national_application(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Everything about one, and what can be done with it."""
    return _application_page(request, user, _application(pk))


@review_page("GET")
def national_application_presence(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Who else has it open: a piece of the page, which htmx asks for again and again."""
    if "HX-Request" not in request.headers:
        return redirect("national_application", pk)
    application = get_object_or_404(Application.objects.only("pk", "revision"), pk=pk)
    read = request.GET.get("revision", "")
    context = {
        "application": application,
        "others": _look(application, user),
        "is_stale": read.isdecimal() and len(read) < 10 and int(read) != application.revision,
        "revision": read if read.isdecimal() else application.revision,
    }
    response = render(request, "affiliates/reviewing/presence.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _application(pk: int) -> Application:
    rows = Application.objects.select_related("group", "applicant", "assigned_to", "zip_code", "decided_by")
    return get_object_or_404(rows.defer("position", "group__position"), pk=pk)


def _look(application: Application, user: User) -> list[User]:
    return come_and_look(item=f"application:{application.pk}", user=user, now=timezone.now())


def _application_page(
    request: HttpRequest, user: User, application: Application, *, note_form: NoteForm | None = None, **context: Any
) -> HttpResponse:
    facts = facts_of(application)
    status = context.pop("status", 422 if note_form else 200)
    turn = {"revision": application.revision, "seen": facts.last_event}
    context |= {
        "application": application,
        "facts": facts,
        "queue": read_queue(request.GET),
        "others": _look(application, user),
        "asked": changes_asked(application),
        "turn": turn,
        "revision": application.revision,
        "assign_form": AssignForm(initial={"to": application.assigned_to_id, **turn}, auto_id="assign_%s"),
        "form": note_form or NoteForm(),
    }
    return render(request, "affiliates/reviewing/application.html", context, status=status)


# --- acts -----------------------------------------------------------------------------------------------------


@review_page("POST")
def national_application_approve(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Approve it, and on to the next."""
    application, form = _application(pk), TurnForm(request.POST)
    if not form.is_valid():
        return _to_page(request, application)
    try:
        approve_application(
            application=application, revision=form.cleaned_data["revision"], actor=user, now=timezone.now()
        )
    except StaleError as error:
        return _stale_page(request, user, pk, form, error)
    except ReviewError as error:
        messages.error(request, str(error))
        return _to_page(request, application)
    return _on(request, user, application, _("%(application)s is approved. It is to be countersigned now."))


@review_page("POST")
def national_application_assign(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Give it to somebody."""
    application, form = _application(pk), AssignForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose somebody who may review applications."))
        return _to_page(request, application)
    to, revision = form.cleaned_data["to"], form.cleaned_data["revision"]
    try:
        assign_application(application=application, revision=revision, to=to, actor=user, now=timezone.now())
    except StaleError as error:
        return _stale_page(request, user, pk, form, error)
    except ReviewError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Assigned to %(who)s.") % {"who": to} if to else _("Assigned to nobody."))
    return _to_page(request, application)


@review_page("POST")
def national_application_note(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Write something down for staff."""
    application, form = _application(pk), NoteForm(request.POST)
    if not form.is_valid():
        return _application_page(request, user, application, note_form=form)
    note_internally(application=application, text=form.cleaned_data["text"], actor=user, now=timezone.now())
    messages.success(request, _("The note is saved."))
    return _to_page(request, application)


@review_page("GET", "POST")
def national_application_changes(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Ask for changes, each at its question."""
    application = _application(pk)
    form = _turn_form(request, application, ChangesForm)
    if form.is_valid():
        try:
            ask_for_changes(
                application=application, revision=form.cleaned_data["revision"], asked=form.asked, actor=user,
                now=timezone.now(),
            )  # fmt: skip
        except ReviewError as error:
            return _form_again(request, user, form, "changes", application=application, error=error)
        return _on(request, user, application, _("%(application)s has it back, with what you asked for."))
    return _form_page(request, user, application, form, "changes")


@review_page("GET", "POST")
def national_application_decline(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Decline it with a reason."""
    application = _application(pk)
    form = _turn_form(request, application, ReasonForm)
    if form.is_valid():
        try:
            decline_application(application=application, actor=user, now=timezone.now(), **_reasoned(form))
        except ReviewError as error:
            return _form_again(request, user, form, "decline", application=application, error=error)
        return _on(request, user, application, _("%(application)s is declined. Its contacts are told why."))
    return _form_page(request, user, application, form, "decline")


@review_page("GET", "POST")
def national_application_waive(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Do without an organizing call this time."""
    application = _application(pk)
    form = _turn_form(request, application, WaiveForm)
    if form.is_valid():
        try:
            waive_call(application=application, actor=user, now=timezone.now(), **_reasoned(form))
        except ReviewError as error:
            return _form_again(request, user, form, "waive", application=application, error=error)
        messages.success(request, _("No organizing call is needed of %(application)s.") % {"application": application})
        return _to_page(request, application)
    return _form_page(request, user, application, form, "waive")


def _turn_form[F: TurnForm](request: HttpRequest, application: Application, kind: type[F]) -> F:
    if request.method == "POST":
        return kind(request.POST)
    last = application.events.order_by("-pk").values_list("pk", flat=True).first()
    return kind(initial={"revision": application.revision, "seen": last or 0})


def _reasoned(form: TurnForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("revision", "reason")}


def _form_page(
    request: HttpRequest, user: User, application: Application, form: TurnForm, name: str, **context: Any
) -> HttpResponse:
    status = context.pop("status", 422 if form.errors else 200)
    context |= {
        "application": application,
        "form": form,
        "others": _look(application, user),
        "revision": form["revision"].value(),
        "queue": read_queue(request.GET),
    }
    return render(request, f"affiliates/reviewing/{name}.html", context, status=status)


def _form_again(
    request: HttpRequest, user: User, form: TurnForm, name: str, *, application: Application, error: ReviewError
) -> HttpResponse:
    """The form once more with what was typed and why it could not be done. Where it was stale it is fresh now."""
    seen, now_it_is = form.cleaned_data.get("seen") or 0, _application(application.pk)
    changed = history(now_it_is, for_staff=True, after=seen)
    # What has changed is on this page: the second press is on the present reading.
    read = {"revision": now_it_is.revision, "seen": changed[0].event.pk if changed else seen}
    fresh = type(form)({**form.cleaned_data, **read})
    fresh.add_error(None, str(error))
    return _form_page(request, user, now_it_is, fresh, name, changed=changed, status=409)


def _stale_page(request: HttpRequest, user: User, pk: int, form: TurnForm, error: StaleError) -> HttpResponse:
    """The page as it is now, with what has changed since it was read."""
    application = _application(pk)
    changed = history(application, for_staff=True, after=form.cleaned_data.get("seen") or 0)
    messages.warning(request, str(error))
    return _application_page(request, user, application, changed=changed, status=409)


def _to_page(request: HttpRequest, application: Application) -> HttpResponse:
    return redirect(_with_queue(reverse("national_application", args=[application.pk]), read_queue(request.GET)))


def _on(request: HttpRequest, user: User, application: Application, said: str) -> HttpResponse:
    """Say what was done; the next one of the same queue follows, or the queue where that was the last."""
    leave(item=f"application:{application.pk}", user=user)
    queue = read_queue(request.GET)
    following = queue.next_after(application, user)
    said %= {"application": application}
    if following is None:
        messages.success(request, f"{said} {_('That was the last one here.')}")
        return redirect(_with_queue(reverse("national_applications"), queue))
    messages.success(request, f"{said} {_('This is the next one.')}")
    return redirect(_with_queue(reverse("national_application", args=[following.pk]), queue))


def _with_queue(path: str, queue: Queue) -> str:
    return f"{path}?{queue.query}" if queue.query else path
