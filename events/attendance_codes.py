"""Words said in a call or at an event online, by which people note themselves that they are there.

Whoever is signed in is noted at once: nobody else can press for them. Whoever is not has not been seen by anybody, so
what they type counts only once the owner of the address has confirmed it by the link of a mail. The words lead to the
event; they work from ten minutes before it begins to two hours after its end.
"""

import datetime
import re
import secrets
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db import connection, transaction
from django.dispatch import receiver
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.keys import name_key
from members.models import Person
from members.own_details import become_known
from members.people import Contact, take_in
from members.person_export import Row, register_export_section
from members.signals import person_erased

from .emails import campaigns as emails
from .models import CLAIM_DAYS, CheckedInBy, CodeClaim, Event, EventState
from .presence_online import note_there

WORKS_FROM = datetime.timedelta(minutes=10)
WORKS_UNTIL = datetime.timedelta(hours=2)
MOST_WORDS = 3
LONGEST = 20  # the column's
LEAST_LETTERS = 4
_SALT = "events.code_claim"
_LOCK_OF_CODES = 0x45564344

# Short, told apart by ear, and nothing that somebody could take amiss.
WORDS = {
    "en": (
        "apple", "arrow", "autumn", "basket", "beach", "bench", "berry", "bridge", "bucket", "button", "cabin",
        "candle", "canoe", "carrot", "cedar", "chalk", "cherry", "circle", "clover", "cloud", "comet", "copper",
        "corner", "cotton", "cradle", "cricket", "daisy", "dinner", "dragon", "drum", "eagle", "earth", "engine",
        "falcon", "feather", "fern", "fiddle", "forest", "fountain", "garden", "ginger", "goose", "grape", "harbor",
        "hammer", "hazel", "helmet", "honey", "island", "ivory", "jacket", "jungle", "kettle", "kitchen", "ladder",
        "lantern", "lemon", "lily", "magnet", "maple", "marble", "meadow", "melon", "mirror", "mitten", "morning",
        "moss", "mountain", "needle", "night", "ocean", "olive", "onion", "orange", "orchard", "otter", "oyster",
        "paddle", "paper", "pebble", "pencil", "pepper", "piano", "pigeon", "pillow", "planet", "pocket", "potato",
        "prairie", "puzzle", "quilt", "rabbit", "radio", "raven", "ribbon", "river", "rocket", "saddle", "salmon",
        "sandal", "shadow", "silver", "sparrow", "spring", "square", "summer", "sunset", "table", "teapot", "thunder",
        "ticket", "timber", "tomato", "tulip", "tunnel", "turtle", "valley", "velvet", "violin", "wagon", "walnut",
        "water", "whistle", "willow", "window", "winter", "zebra",
    ),
    "es": (
        "abeja", "abril", "aguja", "alegre", "arena", "arroz", "azul", "barco", "bosque", "brisa", "caballo", "cabra",
        "calle", "camino", "campo", "canela", "casa", "cereza", "cielo", "ciruela", "clavel", "cobre", "cocina",
        "color", "cuento", "desierto", "dulce", "enero", "escalera", "espejo", "estrella", "faro", "flauta", "flor",
        "fresa", "fuente", "gato", "girasol", "globo", "granja", "grillo", "guitarra", "hielo", "higo", "hoja",
        "isla", "jardín", "lago", "lana", "lápiz", "laurel", "leche", "libro", "limón", "lluvia", "lobo", "luna",
        "madera", "maíz", "mango", "mañana", "mar", "mariposa", "mayo", "menta", "mesa", "miel", "molino", "monte",
        "música", "naranja", "nieve", "noche", "norte", "nube", "nuez", "olivo", "otoño", "oveja", "palma", "paloma",
        "pan", "papel", "pared", "perla", "piedra", "pino", "playa", "plaza", "pluma", "prado", "puente", "puerta",
        "rama", "reloj", "risa", "roble", "río", "romero", "rosa", "sal", "selva", "semilla", "silla", "sol",
        "sombra", "sopa", "tambor", "tarde", "taza", "tierra", "tigre", "tomate", "torre", "tren", "trigo", "uva",
        "valle", "vela", "ventana", "verano", "verde", "viento", "violeta", "volcán", "zapato", "zorro",
    ),
}  # fmt: skip


class CodeError(Exception):
    """These words cannot be set; the message, for the reader, says why."""


class WrongWordsError(Exception):
    """No call or event that is on has these words."""


class ClaimLinkError(Exception):
    """The link of a mail is forged, cut off or too old, or what was typed was deleted."""


@dataclass(frozen=True)
class Claimant:
    """Who says that they are there. `email` is normalised."""

    email: str
    language: str
    given_name: str = ""
    family_name: str = ""


# --- the words --------------------------------------------------------------------------------------------------


def propose_words(language: str) -> str:
    """Two plain words by chance, short enough, in the event's language."""
    words = WORDS.get(language, WORDS["en"])
    while True:
        first, second = secrets.choice(words), secrets.choice(words)
        if first != second and len(first) + len(second) < LONGEST:
            return f"{first} {second}"


def set_words(*, event: Event, words: str, actor: User) -> Event:
    """Have people note themselves by `words` (in any case, with or without accents); "" ends it.

    Raises CodeError for what nobody could say or type, for an event that is in person only or is not approved, and for
    words that another event has at that time.
    """
    plain = " ".join(unicodedata.normalize("NFC", words).casefold().split())
    if plain:
        _refuse_unfit(plain)
    with transaction.atomic():
        with connection.cursor() as cursor:  # one at a time, so that words that are free stay so
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_OF_CODES])
        locked = Event.objects.select_for_update(no_key=True, of=("self",)).get(pk=event.pk)
        if locked.attendance_code == plain:
            return locked
        if plain:
            _refuse_event(locked)
            _refuse_taken(locked, plain)
        locked.attendance_code = plain
        locked.save(update_fields=["attendance_code"])
        record(actor=actor, action="set attendance words" if plain else "ended attendance words", subject=locked.scope)
    return locked


def _refuse_unfit(plain: str) -> None:
    if not 1 <= len(plain.split()) <= MOST_WORDS or not re.fullmatch(r"[^\W\d_]+( [^\W\d_]+)*", plain):
        raise CodeError(_("Choose one, two or three words of letters only."))
    if len(plain) > LONGEST:
        raise CodeError(_("The words have more than %(count)d letters.") % {"count": LONGEST})
    if len(plain) < LEAST_LETTERS or not name_key(plain):
        raise CodeError(_("The words are too short: anybody would guess them."))


def _refuse_event(event: Event) -> None:
    if not event.is_online:
        raise CodeError(_("This event is in person only. People check themselves in with the code at the door."))
    if event.state != EventState.APPROVED:
        raise CodeError(_("This event does not take place, or is not approved yet."))


def _refuse_taken(event: Event, plain: str) -> None:
    beside = Event.objects.filter(
        state=EventState.APPROVED,
        starts_at__lt=event.ends_at + WORKS_FROM + WORKS_UNTIL,
        ends_at__gt=event.starts_at - WORKS_FROM - WORKS_UNTIL,
    )
    others = _with_words(beside.exclude(pk=event.pk).exclude(attendance_code=""), plain)
    if next(iter(others), None):
        raise CodeError(_("Another event has these words at that time. Choose others."))


def _with_words(events: Iterable[Event], words: str) -> list[Event]:
    key = name_key(words)
    return [event for event in events if name_key(event.attendance_code) == key]


def event_of_words(words: str, *, now: datetime.datetime) -> Event:
    """The call or event that is on and has these words; of several, the one that began last. Raises WrongWordsError."""
    if not name_key(words):
        raise WrongWordsError
    on = Event.objects.filter(
        state=EventState.APPROVED, starts_at__lte=now + WORKS_FROM, ends_at__gte=now - WORKS_UNTIL
    )
    rows = on.exclude(attendance_code="").select_related("call__region").defer("position")
    found = _with_words(rows.order_by("-starts_at", "-pk"), words)
    if not found:
        raise WrongWordsError
    return found[0]


# --- said by somebody -------------------------------------------------------------------------------------------


def say_words(*, event: Event, user: User, now: datetime.datetime) -> bool:
    """Whoever is signed in says the words of `event`: they were there. True if they had not been noted.

    Raises PresenceError (events.presence_online).
    """
    with transaction.atomic():
        person = become_known(user=user, now=now)
        return bool(note_there(event=event, people=[person], how=CheckedInBy.CODE, at=now, actor=user, now=now))


def claim_presence(*, event: Event, claimant: Claimant, now: datetime.datetime) -> CodeClaim:
    """Somebody who is not signed in says the words: written down, and a mail with a link to confirm it.

    The same for every address: nobody learns or changes anything about its owner.
    """
    with transaction.atomic():
        claim = CodeClaim.objects.create(
            event=event,
            email=claimant.email,
            given_name=claimant.given_name,
            family_name=claimant.family_name,
            language=claimant.language,
            at=now,
        )
        emails.queue_code_claim(claim, token=claim_token(claim))
    return claim


def claim_token(claim: CodeClaim) -> str:
    """The signed reference to `claim` that goes into its mail; it holds no address."""
    return signing.dumps(claim.pk, salt=_SALT)


def claim_of(token: str) -> CodeClaim:
    """The claim that a link of a mail refers to, with its event. Raises ClaimLinkError."""
    try:
        pk = signing.loads(token, salt=_SALT, max_age=datetime.timedelta(days=CLAIM_DAYS))
        return CodeClaim.objects.select_related("event__call__region").get(pk=pk)
    except (signing.BadSignature, CodeClaim.DoesNotExist) as error:
        raise ClaimLinkError from error


def confirm_claim(*, claim: CodeClaim, now: datetime.datetime) -> CodeClaim:
    """The owner of the address was there: known from now on, and a member. Again changes nothing.

    Raises ClaimLinkError where what was typed was deleted meanwhile, and PresenceError.
    """
    with transaction.atomic():
        if claim.confirmed_at is not None:
            return claim
        # The person before the claim: a deletion takes them in this order.
        person = take_in(contact=_contact_of(claim), is_own_act=True, now=now)
        locked = CodeClaim.objects.select_for_update(of=("self",)).select_related("event__call").filter(pk=claim.pk)
        held = locked.first()
        if held is None:
            raise ClaimLinkError
        if held.confirmed_at is None:
            note_there(event=held.event, people=[person], how=CheckedInBy.CODE, at=held.at, actor=None, now=now)
            held.confirmed_at, held.email, held.given_name, held.family_name = now, "", "", ""
            held.save()
    return held


def _contact_of(claim: CodeClaim) -> Contact:
    return Contact(
        email=claim.email, given_name=claim.given_name, family_name=claim.family_name, language=claim.language
    )


def forget_claim(*, claim: CodeClaim) -> None:
    """The owner of the address was not there: what was typed goes. What was confirmed stays."""
    CodeClaim.objects.filter(pk=claim.pk, confirmed_at__isnull=True).delete()


def forget_expired_claims(*, now: datetime.datetime) -> int:
    """Delete what was typed longer ago than the link works; returns how many."""
    gone, _of_each = CodeClaim.objects.filter(at__lt=now - datetime.timedelta(days=CLAIM_DAYS)).delete()
    return gone


# --- what is held about somebody --------------------------------------------------------------------------------


def register_own_claims() -> None:
    """What waits under an address of a person is told to them. Called once, when the app is ready."""
    register_export_section("attendance_to_confirm", _claims_of)


def _claims_of(person: Person) -> Iterable[Row]:
    addresses = list(person.emails.values_list("address", flat=True))
    for claim in CodeClaim.objects.filter(email__in=addresses).select_related("event").order_by("at", "pk"):
        columns = ("at", "email", "given_name", "family_name")
        yield {"event": claim.event.title, **{name: getattr(claim, name) for name in columns}}


@receiver(person_erased, dispatch_uid="events.attendance_codes.forget")
def forget_claims_of(*, addresses: Collection[str], **rest: Any) -> None:
    """Whoever is deleted leaves nothing that was typed for them."""
    CodeClaim.objects.filter(email__in=addresses).delete()
