"""The fundraising guide: each state's own office for campaign finance. The site gives no legal advice."""

import csv
import datetime
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.search import UnknownPlaceError, find_place
from foundation.places.states import STATES, State, StateKind, state_named

from .models import FundraisingOffice

OFFICES = Path(__file__).with_name("fundraising_offices.csv")

GUIDED = tuple(
    code for code, state in STATES.items() if state.kind not in {StateKind.MILITARY, StateKind.FREELY_ASSOCIATED}
)
"""The states that have a page: the fifty, the District and the territories."""


class Guidance(NamedTuple):
    """A state, and its office where we know it."""

    state: State
    office: FundraisingOffice | None


def load_offices(*, path: Path = OFFICES) -> int:
    """Load the offices that the product comes with; what staff wrote stays. Returns how many were new."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [
            FundraisingOffice(state=row["state"], office=row["office"], url=row["url"]) for row in csv.DictReader(file)
        ]
    known = set(FundraisingOffice.objects.values_list("state", flat=True))
    new = [row for row in rows if row.state not in known]
    FundraisingOffice.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def guidance() -> list[Guidance]:
    """Every state that has a page, by name in the reader's language, with its office."""
    offices = FundraisingOffice.objects.in_bulk()
    return sorted((Guidance(STATES[code], offices.get(code)) for code in GUIDED), key=lambda one: one.state.name)


def state_of(text: str) -> str:
    """The code of the state that somebody means by a ZIP code, a city or a state.

    Raises PlaceError, whose message for the reader says why there is none.
    """
    named = state_named(text)
    code = named.code if named else find_place(text).state
    if code not in GUIDED:
        raise UnknownPlaceError(_("This guide is about the states and territories of the United States."))
    return code


def change_office(
    *, state: str, office: str, url: str, note: str, note_es: str, checked_on: datetime.date | None, actor: User,
    now: datetime.datetime,
) -> FundraisingOffice:  # fmt: skip
    """Write what the guide says of a state (by code). `checked_on` is the day on which staff saw the link work."""
    with transaction.atomic():
        values = {"office": office, "url": url, "note": note, "note_es": note_es, "checked_on": checked_on}
        changed, _is_new = FundraisingOffice.objects.update_or_create(
            state=state, defaults={**values, "changed_at": now}
        )
        record(actor=actor, action="changed fundraising office", subject=f"state:{state}")
    return changed
