"""A worker process that kills itself (SIGKILL) at a given point. `python -m tests.mail.worker POINT AFTER PORT`

It uses the real code on the test's database; only the moment of death is ours. AFTER is how many mails go well first.
"""

import os
import signal
import smtplib
import sys
from collections.abc import Callable
from typing import Any

# So many does it claim at a time: marking alone comes once a batch.
BATCH = 5
POINTS = ["before the claim commits", "after the claim", "mid-message", "after the answer"]


def main() -> None:
    point, after, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    import django

    django.setup()
    from django.test import override_settings

    from .conftest import smtp_mailers

    with override_settings(MAILERS=smtp_mailers(port)):
        _work(point, after)


def _work(point: str, after: int) -> None:
    from django.db import transaction

    from foundation.mail import claims, delivery

    delivery.BATCH = delivery.LARGEST_BATCH = BATCH
    going_out = _countdown(after)
    if point == "before the claim commits":
        claim_due = claims.claim_due

        def claim_and_die(**options: Any) -> Any:
            with transaction.atomic():
                claim_due(**options)
                _die()

        claims.claim_due = claim_and_die
    elif point == "after the claim":
        claims.mark_going_out = _dying(claims.mark_going_out, _countdown(after // BATCH))
    elif point == "mid-message":
        smtplib.SMTP.send = _sending_half(smtplib.SMTP.send, going_out)  # type: ignore[method-assign]
    elif point == "after the answer":
        claims.write_fate = _dying(claims.write_fate, going_out)
        claims.write_sent_and_mark = _dying(claims.write_sent_and_mark, going_out)
    delivery.deliver_until_idle(worker=delivery.this_worker(), seconds=120)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _countdown(number: int) -> Callable[[], bool]:
    left = [number]

    def is_over() -> bool:
        left[0] -= 1
        return left[0] < 0

    return is_over


def _dying[T](step: Callable[..., T], is_time: Callable[[], bool]) -> Callable[..., T]:
    def step_or_die(*args: Any, **options: Any) -> T:
        if is_time():
            _die()
        return step(*args, **options)

    return step_or_die


def _sending_half(send: Callable[..., None], is_time: Callable[[], bool]) -> Callable[..., None]:
    def send_half_and_die(self: Any, data: Any) -> None:
        is_text = isinstance(data, bytes) and data.endswith(b"\r\n.\r\n")
        if is_text and is_time():
            self.sock.sendall(data[: len(data) // 2])
            _die()
        send(self, data)

    return send_half_and_die


if __name__ == "__main__":
    main()
