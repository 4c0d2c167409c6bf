"""The mails of groups to the people of their rosters, and the invitation onto one."""

from collections.abc import Iterable

from django.urls import reverse

from foundation.mail.models import OutgoingMail, Priority
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import RenderedMail, render_mail
from members.models import Person

from ..models import Group, GroupMessage, SignUp
from . import absolute

PURPOSE = "group message"


def keys_of(message: GroupMessage) -> str:
    """How the keys of a message's mails in the outbox begin; the person's follows."""
    return f"group-message:{message.pk}:"


def render_group_message(group: Group, *, subject: str, text: str, language: str) -> RenderedMail:
    """A group's message as mail. Its words are the group's; what stands around them is in `language`."""
    context = {"group": group, "message_subject": subject, "message": text, "link": absolute(group.get_absolute_url())}
    return render_mail("affiliates/group_message", context, language)


def queue_group_message(message: GroupMessage, group: Group, people: Iterable[Person]) -> int:
    """One mail of `message` to each of `people`; returns how many. Uses `person.emails` where it is prefetched."""
    rendered: dict[str, RenderedMail] = {}  # the same for all who read the same language
    count = 0
    for person in people:
        address, language = person.primary_email, person.language
        if address is None:
            continue
        if language not in rendered:
            rendered[language] = render_group_message(
                group, subject=message.subject, text=message.text, language=language
            )
        queue_mail(
            to=address.address,
            **rendered[language]._asdict(),
            purpose=PURPOSE,
            scope=group.scope,
            from_name=group.name,
            language=language,
            reply_to=message.reply_to,
            key=f"{keys_of(message)}{person.pk}",
            priority=Priority.BULK,
        )
        count += 1
    return count


def queue_group_message_test(
    group: Group, *, subject: str, text: str, reply_to: str, to: str, language: str
) -> OutgoingMail:
    """The message as its recipients will get it, to whoever writes it."""
    mail = render_group_message(group, subject=subject, text=text, language=language)
    return queue_mail(
        to=to,
        **mail._asdict(),
        purpose="test of a group message",
        scope=group.scope,
        from_name=group.name,
        language=language,
        reply_to=reply_to,
    )


def queue_roster_invitation(sign_up: SignUp, group: Group, *, token: str) -> None:
    """ "An organizer of Akron Neighbors invites you to join it." Nobody asked for it: it can be unsubscribed from."""
    context = {"group": group, "link": absolute(reverse("sign_up_confirm", args=[token]))}
    mail = render_mail("affiliates/roster_invitation", context, sign_up.language)
    queue_mail(
        to=sign_up.email,
        **mail._asdict(),
        purpose="roster invitation",
        scope=group.scope,
        language=sign_up.language,
        key=f"{sign_up.source}:confirm",
    )
