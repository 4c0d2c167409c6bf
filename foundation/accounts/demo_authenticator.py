"""The second factor of the demo staff, shown on the outbox page of local runs: nobody has their phone."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.utils.translation import gettext as _

from foundation.mail.outbox_page import OutboxPanel

DEMO_DOMAIN = "@demo.example"


def build_panel() -> OutboxPanel:
    """The present code of each demo user with an authenticator app."""
    authenticators = (
        Authenticator.objects.filter(type=Authenticator.Type.TOTP, user__email__endswith=DEMO_DOMAIN)
        .select_related("user")
        .order_by("user__email")
    )
    return OutboxPanel(
        title=_("Demo authenticator"),
        explanation=_("The present code of the demo logins that need a second factor. Each is good for half a minute."),
        rows=[(authenticator.user.email, present_code(authenticator)) for authenticator in authenticators],
    )


def present_code(authenticator: Authenticator) -> str:
    """What the authenticator app of this user would show now."""
    counters = list(yield_hotp_counters_from_time())
    present = counters[len(counters) // 2]
    return str(format_hotp_value(hotp_value(decrypt(authenticator.data["secret"]), present)))
