"""What the apps above may want to know, for example to write it into the consent ledger."""

from django.dispatch import Signal

# `address`, `scope` ("" for everything), `reason` (a SuppressionReason), `at`; inside the transaction that did it.
unsubscribed = Signal()
# `address`, `scope`, `at`; inside the transaction that did it.
resubscribed = Signal()
