"""What the polls tell: each signal is sent inside the transaction of its fact, under the lock of the poll's row.

Whoever receives one writes a row and leaves the rest to after the commit: all who cast stand in line meanwhile.
"""

from django.dispatch import Signal

# `poll`, `actor`.
poll_opened = Signal()

# `poll`, `group`, `is_change` (the group had a ballot before), `sequence` (of the entry), `actor`.
ballot_cast = Signal()

# `poll` with its new closing time, `because`, `actor`.
poll_extended = Signal()

# `poll`, `choice`: the candidate withdrew; `actor`.
choice_closed = Signal()

# `poll` with its result; nobody acts, the time has come.
poll_closed = Signal()

# `poll`, `actor`: the second of the two who voided it.
poll_voided = Signal()

# `poll`, `group`, `because`, `sequence` (of the entry), `actor`: the second of the two who struck it.
ballot_struck = Signal()
