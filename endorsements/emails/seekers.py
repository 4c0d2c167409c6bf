"""The mails to whoever thinks of running for office, or is thought of."""

from django.urls import reverse

from affiliates.emails import absolute
from affiliates.models import Group
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..models import OfficeSeeker


def queue_hand_to_confirm(seeker: OfficeSeeker, *, token: str) -> None:
    """ "Press to confirm that you think of running." Says nothing that whoever posted it has typed."""
    context = {"link": absolute(reverse("run_confirm", args=[token]))}
    mail = render_mail("endorsements/hand_to_confirm", context, seeker.language)
    # Asked for just now by whoever holds the address: answers even those who unsubscribed.
    queue_mail(
        to=seeker.email,
        **mail._asdict(),
        purpose="run for office confirmation",
        language=seeker.language,
        key=f"{seeker.subject}:confirm",
        is_transactional=True,
    )


def queue_referral(seeker: OfficeSeeker, group: Group, *, token: str) -> None:
    """ "Table of Plenty thinks that you should run." Says nothing of what the group wrote about them.

    Nobody asked for it: whoever wants no mail from the group or from the network gets none.
    """
    context = {"group": group, "link": absolute(reverse("run_confirm", args=[token]))}
    mail = render_mail("endorsements/referral", context, seeker.language)
    queue_mail(
        to=seeker.email,
        **mail._asdict(),
        purpose="run for office referral",
        language=seeker.language,
        scope=group.scope,
        wider_scopes=["network"],
        key=f"{seeker.subject}:referred",
    )
