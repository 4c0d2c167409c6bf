"""The mails to the hosts of a campaign, and to whoever typed the words of a call or an event online."""

from collections.abc import Iterable

from django.urls import reverse

from affiliates.emails import absolute
from foundation.accounts.models import User
from foundation.mail.models import OutgoingMail, Priority
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import RenderedMail, render_mail

from ..event_times import day_in_words
from ..models import Campaign, CodeClaim, HostMessage

PURPOSE = "message to hosts"


def keys_of(message: HostMessage) -> str:
    """How the keys of a message's mails in the outbox begin; the user's follows."""
    return f"host-message:{message.pk}:"


def render_host_message(campaign: Campaign, *, subject: str, text: str, language: str) -> RenderedMail:
    """A message to hosts as mail. Its words are national's; what stands around them is in `language`."""
    link = absolute(reverse("campaign_kit", args=[campaign.slug]))
    context = {"campaign": campaign, "message_subject": subject, "message": text, "link": link}
    return render_mail("events/host_message", context, language)


def queue_host_message(message: HostMessage, hosts: Iterable[User]) -> None:
    """One mail of `message`, with its campaign, to each of `hosts`."""
    rendered: dict[str, RenderedMail] = {}  # the same for all who read the same language
    for host in hosts:
        if host.language not in rendered:
            rendered[host.language] = render_host_message(
                message.campaign, subject=message.subject, text=message.text, language=host.language
            )
        queue_mail(
            to=host.email,
            **rendered[host.language]._asdict(),
            purpose=PURPOSE,
            language=host.language,
            key=f"{keys_of(message)}{host.pk}",
            priority=Priority.BULK,
        )


def queue_host_message_test(campaign: Campaign, *, subject: str, text: str, to: str, language: str) -> OutgoingMail:
    """The message as the hosts will get it, to whoever writes it."""
    mail = render_host_message(campaign, subject=subject, text=text, language=language)
    return queue_mail(to=to, **mail._asdict(), purpose="test of a message to hosts", language=language)


def queue_code_claim(claim: CodeClaim, *, token: str) -> None:
    """ "Were you there?" Asked for at this moment: it goes out even to those who unsubscribed."""
    event = claim.event
    context = {
        "title": event.title,
        "day": day_in_words(event.starts_at, event.time_zone),
        "link": absolute(reverse("event_code_confirm", args=[token])),
    }
    mail = render_mail("events/code_claim", context, claim.language)
    queue_mail(
        to=claim.email,
        **mail._asdict(),
        purpose="attendance to confirm",
        language=claim.language,
        key=f"code-claim:{claim.pk}",
        is_transactional=True,
    )
