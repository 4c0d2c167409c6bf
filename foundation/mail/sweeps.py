"""What the sweeper does for mail: send where no doorbell rang, settle the claims of dead workers, forget old bodies."""

from datetime import timedelta

from django.conf import settings

from foundation.web.sweeps import register_sweep

from . import claims
from .delivery import deliver_until_idle, this_worker

# A mail that has waited this long was not announced, or its worker has more than enough to do.
OVERDUE = timedelta(seconds=10)


def send_overdue() -> None:
    """Send what has been due for a while, straight from Postgres: Redis or the workers may be away."""
    deliver_until_idle(worker=f"sweeper@{this_worker()}", seconds=30, overdue_by=OVERDUE)


def recover_claims() -> None:
    claims.recover_expired_claims()


def empty_old_bodies() -> None:
    claims.empty_old_bodies(older_than=timedelta(days=settings.MAIL_BODY_DAYS))


def register() -> None:
    """Called once, when the app is ready."""
    register_sweep("mail: settle the claims of dead workers", recover_claims, every_seconds=10)
    register_sweep("mail: send what is overdue", send_overdue, every_seconds=5)
    register_sweep("mail: empty old bodies", empty_old_bodies, every_seconds=3600)
