"""The job behind the doorbell."""

from django.core.cache import cache
from django_rq import job

# Short, so that a worker asked to stop has soon finished its job; what is left goes to a new one.
SECONDS = 60


@job("mail")
def deliver_mail() -> int:
    """Send what is due in the outbox; returns how many mails it took. Safe to run twice, at once, or never.

    Where more is due than one batch, the next worker that is free is called to help: so many mails that were announced
    once come to be sent by all workers there are.
    """
    from .claims import is_more_due_than
    from .delivery import BATCH, deliver_until_idle, this_worker
    from .outbox import DOORBELL, ring

    # First, so that a mail queued from here on rings again, and none falls between our last look and the end.
    cache.delete(DOORBELL)
    if is_more_due_than(BATCH):
        ring()
    done = deliver_until_idle(worker=this_worker(), seconds=SECONDS)
    if done.is_cut_short:
        ring()
    return done.claimed
