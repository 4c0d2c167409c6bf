"""The guide for starting a group, and an application as a whole: its tasks, filed, where it stands, withdrawn."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts.language import present_language
from foundation.accounts.models import User
from foundation.accounts.views import signed_in_user
from foundation.places.search import Place, PlaceError, find_place
from foundation.web.limits import is_over_limit, limit_posts
from members.own_details import person_of

from .. import applications
from ..application_history import history, last_words
from ..application_tasks import (
    agreement_of,
    changes_asked,
    missing_to_file,
    open_applications,
    people_of,
    tasks_of,
)
from ..emails import applications as emails
from ..finder import Filters, Results, find_near
from ..forms_applications import NearForm, WithdrawForm
from ..homes import home_at
from ..models import Agreement, Application
from ..turns import ReviewError, StaleError
from .applicant_access import applicant_page, load_application
from .calls import shown_calls

LINKS_A_DAY = 5


# --- the guide ------------------------------------------------------------------------------------------------


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """`/groups/start/`, with `?near=02139` the groups there; whoever has an application open goes on with it."""
    form = NearForm(request.GET if request.GET.get("near", "").strip() else None)
    place: Place | None = form.cleaned_data["near"] if form.is_valid() else None
    user = request.user if isinstance(request.user, User) else None
    person = person_of(user) if user else None
    context = {
        "form": form,
        "place": place,
        "found": _near(place) if place else None,
        "calls": shown_calls(person, place.time_zone if place else person.time_zone if person else "")[:3],
        "open_applications": open_applications(user) if user else [],
    }
    return render(request, "affiliates/application/guide.html", context, status=422 if form.errors else 200)


def _near(place: Place) -> Results:
    return find_near(place, filters=Filters(), page=1, now=timezone.now())


@limit_posts("application", amount=10, seconds=3600)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Begin an application by the guide's button. Whoever has just signed in for it presses once more, here."""
    if request.method != "POST":
        return render(request, "affiliates/application/start.html", {"near": request.GET.get("near", "")[:200]})
    try:
        application = applications.start_application(
            actor=signed_in_user(request), language=present_language(), now=timezone.now(),
            place=_home_typed(request.POST.get("near", "")),
        )  # fmt: skip
    except ReviewError as error:
        messages.error(request, str(error))
        return redirect("group_start")
    return redirect("application_status", pk=application.pk)


def _home_typed(text: str) -> Place | None:
    """The home that was typed on the guide, where it is one; the application asks for it anyway."""
    try:
        return home_at(find_place(text)) if text.strip() else None
    except PlaceError:
        return None


# --- where it stands ------------------------------------------------------------------------------------------


@applicant_page("GET")
def status(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    """The task list while the applicant has it; afterwards what happens next, who has it, and since when."""
    context: dict[str, Any] = {
        "application": application,
        "asked": changes_asked(application),
        "history": history(application, for_staff=False),
    }
    if not application.is_with_applicant:
        context |= {"agreement": _last_agreement(application), "reason": last_words(application, "declined")}
        return render(request, "affiliates/application/status.html", context)
    tasks = tasks_of(application)
    context |= {
        "tasks": tasks,
        "done": sum(task.is_done for task in tasks),
        "missing": missing_to_file(application),
    }
    return render(request, "affiliates/application/tasks.html", context)


def _last_agreement(application: Application) -> Agreement | None:
    if application.group is None:
        return None
    return application.group.agreements.without_bodies().order_by("-created_at", "-pk").first()


@applicant_page("POST")
def mail_link(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    """Mail the link to this application to whoever is signed in."""
    if is_over_limit("application-link", str(user.pk), amount=LINKS_A_DAY, seconds=24 * 3600):
        messages.error(request, _("We have mailed you this link several times today. Look for it in your mail."))
    else:
        emails.queue_link(application, user, at=timezone.now())
        messages.success(request, _("The link is on its way to %(address)s.") % {"address": user.email})
    return redirect("application_status", pk=application.pk)


# --- checked and filed ----------------------------------------------------------------------------------------


@applicant_page("GET", "POST")
def check(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    """Check the answers, and file. What is filed is what was shown: else the page comes again, and says so."""
    if not application.is_with_applicant:
        return redirect("application_status", pk=application.pk)
    problem = ""
    if request.method == "POST":
        try:
            applications.file_application(
                application=application, actor=user, now=timezone.now(), revision=_revision(request)
            )
            return redirect("application_filed", pk=application.pk)
        except StaleError:
            problem = _("Somebody changed an answer since you opened this page. Check the answers once more.")
        except ReviewError as error:
            problem = str(error)
        application = load_application(user, application.pk)
    context = {
        "application": application,
        "people": people_of(application),
        "agreement": agreement_of(application),
        "missing": missing_to_file(application),
        "tasks": {task.key: task for task in tasks_of(application)},
        "problem": problem,
        "has_errors": bool(problem),
    }
    return render(request, "affiliates/application/check.html", context, status=409 if problem else 200)


def _revision(request: HttpRequest) -> int:
    """The revision that a page carried; 0, which is never the present one, for anything else."""
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@applicant_page("GET")
def filed(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    """ "Your application is filed", with the reference number of its agreement."""
    if not application.is_with_staff:
        return redirect("application_status", pk=application.pk)
    context = {"application": application, "agreement": agreement_of(application)}
    return render(request, "affiliates/application/filed.html", context)


@applicant_page("GET", "POST")
def withdraw(request: HttpRequest, user: User, application: Application) -> HttpResponse:
    """Take the application back, after a page that says what follows."""
    if not (application.is_with_applicant or application.is_with_staff):
        return redirect("application_status", pk=application.pk)
    posted = request.POST if request.method == "POST" else None
    form = WithdrawForm(posted, initial={"revision": application.revision})
    if form.is_valid():
        try:
            applications.withdraw_application(
                application=application, actor=user, now=timezone.now(), **form.cleaned_data
            )
        except ReviewError as error:
            messages.error(request, str(error))
            return redirect("application_status", pk=application.pk)
        messages.success(request, _("The application is withdrawn."))
        return redirect("application_status", pk=application.pk)
    context = {"application": application, "form": form}
    return render(request, "affiliates/application/withdraw.html", context, status=422 if form.errors else 200)
