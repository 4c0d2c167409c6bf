"""Candidates: who stands in a race, withdraws, wins or loses."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.mail.addresses import InvalidAddressError, normalise_address
from foundation.places.keys import name_key

from .ballots import close_choice
from .emails import races as emails
from .models import Candidate, CandidateLink, Race, Result
from .slugs import candidate_slug

MOST_LINKS = 6


class CandidateError(Exception):
    """This cannot be done with the candidate; the message, for the reader, says why. `about` is the field, or ""."""

    def __init__(self, message: str, *, about: str = "") -> None:
        super().__init__(message)
        self.about = about


class KnownCandidateError(CandidateError):
    """Somebody of this name stands in the race already: `candidate`."""

    def __init__(self, candidate: Candidate) -> None:
        super().__init__(_("Somebody of this name stands in the race already."), about="name")
        self.candidate = candidate


@dataclass(frozen=True, kw_only=True, slots=True)
class CandidatePlan:
    """Who a candidate is. `email` is the campaign's, never shown; `links` are pairs of a label and an address."""

    name: str
    party: str = ""
    about: str = ""
    is_incumbent: bool = False
    email: str = ""
    links: tuple[tuple[str, str], ...] = ()


def plan_of(candidate: Candidate) -> CandidatePlan:
    """The plan that would change nothing. One query for the links."""
    return CandidatePlan(
        name=candidate.name,
        party=candidate.party,
        about=candidate.about,
        is_incumbent=candidate.is_incumbent,
        email=candidate.email,
        links=tuple(candidate.links.order_by("pk").values_list("label", "url")),
    )


def candidate_called(race: Race, name: str) -> Candidate | None:
    """Who stands in `race` by this name, however it is spelt."""
    return race.candidates.filter(name_key=name_key(name)).first()


def add_candidate(
    *, race: Race, plan: CandidatePlan, actor: User | None, now: datetime.datetime, is_confirmed: bool = True
) -> Candidate:
    """Put somebody into the race; not confirmed, they are a group's proposal, for staff and that group only.

    Raises KnownCandidateError, and CandidateError for what is no name, address or link.
    """
    plan = _checked(plan)
    with transaction.atomic():
        slug = candidate_slug(name=plan.name, year=race.election_date.year)  # behind it, others wait
        if known := candidate_called(race, plan.name):
            raise KnownCandidateError(known)
        candidate = Candidate(race=race, slug=slug, confirmed_at=now if is_confirmed else None, created_at=now)
        _put(candidate, plan)
        record(
            actor=actor, action="added candidate" if is_confirmed else "proposed candidate", subject=candidate.subject,
            race=race.pk,
        )  # fmt: skip
    return candidate


def change_candidate(
    *, candidate: Candidate, plan: CandidatePlan, actor: User | None, now: datetime.datetime
) -> Candidate:
    """Write another plan of them; their address stays. Raises as `add_candidate`."""
    plan = _checked(plan)
    with transaction.atomic():
        held = _hold(candidate)
        if plan == plan_of(held):
            return held
        known = candidate_called(held.race, plan.name)
        if known and known != held:
            raise KnownCandidateError(known)
        held.links.all().delete()
        _put(held, plan)
        record(actor=actor, action="changed candidate", subject=held.subject)
    return held


def confirm_candidate(*, candidate: Candidate, actor: User | None, now: datetime.datetime) -> Candidate:
    """National's yes to a candidate whom a group proposed. Raises CandidateError before the race is confirmed."""
    with transaction.atomic():
        held = _hold(candidate)
        if not held.race.is_confirmed:
            raise CandidateError(_("Confirm the race first."))
        if held.confirmed_at is None:
            held.confirmed_at = now
            held.save(update_fields=["confirmed_at"])
            record(actor=actor, action="confirmed candidate", subject=held.subject)
    return held


def decline_candidate(*, candidate: Candidate, because: str, actor: User, now: datetime.datetime) -> None:
    """National's no to a candidate whom a group proposed: they go, with their nominations, and the groups are told.

    Raises CandidateError without a reason, and for one who is confirmed.
    """
    with transaction.atomic():
        held = _hold(candidate)
        if held.confirmed_at:
            raise CandidateError(_("This candidate is confirmed and stays. They can withdraw."))
        if not because.strip():
            raise CandidateError(_("Say why: the group reads it."), about="because")
        emails.queue_candidate_declined(held, because.strip())
        held.nominations.all().delete()
        record(actor=actor, action="declined candidate", subject=held.subject, race=held.race_id)
        held.delete()


def withdraw_candidate(*, candidate: Candidate, because: str, actor: User | None, now: datetime.datetime) -> Candidate:
    """They do not stand any more: open polls close their choice, and nobody can nominate them.

    Raises CandidateError without a reason, and for one who has withdrawn.
    """
    with transaction.atomic():
        held = _hold(candidate)
        if held.withdrawn_at:
            raise CandidateError(_("This candidate has withdrawn already."))
        if not because.strip():
            raise CandidateError(_("Say why they withdrew, and where it was said."), about="because")
        held.withdrawn_at, held.withdrawn_because = now, because.strip()[:500]
        held.save(update_fields=["withdrawn_at", "withdrawn_because"])
        record(actor=actor, action="withdrew candidate", subject=held.subject)
        close_choice(candidate=held, actor=actor)
    return held


def record_result(
    *, candidate: Candidate, primary_result: str, result: str, actor: User | None, now: datetime.datetime
) -> Candidate:
    """How the primary and the election ended for them; can be put right later. Whoever lost the primary has lost.

    Raises CandidateError for the result of an election that is still to come, and of a primary that was lost and won.
    """
    if primary_result == Result.LOST and result == Result.PENDING:
        result = Result.LOST
    with transaction.atomic():
        held = _hold(candidate)
        _refuse_result(held.race, primary_result, result, now)
        if (held.primary_result, held.result) != (primary_result, result):
            held.primary_result, held.result = primary_result, result
            held.save(update_fields=["primary_result", "result"])
            record(
                actor=actor, action="recorded result", subject=held.subject, primary=str(primary_result),
                result=str(result),
            )  # fmt: skip
    return held


def _refuse_result(race: Race, primary_result: str, result: str, now: datetime.datetime) -> None:
    today = now.date()
    if primary_result not in Result.values or result not in Result.values:
        raise CandidateError(_("Say how it ended."))
    if primary_result == Result.LOST and result == Result.WON:
        raise CandidateError(_("Whoever lost the primary cannot have won."), about="result")
    if primary_result != Result.PENDING and race.primary_date and race.primary_date > today:
        raise CandidateError(_("The primary election is still to come."), about="primary_result")
    is_known_by_primary = primary_result == Result.LOST and result == Result.LOST
    if result != Result.PENDING and race.election_date > today and not is_known_by_primary:
        raise CandidateError(_("The election is still to come."), about="result")


# --- one candidate --------------------------------------------------------------------------------------------


def _hold(candidate: Candidate) -> Candidate:
    """The candidate as they are now, with their race; locked until the transaction ends."""
    rows = Candidate.objects.select_for_update(no_key=True, of=("self",)).select_related("race__proposed_by")
    return rows.defer("race__proposed_by__position").get(pk=candidate.pk)


def _put(candidate: Candidate, plan: CandidatePlan) -> None:
    candidate.name, candidate.name_key = plan.name, name_key(plan.name)
    candidate.party, candidate.about, candidate.email = plan.party, plan.about, plan.email
    candidate.is_incumbent = plan.is_incumbent
    candidate.save()
    CandidateLink.objects.bulk_create(
        CandidateLink(candidate=candidate, label=label, url=url) for label, url in plan.links
    )


def _checked(plan: CandidatePlan) -> CandidatePlan:
    """The plan with single spaces and a normalised address. Raises CandidateError for what the database refuses."""
    name = " ".join(plan.name.split())
    if not name_key(name) or len(name) > 120:
        raise CandidateError(_("A name has letters, and at most 120 characters."), about="name")
    if len({url for _label, url in plan.links}) < len(plan.links) or len(plan.links) > MOST_LINKS:
        raise CandidateError(_("Give each link once, and %(most)d at most.") % {"most": MOST_LINKS}, about="links")
    return CandidatePlan(
        name=name,
        party=" ".join(plan.party.split())[:80],
        about=plan.about.strip(),
        is_incumbent=plan.is_incumbent,
        email=_address(plan.email),
        links=plan.links,
    )


def _address(email: str) -> str:
    if not email.strip():
        return ""
    try:
        return normalise_address(email)
    except InvalidAddressError as error:
        raise CandidateError(_("This is no e-mail address."), about="email") from error
