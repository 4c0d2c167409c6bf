"""`/verify/`: is this agreement genuine? For everybody."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from foundation.documents.certificate import network_certificate_pem
from foundation.web.limits import client_address, is_over_limit

from ..agreements.verifying import MOST_BYTES, find_agreement, verify_document
from ..forms_verifying import DocumentForm, too_large

LOOKS_AN_HOUR = 60


@csrf_exempt  # checked by _upload below, behind what must be known before the body is read
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """By upload, or by reference number (`?reference=`). What is too large is turned away before the body is read."""
    is_asked = request.method == "POST" or "reference" in request.GET
    if is_asked and is_over_limit("verify", client_address(request), amount=LOOKS_AN_HOUR, seconds=3600):
        response = render(request, "429.html", status=429)
        response.headers["Retry-After"] = "3600"
        return response
    if request.method == "POST" and int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES + 65_536:
        return _page(request, {"form": DocumentForm(), "refusal": too_large(), "has_errors": True}, status=413)
    return _upload(request)


@csrf_protect
def _upload(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, {"form": DocumentForm(), **_of_reference(request)})
    form = DocumentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, {"form": form}, status=422)
    verdict = verify_document(form.cleaned_data["document"].read())
    return _page(request, {"form": DocumentForm(), "verdict": verdict, "agreement": verdict.agreement})


def _of_reference(request: HttpRequest) -> dict[str, Any]:
    """What is shown of the number that was typed, if one was."""
    if "reference" not in request.GET:
        return {}
    reference = request.GET["reference"][:40]
    return {"reference": reference, "is_looked_up": True, "agreement": find_agreement(reference)}


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, "affiliates/agreement/verify.html", context, status=status)


@require_safe
def public_certificate(request: HttpRequest) -> HttpResponse:
    """The network's public certificate, for everybody who verifies by themselves."""
    response = HttpResponse(network_certificate_pem(), content_type="application/x-pem-file")
    response.headers["Content-Disposition"] = 'attachment; filename="certificate.pem"'
    return response
