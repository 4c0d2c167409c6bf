"""Why something cannot be done with a poll, in words for whoever tried."""

from collections.abc import Callable

from django.db import IntegrityError
from django.utils.translation import gettext as _


class PollError(Exception):
    """This cannot be done with the poll; the message, for the reader, says why."""


class StalePollError(PollError):
    """Somebody else has changed the poll since it was read."""


def is_not_open() -> str:
    """Said of a draft."""
    return _("This poll is not open.")


def is_closed() -> str:
    """Said to whoever casts too late."""
    return _("This poll is closed. No ballot can be cast or changed any more.")


def is_void() -> str:
    """Said of a poll that two of the staff have voided."""
    return _("This poll is void. No ballot counts in it.")


def is_not_eligible() -> str:
    """Said to a group outside the area, and to one that came later."""
    return _("This group was not among those asked when the poll opened, so it has no vote in it.")


def has_ended() -> str:
    """Said to a group that is no affiliate any more."""
    return _("The agreement of this group has ended, so it cannot cast or change a ballot. One cast before stands.")


def has_withdrawn() -> str:
    """Said to whoever chooses somebody who does not stand any more."""
    return _("This candidate has withdrawn. Choose somebody else, no endorsement, or abstain.")


def is_interested() -> str:
    """Said to whoever is paid by a campaign of the race."""
    return _(
        "You said that a campaign in this race pays you, so you cannot cast the ballot of your group. "
        "Another point of contact can."
    )


def is_another_ballot() -> str:
    """Said to whoever strikes a ballot that is not the group's any more."""
    return _("The group has changed its ballot, or it is struck already. Look at it again.")


def is_endorsed() -> str:
    """Said to whoever voids a poll too late."""
    return _("An endorsement rests on this poll, so it cannot be void any more.")


# The rules of migrations/0002_guards.py that somebody can run into who did nothing wrong but come late.
_WORDS: dict[str, Callable[[], str]] = {
    "entry_poll_open": is_not_open,
    "entry_before_close": is_closed,
    "entry_of_group_in_force": has_ended,
    "entry_of_open_choice": has_withdrawn,
    "entry_strikes_a_ballot": is_another_ballot,
    "entry_struck_by_two": is_another_ballot,
    "poll_not_void_once_endorsed": is_endorsed,
}


def refusal(error: IntegrityError) -> PollError | None:
    """What the database refused, in words for the reader; None where it is an error of ours."""
    diagnosis = getattr(error.__cause__, "diag", None)
    words = _WORDS.get(getattr(diagnosis, "constraint_name", None) or "")
    return PollError(words()) if words else None
