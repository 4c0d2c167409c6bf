"""A group's own house: its dashboard, its page, its roles, its logo kit, its end and its return."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts.models import User
from foundation.accounts.views import signed_in_user
from foundation.documents.requesting import request_document

from .. import roles
from ..agreements.steps import AgreementStepError, end_agreement
from ..application_tasks import open_applications
from ..dashboard import door_to_dos_of, to_dos_of, ways_of
from ..forms_in_force import EndForm, InvitationForm, PageForm
from ..logo_kit import LOGO_KIT, PNG_WIDTHS
from ..models import Agreement, EndedBy, Group, GroupRole, GroupStatus, Role
from ..page_editing import PageContent, PageError, PageTextError, publish_page
from ..pages import nearest_others
from ..permissions import (
    can_end_agreement,
    can_give_roles,
    can_keep_page,
    can_organize,
    can_use_logo,
    is_contact,
)
from ..reinstatement import ReturnError, come_back, is_coming_back, why_not_back
from .invitations import is_invited_too_often


def _group(slug: str) -> Group:
    return get_object_or_404(Group.objects.defer("position"), slug=slug)


def _keeper(request: HttpRequest, slug: str) -> tuple[User, Group]:
    """Who asks, and the group of this slug, which they keep and which has not ended. To others it is not found."""
    user, group = signed_in_user(request), _group(slug)
    if not can_organize(user, group):
        raise Http404
    return user, group


def _draw(
    request: HttpRequest, template: str, group: Group, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    return render(request, f"affiliates/house/{template}", {"group": group, **context}, status=status)


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound and form.errors else 200


# --- the dashboard --------------------------------------------------------------------------------------------


@login_required
@require_safe
def organize(request: HttpRequest) -> HttpResponse:
    """`/organize/`: the groups that whoever is signed in works for, or worked for as a contact until they ended."""
    user = signed_in_user(request)
    kept = Group.objects.of_organizer(user).defer("position").order_by("name_key", "pk")
    mine = Group.objects.filter(roles__user=user).defer("position").order_by("name_key", "pk").distinct()
    context = {
        "groups": kept,
        "helped": mine.exclude(status=GroupStatus.ENDED).exclude(pk__in=kept.values("pk")),
        "former": mine.filter(status=GroupStatus.ENDED, roles__role=Role.CONTACT),
        "open_applications": open_applications(user),
    }
    return render(request, "affiliates/organize/home.html", context)


@login_required
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    """`/organize/groups/<slug>/`: what needs action, then the ways to the group's pages.

    A check-in helper sees the group's name, a contact of an ended group the way back. To others it is not found.
    """
    user, group = signed_in_user(request), _group(slug)
    if group.status == GroupStatus.ENDED:
        return _former(request, user, group)
    if not can_organize(user, group):
        return _helping(request, user, group)
    context = {
        "to_dos": to_dos_of(group, user, timezone.now()),
        "ways": ways_of(group, user),
        "may_end": is_contact(user, group) and group.agreements.in_force().exists(),
        "is_contact": is_contact(user, group),
    }
    return _draw(request, "dashboard.html", group, context)


def _helping(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    if not group.roles.filter(user=user, role=Role.HELPER).exists():
        raise Http404
    return _draw(request, "helping.html", group, {"to_dos": door_to_dos_of(group, user, timezone.now())})


def _former(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    if not is_contact(user, group):
        raise Http404
    agreements = group.agreements.without_bodies().select_related("template").order_by("-created_at", "-pk")
    context = {
        "agreements": agreements,
        "last": agreements.last_over(),
        "open_one": agreements.unfinished().first(),
        "is_coming_back": is_coming_back(group),
        "refusal": why_not_back(group),
    }
    return _draw(request, "former.html", group, context)


@login_required
def return_(request: HttpRequest, slug: str) -> HttpResponse:
    """A former contact asks to come back: the present agreement is written out, to be signed."""
    user, group = signed_in_user(request), _group(slug)
    if not is_contact(user, group):
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        agreement = come_back(group=group, language=get_language() or "en", actor=user, now=timezone.now())
    except ReturnError as refused:
        messages.error(request, str(refused))
        return redirect("group_dashboard", slug)
    return redirect("agreement", agreement.reference)


# --- the public page ------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The public page as a form, with a preview that saves nothing and keeps what was typed."""
    user, group = _keeper(request, slug)
    if not can_keep_page(user, group):
        return _draw(request, "closed.html", group, {"what": _("Group page")}, status=403)
    form = PageForm(request.POST or None, group=group)
    preview = None
    if form.is_valid() and request.POST.get("do") == "publish" and _publish(request, user, group, form):
        return redirect("group_page_edit", slug)
    if form.is_valid():
        preview = _previewed(group, form.content)
    return _draw(request, "page_edit.html", group, {"form": form, "preview": preview}, status=_status(form))


def _publish(request: HttpRequest, user: User, group: Group, form: PageForm) -> bool:
    """True once it is published. What speaks against the words is said by the form."""
    try:
        publish_page(group=group, content=form.content, actor=user)
    except PageTextError as refused:
        form.add_error(None, str(refused))
        return False
    except PageError:
        raise Http404 from None
    messages.success(request, _("Your page is published."))
    return True


def _previewed(group: Group, content: PageContent) -> dict[str, Any]:
    """What the public page would show."""
    shown = _group(group.slug)
    shown.about, shown.plan = content.about, content.plan
    return {
        "group": shown,
        "links": [{"label": label, "url": url} for label, url in content.links],
        "areas": content.areas,
        "near": nearest_others(group),
    }


# --- roles ----------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def role_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Who works for the group. Contacts invite, take back and end; organizers read, and may leave."""
    user, group = _keeper(request, slug)
    form = InvitationForm(request.POST or None, initial={"role": Role.ORGANIZER})
    if request.method == "POST" and not can_give_roles(user, group):
        raise PermissionDenied
    if form.is_valid() and _invite(user, group, form):
        messages.success(request, _("The invitation is on its way."))
        return redirect("group_roles", slug)
    now = timezone.now()
    held = group.roles.select_related("user").order_by("role", "since", "pk")
    context = {
        "form": form,
        "held": [(role, Role(role.role), roles.is_last_contact(role, group)) for role in held],
        "invitations": [
            (invitation, Role(invitation.role), invitation.expires_at <= now)
            for invitation in group.invitations.filter(accepted_at=None, revoked_at=None).order_by("-at", "-pk")
        ],
        "may_give": can_give_roles(user, group),
    }
    return _draw(request, "roles.html", group, context, status=_status(form))


def _invite(user: User, group: Group, form: InvitationForm) -> bool:
    """Invite as the form says; False with the reason in the form where that cannot be."""
    asked = form.cleaned_data
    if is_invited_too_often(group, asked["email"]):
        form.add_error("email", _("We wrote to this address several times today. Try again tomorrow."))
        return False
    try:
        roles.invite(group=group, actor=user, now=timezone.now(), **asked)
    except roles.RoleError as refused:
        form.add_error("email", str(refused))
        return False
    return True


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def role_end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask once more, then end one role: somebody's, by a contact, or one's own."""
    user, group = _keeper(request, slug)
    role = get_object_or_404(GroupRole.objects.select_related("user", "group"), group=group, pk=pk)
    if role.user_id != user.pk and not can_give_roles(user, group):
        raise Http404
    if request.method != "POST":
        context = {"role": role, "what": Role(role.role), "is_last": roles.is_last_contact(role, group)}
        return _draw(request, "role_end.html", group, context)
    try:
        roles.end_role(group_role=role, actor=user, now=timezone.now())
    except roles.RoleError as refused:
        messages.error(request, str(refused))
        return redirect("group_roles", slug)
    messages.success(request, _("The role has ended. We told them by mail."))
    return redirect("group_roles", slug) if can_organize(user, group) else redirect("organize")


@login_required
def invitation_revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take one invitation back."""
    user, group = _keeper(request, slug)
    if not can_give_roles(user, group):
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    invitation = get_object_or_404(group.invitations.select_related("group"), pk=pk)
    try:
        roles.revoke_invitation(invitation=invitation, actor=user, now=timezone.now())
    except roles.RoleError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The invitation is taken back."))
    return redirect("group_roles", slug)


# --- the logo kit ---------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def logo(request: HttpRequest, slug: str) -> HttpResponse:
    """What the kit holds and what may be done with it; by POST a worker makes it."""
    user, group = _keeper(request, slug)
    if not can_use_logo(user, group):
        return _draw(request, "closed.html", group, {"what": _("Logo kit")}, status=403)
    if request.method == "POST":
        kit = request_document(kind=LOGO_KIT, subject=group.scope, actor=user, now=timezone.now())
        return redirect(kit)
    return _draw(request, "logo.html", group, {"widths": PNG_WIDTHS})


# --- the end --------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, slug: str) -> HttpResponse:
    """A contact ends the agreement for the group, after reading what ends with it."""
    user, group = _keeper(request, slug)
    if not is_contact(user, group) or not can_end_agreement(user, group):
        raise Http404
    agreement = _in_force(group)
    form = EndForm(request.POST or None)
    if form.is_valid() and _ended(request, agreement, user, form):
        messages.success(request, _("The agreement has ended. Thank you for what the group did."))
        return redirect("group_dashboard", slug)
    return _draw(request, "end.html", group, {"form": form, "agreement": agreement}, status=_status(form))


def _in_force(group: Group) -> Agreement:
    return get_object_or_404(Agreement.objects.in_force().without_bodies(), group=group)


def _ended(request: HttpRequest, agreement: Agreement, user: User, form: EndForm) -> bool:
    reason = form.cleaned_data["reason"]
    try:
        end_agreement(agreement=agreement, by=EndedBy.GROUP, actor=user, now=timezone.now(), reason=reason)
    except AgreementStepError as refused:
        form.add_error(None, str(refused))
        return False
    return True
