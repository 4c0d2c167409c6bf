"""The doorbells of agreements: drawing and sealing are done by a worker, from the row."""

import logging

from django.db import transaction
from django.utils import timezone
from django_rq import job
from redis.exceptions import RedisError

from ..models import Agreement, AgreementState

logger = logging.getLogger("network.agreements")


@job("default")
def write_out_agreement(agreement_id: int) -> None:
    """Draw one agreement. Safe to run twice."""
    from .steps import write_out

    write_out(agreement_id=agreement_id, now=timezone.now())


@job("default")
def seal_one_agreement(agreement_id: int) -> None:
    """Seal one agreement. Safe to run twice."""
    from .steps import seal_agreement

    seal_agreement(agreement_id=agreement_id, now=timezone.now())


def write_out_after_commit(agreement_id: int) -> None:
    """Have a worker draw it once this transaction is committed."""
    transaction.on_commit(lambda: _ring(write_out_agreement, agreement_id))


def seal_after_commit(agreement_id: int) -> None:
    """Have a worker seal it once this transaction is committed."""
    transaction.on_commit(lambda: _ring(seal_one_agreement, agreement_id))


def ring_for_waiting() -> None:
    """The sweep: what is still to be drawn or sealed, because a doorbell or a worker was lost."""
    to_draw = Agreement.objects.filter(state=AgreementState.PREPARING).order_by("pk").values_list("pk", flat=True)[:100]
    for agreement_id in to_draw:
        _ring(write_out_agreement, agreement_id)
    for agreement_id in Agreement.objects.to_seal().order_by("pk").values_list("pk", flat=True)[:100]:
        _ring(seal_one_agreement, agreement_id)


def expire_late() -> None:
    """The sweep: what was not signed in time."""
    from .steps import expire_agreements

    expire_agreements(now=timezone.now())


def remind_late() -> None:
    """The sweep: those who have not signed yet."""
    from .reminders import remind_to_sign

    remind_to_sign(now=timezone.now())


def _ring(what: object, agreement_id: int) -> None:
    try:
        what.delay(agreement_id)  # type: ignore[attr-defined]
    except RedisError:
        logger.warning("the doorbell of agreements does not ring; the sweeper will ring it")
