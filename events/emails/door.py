"""The mails to those who came."""

import datetime

from django.urls import reverse
from django.utils.translation import override

from affiliates.emails import absolute
from foundation.mail.models import MailState, OutgoingMail
from foundation.mail.outbox import call_off, queue_mail
from foundation.mail.rendering import render_mail
from members.models import Person

from ..event_times import when_in_words
from ..models import Attendance
from ..not_there import not_there_token

NOW_MEMBER = "now a member"
SCOPE = "network"


def queue_now_member(attendance: Attendance, *, due: datetime.datetime) -> None:
    """ "You are a member now, because you came", to whoever just became one; sent at `due` (UTC).

    Once an attendance, also where it is taken back and noted again; unless the former mail was called off in time.
    """
    key = f"{attendance.source}:member:"
    if OutgoingMail.objects.filter(key__startswith=key).exclude(state=MailState.SUPPRESSED).exists():
        return
    _queue("now_member", NOW_MEMBER, attendance, key=f"{key}{attendance.recorded_at.timestamp():.6f}", due=due)


def call_off_now_member(person: Person) -> None:
    """The check-in was taken back: what has not gone out yet does not."""
    addresses = list(person.emails.values_list("address", flat=True))
    call_off(scope=SCOPE, purpose=NOW_MEMBER, to=addresses)


def queue_noted(attendance: Attendance, *, due: datetime.datetime) -> None:
    """ "You were noted as present", to the owner of an address that somebody typed at the door, once."""
    _queue("noted_present", "noted as present", attendance, key=f"{attendance.source}:noted", due=due)


def _queue(template: str, purpose: str, attendance: Attendance, *, key: str, due: datetime.datetime) -> None:
    person, event = attendance.person, attendance.event
    email = person.emails.filter(is_primary=True).first()
    if email is None:
        return
    with override(person.language):
        when = when_in_words(event.starts_at, event.ends_at, event.time_zone)
    group = event.group if event.group and event.group.is_listed else None
    context = {
        "event": event,
        "when": when,
        "group": group,
        "join": absolute(reverse("group_join", args=[group.slug])) if group else "",
        "me": absolute(reverse("me")),
        "not_there": absolute(reverse("not_there", args=[not_there_token(attendance)])),
    }
    mail = render_mail(f"events/{template}", context, person.language)
    queue_mail(
        to=email.address,
        **mail._asdict(),
        purpose=purpose,
        scope=SCOPE,
        language=person.language,
        key=key,
        now=due,
    )
