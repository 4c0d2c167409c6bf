"""A group's messages to the people of its roster: written, looked at as mail, sent, and what became of them."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.mail.models import MailState
from foundation.web.limits import is_over_limit

from ..emails.messages import queue_group_message_test, render_group_message
from ..forms_roster import GroupMessageForm
from ..models import Group, GroupMessage
from ..roster_messages import MessageError, next_message_at, recipients_of, results_of, send_message
from .roster_access import roster_page

LATEST = 50
TESTS_AN_HOUR = 10


@roster_page("GET")
def group_messages(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """The latest messages, and whether another may go out now."""
    sent = group.messages.select_related("sent_by").order_by("-at", "-pk")[:LATEST]
    context = {"group": group, "sent": sent, "next_at": next_message_at(group, now=timezone.now())}
    return render(request, "affiliates/messages/list.html", context)


@roster_page("GET")
def group_message(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """One message and what became of it, in numbers."""
    message = get_object_or_404(GroupMessage.objects.select_related("sent_by"), pk=pk, group=group)
    context = {"group": group, "message": message, "results": results_of(message)}
    return render(request, "affiliates/messages/message.html", context)


@roster_page("GET", "POST")
def group_message_new(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """Write, look at it as mail, have a test sent, send. Nothing is kept before it is sent: it travels in the form."""
    do = request.POST.get("do", "")
    form = GroupMessageForm(request.POST if do else None, addresses=_addresses(user, group))
    if do == "change" or not form.is_valid():
        return _write_page(request, group, form, is_error=bool(do) and do != "change" and bool(form.errors))
    if do == "send":
        return _send(request, user, group, form)
    if do == "test":
        _test(request, user, group, form)
    return _preview_page(request, group, form)


def _addresses(user: User, group: Group) -> list[str]:
    """Where answers may go: to whoever writes, or to the group's own address."""
    return list(dict.fromkeys(filter(None, [group.contact_email, user.email])))


def _write_page(request: HttpRequest, group: Group, form: GroupMessageForm, *, is_error: bool = False) -> HttpResponse:
    if form.is_bound and not is_error:  # shown again to be changed, whatever is wrong with it
        form = GroupMessageForm(initial=request.POST.dict(), addresses=_choices(form))
    context = {
        "group": group,
        "form": form,
        "recipients": recipients_of(group).count(),
        "next_at": next_message_at(group, now=timezone.now()),
    }
    return render(request, "affiliates/messages/write.html", context, status=422 if is_error else 200)


def _choices(form: GroupMessageForm) -> list[str]:
    return [value for value, _label in form.fields["reply_to"].choices]  # type: ignore[attr-defined]


def _preview_page(request: HttpRequest, group: Group, form: GroupMessageForm, status: int = 200) -> HttpResponse:
    given = form.cleaned_data
    previews: list[dict[str, Any]] = [
        {
            "language": code,
            "name": name,
            "mail": render_group_message(group, subject=given["subject"], text=given["text"], language=code),
        }
        for code, name in settings.LANGUAGES
    ]
    context = {"group": group, "form": form, "previews": previews, "recipients": recipients_of(group).count()}
    return render(request, "affiliates/messages/preview.html", context, status=status)


def _test(request: HttpRequest, user: User, group: Group, form: GroupMessageForm) -> None:
    if is_over_limit("group-message-test", str(user.pk), amount=TESTS_AN_HOUR, seconds=3600):
        messages.error(request, _("You have sent yourself ten tests within an hour. Try again later."))
        return
    mail = queue_group_message_test(group, to=user.email, language=user.language, **form.cleaned_data)
    if mail.state == MailState.SUPPRESSED:
        messages.error(request, _("You have unsubscribed from these mails yourself, so the test cannot reach you."))
    else:
        messages.success(request, _("The test is on its way to %(address)s.") % {"address": user.email})


def _send(request: HttpRequest, user: User, group: Group, form: GroupMessageForm) -> HttpResponse:
    try:
        message = send_message(group=group, actor=user, now=timezone.now(), **form.cleaned_data)
    except MessageError as error:
        messages.error(request, str(error))
        return _preview_page(request, group, form, status=409)
    messages.success(request, _("Your message is on its way."))
    return redirect("group_message", group.slug, message.pk)
