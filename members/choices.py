"""What a person may choose about themselves at any time: what they agree to, and which mails they get."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from foundation.mail.models import OutgoingMail, Suppression, SuppressionReason
from foundation.mail.suppression import EVERYTHING, resubscribe, suppress
from foundation.mail.unsubscribe import describe_scope

from .consent import MAIL_PURPOSES, give_consent, mail_scope, withdraw_consent
from .models import Consent, ConsentPurpose, Person
from .models.consent import GROUP_PURPOSES, NETWORK
from .scopes import name_of_scope
from .wordings import consent_question, fill_wording, present_wording

SOURCE = "me"
ACCOUNT = "account"
"""The scope of sign-in codes and the like: they are asked for at that moment and cannot be ended."""


@dataclass(frozen=True)
class Question:
    """One thing to agree to. `words` are those agreed to, or those that are asked today; `last` is the last word."""

    purpose: ConsentPurpose
    scope: str
    words: str
    last: Consent | None

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.purpose}@{self.scope}"

    @property
    def is_given(self) -> bool:
        return self.last is not None and self.last.is_given


@dataclass(frozen=True)
class Asker:
    """The network or a group, and what one may agree to towards it."""

    name: str
    questions: list[Question]


@dataclass(frozen=True)
class MailChoice:
    """One kind of mails. `reason` says why none come, where none do."""

    scope: str
    label: str
    reason: SuppressionReason | None

    @property
    def can_be_taken_back(self) -> bool:
        return self.reason == SuppressionReason.UNSUBSCRIBED


def askers(person: Person | None) -> list[Asker]:
    """The network first, then every group to which the person ever said something, by name."""
    said = person.consents.select_related("wording").current() if person else []
    words = {(word.purpose, word.scope): word for word in said}
    groups = sorted({scope for _purpose, scope in words if scope != NETWORK}, key=name_of_scope)
    network = [purpose for purpose in ConsentPurpose if purpose not in GROUP_PURPOSES]
    return [
        Asker(name_of_scope(scope), [_question(purpose, scope, words) for purpose in purposes])
        for scope, purposes in [(NETWORK, network), *((scope, list(GROUP_PURPOSES)) for scope in groups)]
    ]


def _question(purpose: ConsentPurpose, scope: str, words: Mapping[tuple[str, str], Consent]) -> Question:
    last = words.get((purpose, scope))
    group = "" if scope == NETWORK else name_of_scope(scope)
    if last and last.is_given and last.wording:
        return Question(purpose, scope, fill_wording(last.wording.text, group=group), last)
    return Question(purpose, scope, consent_question(purpose, group=group), last)


def answer_questions(*, person: Person, answers: Mapping[str, bool], now: datetime.datetime) -> int:
    """Give and withdraw consents so that they are as `answers` (by Question.key) says; returns how many changed.

    What is not asked (`askers`) is not answered.
    """
    changed = 0
    with transaction.atomic():
        for asker in askers(person):
            for question in asker.questions:
                wanted = answers.get(question.key, question.is_given)
                if wanted == question.is_given:
                    continue
                changed += 1
                _answer(person, question, is_given=wanted, now=now)
    return changed


def _answer(person: Person, question: Question, *, is_given: bool, now: datetime.datetime) -> None:
    if is_given:
        give_consent(
            person=person, purpose=question.purpose, scope=question.scope, wording=present_wording(question.purpose),
            source=SOURCE, now=now,
        )  # fmt: skip
    else:
        withdraw_consent(person=person, purpose=question.purpose, scope=question.scope, source=SOURCE, now=now)


def holders(person: Person) -> list[tuple[str, Consent]]:
    """Who beside the network sees the person's details: each group's name with the consent that stands."""
    words = person.consents.filter(purpose=ConsentPurpose.SHARING).select_related("wording").current()
    return sorted(((name_of_scope(word.scope), word) for word in words if word.is_given), key=lambda pair: pair[0])


# --- mails --------------------------------------------------------------------------------------------------------


def mail_choices(person: Person) -> list[MailChoice]:
    """Every kind of mail that the person gets or may get, and last all mails."""
    addresses = _addresses(person)
    scopes = {mail_scope(ConsentPurpose.NETWORK_MAIL), mail_scope(ConsentPurpose.PROMOTIONS)}
    agreed = person.consents.filter(purpose__in=MAIL_PURPOSES).values_list("purpose", "scope")
    scopes |= {mail_scope(ConsentPurpose(purpose), scope) for purpose, scope in agreed}
    scopes |= set(OutgoingMail.objects.filter(to_email__in=addresses).values_list("scope", flat=True))
    scopes.discard(ACCOUNT)
    stopped = dict(Suppression.objects.filter(address__in=addresses).values_list("scope", "reason"))
    return [
        MailChoice(scope, describe_scope(scope), _reason(stopped.get(scope)))
        for scope in [*sorted(scopes, key=describe_scope), EVERYTHING]
    ]


def _reason(reason: str | None) -> SuppressionReason | None:
    return SuppressionReason(reason) if reason else None


def stop_mails(*, person: Person, scope: str, now: datetime.datetime) -> None:
    """No more mails of `scope` ("" for everything) to any address of the person. Withdraws what they agreed to."""
    with transaction.atomic():
        for address in _addresses(person):
            suppress(address=address, scope=scope, reason=SuppressionReason.UNSUBSCRIBED, now=now)


def take_mails_back(*, person: Person, scope: str, now: datetime.datetime) -> None:
    """The person wants mails of `scope` again. Bounces and complaints stay."""
    with transaction.atomic():
        for address in _addresses(person):
            resubscribe(address=address, scope=scope, now=now)


def _addresses(person: Person) -> list[str]:
    return list(person.emails.order_by("pk").values_list("address", flat=True))
