"""Agreements that both sides signed before the groups came to this site, many at once: for imports."""

import datetime
from collections.abc import Iterable

from django.db import transaction

from foundation.accounts.models import User
from foundation.audit.models import AuditEntry

from ..models import Agreement, AgreementEvent, AgreementState, Group, Origin
from .chain import next_event
from .steps import elsewhere_in_words, new_reference


def record_many_elsewhere(*, groups: Iterable[Group], actor: User | None, now: datetime.datetime) -> int:
    """Write down, for each of these groups without an agreement in force, that one is. Returns for how many.

    As steps.record_agreement_elsewhere does for one, in four queries however many there are; who signed, and when,
    nobody knows. Lists no group.
    """
    by_key = {group.pk: group for group in groups}
    if not by_key:
        return 0
    with transaction.atomic():
        in_force = Agreement.objects.in_force().filter(group__in=by_key)
        have = set(in_force.values_list("group_id", flat=True))
        without = [group for key, group in by_key.items() if key not in have]
        agreements = Agreement.objects.bulk_create(
            Agreement(
                group=group, origin=Origin.ELSEWHERE, language="en", reference=new_reference(), created_at=now,
                state=AgreementState.IN_FORCE, countersigned_at=now,
            )
            for group in without
        )  # fmt: skip
        AgreementEvent.objects.bulk_create(
            next_event(agreement, "signed elsewhere", number=1, previous="", now=now,
                       **elsewhere_in_words(agreement, actor))
            for agreement in agreements
        )  # fmt: skip
        AuditEntry.objects.bulk_create(
            AuditEntry(
                actor=f"user:{actor.pk}" if actor else "system",
                action="recorded agreement",
                subject=agreement.group.scope,
                details={"agreement": agreement.reference},
            )
            for agreement in agreements
        )
    return len(agreements)
