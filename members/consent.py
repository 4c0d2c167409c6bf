"""The consent ledger: who agreed to what, when, where, and to which words. What stands now follows from it.

A suppressed address (foundation.mail) gets nothing, whatever was agreed to. An unsubscribe writes a withdrawal here,
and whoever agrees anew takes back their own unsubscribe: the last word wins.
"""

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.dispatch import receiver

from foundation.mail.models import Suppression, SuppressionReason
from foundation.mail.signals import resubscribed, unsubscribed
from foundation.mail.suppression import EVERYTHING, lift

from .membership import lock_people
from .models import Consent, ConsentPurpose, ConsentWording, Person, PersonEmail
from .models.consent import NETWORK
from .models.people import PersonQuerySet

MAIL_PURPOSES = (ConsentPurpose.NETWORK_MAIL, ConsentPurpose.PROMOTIONS, ConsentPurpose.GROUP_MAIL)


def mail_scope(purpose: ConsentPurpose, scope: str = NETWORK) -> str:
    """The scope of foundation.mail whose unsubscribe ends what this consent allows."""
    return "promotions" if purpose == ConsentPurpose.PROMOTIONS else scope


def give_consent(
    *,
    person: Person,
    purpose: ConsentPurpose,
    wording: ConsentWording,
    source: str,
    now: datetime.datetime,
    scope: str = NETWORK,
) -> Consent:
    """Write down that `person` said yes to `wording`. The same yes again adds nothing.

    Where it is about mail, it takes back the person's own unsubscribe of that mail, not a bounce or a complaint.
    """
    with transaction.atomic():
        standing = last_word(person, purpose, scope)
        if standing is None or not standing.is_given or standing.wording_id != wording.pk:
            standing = Consent.objects.create(
                person=person, purpose=purpose, scope=scope, is_given=True, wording=wording, source=source, at=now
            )
        if purpose in MAIL_PURPOSES:
            for address in person.emails.order_by("pk").values_list("address", flat=True):
                # Quietly: whoever says yes to one thing has not said yes again to all that they once ended.
                lift(address=address, scope=EVERYTHING)
                lift(address=address, scope=mail_scope(purpose, scope))
    return standing


def withdraw_consent(
    *, person: Person, purpose: ConsentPurpose, source: str, now: datetime.datetime, scope: str = NETWORK
) -> bool:
    """Write down that `person` takes their yes back. True if there was one."""
    with transaction.atomic():
        standing = last_word(person, purpose, scope)
        if standing is None or not standing.is_given:
            return False
        Consent.objects.create(person=person, purpose=purpose, scope=scope, is_given=False, source=source, at=now)
    return True


def last_word(person: Person, purpose: ConsentPurpose, scope: str = NETWORK) -> Consent | None:
    """What the person said last about this, if anything. Locks the person, so that two answers stand in a row."""
    lock_people([person.pk])
    return person.consents.filter(purpose=purpose, scope=scope).order_by("-pk").first()


def has_consent(person: Person, purpose: ConsentPurpose, scope: str = NETWORK) -> bool:
    """Does this person's yes stand? For mail ask `mailable`, which also looks at suppressions."""
    word = person.consents.filter(purpose=purpose, scope=scope).order_by("-pk").first()
    return word is not None and word.is_given


def standing_consents(person: Person) -> list[Consent]:
    """Every yes of this person that stands, in the order of purpose and scope, with its wording."""
    words = person.consents.select_related("wording").current()
    return [word for word in words if word.is_given]


def who_consented(people: PersonQuerySet, purpose: ConsentPurpose, scope: str = NETWORK) -> PersonQuerySet:
    """Those of `people` whose yes stands."""
    words = Consent.objects.filter(person=OuterRef("pk"), purpose=purpose, scope=scope).order_by("-pk")
    return (
        people.filter(Exists(words[:1]))
        .annotate(consented=Subquery(words.values("is_given")[:1]))
        .filter(consented=True)
    )


def mailable(people: PersonQuerySet, purpose: ConsentPurpose, scope: str = NETWORK) -> PersonQuerySet:
    """Those of `people` who may be written to for `purpose`: they agreed, and their address is not suppressed."""
    suppressed = Suppression.objects.filter(
        address=OuterRef("address"), scope__in=[EVERYTHING, mail_scope(purpose, scope)]
    )
    reachable = PersonEmail.objects.filter(~Exists(suppressed), person=OuterRef("pk"), is_primary=True)
    return who_consented(people, purpose, scope).filter(Exists(reachable))


# --- what foundation.mail tells -----------------------------------------------------------------------------------


def _allowed_by(scope: str) -> Q:
    """The consents whose mails have this scope of foundation.mail."""
    if scope == EVERYTHING:
        return Q(purpose__in=MAIL_PURPOSES)
    if scope == mail_scope(ConsentPurpose.PROMOTIONS):
        return Q(purpose=ConsentPurpose.PROMOTIONS)
    return Q(purpose__in=[ConsentPurpose.NETWORK_MAIL, ConsentPurpose.GROUP_MAIL], scope=scope)


@receiver(unsubscribed, dispatch_uid="members.consent.withdrawn_by_mail")
def withdraw_by_mail(*, address: str, scope: str, reason: str, at: datetime.datetime, **rest: Any) -> None:
    """An unsubscribe, a bounce or a complaint ends the consents to such mail."""
    person = Person.objects.filter(emails__address=address).first()
    if person is None:
        return
    lock_people([person.pk])  # before looking: a yes that is being written at this moment came first
    for word in Consent.objects.filter(_allowed_by(scope), person=person).current():
        withdraw_consent(
            person=person,
            purpose=ConsentPurpose(word.purpose),
            scope=word.scope,
            source=f"mail: {reason}",
            now=at,
        )


@receiver(resubscribed, dispatch_uid="members.consent.put_back_by_mail")
def put_back_by_mail(*, address: str, scope: str, at: datetime.datetime, **rest: Any) -> None:
    """Whoever takes back an unsubscribe gets back what that unsubscribe ended, and no more: what another one ended
    stays ended."""
    person = Person.objects.filter(emails__address=address).first()
    if person is None:
        return
    lock_people([person.pk])
    for word in Consent.objects.filter(_allowed_by(scope), person=person).current():
        if word.is_given or word.source != "mail: unsubscribed" or _is_unsubscribed(person, word):
            continue
        before = person.consents.filter(purpose=word.purpose, scope=word.scope, is_given=True).order_by("-pk").first()
        if before:
            Consent.objects.create(
                person=person, purpose=word.purpose, scope=word.scope, is_given=True, wording=before.wording,
                source="mail: unsubscribe taken back", at=at,
            )  # fmt: skip


def _is_unsubscribed(person: Person, word: Consent) -> bool:
    """Does another unsubscribe of the person, which still stands, end mails of this kind?"""
    scopes = [EVERYTHING, mail_scope(ConsentPurpose(word.purpose), word.scope)]
    own = Suppression.objects.filter(reason=SuppressionReason.UNSUBSCRIBED, scope__in=scopes)
    return own.filter(address__in=person.emails.values("address")).exists()
