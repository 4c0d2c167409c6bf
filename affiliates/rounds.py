"""Rounds of re-signing: all affiliates are asked to sign the newest version by a date, and lapse if they let it pass.

Affected are the listed groups whose agreement in force is of an older version, or was signed elsewhere.
"""

import datetime
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import Case, CharField, Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from .agreements.steps import AgreementStepError, lapse_agreement
from .emails import rounds as emails
from .models import Agreement, AgreementState, AgreementTemplate, Group, ResigningNotice, ResigningRound

# Nobody lapses sooner after having been told.
LEAST_NOTICE = datetime.timedelta(days=30)
WARNING_DAYS = (30, 14, 7, 1)
# How many groups one sweep writes to: a round shall not keep sign-in codes waiting.
AT_ONCE = 100

SIGNED, WAITING, NOT_YET = "signed", "waiting", "not_yet"


class RoundError(Exception):
    """This cannot be done with a round; the message, for the reader, says why."""


# --- where the groups stand -----------------------------------------------------------------------------------


def open_round_of_today() -> ResigningRound | None:
    """The round that is under way, if any."""
    return ResigningRound.objects.select_related("template").filter(closed_at=None).first()


def groups_of(asked: ResigningRound) -> QuerySet[Any]:
    """All listed groups with an agreement in force, each with its `standing` in the round: signed, waiting (signed,
    national has not countersigned yet) or not_yet; with `warnings`, how often it was told, and `told_first_at` and
    `told_at`, when first and last (None for never)."""
    version = asked.template.version
    agreements = Agreement.objects.filter(group=OuterRef("pk"))
    in_force = agreements.filter(state=AgreementState.IN_FORCE)
    told = ResigningNotice.objects.filter(round=asked, group=OuterRef("pk")).order_by().values("group")
    standing = Case(
        When(Exists(in_force.filter(template__version__gte=version)), then=Value(SIGNED)),
        When(
            Exists(agreements.filter(state=AgreementState.SIGNED, template__version__gte=version)), then=Value(WAITING)
        ),
        default=Value(NOT_YET),
        output_field=CharField(),
    )
    return (
        Group.objects.listed()
        .filter(Exists(in_force))
        .defer("position", "about", "plan")
        .annotate(
            standing=standing,
            warnings=Coalesce(Subquery(told.annotate(number=Count("pk")).values("number")), 0),
            told_first_at=Subquery(told.annotate(at_first=Min("at")).values("at_first")),
            told_at=Subquery(told.annotate(at_last=Max("at")).values("at_last")),
        )
    )


def counts_of(asked: ResigningRound) -> dict[str, int]:
    """How many groups have signed, wait for national, and have not signed; and how many have lapsed."""
    found = groups_of(asked).aggregate(
        **{name: Count("pk", filter=Q(standing=name)) for name in (SIGNED, WAITING, NOT_YET)}
    )
    lapsed = Agreement.objects.filter(state=AgreementState.LAPSED, ended_at__gte=asked.opened_at)
    if asked.closed_at:
        lapsed = lapsed.filter(ended_at__lte=asked.closed_at)
    return {**found, "lapsed": lapsed.count()}


def asked_of(group: Group) -> ResigningRound | None:
    """The round under way that `group` has not signed in yet, if any."""
    asked = open_round_of_today()
    if asked is None or groups_of(asked).filter(pk=group.pk, standing=NOT_YET).first() is None:
        return None
    return asked


# --- opening, extending, closing ------------------------------------------------------------------------------


def open_round(*, due_at: datetime.datetime, note: str, actor: User, now: datetime.datetime) -> ResigningRound:
    """Ask all affiliates to sign the newest version by `due_at`; the sweep tells them. `note` says what is new.

    Raises RoundError where no version is published, the version had its round, one is open, or the date is less than
    30 days away.
    """
    with transaction.atomic():
        template = AgreementTemplate.objects.select_for_update(of=("self",)).published().order_by("-version").first()
        if template is None:
            raise RoundError(_("No version of the agreement is published."))
        if open_round_of_today():
            raise RoundError(_("A round is under way. Close it first."))
        if ResigningRound.objects.filter(template=template).exists():
            raise RoundError(_("This version has had its round. Publish a newer one first."))
        _must_be_far_enough(due_at, now)
        asked = ResigningRound.objects.create(
            template=template, opened_by=actor, opened_at=now, due_at=due_at, note=note.strip()
        )
        record(actor=actor, action="opened round", subject=_key(asked), version=template.version,
               due=due_at.isoformat())  # fmt: skip
    return asked


def extend_round(*, asked: ResigningRound, due_at: datetime.datetime, actor: User, now: datetime.datetime) -> None:
    """Give the groups more time. Those that were warned hear of the new date; the warnings that lie ahead come anew.

    Raises RoundError where that would be less time, and where the round is closed.
    """
    with transaction.atomic():
        locked = _locked(asked)
        if due_at <= locked.due_at:
            raise RoundError(_("The date can only be made later."))
        record(actor=actor, action="extended round", subject=_key(locked), was=locked.due_at.isoformat(),
               due=due_at.isoformat())  # fmt: skip
        locked.due_at = due_at
        locked.save(update_fields=["due_at"])
        ahead = [days for days in WARNING_DAYS if due_at - datetime.timedelta(days=days) > now]
        locked.notices.filter(days__in=ahead).delete()
    asked.refresh_from_db()


def close_round(*, asked: ResigningRound, actor: User | None, now: datetime.datetime) -> None:
    """No group is warned or lapses any more. Raises RoundError where it is closed."""
    with transaction.atomic():
        locked = _locked(asked)
        locked.closed_at = now
        locked.save(update_fields=["closed_at"])
        record(actor=actor, action="closed round", subject=_key(locked), **counts_of(locked))
    asked.refresh_from_db()


def _locked(asked: ResigningRound) -> ResigningRound:
    locked = ResigningRound.objects.select_for_update(of=("self",)).select_related("template").get(pk=asked.pk)
    if locked.closed_at:
        raise RoundError(_("This round is closed."))
    return locked


def _must_be_far_enough(due_at: datetime.datetime, now: datetime.datetime) -> None:
    if due_at < now + LEAST_NOTICE:
        raise RoundError(_("Give the groups at least %(days)s days.") % {"days": LEAST_NOTICE.days})


def _key(asked: ResigningRound) -> str:
    return f"round:{asked.pk}"


# --- what the sweep does --------------------------------------------------------------------------------------


def send_notices(*, now: datetime.datetime) -> int:
    """Tell each group that has not signed of the round, and warn it 30, 14, 7 and 1 days before the date.

    Of what was missed only the latest warning goes out. Safe to run twice at once: a notice is a row, made once.
    Returns how many groups were written to.
    """
    asked = open_round_of_today()
    if asked is None or now >= asked.due_at:
        return 0
    return sum(_notify(asked, group_id, days, now) for group_id, days in _to_tell(asked, now))


def _to_tell(asked: ResigningRound, now: datetime.datetime) -> Iterator[tuple[int, int | None]]:
    """The groups to write to now, each with the days of the warning, or None where it is the first notice."""
    not_yet = groups_of(asked).filter(standing=NOT_YET).order_by("pk")
    for group_id in not_yet.filter(told_at=None).values_list("pk", flat=True)[:AT_ONCE]:
        yield group_id, None
    days = _warning_due(asked, now)
    if days is None:
        return
    since = asked.due_at - datetime.timedelta(days=days)
    # Whoever was told since that moment, of whatever, knows the date.
    unwarned = not_yet.filter(told_at__lt=since).exclude(pk__in=asked.notices.filter(days=days).values("group"))
    for group_id in unwarned.values_list("pk", flat=True)[:AT_ONCE]:
        yield group_id, days


def _warning_due(asked: ResigningRound, now: datetime.datetime) -> int | None:
    """The days of the last warning whose moment has come."""
    return min((days for days in WARNING_DAYS if asked.due_at - datetime.timedelta(days=days) <= now), default=None)


def _notify(asked: ResigningRound, group_id: int, days: int | None, now: datetime.datetime) -> bool:
    """Write to the contacts of one group, unless another sweep has."""
    with transaction.atomic():
        _notice, is_new = ResigningNotice.objects.get_or_create(
            round=asked, group_id=group_id, days=days, defaults={"at": now}
        )
        if is_new:
            days_left = round((asked.due_at - now) / datetime.timedelta(days=1))
            emails.queue_round_notice(asked, Group.objects.get(pk=group_id), days=days, days_left=max(days_left, 1))
    return is_new


def lapse_late(*, now: datetime.datetime) -> int:
    """After the date: what was not signed lapses, one group a transaction. Returns how many.

    A group that has signed and waits for national does not lapse, nor does one that was told less than 30 days ago.
    The round closes by itself once nobody is left.
    """
    asked = open_round_of_today()
    if asked is None or now < asked.due_at:
        return 0
    late = groups_of(asked).filter(standing=NOT_YET, told_first_at__lte=now - LEAST_NOTICE).order_by("pk")
    lapsed = sum(_lapse(asked, group_id, now) for group_id in late.values_list("pk", flat=True)[:AT_ONCE])
    if not groups_of(asked).exclude(standing=SIGNED).exists():
        with suppress(RoundError):  # somebody has just closed it
            close_round(asked=asked, actor=None, now=now)
    return lapsed


def _lapse(asked: ResigningRound, group_id: int, now: datetime.datetime) -> bool:
    former = Agreement.objects.in_force().without_bodies().filter(group=group_id)
    older = former.filter(Q(template=None) | Q(template__version__lt=asked.template.version)).first()
    try:
        return older is not None and lapse_agreement(agreement=older, now=now)
    except AgreementStepError:  # it was ended or replaced a moment ago
        return False
