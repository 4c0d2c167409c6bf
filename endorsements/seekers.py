"""Office seekers: whoever thinks of running raises a hand, or is referred by a group, and confirms it by mail.

Whatever somebody types makes a row and a mail, the same for every address: nobody learns or changes anything about
its owner. There is a person only once the owner has pressed the button behind the mailed link. What nobody confirms
is deleted after 14 days.

A group never learns what became of a referral unless the person wants it to. What it sent is therefore listed for
the same 14 days whatever happened: a row that its person lets go is emptied and stays until they are over.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from affiliates.models import Group
from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.models import ZipCode
from members.models import Person
from members.people import Contact, take_in, verified_addresses

from .emails import seekers as emails
from .models import OfficeSeeker, Race, SeekerFollowUp, SeekerStage
from .models.seekers import CONFIRM_DAYS

MOST_REFERRALS_A_DAY = 20
_SALT = "endorsements.seekers"


class SeekerLinkError(Exception):
    """The link of a mail is forged, cut off or too old, or what was typed was deleted."""


class ReferralError(Exception):
    """The group cannot refer anybody; the message, for the reader, says why."""


@dataclass(frozen=True)
class Aim:
    """What somebody wants to run for, and where. `zip_code` has five digits and is known; `level` is one of Level."""

    zip_code: str = ""
    level: str = ""
    office: str = ""
    words: str = ""
    race: Race | None = None


@dataclass(frozen=True)
class Typed:
    """Who it is, as somebody typed it. `email` is normalised; `language` is that of our mails to them."""

    email: str
    language: str
    name: str = ""


# --- the hand, the referral -------------------------------------------------------------------------------------


def raise_hand(*, typed: Typed, aim: Aim, now: datetime.datetime, actor: User | None = None) -> OfficeSeeker:
    """Write down that somebody thinks of running, and mail them the link that confirms it.

    Where `actor` has shown before that the address is theirs, it is confirmed at once and no mail goes out.
    """
    with transaction.atomic():
        made = OfficeSeeker.objects.create(**_columns(typed, aim), at=now)
        if actor is not None and typed.email in verified_addresses(actor):
            return confirm_seeker(seeker=made, now=now)
        emails.queue_hand_to_confirm(made, token=seeker_token(made))
    return made


def refer(*, group: Group, typed: Typed, aim: Aim, actor: User, now: datetime.datetime) -> OfficeSeeker:
    """Mail the owner of the address that `group` thinks they should run; they alone say whether it goes on.

    One that waits already is not repeated. Raises ReferralError where the group is not in force, and after 20
    referrals within a day.
    """
    with transaction.atomic():
        held = Group.objects.select_for_update(no_key=True).defer("position").get(pk=group.pk)
        if not held.is_listed:
            raise ReferralError(_("The agreement of the group is not in force."))
        own = OfficeSeeker.objects.filter(referred_by_group=held)
        if waiting := own.waiting(now).filter(email=typed.email).first():
            return waiting
        if own.filter(at__gt=now - datetime.timedelta(days=1)).count() >= MOST_REFERRALS_A_DAY:
            raise ReferralError(
                _("A group can refer %(number)d people a day. Go on tomorrow.") % {"number": MOST_REFERRALS_A_DAY}
            )
        made = OfficeSeeker.objects.create(**_columns(typed, aim), referred_by_group=held, referred_by=actor, at=now)
        record(actor=actor, action="referred office seeker", subject=held.scope, seeker=made.pk)
        emails.queue_referral(made, held, token=seeker_token(made))
    return made


def _columns(typed: Typed, aim: Aim) -> dict[str, Any]:
    return {"name": typed.name, "email": typed.email, "language": typed.language, **_aim_columns(aim)}


def _aim_columns(aim: Aim) -> dict[str, Any]:
    home = ZipCode.objects.filter(pk=aim.zip_code).values_list("state", flat=True).first() if aim.zip_code else None
    return {
        "zip_code_id": aim.zip_code if home else None,
        "state": home or "",
        "level": aim.level,
        "office": aim.office,
        "words": aim.words,
        "race": aim.race,
    }


# --- the link of the mail ---------------------------------------------------------------------------------------


def seeker_token(seeker: OfficeSeeker) -> str:
    """The signed reference to `seeker` that goes into its mail; it holds no address."""
    return signing.dumps(seeker.pk, salt=_SALT)


def seeker_of(token: str) -> OfficeSeeker:
    """Whom a link of a mail refers to, for 14 days after it was made. Raises SeekerLinkError."""
    try:
        pk = signing.loads(token, salt=_SALT, max_age=datetime.timedelta(days=CONFIRM_DAYS))
        found = OfficeSeeker.objects.select_related("referred_by_group", "zip_code", "race").get(pk=pk)
    except (signing.BadSignature, OfficeSeeker.DoesNotExist) as error:
        raise SeekerLinkError from error
    if found.is_let_go:
        raise SeekerLinkError
    return found


def confirm_seeker(
    *, seeker: OfficeSeeker, now: datetime.datetime, aim: Aim | None = None, tells_group: bool = False
) -> OfficeSeeker:
    """The owner of the address confirms: they are known from now on, and staff see them. Again changes nothing.

    Whoever was referred says in `aim` what they want to run for, which takes the place of the group's words about
    them, and by `tells_group` whether the group sees how far they come. Raises SeekerLinkError where what was typed
    was deleted meanwhile.
    """
    with transaction.atomic():
        if seeker.confirmed_at is not None:
            return seeker
        if not seeker.email:
            raise SeekerLinkError
        # The person before the row: a deletion and a merge take them in this order.
        person = _take_in(seeker, aim, now)
        held = OfficeSeeker.objects.select_for_update(of=("self",)).filter(pk=seeker.pk).first()
        if held is None or held.is_let_go:
            raise SeekerLinkError
        if held.confirmed_at is not None:
            return held
        if aim is not None:
            for name, value in _aim_columns(aim).items():
                setattr(held, name, value)
        held.tells_group = tells_group and held.referred_by_group_id is not None
        held.person, held.name, held.email = person, "", ""
        held.stage, held.confirmed_at = SeekerStage.NEW, now
        held.revision += 1
        held.save()
    return held


def _take_in(seeker: OfficeSeeker, aim: Aim | None, now: datetime.datetime) -> Person:
    """The owner of the address. A name that a group typed fills a blank at most."""
    zip_code = aim.zip_code if aim else seeker.zip_code_id or ""
    given, _space, family = seeker.name.rpartition(" ")
    names = {"given_name": given or family, "family_name": family if given else ""}
    if seeker.referred_by_group_id is None:
        own = Contact(email=seeker.email, language=seeker.language, zip_code=zip_code, **names)
        return take_in(contact=own, is_own_act=True, now=now)
    own = Contact(email=seeker.email, language=seeker.language, zip_code=zip_code)
    take_in(contact=own, is_own_act=True, now=now)
    return take_in(contact=Contact(email=seeker.email, **names), is_own_act=False, now=now)


def forget_hand(*, seeker: OfficeSeeker) -> None:
    """The owner of the address does not want it: what was typed goes. What was confirmed stays."""
    with transaction.atomic():
        let_go(OfficeSeeker.objects.filter(pk=seeker.pk, stage=SeekerStage.UNCONFIRMED))


# --- afterwards -------------------------------------------------------------------------------------------------


def withdraw_seeker(*, seeker: OfficeSeeker, actor: User) -> None:
    """The person takes it back: what they said goes, with what staff wrote down about it."""
    with transaction.atomic():
        record(actor=actor, action="withdrew from running for office", subject=seeker.subject)
        let_go(OfficeSeeker.objects.filter(pk=seeker.pk))


def tell_group(*, seeker: OfficeSeeker, tells_group: bool, actor: User) -> None:
    """Have the group that referred the person see how far they have come, or no longer."""
    with transaction.atomic():
        own = OfficeSeeker.objects.encouraged().filter(pk=seeker.pk, referred_by_group__isnull=False)
        if own.update(tells_group=tells_group):
            record(actor=actor, action="changed what the group is told", subject=seeker.subject, tells=tells_group)


def referrals_of(group: Group, *, now: datetime.datetime) -> QuerySet[OfficeSeeker]:
    """What the group sees of those it referred, the latest first: who tells it, and that something was sent.

    Of those who tell nothing a page shows the day only, whatever became of it; after 14 days not even that.
    """
    sent = Q(at__gt=now - datetime.timedelta(days=CONFIRM_DAYS))
    seen = OfficeSeeker.objects.filter(Q(tells_group=True) | sent, referred_by_group=group)
    return seen.select_related("person").defer("person__position").order_by("-at", "-pk")


def let_go(seekers: QuerySet[OfficeSeeker]) -> None:
    """Delete these rows, and empty those that a group sent not long ago (`forget_unconfirmed` deletes them later)."""
    list(seekers.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    referred = seekers.filter(referred_by_group__isnull=False)
    keys = list(referred.order_by("pk").values_list("pk", flat=True))
    seekers.exclude(pk__in=keys).delete()
    SeekerFollowUp.objects.filter(seeker__in=keys).delete()
    OfficeSeeker.objects.filter(pk__in=keys).update(
        person=None, name="", email="", zip_code=None, state="", level="", office="", race=None, words="",
        referred_by=None, tells_group=False, stage=SeekerStage.UNCONFIRMED, in_hands_of=None, follow_up_on=None,
        confirmed_at=None,
    )  # fmt: skip


def forget_unconfirmed(*, now: datetime.datetime) -> int:
    """Delete what was typed more than 14 days ago and never confirmed; returns how many rows."""
    old = now - datetime.timedelta(days=CONFIRM_DAYS)
    gone, _of_each = OfficeSeeker.objects.filter(stage=SeekerStage.UNCONFIRMED, at__lte=old).delete()
    return gone
