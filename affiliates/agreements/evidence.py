"""From where and how somebody acts, as it is kept beside what they sign."""

import datetime
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest

from foundation.accounts.models import User
from foundation.web.limits import client_address

from .chain import in_utc
from .steps import Evidence

MOST_OF_A_USER_AGENT = 300


def evidence_of(request: HttpRequest) -> Evidence:
    """What this request tells of whoever made it.

    The address is the one that the trusted proxies report (as for rate limits; a forged header is not believed), the
    user agent is cut to 300 characters, the sign-in the last of this session: "code", "mfa (totp)", "mfa (webauthn)".
    Empty where the session knows none.
    """
    last = _last_sign_in(request)
    return Evidence(
        ip=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:MOST_OF_A_USER_AGENT],
        sign_in_method=_method_in_words(last),
        signed_in_at=in_utc(datetime.datetime.fromtimestamp(last["at"], datetime.UTC)) if last else "",
    )


def _last_sign_in(request: HttpRequest) -> dict[str, Any] | None:
    if not isinstance(request.user, User):
        return None
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    return max(records, key=lambda record: record["at"], default=None)


def _method_in_words(record: dict[str, Any] | None) -> str:
    if record is None:
        return ""
    return f"{record['method']} ({record['type']})" if record.get("type") else str(record["method"])
