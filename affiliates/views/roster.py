"""The people of a group's roster, for its organizers.

What is searched for is personal: it comes by POST, stays in the session of whoever searches, and is in no address.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from foundation.accounts.fresh_sign_in import fresh_sign_in_required
from foundation.accounts.models import User
from members.forms_people import ExportForm
from members.models import Consent
from members.models.consent import GROUP_PURPOSES
from members.wordings import consent_question, fill_wording

from ..forms_roster import RosterFilterForm, RosterInvitationForm, RosterNoteForm, RosterSearchForm, RosterTagForm
from ..models import Group, RosterEntry, RosterNote, RosterTag
from ..roster import remove_from_roster
from ..roster_export import export_roster
from ..roster_invitations import InvitationError, invite_to_roster
from ..roster_lists import Behind, RosterSelection, WhoIsShown, counts_of, page_of
from ..roster_notes import (
    RosterNoteError,
    RosterTagError,
    add_roster_note,
    delete_roster_note,
    put_roster_tag,
    take_roster_tag,
)
from ..sign_up import ClosedError
from .roster_access import roster_page

KEPT_SEARCH = "roster_search"
"""The session's key of the last search: {"group": its key, "words": what was typed}."""

FILTERS = ("who", "how", "tag")


# --- the list -----------------------------------------------------------------------------------------------------


@sensitive_post_parameters("words")
@roster_page("GET", "POST")
def group_roster(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """The people, the newest first. A POST searches them."""
    if request.method == "POST":
        return _search(request, group)
    filters, selection = _selection(request, group)
    context = {
        "group": group,
        "search": RosterSearchForm({"words": selection.words}),
        "filters": filters,
        "selection": selection,
        "counts": counts_of(group),
        "found": selection.entries(group).count() if selection.is_narrowed else None,
        "page": page_of(group, selection, behind=Behind.read(request.GET.get("behind", ""))),
        "is_unnamed": selection.who == WhoIsShown.NOT_SHARING,
        "filter_query": _filter_query(request),
    }
    return render(request, "affiliates/roster/people.html", context)


def _search(request: HttpRequest, group: Group) -> HttpResponse:
    form = RosterSearchForm(request.POST)
    if form.is_valid():
        request.session[KEPT_SEARCH] = {"group": group.pk, "words": form.cleaned_data["words"]}
    else:
        messages.error(request, _("That is too long, or has characters in it that cannot be read."))
    return redirect(f"{reverse('group_roster', args=[group.slug])}{_filter_query(request)}")


def _selection(request: HttpRequest, group: Group) -> tuple[RosterFilterForm, RosterSelection]:
    """The filters of the address and the words of the session's last search in this roster."""
    kept = request.session.get(KEPT_SEARCH) or {}
    words = kept["words"] if kept.get("group") == group.pk else ""
    filters = RosterFilterForm({name: request.GET.get(name, "") for name in FILTERS}, group=group)
    return filters, filters.selection(words)


def _filter_query(request: HttpRequest) -> str:
    """The filters as the end of an address, to be carried along."""
    chosen = {name: value[:20] for name in FILTERS if (value := request.GET.get(name, ""))}
    return f"?{urlencode(chosen)}" if chosen else ""


@roster_page("GET", "POST")
def roster_export(request: HttpRequest, user: User, group: Group) -> HttpResponseBase:
    """The people that the list shows as a file, after a fresh sign-in and with a reason."""
    return _export(request, user, group)


@fresh_sign_in_required
def _export(request: HttpRequest, user: User, group: Group) -> HttpResponseBase:
    _filters, selection = _selection(request, group)
    if selection.who == WhoIsShown.NOT_SHARING:
        messages.error(request, _("Whoever does not share their details is in no file."))
        return redirect("group_roster", group.slug)
    form = ExportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        lines = export_roster(group=group, selection=selection, reason=form.cleaned_data["reason"], actor=user)
        return StreamingHttpResponse(
            lines,
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="roster-{timezone.localdate():%Y-%m-%d}.csv"',
                "Cache-Control": "private, no-store",
            },
        )
    context = {
        "group": group,
        "form": form,
        "count": selection.entries(group).count(),
        "selection": selection,
        "filter_query": _filter_query(request),
    }
    return render(request, "affiliates/roster/export.html", context, status=422 if form.is_bound else 200)


@sensitive_post_parameters("email", "given_name", "family_name")
@roster_page("GET", "POST")
def roster_invite(request: HttpRequest, user: User, group: Group) -> HttpResponse:
    """Invite somebody by hand. The answer is the same for every address."""
    form = RosterInvitationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            invite_to_roster(group=group, actor=user, now=timezone.now(), **form.cleaned_data)
        except InvitationError as error:
            form.add_error(None, str(error))
        except ClosedError as error:
            raise Http404 from error
        else:
            messages.success(
                request, _("The invitation is on its way. Whoever says yes to it is on your roster from then on.")
            )
            return redirect("group_roster", group.slug)
    status = 422 if form.errors else 200
    return render(request, "affiliates/roster/invite.html", {"group": group, "form": form}, status=status)


# --- one person ---------------------------------------------------------------------------------------------------


def _entry(group: Group, pk: int) -> RosterEntry:
    """The entry of somebody who shares their details with this group. Raises Http404 for all others."""
    people = RosterEntry.objects.sharing(group).select_related("person__zip_code", "person__membership")
    entry = get_object_or_404(people.prefetch_related("person__emails", "person__phones"), pk=pk)
    entry.group = group
    return entry


@roster_page("GET")
def roster_person(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """What somebody shares with the group, and what the group has written down about them."""
    return _person_page(request, user, _entry(group, pk))


def _person_page(
    request: HttpRequest,
    user: User,
    entry: RosterEntry,
    *,
    tag_form: RosterTagForm | None = None,
    note_form: RosterNoteForm | None = None,
) -> HttpResponse:
    tags = list(entry.tags.order_by(Lower("name"), "pk"))
    context = {
        "group": entry.group,
        "entry": entry,
        "person": entry.person,
        "is_member": getattr(entry.person, "membership", None) is not None,
        "tags": tags,
        "other_tags": entry.group.roster_tags.exclude(pk__in=[tag.pk for tag in tags]).order_by(Lower("name"), "pk"),
        "notes": entry.notes.select_related("author").order_by("-at", "-pk"),
        "consents": _consents(entry),
        "form": tag_form or note_form,  # the one with errors, for the summary
        "tag_form": tag_form or RosterTagForm(),
        "note_form": note_form or RosterNoteForm(),
        "viewer": user,
    }
    status = 422 if tag_form or note_form else 200
    return render(request, "affiliates/roster/person.html", context, status=status)


def _consents(entry: RosterEntry) -> list[dict[str, Any]]:
    """What the person said to each question about this group: the words, whether it is a yes, and when."""
    given = Consent.objects.filter(person=entry.person_id, scope=entry.group.scope).select_related("wording")
    last = {word.purpose: word for word in given.current()}
    return [_consent_words(purpose, last.get(purpose), entry.group) for purpose in GROUP_PURPOSES]


def _consent_words(purpose: Any, word: Consent | None, group: Group) -> dict[str, Any]:
    if word and word.wording:
        words = fill_wording(word.wording.text, group=group.name)
    else:
        words = consent_question(purpose, group=group.name)
    return {"words": words, "is_given": bool(word and word.is_given), "at": word and word.at}


@sensitive_post_parameters("name")
@roster_page("POST")
def roster_tag_put(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """Put a tag on, new or one that the group has."""
    entry, form = _entry(group, pk), RosterTagForm(request.POST)
    if form.is_valid():
        try:
            put_roster_tag(entry=entry, name=form.cleaned_data["name"], actor=user)
        except RosterTagError as error:
            form.add_error("name", str(error))
        else:
            return redirect("roster_person", group.slug, pk)
    return _person_page(request, user, entry, tag_form=form)


@roster_page("POST")
def roster_tag_take(request: HttpRequest, user: User, group: Group, pk: int, tag: int) -> HttpResponse:
    """Take a tag off."""
    entry = _entry(group, pk)
    take_roster_tag(entry=entry, tag=get_object_or_404(RosterTag, pk=tag, group=group), actor=user)
    return redirect("roster_person", group.slug, pk)


@sensitive_post_parameters("text")
@roster_page("POST")
def roster_note_add(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """Note something down."""
    entry, form = _entry(group, pk), RosterNoteForm(request.POST)
    if not form.is_valid():
        return _person_page(request, user, entry, note_form=form)
    add_roster_note(entry=entry, text=form.cleaned_data["text"], actor=user, now=timezone.now())
    messages.success(request, _("The note is saved."))
    return redirect("roster_person", group.slug, pk)


@roster_page("POST")
def roster_note_delete(request: HttpRequest, user: User, group: Group, pk: int, note: int) -> HttpResponse:
    """Delete one's own note."""
    entry = _entry(group, pk)
    try:
        delete_roster_note(note=get_object_or_404(RosterNote, pk=note, entry=entry), actor=user)
    except RosterNoteError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The note is deleted."))
    return redirect("roster_person", group.slug, pk)


@roster_page("GET", "POST")
def roster_remove(request: HttpRequest, user: User, group: Group, pk: int) -> HttpResponse:
    """Take somebody off the roster: asked first, done on the second press."""
    entry = _entry(group, pk)
    if request.method == "POST":
        remove_from_roster(entry=entry, actor=user, now=timezone.now())
        messages.success(request, _("They are no longer on your roster."))
        return redirect("group_roster", group.slug)
    return render(request, "affiliates/roster/remove.html", {"group": group, "entry": entry, "person": entry.person})
