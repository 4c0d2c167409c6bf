"""A group's public page and the ways to reach it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts.second_factor import has_passed_second_factor
from foundation.places.states import state_name
from foundation.web.limits import is_over_limit, limit_posts

from .. import contact, watches
from ..forms import ContactForm, WatchForm
from ..models import Group, GroupStatus
from ..page_panels import Place, page_panels
from ..pages import describe, nearest_others, structured_data
from ..permissions import can_view_group


def _load_group(request: HttpRequest, slug: str) -> Group:
    group = get_object_or_404(Group.objects.defer("position").prefetch_related("links"), slug=slug)
    # One that was never listed was never public: only its own people see that it was given up.
    if group.is_listed or (group.status == GroupStatus.ENDED and group.listed_at):
        return group
    if not can_view_group(request.user, group, has_passed_second_factor=has_passed_second_factor(request)):
        raise Http404
    return group


@require_safe
def group_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`/groups/<slug>/`. A group that ended answers 410 and points to its neighbours."""
    group = _load_group(request, slug)
    near = nearest_others(group)
    if group.status == GroupStatus.ENDED:
        return render(request, "affiliates/group_ended.html", {"group": group, "near": near}, status=410)
    context = {
        "group": group,
        "state": state_name(group.state) if group.state else "",
        "links": group.links.all(),
        "areas": group.areas_served.order_by("name", "pk"),
        "near": near,
        "description": describe(group),
        "structured_data": structured_data(group),
    }
    if group.is_listed:
        context["first_panels"] = page_panels(group, request, Place.FIRST)
        context["panels_below"] = page_panels(group, request, Place.BELOW)
    return render(request, "affiliates/group_page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@limit_posts("contact", amount=5, seconds=3600)
def group_contact(request: HttpRequest, slug: str) -> HttpResponse:
    """The contact form: the group's address is not shown."""
    group = get_object_or_404(Group.objects.listed().defer("position"), slug=slug)
    form = ContactForm(request.POST or None)
    if form.is_valid():
        contact.write_to_group(group=group, **form.cleaned_data)
        messages.success(request, _("Your message is on its way to %(group)s.") % {"group": group})
        return redirect(group)
    return render(request, "affiliates/group_contact.html", {"group": group, "form": form}, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@limit_posts("watch", amount=10, seconds=3600)
def watch(request: HttpRequest) -> HttpResponse:
    """ "Tell me when there is one". The answer is the same for every address."""
    form = WatchForm(request.POST or None, initial={"place": request.GET.get("near", "")[:200]})
    if form.is_valid():
        email, place = form.cleaned_data["email"], form.cleaned_data["place"]
        # Whoever it is that asks, one address gets no more than three such mails a day.
        if not is_over_limit("watch-address", email.lower(), amount=3, seconds=24 * 3600):
            watches.ask_to_be_told(email=email, place=place, language=get_language() or "en", now=timezone.now())
        return redirect("watch_sent")
    return render(request, "affiliates/watch.html", {"form": form}, status=_status(form))


@require_safe
def watch_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "affiliates/watch_sent.html")


@require_safe
def watch_forgotten(request: HttpRequest) -> HttpResponse:
    return render(request, "affiliates/watch_forgotten.html")


@require_http_methods(["GET", "HEAD", "POST"])
def watch_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of the mail: opening it changes nothing, its buttons confirm or stop."""
    try:
        asked = watches.watch_of(token)
    except watches.WatchLinkError:
        return render(request, "affiliates/watch_link_error.html", status=404)
    if request.method == "POST" and request.POST.get("do") == "forget":
        watches.forget_watch(watch=asked)
        return redirect("watch_forgotten")
    if request.method == "POST":
        watches.confirm_watch(watch=asked, now=timezone.now())
        return redirect("watch_confirm", token=token)
    return render(request, "affiliates/watch_confirm.html", {"watch": asked})


def _status(form: ContactForm | WatchForm) -> int:
    return 422 if form.is_bound and form.errors else 200
