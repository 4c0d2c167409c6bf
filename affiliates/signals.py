"""What this app tells those above it."""

from django.dispatch import Signal

# `group`, `agreement`, `at`; inside the transaction that ended the agreement in force.
agreement_ended = Signal()
