"""`/outbox/` of a local run: the latest mails, readable, with whatever else a demo login needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.csp import CSP
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override

from .messages import build_message
from .models import OutgoingMail

LATEST = 50

WITH_FRAME: dict[str, Any] = {**settings.SECURE_CSP, "frame-src": [CSP.SELF]}
# The mail's own page in the frame: it may show its look and nothing else.
FRAMED = {
    "sandbox": "",
    "default-src": [CSP.NONE],
    "img-src": [CSP.SELF, "data:"],
    "style-src": [CSP.UNSAFE_INLINE],
    "frame-ancestors": [CSP.SELF],
}


_WITH_HTML = OutgoingMail.objects.select_related("body").exclude(Q(html="") & (Q(body=None) | Q(body__html="")))


@dataclass(frozen=True)
class OutboxPanel:
    """Something shown beside the mails: a heading, a sentence, and pairs of a label and a value to copy."""

    title: str
    explanation: str
    rows: list[tuple[str, str]]


type BuildPanel = Callable[[], OutboxPanel]
_panels: list[BuildPanel] = []


def register_outbox_panel(build: BuildPanel) -> None:
    """Show what `build` makes on the outbox page of local runs. Called in an app's `ready()`."""
    if build not in _panels:
        _panels.append(build)


@never_cache
def outbox(request: HttpRequest) -> HttpResponse:
    """The latest mails, newest first."""
    mails = OutgoingMail.objects.order_by("-pk")[:LATEST]
    return render(request, "mail/outbox.html", {"mails": mails, "panels": [build() for build in _panels]})


@never_cache
@csp_override(WITH_FRAME)
def outbox_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail as its receiver sees it: its HTML in a frame, its text below."""
    mail = get_object_or_404(OutgoingMail, pk=pk)
    message = build_message(mail) if mail.can_be_read else None
    return render(request, "mail/outbox_mail.html", {"mail": mail, "message": message})


@never_cache
@csp_override(FRAMED)
@xframe_options_sameorigin
def outbox_mail_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML of one mail, for the frame."""
    message = build_message(get_object_or_404(_WITH_HTML, pk=pk))
    html, _mimetype = message.alternatives[0]
    return HttpResponse(str(html))


urlpatterns = [
    path("outbox/", outbox, name="outbox"),
    path("outbox/<int:pk>/", outbox_mail, name="outbox_mail"),
    path("outbox/<int:pk>/html/", outbox_mail_html, name="outbox_mail_html"),
]
