"""Joining the network or a group, and signing up on a form: written down, confirmed by mail, and only then done.

Whatever somebody posts makes a row and a mail, the same for every address; nobody learns or changes anything about
the owner of the address by it. What was agreed to takes effect when the owner presses the button behind the link.
That is also why a post from another site's page needs no CSRF token: it does no more than a post by hand.
"""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.core import signing
from django.db import transaction

from foundation.accounts.models import User
from foundation.places.distance import HasPoint
from foundation.places.search import Place, PlaceError, find_place
from members.consent import give_consent
from members.joining import settle
from members.membership import record_activity
from members.models import ActivityKind, ConsentPurpose, Person
from members.people import Contact, take_in, verified_addresses
from members.wordings import present_wording

from .emails import joining as emails
from .models import AskedConsent, Group, JoinedBy, SignUp, SignUpForm
from .models.sign_up import CONFIRM_DAYS
from .roster import enter_roster
from .watches import WATCH_MILES

MOST_NEARBY = 3
_SALT = "affiliates.sign_up"


class ClosedError(Exception):
    """The form is closed, or its group is not in force."""


class SignUpLinkError(Exception):
    """The link of a mail is forged, cut off or too old, or the sign-up was deleted."""


@dataclass(frozen=True)
class Typed:
    """What somebody filled in. `email` is normalised, `phone` in E.164 form, `place` a text that find_place knows."""

    email: str
    language: str
    given_name: str = ""
    family_name: str = ""
    phone: str = ""
    place: str = ""
    # {"question": the text as asked, "answer": text} each, in the order of the form.
    answers: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """The answer to one question of consent, asked in today's words of the active language."""

    purpose: ConsentPurpose
    group: Group | None
    is_ticked: bool


def nearby_groups(place: HasPoint) -> list[Group]:
    """The listed groups within 50 miles of `place`: the nearest three at most, the nearest first."""
    return list(Group.objects.listed().within(place, WATCH_MILES).nearest_to(place)[:MOST_NEARBY])


# --- the post -------------------------------------------------------------------------------------------------


def sign_up(
    *,
    typed: Typed,
    consents: Sequence[Answer],
    now: datetime.datetime,
    form: SignUpForm | None = None,
    group: Group | None = None,
    actor: User | None = None,
) -> SignUp:
    """Write down that somebody wants to join the network, `group`, or signs up on `form`, and mail them the link.

    Where `actor` has shown before that the address is theirs, it is confirmed at once and no mail goes out. Raises
    ClosedError.
    """
    if form is not None:
        group = form.group
    if (form and not form.accepts_sign_ups) or (group and not group.is_listed):
        raise ClosedError
    with transaction.atomic():
        made = SignUp.objects.create(
            form=form,
            group=group,
            email=typed.email,
            given_name=typed.given_name,
            family_name=typed.family_name,
            phone=typed.phone,
            place=typed.place,
            language=typed.language,
            answers=typed.answers,
            created_at=now,
        )
        AskedConsent.objects.bulk_create(
            AskedConsent(
                sign_up=made,
                purpose=answer.purpose,
                group=answer.group,
                wording=present_wording(answer.purpose),
                is_ticked=answer.is_ticked,
            )
            for answer in consents
        )
        if actor is not None and typed.email in verified_addresses(actor):
            return confirm_sign_up(sign_up=made, now=now)
        emails.queue_sign_up_confirmation(made, token=token_of(made))
    return made


def token_of(sign_up: SignUp) -> str:
    """The signed reference to `sign_up` that goes into its mail; it holds no address."""
    return signing.dumps(sign_up.pk, salt=_SALT)


def sign_up_of(token: str) -> SignUp:
    """The sign-up that a link of a mail refers to, for 14 days after it was made. Raises SignUpLinkError."""
    try:
        pk = signing.loads(token, salt=_SALT, max_age=datetime.timedelta(days=CONFIRM_DAYS))
        return SignUp.objects.select_related("form", "group").get(pk=pk)
    except (signing.BadSignature, SignUp.DoesNotExist) as error:
        raise SignUpLinkError from error


# --- the confirmation -----------------------------------------------------------------------------------------


def confirm_sign_up(*, sign_up: SignUp, now: datetime.datetime, agreed_to: Collection[str] | None = None) -> SignUp:
    """The owner of the address confirms: they are taken in, what they ticked takes effect. Again changes nothing.

    Whoever was invited says only now what they agree to: `agreed_to` holds the purposes. Others have said it before.
    Where a group is no longer in force, what was agreed about that group falls away and the rest stands. Raises
    SignUpLinkError where the sign-up was deleted meanwhile, or the group that invites is no longer in force.
    """
    with transaction.atomic():
        locked = SignUp.objects.select_for_update().filter(pk=sign_up.pk).first()
        if locked is None:
            raise SignUpLinkError
        if locked.confirmed_at is not None:
            return locked
        if locked.is_invitation:
            if locked.group is None or not locked.group.is_listed:
                raise SignUpLinkError
            locked.asked_consents.update(is_ticked=False)
            locked.asked_consents.filter(purpose__in=agreed_to or ()).update(is_ticked=True)
        place = _place_of(locked)
        person = _take_in(locked, place, now)
        agreed = _write_consents(locked, person, now)
        _enter_rosters(locked, person, agreed, now)
        record_activity(
            person=person,
            kind=ActivityKind.SIGN_UP,
            source=locked.source,
            at=locked.created_at,
            details={"title": title_of(locked)},
        )
        locked.forget_typed()
        locked.person, locked.confirmed_at = person, now
        locked.is_near_no_group = place is not None and locked.group_id is None and not nearby_groups(place)
        locked.save()
    return locked


def title_of(sign_up: SignUp) -> str:
    """What was signed up to, by its own name: the form's title, the group, or the network."""
    if sign_up.form:
        return sign_up.form.title
    return sign_up.group.name if sign_up.group else str(settings.NETWORK_NAME)


def _place_of(sign_up: SignUp) -> Place | None:
    try:
        return find_place(sign_up.place) if sign_up.place else None
    except PlaceError:  # it was found when it was typed; the places were loaded anew meanwhile
        return None


def _take_in(sign_up: SignUp, place: Place | None, now: datetime.datetime) -> Person:
    contact = Contact(
        email=sign_up.email,
        phone=sign_up.phone,
        given_name=sign_up.given_name,
        family_name=sign_up.family_name,
        zip_code=place.zip_code if place else "",
        language=sign_up.language,
    )
    if sign_up.is_invitation:  # the address is proven; the name is an organizer's word and fills a blank at most
        own = Contact(email=sign_up.email, language=sign_up.language)
        take_in(contact=own, is_own_act=True, now=now)
    person = take_in(contact=contact, is_own_act=not sign_up.is_invitation, now=now)
    if place and not place.zip_code:
        settle(person=person, place=place)
    return person


def _write_consents(sign_up: SignUp, person: Person, now: datetime.datetime) -> list[AskedConsent]:
    """Into the ledger goes what was ticked, save for groups that are no longer in force. Returns what went."""
    source = sign_up.form.source if sign_up.form else "join"
    ticked = sign_up.asked_consents.filter(is_ticked=True).select_related("wording", "group").order_by("pk")
    agreed = [asked for asked in ticked if asked.group is None or asked.group.is_listed]
    for asked in agreed:
        purpose = ConsentPurpose(asked.purpose)
        if asked.group:
            give_consent(
                person=person, purpose=purpose, wording=asked.wording, source=source, now=now, scope=asked.group.scope
            )
        else:
            give_consent(person=person, purpose=purpose, wording=asked.wording, source=source, now=now)
    return agreed


def _enter_rosters(sign_up: SignUp, person: Person, agreed: list[AskedConsent], now: datetime.datetime) -> None:
    """On the roster of the group whose page it was, and of each group that the person shares their details with."""
    joined: dict[Group, JoinedBy] = {}
    if sign_up.group and sign_up.group.is_listed and sign_up.form is None:
        joined[sign_up.group] = JoinedBy.INVITED if sign_up.is_invitation else JoinedBy.GROUP_PAGE
    for asked in agreed:
        if asked.group and asked.purpose == ConsentPurpose.SHARING:
            joined.setdefault(asked.group, JoinedBy.FORM if sign_up.form else JoinedBy.NETWORK)
    for group, how in joined.items():
        enter_roster(group=group, person=person, how=how, source=sign_up.source, now=now)


# --- the end of those that nobody confirms --------------------------------------------------------------------


def forget_sign_up(*, sign_up: SignUp) -> None:
    """The owner of the address did not ask for this: what was typed goes. A confirmed sign-up stays."""
    SignUp.objects.filter(pk=sign_up.pk, confirmed_at__isnull=True).delete()


def forget_expired(*, now: datetime.datetime) -> int:
    """Delete every sign-up that nobody confirmed in time, with all that was typed; returns how many."""
    gone, _of_each = SignUp.objects.expired(now).delete()
    return gone
