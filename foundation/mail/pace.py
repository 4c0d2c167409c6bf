"""How fast all workers together may send: a token bucket and a shared pause, kept in Postgres.

They are in Postgres and not in Redis because Redis may be away or emptied, and a provider's limit holds all the same.
All times are the database's, so that machines need not agree on theirs.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection

MAILER = "default"
# After a refusal nobody sends for this long, twice as long after each further one, never longer than the last.
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 60


@dataclass(frozen=True)
class Allowance:
    """How many mails may go now; where none, in how many seconds to ask again."""

    amount: int
    wait: float = 0.0


_ENSURE_ROW = """
INSERT INTO mail_sendingpace (mailer, tokens, refilled_at, pauses_in_a_row)
VALUES (%(mailer)s, 0, clock_timestamp(), 0) ON CONFLICT DO NOTHING
"""

_PAUSE_LEFT = """
SELECT extract(epoch FROM paused_until - clock_timestamp())::float8 FROM mail_sendingpace
WHERE mailer = %(mailer)s AND paused_until > clock_timestamp()
"""

# The row lock makes the workers take turns for the moment of one statement.
_TAKE = """
WITH pace AS (
    SELECT mailer, least(%(burst)s, tokens + %(rate)s * greatest(0,
               extract(epoch FROM clock_timestamp() - refilled_at)::float8)) AS filled
    FROM mail_sendingpace WHERE mailer = %(mailer)s FOR UPDATE
), taken AS (
    SELECT mailer, filled, least(%(wanted)s, floor(filled)) AS amount FROM pace
)
UPDATE mail_sendingpace SET tokens = taken.filled - taken.amount, refilled_at = clock_timestamp()
FROM taken WHERE mail_sendingpace.mailer = taken.mailer
RETURNING taken.amount::int, (1 - taken.filled) / %(rate)s
"""

_GIVE_BACK = "UPDATE mail_sendingpace SET tokens = tokens + %(amount)s WHERE mailer = %(mailer)s"

# Workers refused in the same moment count as one refusal: only the first finds no pause under way.
_PAUSE = """
UPDATE mail_sendingpace SET
    pauses_in_a_row = least(pauses_in_a_row + 1, 30),
    paused_until = clock_timestamp()
        + interval '1 second' * least(%(longest)s, %(first)s * 2 ^ least(pauses_in_a_row, 30))
WHERE mailer = %(mailer)s AND (paused_until IS NULL OR paused_until <= clock_timestamp())
"""

_RESUME = """
UPDATE mail_sendingpace SET pauses_in_a_row = 0, paused_until = NULL
WHERE mailer = %(mailer)s AND pauses_in_a_row > 0 AND (paused_until IS NULL OR paused_until <= clock_timestamp())
"""


def take(wanted: int) -> Allowance:
    """Take the right to send up to `wanted` mails now, within settings.MAIL_RATE_PER_SECOND (0: no limit)."""
    rate = float(settings.MAIL_RATE_PER_SECOND)
    if left := pause_left():
        return Allowance(0, wait=left)
    if not rate:
        return Allowance(wanted)
    with connection.cursor() as cursor:
        cursor.execute(_ENSURE_ROW, {"mailer": MAILER})
        cursor.execute(_TAKE, {"mailer": MAILER, "rate": rate, "burst": max(1.0, rate), "wanted": wanted})
        amount, wait = cursor.fetchone()
    return Allowance(amount) if amount else Allowance(0, wait=wait)


def pause_left() -> float:
    """Seconds until the pause under way is over; 0 where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_PAUSE_LEFT, {"mailer": MAILER})
        row = cursor.fetchone()
    return float(row[0]) if row else 0.0


def give_back(amount: int) -> None:
    """Return what `take` gave and no mail needed."""
    if amount and settings.MAIL_RATE_PER_SECOND:
        with connection.cursor() as cursor:
            cursor.execute(_GIVE_BACK, {"mailer": MAILER, "amount": amount})


def pause() -> None:
    """Nobody sends for a while: the server refused us as such (421, no connection), not one message."""
    with connection.cursor() as cursor:
        cursor.execute(_ENSURE_ROW, {"mailer": MAILER})
        cursor.execute(_PAUSE, {"mailer": MAILER, "first": FIRST_PAUSE_SECONDS, "longest": LONGEST_PAUSE_SECONDS})


def resume() -> None:
    """A message was taken: the next pause, if any, is a short one again. A pause under way goes on."""
    with connection.cursor() as cursor:
        cursor.execute(_RESUME, {"mailer": MAILER})
