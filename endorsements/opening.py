"""A poll from its draft to its opening, when list, choices, rule and closing time are frozen and hashed.

Locked are the candidates of the race, then the poll: whoever withdraws at this moment is either no choice, or their
choice is closed in the open poll (ballots.close_choice).
"""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.models import AreaZipCode

from . import signals
from .eligibility import Seat, eligible_for
from .ledger import canonical, hold, in_utc, sha256
from .models import Candidate, ChoiceKind, EligibleGroup, Poll, PollChoice, PollState, Race
from .refusals import PollError, StalePollError

__all__ = ["PollError", "StalePollError", "change_poll", "drop_poll", "make_poll", "obstacles_to", "open_poll"]

FORMAT = "poll 1"
_BATCH = 2_000


def obstacles_to(race: Race, *, seats: Sequence[Seat] | None = None) -> list[str]:
    """Why no poll of `race` can open, in words for staff; nothing where it can. Some queries, and eligible_for's.

    `seats` is what eligible_for gives, where the caller has asked it already.
    """
    found = []
    if not race.is_confirmed:
        found.append(_("Confirm the race first."))
    if not _standing(race).exists():
        found.append(_("Nobody whom you have confirmed stands in this race."))
    if race.area_id is None:
        found.append(_("The area of this race is unknown, so nobody knows which groups to ask."))
    elif not (eligible_for(race) if seats is None else seats):
        found.append(_("No affiliate is at home in the area of this race or serves it."))
    return found


# --- the draft ------------------------------------------------------------------------------------------------


def make_poll(
    *, race: Race, words: str, closes_at: datetime.datetime, actor: User | None, now: datetime.datetime
) -> Poll:
    """A draft for `race`. `words` is what the groups should know.

    Raises PollError where the race is not confirmed or has a draft or an open poll, and for a time that has passed.
    """
    _refuse_past(closes_at, now)
    with transaction.atomic():
        locked = Race.objects.select_for_update(no_key=True).get(pk=race.pk)
        if not locked.is_confirmed:
            raise PollError(_("Confirm the race first."))
        if locked.polls.filter(state__in=(PollState.DRAFT, PollState.OPEN)).exists():
            raise PollError(_("This race has a poll that is not closed yet."))
        poll = Poll.objects.create(
            race=locked,
            slug=_free_slug(locked),
            words=words.strip(),
            closes_at=closes_at,
            made_by=actor,
            created_at=now,
        )
        record(actor=actor, action="made poll", subject=poll.subject, race=race.pk)
    return poll


def change_poll(
    *, poll: Poll, words: str, closes_at: datetime.datetime, revision: int, actor: User | None, now: datetime.datetime
) -> Poll:
    """Write another text and closing time into a draft.

    Raises StalePollError where `revision` is not the present one, PollError where it is no draft or the time has
    passed.
    """
    _refuse_past(closes_at, now)
    with transaction.atomic():
        draft = _hold_draft(poll, revision)
        draft.words, draft.closes_at, draft.revision = words.strip(), closes_at, draft.revision + 1
        draft.save(update_fields=["words", "closes_at", "revision"])
        record(actor=actor, action="changed poll", subject=draft.subject)
    return draft


def drop_poll(*, poll: Poll, actor: User | None) -> None:
    """Delete a draft. Raises PollError where it was opened: such a poll stays."""
    with transaction.atomic():
        draft = _hold_draft(poll)
        record(actor=actor, action="dropped poll", subject=draft.subject, race=draft.race_id)
        draft.delete()


# --- the opening ----------------------------------------------------------------------------------------------


def open_poll(*, poll: Poll, revision: int, actor: User | None) -> Poll:
    """Freeze who is asked, what can be chosen, the rule and the closing time, and let the groups cast.

    The choices are the confirmed candidates who stand, by name, then no endorsement and abstaining. The database's
    clock gives the moment. Raises StalePollError where `revision` is not the present one, PollError where it is no
    draft, something stands in the way (`obstacles_to`) or the closing time has passed.
    """
    with transaction.atomic():
        race = Race.objects.select_for_update(no_key=True).get(pk=poll.race_id)
        candidates = list(_standing(race).select_for_update(no_key=True).order_by("pk"))
        draft = _hold_draft(poll, revision)
        opened_at = hold(draft).now
        seats = eligible_for(race)
        if not (race.is_confirmed and candidates and seats):
            raise PollError(" ".join(obstacles_to(race)))
        _refuse_past(draft.closes_at, opened_at)
        choices = PollChoice.objects.bulk_create(_choices(draft, candidates))
        asked = EligibleGroup.objects.bulk_create(_eligible_groups(draft, seats), batch_size=_BATCH)
        draft.state, draft.opened_at, draft.eligible = PollState.OPEN, opened_at, len(asked)
        draft.revision += 1
        draft.snapshot = canonical(_snapshot(draft, race, choices, asked))
        draft.snapshot_hash = draft.head = sha256(draft.snapshot)
        draft.save()
        record(actor=actor, action="opened poll", subject=draft.subject, eligible=len(asked), hash=draft.head)
        signals.poll_opened.send(sender=Poll, poll=draft, actor=actor)
    return draft


def _choices(poll: Poll, candidates: Sequence[Candidate]) -> list[PollChoice]:
    by_name = sorted(candidates, key=lambda candidate: (candidate.name_key, candidate.pk))
    choices = [PollChoice(poll=poll, kind=ChoiceKind.CANDIDATE, candidate=c, label=_label(c)) for c in by_name]
    choices += [PollChoice(poll=poll, kind=kind) for kind in (ChoiceKind.NONE, ChoiceKind.ABSTAIN)]
    for position, choice in enumerate(choices, start=1):
        choice.position = position
    return choices


def _label(candidate: Candidate) -> str:
    return f"{candidate.name} ({candidate.party})" if candidate.party else candidate.name


def _eligible_groups(poll: Poll, seats: Sequence[Seat]) -> list[EligibleGroup]:
    return [
        EligibleGroup(
            poll=poll, group=seat.group, number=number, name=seat.group.name, place_name=seat.group.place_name,
            why=seat.why, because=seat.because,
        )
        for number, seat in enumerate(seats, start=1)
    ]  # fmt: skip


def _snapshot(poll: Poll, race: Race, choices: Sequence[PollChoice], asked: Sequence[EligibleGroup]) -> dict[str, Any]:
    """What is frozen, as anybody may read it. The ZIP codes of the area say who had to be asked for their home."""
    zip_codes = AreaZipCode.objects.filter(area=race.area_id).order_by("zip_code").values_list("zip_code", flat=True)
    return {
        "format": FORMAT,
        "poll": poll.slug,
        "race": {
            "office": race.office,
            "district": race.district,
            "level": race.level,
            "state": race.state,
            "party": race.party,
            "election_date": race.election_date.isoformat(),
            "area": race.area.name if race.area else "",
            "zip_codes": list(zip_codes),
        },
        "words": poll.words,
        "rule": poll.rule,
        "opened_at": in_utc(poll.opened_at) if poll.opened_at else "",
        "closes_at": in_utc(poll.closes_at),
        "choices": [{"position": c.position, "kind": str(c.kind), "label": c.label} for c in choices],
        "eligible": [
            {"number": a.number, "group": a.name, "place": a.place_name, "why": str(a.why), "because": a.because}
            for a in asked
        ],
    }


# --- one draft ------------------------------------------------------------------------------------------------


def _hold_draft(poll: Poll, revision: int | None = None) -> Poll:
    """The draft as it is now, locked until the transaction ends."""
    held = Poll.objects.select_for_update(no_key=True).without_snapshot().get(pk=poll.pk)
    if held.state != PollState.DRAFT:
        raise PollError(_("This poll was opened, so what was frozen then stays."))
    if revision is not None and held.revision != revision:
        raise StalePollError(_("Somebody else has changed this poll since you opened the page. Look at it again."))
    return held


def _standing(race: Race) -> QuerySet[Candidate]:
    return race.candidates.all().confirmed().standing()


def _free_slug(race: Race) -> str:
    """The race's address, or the first with a number behind it: a race may be asked about again."""
    taken = set(Poll.objects.filter(slug__startswith=race.slug[:150]).values_list("slug", flat=True))
    numbered = (f"{race.slug[:150]}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (race.slug, *numbered) if slug not in taken)


def _refuse_past(closes_at: datetime.datetime, now: datetime.datetime) -> None:
    if closes_at <= now:
        raise PollError(_("The closing time has passed. Give the groups a later one."))
