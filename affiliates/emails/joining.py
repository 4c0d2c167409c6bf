"""The mails about finding, joining and reaching a group."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import RenderedMail, render_mail
from members.models import Person

from ..models import Group, PlaceWatch, SignUp
from . import absolute


def describe_group_scope(scope: str) -> str:
    """What an unsubscribe page calls the mails of the scope "group:17"."""
    group = Group.objects.filter(pk=scope.partition(":")[2]).first()
    return _("Mails from %(group)s") % {"group": group} if group else _("Mails from a group")


def queue_watch_confirmation(watch: PlaceWatch, *, token: str) -> None:
    """ "Press to confirm that you want to hear of a group near Cambridge, MA." """
    context = {"watch": watch, "link": absolute(reverse("watch_confirm", args=[token]))}
    mail = render_mail("affiliates/watch_confirmation", context, watch.language)
    # Asked for just now by whoever holds the address: answers even those who unsubscribed.
    queue_mail(to=watch.email, **mail._asdict(), purpose="watch confirmation", is_transactional=True)


def queue_group_started(watch: PlaceWatch, group: Group, *, token: str) -> None:
    """ "There is a group near Cambridge, MA now." """
    context = {
        "watch": watch,
        "group": group,
        "link": absolute(group.get_absolute_url()),
        "stop": absolute(reverse("watch_confirm", args=[token])),
    }
    mail = render_mail("affiliates/group_started", context, watch.language)
    queue_mail(
        to=watch.email,
        **mail._asdict(),
        purpose="group started",
        scope="network",
        language=watch.language,
        key=f"watch:{watch.pk}:told",
    )


def queue_message_to_group(group: Group, *, to: str, language: str, name: str, email: str, message: str) -> None:
    """What somebody wrote on a group's contact form, to one of those who answer for the group, in their language."""
    context = {"group": group, "name": name, "message": message}
    mail = render_mail("affiliates/message_to_group", context, language)
    queue_mail(
        to=to,
        **mail._asdict(),
        language=language,
        purpose="contact form",
        scope=f"group:{group.pk}",
        reply_to=email,
        is_transactional=True,
    )


def queue_sign_up_confirmation(sign_up: SignUp, *, token: str) -> None:
    """ "Press to confirm that you want to join Akron." Says nothing that whoever posted it has typed."""
    context = {
        "form": sign_up.form,
        "group": sign_up.group,
        "link": absolute(reverse("sign_up_confirm", args=[token])),
    }
    mail = render_mail("affiliates/sign_up_confirmation", context, sign_up.language)
    # Asked for just now by whoever holds the address: answers even those who unsubscribed.
    queue_mail(
        to=sign_up.email,
        **mail._asdict(),
        purpose="sign-up confirmation",
        language=sign_up.language,
        key=f"{sign_up.source}:confirm",
        is_transactional=True,
    )


def queue_introductions(people: Iterable[Person], group: Group) -> None:
    """ "There is a group near you now", to people of the network. Uses `person.emails` where it is prefetched."""
    context = {"group": group, "link": absolute(reverse("group_join", args=[group.slug]))}
    mails: dict[str, RenderedMail] = {}  # the same for all who read the same language
    for person in people:
        address, language = person.primary_email, person.language
        if address is None:
            continue
        if language not in mails:
            mails[language] = render_mail("affiliates/introduction", context, language)
        queue_mail(
            to=address.address,
            **mails[language]._asdict(),
            purpose="introduction",
            scope="network",
            language=language,
            key=f"introduction:{group.pk}:{person.pk}",
        )
