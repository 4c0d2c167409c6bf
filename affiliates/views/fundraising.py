"""The fundraising guide: for everybody to read, for staff to keep."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation.accounts.language import present_language
from foundation.accounts.models import User
from foundation.places.search import PlaceError
from foundation.places.states import STATES

from ..forms_fundraising import OfficeForm
from ..fundraising import GUIDED, change_office, guidance, state_of
from ..models import FundraisingOffice
from .calls_access import calls_page


@require_safe
def fundraising_guide(request: HttpRequest) -> HttpResponse:
    """`/fundraising/`: all states; `?near=02139` leads to the one that somebody means."""
    near, error = request.GET.get("near", "").strip()[:200], ""
    if near:
        try:
            return redirect("fundraising_state", state=state_of(near).lower())
        except PlaceError as refusal:
            error = str(refusal)
    elif "near" in request.GET:
        error = _("Type a ZIP code or the name of a state.")
    context = {"guidance": guidance(), "near": near, "error": error, "has_errors": bool(error)}
    return render(request, "affiliates/fundraising/guide.html", context, status=422 if error else 200)


@require_safe
def fundraising_state(request: HttpRequest, state: str) -> HttpResponse:
    """What the guide says of one state."""
    code = _code(state)
    office = FundraisingOffice.objects.filter(pk=code).first()
    note = office.note_in(present_language()) if office else ""
    context = {"state": STATES[code], "office": office, "note": note, "address": code.lower()}
    return render(request, "affiliates/fundraising/state.html", context)


def _code(state: str) -> str:
    """The code of a state as the address has it, in small letters. Raises Http404 for others."""
    code = state.upper()
    if code not in GUIDED or state != code.lower():
        raise Http404
    return code


@calls_page("GET")
def national_fundraising(request: HttpRequest, user: User) -> HttpResponse:
    """All states with their offices, and when their links were last seen to work."""
    return render(request, "affiliates/fundraising/national.html", {"guidance": guidance()})


@calls_page("GET", "POST")
def fundraising_change(request: HttpRequest, user: User, state: str) -> HttpResponse:
    """Change what the guide says of one state."""
    code = _code(state)
    office = FundraisingOffice.objects.filter(pk=code).first()
    form = OfficeForm(request.POST if request.method == "POST" else None, instance=office)
    if form.is_valid():
        change_office(state=code, **form.cleaned_data, actor=user, now=timezone.now())
        messages.success(request, _("Your changes are saved."))
        return redirect("national_fundraising")
    context = {"form": form, "state": STATES[code], "office": office}
    return render(request, "affiliates/fundraising/change.html", context, status=422 if form.errors else 200)
