"""The countersigner's queue, and one agreement to countersign or to decline."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.fresh_sign_in import fresh_sign_in_required
from foundation.accounts.models import User

from ..agreements.evidence import evidence_of
from ..forms_reviewing import ReasonForm, TurnForm
from ..models import Agreement, Application, ApplicationState
from ..review_queue import count_waiting, to_countersign
from ..reviewing import countersign, decline_to_countersign
from ..turns import ReviewError, StaleError
from .reviewing_access import review_page


@review_page("GET")
def national_agreements(request: HttpRequest, user: User) -> HttpResponse:
    """What is to be countersigned, the oldest first."""
    context = {"here": "national_agreements", "counts": count_waiting(), "lines": to_countersign()}
    return render(request, "affiliates/reviewing/agreements.html", context)


@review_page("GET", "POST")
@fresh_sign_in_required
def national_agreement(request: HttpRequest, user: User, reference: str) -> HttpResponse:
    """What the group signed, when and with which words; and the press that puts it in force."""
    agreement, application = _agreement(reference)
    form = TurnForm(request.POST if request.method == "POST" else None, initial=_turn(application))
    if not form.is_valid():
        return _agreement_page(request, user, agreement, application, status=422 if form.errors else 200)
    try:
        countersign(
            application=application, agreement=agreement, revision=_revision(form, application),
            evidence=evidence_of(request), actor=user, now=timezone.now(),
        )  # fmt: skip
    except ReviewError as error:
        messages.error(request, str(error))
        agreement, application = _agreement(reference)
        status = 409 if isinstance(error, StaleError) else 422
        return _agreement_page(request, user, agreement, application, status=status)
    return _on(request, _("The agreement of %(group)s is in force."), agreement)


@review_page("GET", "POST")
def national_agreement_decline(request: HttpRequest, user: User, reference: str) -> HttpResponse:
    """Do not countersign, and say why."""
    agreement, application = _agreement(reference)
    form = ReasonForm(request.POST if request.method == "POST" else None, initial=_turn(application))
    status = 200
    if form.is_valid():
        try:
            decline_to_countersign(
                application=application, agreement=agreement, revision=_revision(form, application),
                reason=form.cleaned_data["reason"], actor=user, now=timezone.now(),
            )  # fmt: skip
        except ReviewError as error:
            agreement, application = _agreement(reference)
            form = ReasonForm({**form.data.dict(), **_turn(application)})  # type: ignore[attr-defined]
            form.add_error(None, str(error))
            status = 409
        else:
            return _on(
                request, _("The agreement of %(group)s is not countersigned. Its contacts are told why."), agreement
            )
    context = {"agreement": agreement, "application": application, "form": form}
    status = 422 if form.errors and status == 200 else status
    return render(request, "affiliates/reviewing/agreement_decline.html", context, status=status)


def _agreement(reference: str) -> tuple[Agreement, Application | None]:
    """The agreement, and the application that it is part of and that has to be accepted with it."""
    rows = Agreement.objects.without_bodies().select_related("group", "template", "signed_by")
    agreement = get_object_or_404(
        rows.defer("pdf", "sealed_pdf", "certificate_pdf", "group__position"), reference=reference
    )
    application = Application.objects.defer("position").filter(group=agreement.group_id).first()
    if application and application.state == ApplicationState.ACCEPTED:
        application = None
    return agreement, application


def _turn(application: Application | None) -> dict[str, int]:
    """A group past its application has no revision to be read."""
    return {"revision": application.revision if application else 1, "seen": 0}


def _revision(form: TurnForm, application: Application | None) -> int | None:
    return form.cleaned_data["revision"] if application else None


def _agreement_page(
    request: HttpRequest, user: User, agreement: Agreement, application: Application | None, *, status: int
) -> HttpResponse:
    events = {event.kind: event for event in agreement.events.order_by("number")}
    may = agreement.state == "signed" and (application is None or application.state == ApplicationState.APPROVED)
    context = {
        "agreement": agreement,
        "application": application,
        "signed": events["signed"].data if "signed" in events else {},
        "turn": _turn(application),
        "is_own": agreement.signed_by_id == user.pk,
        "may": may,
        "disputes": list(application.disputes.open()) if application else [],
    }
    return render(request, "affiliates/reviewing/agreement.html", context, status=status)


def _on(request: HttpRequest, said: str, agreement: Agreement) -> HttpResponse:
    """Say what was done; the next agreement follows, or the queue where that was the last."""
    said %= {"group": agreement.group}
    following = next((line.agreement for line in to_countersign() if line.agreement), None)
    if following is None:
        messages.success(request, f"{said} {_('That was the last one here.')}")
        return redirect("national_agreements")
    messages.success(request, f"{said} {_('This is the next one.')}")
    return redirect("national_agreement", following.reference)
