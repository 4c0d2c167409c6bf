"""What apps above ask of a mail at the very moment at which it is claimed: may it still go out?

Suppressions are this app's own and always asked (foundation.mail.claims). What else was true when a mail was queued,
such as a consent, the app above asks in SQL, so that it is part of the claiming statement.
"""

_refusals: dict[str, str] = {}


def register_refusal(purpose: str, sql: str) -> None:
    """Have mails of `purpose` refused where `sql` holds: an expression over the row `m` of the outbox.

    It is trusted code, and has no parameters; it should find what it asks for by an index. A refused mail becomes
    `suppressed`. Called in an app's `ready()`; `purpose` must not hold a quote.
    """
    if "'" in purpose:
        raise ValueError("a purpose with a quote")
    _refusals[purpose] = sql


def refusal_sql() -> str:
    """One expression for all that was registered; false where nothing was."""
    asked = [f"(m.purpose = '{purpose}' AND ({sql}))" for purpose, sql in sorted(_refusals.items())]
    return " OR ".join(asked) or "false"
