"""A group has one of its events promoted: it writes, looks at the mail, sends it to national, sees what came of it."""

from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.mail.models import MailState
from foundation.web.limits import is_over_limit

from ..audience import estimate
from ..emails.promotions import queue_promotion_test
from ..event_times import when_in_words
from ..forms_promotions import PLANNED, AudienceForm, PromotionCancelForm, PromotionForm, starting_with
from ..host_pages import group_for
from ..models import MOST_RECIPIENTS, RADII, Event, Promotion
from ..permissions import can_ask_for_promotion
from ..promoting import CAN_BE_CANCELLED, PromotionError, cancel_promotion
from ..promotion_objections import objections_to_promotion
from ..promotion_queue import expected_send_at
from ..promotion_requests import (
    ENDED,
    WITH_GROUP,
    PromotionPlan,
    PromotionRequestError,
    StalePromotionError,
    change_request,
    drafted,
    events_to_promote,
    obstacles_to_promoting,
    request_promotion,
)
from ..promotion_story import story_of
from .access import load_kept
from .hosting import group_page
from .mail_frames import mail_page, previews
from .promotion_pieces import draw_piece, draw_progress, what_came_of

TESTS_AN_HOUR = 10
ESTIMATES_AN_HOUR = 200
SHOWN = 50


class _Asking(NamedTuple):
    """Who looks at the promotion of which event. `group` is the one they ask for, None for staff and co-hosts."""

    user: User
    event: Event
    promotion: Promotion | None  # the latest, whatever became of it
    group: Group | None

    @property
    def standing(self) -> Promotion | None:
        """The promotion that keeps the event from having another one."""
        return self.promotion if self.promotion and self.promotion.state not in ENDED else None

    @property
    def may_write(self) -> bool:
        """May they ask anew, or change what was asked for?"""
        return self.group is not None and (self.standing is None or self.standing.state in WITH_GROUP)

    @property
    def may_cancel(self) -> bool:
        return self.group is not None and self.standing is not None and self.standing.state in CAN_BE_CANCELLED


def _load(request: HttpRequest, pk: int) -> _Asking:
    user, event = load_kept(request, pk)
    rows = Promotion.objects.filter(event=event).select_related("group").defer("group__position")
    promotion = rows.order_by("-requested_at", "-pk").first()
    if promotion:
        promotion.event = event
    is_ended = promotion is None or promotion.state in ENDED
    group = group_for(user, event) if promotion is None or is_ended else promotion.group
    return _Asking(user, event, promotion, group if group and can_ask_for_promotion(user, group) else None)


def _page(
    request: HttpRequest, asking: _Asking, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    event = asking.event
    everything = {
        "event": event,
        "group": group_for(asking.user, event),
        "promotion": asking.promotion,
        "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
        "most": MOST_RECIPIENTS,
        "farthest": RADII[-1],
        **context,
    }
    return render(request, f"events/promotions/{template}", everything, status=status)


# --- where it stands, or writing it ---------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_promotion(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the promotion stands. Where there is none, or with `?change`, the form to write it."""
    asking = _load(request, pk)
    if request.method == "POST":
        return _written(request, asking)
    if asking.may_write and (asking.promotion is None or "change" in request.GET):
        initial = _draft(request, asking) or starting_with(asking.event, asking.promotion)
        return _write_page(request, asking, PromotionForm(initial=initial))
    return _status_page(request, asking)


def _written(request: HttpRequest, asking: _Asking) -> HttpResponse:
    """What was typed: counted anew, or kept in the session until it is looked at and sent to national."""
    if not asking.may_write:
        messages.error(request, _("Only the group that asks for a promotion can change it."))
        return redirect("event_promotion", asking.event.pk)
    if request.POST.get("do") == "estimate":
        typed = {name: request.POST.get(name, "") for name in PromotionForm.base_fields}
        return _write_page(request, asking, PromotionForm(initial=typed))
    form = PromotionForm(request.POST)
    if not form.is_valid():
        return _write_page(request, asking, form, status=422)
    request.session[_draft_key(asking)] = form.cleaned_data
    return redirect("event_promotion_check", asking.event.pk)


def _write_page(request: HttpRequest, asking: _Asking, form: PromotionForm, *, status: int = 200) -> HttpResponse:
    obstacles = _obstacles(asking)
    context: dict[str, Any] = {"form": form, "obstacles": obstacles}
    if not obstacles:
        context |= _audience(asking, AudienceForm({name: form[name].value() for name in AudienceForm.base_fields}))
    return _page(request, asking, "write.html", context, status=status)


def _status_page(request: HttpRequest, asking: _Asking) -> HttpResponse:
    promotion = asking.promotion
    if promotion is None:
        return _page(request, asking, "none.html", {})
    expected_at = expected_send_at(promotion, now=timezone.now())
    context = {
        "story": story_of(promotion, expected_at=expected_at),
        "is_late": promotion.state in WITH_GROUP and expected_at >= asking.event.starts_at,
        **what_came_of(promotion, progress_address=reverse("event_promotion_progress", args=[asking.event.pk])),
        "may_change": asking.may_write and asking.standing is not None,
        "may_ask_anew": asking.may_write and asking.standing is None,
        "may_cancel": asking.may_cancel,
        "previews": previews("event_promotion_mail", asking.event.pk),
    }
    return _page(request, asking, "status.html", context)


def _obstacles(asking: _Asking) -> list[str]:
    if asking.group is None:
        return []
    return obstacles_to_promoting(event=asking.event, group=asking.group, now=timezone.now())


# --- all of a group -------------------------------------------------------------------------------------------


@group_page("GET")
def group_promotions(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """What the group asked for, the latest first, and the events for which it may ask."""
    if not group.is_listed:
        return render(request, "affiliates/house/closed.html", {"group": group, "what": _("Promotions")}, status=403)
    rows = Promotion.objects.filter(group=group).select_related("event").defer("event__position", "event__about")
    may_ask = events_to_promote(group, now=timezone.now()).defer("position", "about").order_by("starts_at", "pk")
    context = {
        "group": group,
        "promotions": rows.order_by("-requested_at", "-pk")[:SHOWN],
        "events": may_ask[:SHOWN],
        "most": MOST_RECIPIENTS,
    }
    return render(request, "events/promotions/of_group.html", context)


# --- whom it would reach --------------------------------------------------------------------------------------


@login_required
@require_safe
def event_promotion_estimate(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom it would reach: a piece of the page, which htmx asks for when the radius or the number changes."""
    asking = _load(request, pk)
    if "HX-Request" not in request.headers or not asking.may_write or _obstacles(asking):
        return redirect("event_promotion", pk)
    context = {"event": asking.event, **_audience(asking, AudienceForm(request.GET))}
    return draw_piece(request, "estimate", context)


def _audience(asking: _Asking, form: AudienceForm) -> dict[str, Any]:
    """The estimate for what `form` says, and when it is likely to go out; no estimate where it says nonsense.

    Each looks at many thousand people, so nobody gets more than ESTIMATES_AN_HOUR.
    """
    if not form.is_valid():
        return {"estimate": None}
    if is_over_limit("promotion-estimate", str(asking.user.pk), amount=ESTIMATES_AN_HOUR, seconds=3600):
        return {"estimate": None, "is_too_often": True}
    now, given = timezone.now(), form.cleaned_data
    expected_at = expected_send_at(asking.standing or Promotion(event=asking.event), now=now)
    return {
        "estimate": estimate(event=asking.event, group=asking.group, now=now, **given),
        "expected_at": expected_at,
        "is_late": expected_at >= asking.event.starts_at,
    }


# --- looked at, and sent to national --------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_promotion_check(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as people get it, whom it reaches and when. Then a test to oneself, or off to national."""
    asking = _load(request, pk)
    draft = _draft(request, asking)
    if draft is None or asking.group is None or not asking.may_write:
        return redirect("event_promotion", pk)
    promotion = drafted(event=asking.event, group=asking.group, plan=_plan_of(draft))
    if request.method != "POST":
        return _check_page(request, asking, promotion)
    if request.POST.get("do") == "test":
        _send_test(request, asking.user, promotion)
        return redirect("event_promotion_check", pk)
    return _send(request, asking, asking.group, draft)


def _check_page(request: HttpRequest, asking: _Asking, draft: Promotion) -> HttpResponse:
    obstacles = _obstacles(asking)
    context: dict[str, Any] = {
        "draft": draft,
        "obstacles": [*obstacles, *objections_to_promotion(draft)],
        "previews": previews("event_promotion_draft", asking.event.pk),
    }
    if not obstacles:
        context |= _audience(asking, AudienceForm({"radius_miles": draft.radius_miles, "wanted": draft.wanted}))
    return _page(request, asking, "check.html", context)


def _send(request: HttpRequest, asking: _Asking, group: Group, draft: dict[str, Any]) -> HttpResponse:
    given: dict[str, Any] = {"plan": _plan_of(draft), "actor": asking.user, "now": timezone.now()}
    try:
        if asking.standing is None:
            request_promotion(event=asking.event, group=group, **given)
        else:
            change_request(promotion=asking.standing, revision=draft["revision"], **given)
    except StalePromotionError as error:
        del request.session[_draft_key(asking)]
        messages.error(request, str(error))
        return redirect("event_promotion", asking.event.pk)
    except PromotionRequestError as error:
        messages.error(request, str(error))
        return redirect("event_promotion_check", asking.event.pk)
    del request.session[_draft_key(asking)]
    messages.success(request, _("It is with national staff now. You hear from them by mail."))
    return redirect("event_promotion", asking.event.pk)


def _send_test(request: HttpRequest, user: User, promotion: Promotion) -> None:
    if is_over_limit("promotion-test", str(user.pk), amount=TESTS_AN_HOUR, seconds=3600):
        messages.error(request, _("You have sent yourself ten tests within an hour. Try again later."))
        return
    mail = queue_promotion_test(promotion, to=user.email, language=user.language)
    if mail.state == MailState.SUPPRESSED:
        messages.error(request, _("You have unsubscribed from these mails yourself, so the test cannot reach you."))
    else:
        messages.success(request, _("The test is on its way to %(address)s.") % {"address": user.email})


def _draft_key(asking: _Asking) -> str:
    """Where the session keeps what was typed until it is sent: apart for each request that it may become part of."""
    return f"promotion of event {asking.event.pk}, {asking.standing.pk if asking.standing else 'new'}"


def _draft(request: HttpRequest, asking: _Asking) -> dict[str, Any] | None:
    typed: dict[str, Any] | None = request.session.get(_draft_key(asking))
    return typed


def _plan_of(draft: dict[str, Any]) -> PromotionPlan:
    return PromotionPlan(**{name: draft[name] for name in PLANNED})


# --- the mail in its frames -----------------------------------------------------------------------------------


@login_required
@require_safe
def event_promotion_draft(request: HttpRequest, pk: int, language: str) -> HttpResponse:
    """The mail that the draft makes, for its frame."""
    asking = _load(request, pk)
    draft = _draft(request, asking)
    if asking.group is None or draft is None:
        return redirect("event_promotion", pk)
    return mail_page(request, drafted(event=asking.event, group=asking.group, plan=_plan_of(draft)), language)


@login_required
@require_safe
def event_promotion_mail(request: HttpRequest, pk: int, language: str) -> HttpResponse:
    """The mail as national has it, or as it went out, for its frame."""
    asking = _load(request, pk)
    if asking.promotion is None:
        return redirect("event_promotion", pk)
    return mail_page(request, asking.promotion, language)


# --- while it is on its way -----------------------------------------------------------------------------------


@login_required
@require_safe
def event_promotion_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it has gone out: a piece of the page, which htmx asks for while it goes on."""
    promotion = _load(request, pk).promotion
    if "HX-Request" not in request.headers or promotion is None:
        return redirect("event_promotion", pk)
    return draw_progress(request, promotion, reverse("event_promotion_progress", args=[pk]))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_promotion_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, and why; then call it off."""
    asking = _load(request, pk)
    if asking.standing is None or not asking.may_cancel:
        return redirect("event_promotion", pk)
    form = PromotionCancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            cancel_promotion(promotion=asking.standing, actor=asking.user, now=timezone.now(), **form.cleaned_data)
        except PromotionError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It is cancelled."))
            return redirect("event_promotion", pk)
    return _page(request, asking, "cancel.html", {"form": form}, status=422 if form.errors else 200)
