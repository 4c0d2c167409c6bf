"""The staff's pages of campaigns: made, changed, opened and closed, what came of them, and messages to the hosts."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.mail.models import MailState
from foundation.web.limits import is_over_limit

from ..campaign_totals import by_group, by_state, of_all, totals_by_event
from ..campaigns import (
    CampaignError,
    change_campaign,
    close_campaign,
    is_open_on,
    make_campaign,
    open_campaign,
    plan_of,
    proposed_follow_up,
)
from ..emails.campaigns import queue_host_message_test, render_host_message
from ..forms_campaigns import CampaignForm, CampaignTurnForm, HostMessageForm, filled_in
from ..host_messages import HostMessageError, hosts_to_write_to, results_of, send_host_message
from ..models import Campaign, HostMessage
from .campaigns import days_of, states_of
from .reviewing import events_page

TESTS_AN_HOUR = 10


@events_page("GET")
def national_campaigns(request: HttpRequest, user: User) -> HttpResponse:
    """All campaigns, the latest first."""
    found = Campaign.objects.with_events().order_by("-starts_on", "-pk")
    context = {"rows": [(campaign, days_of(campaign)) for campaign in found[:200]]}
    return render(request, "events/campaigns/national_list.html", context)


# --- made and changed -------------------------------------------------------------------------------------------


@events_page("GET", "POST")
def campaign_new(request: HttpRequest, user: User) -> HttpResponse:
    """Make a draft."""
    return _make(request, user, initial={"revision": 0})


@events_page("GET", "POST")
def campaign_follow_up(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Make a draft that follows another campaign."""
    before = get_object_or_404(Campaign, pk=pk)
    return _make(request, user, initial=filled_in(proposed_follow_up(before), revision=0), before=before)


def _make(request: HttpRequest, user: User, *, initial: dict[str, Any], before: Campaign | None = None) -> HttpResponse:
    form = CampaignForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            made = make_campaign(plan=form.plan(), actor=user, now=timezone.now(), follow_up_of=before)
        except CampaignError as error:
            form.add_error("ends_on" if form.plan().ends_on < form.plan().starts_on else "links", str(error))
        else:
            messages.success(request, _("The draft is made. The public sees it once you open it."))
            return redirect("national_campaign", pk=made.pk)
    title = _("A follow-up of “%(title)s”") % {"title": before} if before else _("Make a campaign")
    return _form_page(request, form, title=title, campaign=before)


@events_page("GET", "POST")
def campaign_change(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Change what a campaign says. Events that were made for it keep what they say."""
    campaign = get_object_or_404(Campaign, pk=pk)
    initial = filled_in(plan_of(campaign), revision=campaign.revision)
    form = CampaignForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        revision = form.cleaned_data["revision"]
        try:
            change_campaign(campaign=campaign, plan=form.plan(), revision=revision, actor=user)
        except CampaignError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Your changes are saved."))
            return redirect("national_campaign", pk=pk)
    return _form_page(request, form, title=_("Change the campaign"), campaign=campaign)


def _form_page(request: HttpRequest, form: CampaignForm, *, title: str, campaign: Campaign | None) -> HttpResponse:
    back = reverse("national_campaign", args=[campaign.pk]) if campaign else reverse("national_campaigns")
    context = {"form": form, "title": title, "campaign": campaign, "back": back}
    return render(request, "events/campaigns/form.html", context, status=422 if form.errors else 200)


@events_page("POST")
def campaign_standing(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Open it to hosts, or close it."""
    campaign, form = get_object_or_404(Campaign, pk=pk), CampaignTurnForm(request.POST)
    revision = form.cleaned_data["revision"] if form.is_valid() else -1
    try:
        if request.POST.get("do") == "close":
            close_campaign(campaign=campaign, revision=revision, actor=user)
            messages.success(request, _("It is closed: no more groups sign up. Its page and its events stay."))
        else:
            open_campaign(campaign=campaign, revision=revision, actor=user, now=timezone.now())
            messages.success(request, _("It is open: groups can sign up to host."))
    except CampaignError as error:
        messages.error(request, str(error))
    return redirect("national_campaign", pk=pk)


# --- one campaign -----------------------------------------------------------------------------------------------


@events_page("GET")
def national_campaign(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """One campaign: where it stands, and what came of it by state and by group."""
    campaign = get_object_or_404(Campaign.objects.select_related("follow_up_of"), pk=pk)
    found = totals_by_event(campaign)
    context = {
        "campaign": campaign,
        "days": days_of(campaign),
        "states": states_of(campaign),
        "is_open": is_open_on(campaign, timezone.localdate()),
        "totals": of_all(found),
        "by_state": by_state(found),
        "by_group": by_group(found),
        "hosts": hosts_to_write_to(campaign).count(),
        "sent": campaign.messages.select_related("sent_by").order_by("-at", "-pk"),
        "links": campaign.links.order_by("label", "pk"),
        "follow_ups": campaign.follow_ups.order_by("starts_on", "pk"),
    }
    return render(request, "events/campaigns/national_campaign.html", context)


# --- messages to its hosts --------------------------------------------------------------------------------------


@events_page("GET")
def host_message(request: HttpRequest, user: User, pk: int, message: int) -> HttpResponse:
    """One message and what became of its mails, in numbers."""
    rows = HostMessage.objects.select_related("campaign", "sent_by")
    found = get_object_or_404(rows, pk=message, campaign=pk)
    context = {"campaign": found.campaign, "message": found, "results": results_of(found)}
    return render(request, "events/campaigns/message.html", context)


@events_page("GET", "POST")
def host_message_new(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Write, look at it as mail, have a test sent, send. Nothing is kept before it is sent: it travels in the form."""
    campaign, do = get_object_or_404(Campaign, pk=pk), request.POST.get("do", "")
    form = HostMessageForm(request.POST if do else None)
    if do == "change":
        return _write_page(request, campaign, HostMessageForm(initial=request.POST.dict()))
    if not form.is_valid():
        return _write_page(request, campaign, form)
    if do == "send":
        return _send(request, user, campaign, form)
    if do == "test":
        _test(request, user, campaign, form)
    return _preview_page(request, campaign, form)


def _write_page(request: HttpRequest, campaign: Campaign, form: HostMessageForm) -> HttpResponse:
    context = {"campaign": campaign, "form": form, "recipients": hosts_to_write_to(campaign).count()}
    return render(request, "events/campaigns/message_write.html", context, status=422 if form.errors else 200)


def _preview_page(request: HttpRequest, campaign: Campaign, form: HostMessageForm, status: int = 200) -> HttpResponse:
    previews = [
        {"language": code, "name": name, "mail": render_host_message(campaign, **form.cleaned_data, language=code)}
        for code, name in settings.LANGUAGES
    ]
    recipients = hosts_to_write_to(campaign).count()
    context = {"campaign": campaign, "form": form, "previews": previews, "recipients": recipients}
    return render(request, "events/campaigns/message_preview.html", context, status=status)


def _test(request: HttpRequest, user: User, campaign: Campaign, form: HostMessageForm) -> None:
    if is_over_limit("host-message-test", str(user.pk), amount=TESTS_AN_HOUR, seconds=3600):
        messages.error(request, _("You have sent yourself ten tests within an hour. Try again later."))
        return
    mail = queue_host_message_test(campaign, to=user.email, language=user.language, **form.cleaned_data)
    if mail.state == MailState.SUPPRESSED:
        messages.error(request, _("You have unsubscribed from these mails yourself, so the test cannot reach you."))
    else:
        messages.success(request, _("The test is on its way to %(address)s.") % {"address": user.email})


def _send(request: HttpRequest, user: User, campaign: Campaign, form: HostMessageForm) -> HttpResponse:
    try:
        message = send_host_message(campaign=campaign, actor=user, now=timezone.now(), **form.cleaned_data)
    except HostMessageError as error:
        messages.error(request, str(error))
        return _preview_page(request, campaign, form, status=409)
    messages.success(request, _("Your message is on its way."))
    return redirect("host_message", pk=campaign.pk, message=message.pk)
