"""The mails to people about themselves, one function each. They build and queue; only foundation.mail sends."""

from django.utils.translation import gettext as _

from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

ACCOUNT = "account"
ERASURE_CONFIRMATION = "erasure confirmation"


def describe_promotions_scope(scope: str) -> str:
    """What an unsubscribe page calls the mails of the scope "promotions"."""
    return _("Invitations to events near you")


def queue_erasure_confirmation(*, to: str, language: str) -> None:
    """ "Everything we held about you is deleted." The last mail to this address."""
    mail = render_mail("members/erased", {}, language)
    queue_mail(
        to=to,
        **mail._asdict(),
        purpose=ERASURE_CONFIRMATION,
        scope=ACCOUNT,
        language=language,
        is_transactional=True,
    )
