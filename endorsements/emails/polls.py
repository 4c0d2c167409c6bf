"""The mails to the points of contact of a poll's groups: it is open, reminders, receipts, changes, how it ended."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from affiliates.emails import absolute
from affiliates.models import Group, GroupRole, Role
from foundation.accounts.models import User
from foundation.mail.models import Priority
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import RenderedMail, render_mail

from ..models import EligibleGroup, EntryKind, PollEntry, PollNotice, PollNoticeKind
from ..poll_times import closing_in_words, moment_in_words, zone_of


class _Kind(NamedTuple):
    """How a kind of notice goes out."""

    template: str
    purpose: str


_REMINDER = _Kind("poll_reminder", "poll reminder")
_KINDS = {
    PollNoticeKind.OPENED: _Kind("poll_opened", "poll opened"),
    PollNoticeKind.HALF_TIME: _REMINDER,
    PollNoticeKind.LAST_DAY: _REMINDER,
    PollNoticeKind.REMINDER: _REMINDER,
    PollNoticeKind.EXTENDED: _Kind("poll_extended", "poll extended"),
    PollNoticeKind.WITHDRAWN: _Kind("poll_candidate_withdrew", "candidate withdrew"),
    PollNoticeKind.BALLOT: _Kind("ballot_cast", "ballot cast"),
    PollNoticeKind.STRUCK: _Kind("ballot_struck", "ballot struck"),
    PollNoticeKind.CLOSED: _Kind("poll_closed", "poll closed"),
    PollNoticeKind.VOIDED: _Kind("poll_voided", "poll void"),
}
_OF_ONE_GROUP = (PollNoticeKind.BALLOT, PollNoticeKind.STRUCK)


def queue_notice_mails(notice: PollNotice, seats: Collection[EligibleGroup]) -> int:
    """The mail of `notice` to each point of contact of these groups, in their language; returns how many.

    Uses `seat.group` and `notice.poll.race`. Owed to them whatever they unsubscribed from: the group has a vote, and
    nobody else can cast it. What many are owed stands behind what somebody waits for.
    """
    contacts, about = _contacts_of(seat.group for seat in seats), _about(notice)
    count = 0
    for seat in seats:
        for contact in contacts[seat.group_id]:
            _queue(notice, seat.group, contact, _render(notice, seat.group, contact, about))
            count += 1
    return count


def _contacts_of(groups: Iterable[Group]) -> dict[int, list[User]]:
    """The points of contact of these groups who can sign in. One query."""
    roles = GroupRole.objects.filter(group__in=[group.pk for group in groups], role=Role.CONTACT, user__is_active=True)
    found: dict[int, list[User]] = defaultdict(list)
    for role in roles.select_related("user").order_by("group", "user"):
        found[role.group_id].append(role.user)
    return found


def _about(notice: PollNotice) -> dict[str, Any]:
    """What a notice says of the choice or the entry of the ledger that it is about."""
    ledger = notice.poll.ledger.filter(sequence=notice.about) if notice.about.isdecimal() else PollEntry.objects.none()
    if notice.kind == PollNoticeKind.WITHDRAWN:
        return {"candidate": notice.poll.choices.get(position=notice.about)}
    if notice.kind not in (*_OF_ONE_GROUP, PollNoticeKind.EXTENDED) or (entry := ledger.first()) is None:
        return {}
    return {"entry": entry, **(_about_ballot(entry) if entry.kind == EntryKind.CAST else {})}


def _about_ballot(entry: PollEntry) -> dict[str, Any]:
    """Who cast it, and whether the group had cast before."""
    of_group = PollEntry.objects.filter(poll=entry.poll_id, eligible=entry.eligible_id, kind=EntryKind.CAST)
    return {"caster": _caster(entry), "is_change": of_group.filter(sequence__lt=entry.sequence).exists()}


def _caster(entry: PollEntry) -> User | None:
    key = entry.by.partition(":")[2]
    return User.objects.filter(pk=key).first() if key.isdecimal() else None


def _render(notice: PollNotice, group: Group, contact: User, about: dict[str, Any]) -> RenderedMail:
    poll = notice.poll
    zone = group.time_zone or zone_of(poll.race)
    with override(contact.language):
        entry = about.get("entry")
        closes_at = entry.closes_at if notice.kind == PollNoticeKind.EXTENDED and entry else poll.closes_at
        context = {
            **about,
            "poll": poll,
            "race": poll.race,
            "group": group,
            "closes": moment_in_words(closes_at, zone) if closes_at else closing_in_words(poll, zone),
            "cast_at": moment_in_words(entry.at, zone) if entry else "",
            "who": _who(about.get("caster"), contact),
            "is_last_day": notice.kind == PollNoticeKind.LAST_DAY,
            "link": absolute(reverse("group_poll", args=[group.slug, poll.slug])),
            "public_link": absolute(poll.get_absolute_url()),
            "network_email": settings.NETWORK_EMAIL,
        }
    return render_mail(f"endorsements/{_KINDS[PollNoticeKind(notice.kind)].template}", context, contact.language)


def _who(caster: User | None, reader: User) -> str:
    """Who cast a ballot, to the other contacts of the group."""
    if caster is None:
        return _("A point of contact")
    return _("You") if caster == reader else str(caster)


def _queue(notice: PollNotice, group: Group, contact: User, mail: RenderedMail) -> None:
    queue_mail(
        to=contact.email,
        **mail._asdict(),
        purpose=_KINDS[PollNoticeKind(notice.kind)].purpose,
        scope=group.scope,
        language=contact.language,
        key=f"poll-notice:{notice.pk}:{group.pk}:{contact.pk}",
        is_transactional=True,
        priority=Priority.SOON if notice.kind in _OF_ONE_GROUP else Priority.BULK,
    )
