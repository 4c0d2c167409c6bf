"""The doorbell of imports: Redis carries a job's id, Postgres the job."""

import logging
import os
import socket
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django_rq import job
from redis.exceptions import RedisError

from .models import ImportJob, ImportState

logger = logging.getLogger("network.imports")


@job("imports")
def carry_on_import(job_id: int) -> None:
    """Do what is left of one import. Safe to run twice: what another worker holds is left to it."""
    from .running import run_import

    run_import(job_id=job_id, worker=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}")


def ring_after_commit(job_id: int) -> None:
    """Have a worker look at the import once this transaction is committed."""
    transaction.on_commit(lambda: _ring(job_id))


def ring_next(kind: str) -> None:
    """Have a worker look at the import of `kind` that has waited longest, now that none is running."""
    waiting = ImportJob.objects.filter(kind=kind, state=ImportState.QUEUED).order_by("confirmed_at", "pk").first()
    if waiting:
        ring_after_commit(waiting.pk)


def ring_for_abandoned() -> None:
    """The sweep: every import whose doorbell or worker was lost."""
    for job_id in ImportJob.objects.without_worker().order_by("pk").values_list("pk", flat=True)[:100]:
        _ring(job_id)


def forget_old_files_daily() -> None:
    """The sweep that keeps no uploaded file longer than it is needed."""
    from .steps import forget_old_files

    forget_old_files(now=timezone.now())


def _ring(job_id: int) -> None:
    try:
        carry_on_import.delay(job_id)
    except RedisError:
        logger.warning("the doorbell of imports does not ring; the sweeper will ring it")
