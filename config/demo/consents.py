"""Which mails of the network the demo's people have agreed to."""

import datetime
import random
from collections.abc import Iterator, Sequence

from config.demo.copying import analyze, copy_rows
from config.demo.people import Known
from members.models import Consent, ConsentPurpose
from members.models.consent import NETWORK
from members.wordings import present_wording

SHARES = {ConsentPurpose.NETWORK_MAIL: 0.3, ConsentPurpose.PROMOTIONS: 0.22, ConsentPurpose.SMS: 0.03}
TAKEN_BACK = 0.04
"""The share of the consents that the person has taken back since."""


def load_consents(people: Sequence[Known], *, seed: int, now: datetime.datetime) -> None:
    """Answers of the people to the words of today, each in their own language."""
    rng = random.Random(f"consents {seed}")
    wordings = {
        (purpose, language): present_wording(purpose, language).pk for purpose in SHARES for language in ("en", "es")
    }
    fields = ("person", "purpose", "scope", "is_given", "wording", "source", "at")
    copy_rows(Consent, fields, _answers(people, wordings, rng, now))
    analyze(Consent)


def _answers(
    people: Sequence[Known], wordings: dict[tuple[ConsentPurpose, str], int], rng: random.Random, now: datetime.datetime
) -> Iterator[Sequence[object]]:
    for person in people:
        for purpose, share in SHARES.items():
            if rng.random() >= share:
                continue
            yield person.id, purpose.value, NETWORK, True, wordings[purpose, person.language], "join", person.since
            if rng.random() < TAKEN_BACK:
                later = person.since + (now - person.since) * rng.random()
                yield person.id, purpose.value, NETWORK, False, None, "me", later
