"""What anybody may take home of a closed poll: the exact texts that were hashed, and a table of who chose what.

The JSON is written in one way only, so that recount.py can make it anew from the texts and notice any other byte.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from foundation.web.spreadsheets import safe_cell

from .ledger import canonical, in_utc
from .models import EligibleGroup, Poll, PollState
from .refusals import PollError

FORMAT = "poll export 1"


def export_json(poll: Poll) -> bytes:
    """The frozen poll, every entry of its ledger, the result and the root, as recount.py reads it.

    Raises PollError where the poll is not closed, or void.
    """
    _refuse_unpublished(poll)
    whole = {
        "format": FORMAT,
        "snapshot": poll.snapshot,
        "entries": list(poll.ledger.order_by("sequence").values_list("text", flat=True)),
        "root": poll.head,
        "result": _result(poll),
    }
    return (canonical(whole) + "\n").encode()


def _result(poll: Poll) -> dict[str, Any]:
    tally = poll.tally or {}
    choices = {choice.position: choice for choice in poll.choices.order_by("position")}
    votes = {
        str(position): tally["candidates"][str(position)] if choice.candidate_id else tally[choice.kind]
        for position, choice in choices.items()
    }
    recommended = (position for position, choice in choices.items() if choice.candidate_id == poll.recommended_id)
    return {
        "eligible": poll.eligible,
        "cast": tally["cast"],
        "votes": votes,
        "recommended": next(recommended) if poll.recommended_id else None,
    }


def export_csv(poll: Poll) -> bytes:
    """The roll call for a spreadsheet, in the active language: one line a group that was eligible.

    Cells that a spreadsheet would run are neutralised. Raises PollError where the poll is not closed, or void.
    """
    _refuse_unpublished(poll)
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow([
        _("Number"), _("Group"), _("Place"), _("Why eligible"), _("Ballot"), _("Cast (UTC)"), _("Times cast"),
        _("Entry"), _("Receipt"),
    ])  # fmt: skip
    for row in _roll_call(poll):
        table.writerow([safe_cell(cell) for cell in row])
    return written.getvalue().encode("utf-8-sig")


def _roll_call(poll: Poll) -> Iterator[list[str]]:
    seats = poll.eligible_groups.select_related("ballot__choice", "ballot__entry").order_by("number")
    for seat in seats.defer("ballot__entry__text").iterator(chunk_size=2_000):
        yield [
            str(seat.number), seat.name, seat.place_name, f"{seat.get_why_display()}: {seat.because}", *_ballot_of(seat)
        ]  # fmt: skip


def _ballot_of(seat: EligibleGroup) -> list[str]:
    ballot = getattr(seat, "ballot", None)
    if ballot is None:
        return [_("did not cast"), "", "", "", ""]
    words = _("struck") if ballot.struck_at else str(ballot.choice)
    return [words, in_utc(ballot.cast_at), str(ballot.revision), str(ballot.entry.sequence), ballot.entry.hash]


def recount_program() -> bytes:
    """recount.py as it is: standard library only, sharing no code with what counts here."""
    return Path(__file__).with_name("recount.py").read_bytes()


def _refuse_unpublished(poll: Poll) -> None:
    if poll.state != PollState.CLOSED:
        raise PollError(_("Only a closed poll can be taken home."))
