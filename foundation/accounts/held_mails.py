"""Mails whose fate is unknown: staff look at each and decide whether a second copy or none does less harm.

The mail engine (foundation.mail) never sends such a mail again by itself. Staff for promotions decide, as most mails
are theirs.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from foundation.mail.models import MailState, OutgoingMail
from foundation.mail.outbox import MailStateError, give_up, resend
from foundation.mail.pace import pause_left

from .models import StaffTask, User
from .permissions import can_do_staff_task

SHOWN = 50


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not can_do_staff_task(request.user, StaffTask.PROMOTIONS):
        raise PermissionDenied
    return request.user


@login_required
def held_mails(request: HttpRequest) -> HttpResponse:
    """The oldest 50 held mails, how many there are, and how many wait to be sent."""
    _staff(request)
    held = OutgoingMail.objects.filter(state=MailState.UNKNOWN)
    context = {
        "mails": held.order_by("created_at", "pk")[:SHOWN],
        "held": held.count(),
        "waiting": OutgoingMail.objects.filter(state=MailState.QUEUED).count(),
        "going_out": OutgoingMail.objects.filter(state=MailState.CLAIMED).count(),
        "pause": round(pause_left()),
    }
    return render(request, "accounts/held_mails.html", context)


@login_required
def held_mail_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one held mail again, or leave it at that."""
    user = _staff(request)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    mail = get_object_or_404(OutgoingMail, pk=pk)
    try:
        if request.POST.get("do") == "resend":
            resend(mail=mail, actor=user)
            messages.success(request, _("The mail is sent again."))
        elif request.POST.get("do") == "give_up":
            give_up(mail=mail, actor=user)
            messages.success(request, _("The mail is not sent again."))
    except MailStateError:
        messages.error(request, _("Somebody has decided about this mail already, or its text is no longer kept."))
    return redirect("held_mails")
