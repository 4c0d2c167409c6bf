"""The staff's pages of donations, and the addresses that ActBlue posts to."""

import base64
import binascii
import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from foundation.accounts.models import User

from ..actblue_webhook import (
    PayloadError,
    Posted,
    read_cancellation,
    read_payload,
    read_refund,
    take_in_posted,
)
from ..donations import LineItem, new_key, record_donation, refund_donation
from ..erasure import ErasedError
from ..forms_donations import DonationForm, RefundForm
from ..models import Donation, DonationSource
from .access import page_number, people_page

logger = logging.getLogger("network.donations")

PAGE_SIZE = 50
MOST_BYTES = 1_000_000
"""Of a webhook's body."""


@people_page("GET")
def donations(request: HttpRequest, actor: User) -> HttpResponse:
    """All donations, the latest first; `?source=` those of one source, `?status=` given or refunded."""
    source, status = request.GET.get("source", ""), request.GET.get("status", "")
    page = page_number(request.GET.get("page", "1"))
    found = Donation.objects.whole()
    if source in DonationSource.values:
        found = found.filter(source=source)
    if status in {"given", "refunded"}:
        found = found.filter(refunded_at__isnull=status == "given")
    found = found.select_related("person").defer("person__position").order_by("-recorded_at", "-pk")
    rows = list(found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE + 1])
    context = {
        "donations": rows[:PAGE_SIZE],
        "source": source,
        "status": status,
        "sources": DonationSource.choices,
        "statuses": [("given", _("Given")), ("refunded", _("Refunded"))],
        "page": page,
        "previous_page": page - 1,
        "next_page": page + 1 if len(rows) > PAGE_SIZE else None,
    }
    return render(request, "members/donations/donations.html", context)


@people_page("GET", "POST")
def donation_add(request: HttpRequest, actor: User) -> HttpResponse:
    """Enter a donation by hand, of somebody known or new."""
    form = DonationForm(request.POST if request.method == "POST" else None, initial={"key": new_key()})
    if form.is_valid():
        given = form.cleaned_data
        item = LineItem(
            source=DonationSource.HAND, key=given["key"], amount=given["amount"], paid_at=given["paid_at"],
            recipient=given["recipient"],
        )  # fmt: skip
        try:
            donation = record_donation(item=item, contact=form.contact(), now=timezone.now(), actor=actor)
        except ErasedError:
            form.add_error(None, _("They asked to be deleted, so nothing can be stored about them."))
        else:
            messages.success(request, _("The donation of $%(amount)s is recorded.") % {"amount": donation.amount})
            return redirect("donations")
    return render(request, "members/donations/add.html", {"form": form}, status=422 if form.is_bound else 200)


@people_page("GET", "POST")
def donation_refund(request: HttpRequest, actor: User, pk: int) -> HttpResponse:
    """Note that a donation was given back, with the reason that the person is told."""
    donation = get_object_or_404(Donation.objects.whole().select_related("person").defer("person__position"), pk=pk)
    if donation.refunded_at is not None:
        messages.warning(request, _("This donation is refunded already."))
        return redirect("donations")
    form = RefundForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        refund_donation(
            source=DonationSource(donation.source), key=donation.line_item, at=timezone.now(),
            because=form.cleaned_data["because"], actor=actor,
        )  # fmt: skip
        messages.success(request, _("The donation is noted as refunded."))
        return redirect("donations")
    context = {"form": form, "donation": donation}
    return render(request, "members/donations/refund.html", context, status=422 if form.is_bound else 200)


# --- what ActBlue posts ---------------------------------------------------------------------------------------------


def _webhook(read: Callable[..., Posted]) -> Callable[[HttpRequest], HttpResponse]:
    """An address that takes in what `read` makes of the body. Known by the secret, not by a session."""

    @csrf_exempt
    def take_in(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not settings.ACTBLUE_WEBHOOK_USER or not settings.ACTBLUE_WEBHOOK_PASSWORD:
            return _answer(503, "this site takes no webhooks: ACTBLUE_WEBHOOK_USER and ACTBLUE_WEBHOOK_PASSWORD")
        if not _knows_the_secret(request):
            refusal = _answer(401, "wrong user or password")
            refusal.headers["WWW-Authenticate"] = 'Basic realm="ActBlue"'
            return refusal
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return _answer(413, f"the body has more than {MOST_BYTES:,} bytes")
        now = timezone.now()
        try:
            take_in_posted(read(request.read(MOST_BYTES + 1), now=now), now=now)
        except PayloadError as error:
            logger.warning("a webhook's body cannot be used: %s", error)
            return _answer(400, str(error))
        return JsonResponse({"status": "ok"})

    return take_in


actblue_donations = _webhook(read_payload)
actblue_refunds = _webhook(read_refund)
actblue_cancellations = _webhook(read_cancellation)


def _answer(status: int, error: str) -> JsonResponse:
    return JsonResponse({"error": error}, status=status)


def _knows_the_secret(request: HttpRequest) -> bool:
    """HTTP basic authentication, compared in constant time; both parts, whatever the first comparison said."""
    scheme, _space, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return False
    is_user = constant_time_compare(user, settings.ACTBLUE_WEBHOOK_USER)
    is_password = constant_time_compare(password, settings.ACTBLUE_WEBHOOK_PASSWORD)
    return scheme.lower() == "basic" and is_user and is_password
