"""Disputes about names: opened from an application or by the group whose name it is, noted on, settled."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.accounts.models import User
from foundation.accounts.views import signed_in_user
from foundation.web.limits import limit_posts

from ..disputes import claimable_by, note_on_dispute, open_dispute, settle_dispute
from ..forms_reviewing import ClaimForm, DisputeNoteForm, OpenDisputeForm, SettleForm
from ..models import Application, DisputeOutcome, Group, NameDispute, Side
from ..permissions import can_claim_name
from ..review_facts import names_alike
from ..review_queue import count_waiting
from ..turns import ReviewError
from .reviewing_access import review_page

SHOWN = 100


@review_page("GET")
def national_disputes(request: HttpRequest, user: User) -> HttpResponse:
    """The open ones, the oldest first, and those that were settled last."""
    rows = NameDispute.objects.with_sides()
    context = {
        "here": "national_disputes",
        "counts": count_waiting(),
        "disputes": list(rows.open().order_by("opened_at", "pk")[:SHOWN]),
        "settled": list(rows.filter(settled_at__isnull=False).order_by("-settled_at", "-pk")[:20]),
    }
    return render(request, "affiliates/reviewing/disputes.html", context)


@review_page("GET", "POST")
def national_dispute_open(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Open a dispute between an application and one of those whose name is alike."""
    application = get_object_or_404(Application.objects.defer("position"), pk=pk)
    alike = names_alike(application)
    form = OpenDisputeForm(request.POST if request.method == "POST" else None, alike=alike)
    if form.is_valid():
        try:
            dispute = open_dispute(
                application=application, other=form.chosen.other, because=form.cleaned_data["because"], actor=user,
                now=timezone.now(),
            )  # fmt: skip
        except ReviewError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The dispute is open. The application is not approved before it is settled."))
            return redirect("national_dispute", dispute.pk)
    context = {"application": application, "form": form, "has_choices": bool(alike)}
    return render(request, "affiliates/reviewing/dispute_open.html", context, status=_status(form))


@review_page("GET", "POST")
def national_dispute(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """One dispute with its notes; a POST writes one."""
    dispute = _dispute(pk)
    form = DisputeNoteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        note_on_dispute(dispute=dispute, text=form.cleaned_data["text"], actor=user, now=timezone.now())
        messages.success(request, _("The note is saved."))
        return redirect("national_dispute", pk)
    notes = dispute.notes.select_related("author").order_by("-pk")
    context = {"dispute": dispute, "form": form, "notes": notes}
    return render(request, "affiliates/reviewing/dispute.html", context, status=_status(form))


@review_page("GET", "POST")
def national_dispute_settle(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """End it, with the outcome and the reason that both sides read."""
    dispute = _dispute(pk)
    form = SettleForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            settle_dispute(
                dispute=dispute, outcome=DisputeOutcome(form.cleaned_data["outcome"]),
                because=form.cleaned_data["because"], actor=user, now=timezone.now(),
            )  # fmt: skip
        except ReviewError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The dispute is settled. Both sides are told."))
            return redirect("national_dispute", pk)
    return render(
        request, "affiliates/reviewing/dispute_settle.html", {"dispute": dispute, "form": form}, status=_status(form)
    )


def _dispute(pk: int) -> NameDispute:
    return get_object_or_404(NameDispute.objects.with_sides(), pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limit_posts("name-dispute", amount=10, seconds=3600)
def group_name_dispute(request: HttpRequest, slug: str) -> HttpResponse:
    """ "This name is ours": a contact of a group in force objects to the name of an application."""
    user, group = signed_in_user(request), get_object_or_404(Group.objects.defer("position"), slug=slug)
    if not can_claim_name(user, group):
        raise Http404
    applications = claimable_by(group)
    form = ClaimForm(request.POST if request.method == "POST" else None, applications=applications)
    if form.is_valid():
        try:
            open_dispute(
                application=form.cleaned_data["application"], other=group, because=form.cleaned_data["because"],
                actor=user, now=timezone.now(), side=Side.APPLICANT,
            )  # fmt: skip
        except ReviewError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("National staff look into it. They write to you when it is settled."))
            return redirect("group_name_dispute", slug)
    context = {"group": group, "form": form, "has_choices": applications.exists()}
    return render(request, "affiliates/reviewing/name_dispute.html", context, status=_status(form))


def _status(form: OpenDisputeForm | DisputeNoteForm | SettleForm | ClaimForm) -> int:
    return 422 if form.is_bound and form.errors else 200
