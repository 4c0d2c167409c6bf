"""Making one person of two, and two again of one: staff have 30 days to take a merge back."""

import datetime
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.audit.models import Actor, record

from .models import Duplicate, DuplicateState, Merge, Person, PersonEmail
from .references import (
    StoredChange,
    StoredRow,
    difference,
    hand_back,
    if_it_still_fits,
    insert_row,
    move,
    read_row,
    references,
    take_back,
)

TIME_TO_UNDO = datetime.timedelta(days=30)
PATIENCE_SECONDS = 5
"""So long a merge waits for somebody else who is writing about one of the two."""

# What staff choose where the two differ -> the columns that go with it.
CHOICES: dict[str, tuple[str, ...]] = {
    "given_name": ("given_name",),
    "family_name": ("family_name",),
    "home": ("zip_code_id", "country", "latitude", "longitude", "time_zone"),
    "language": ("language",),
    "primary_email": (),
}
CHOICE_LABELS = {
    "given_name": gettext_lazy("Given name"),
    "family_name": gettext_lazy("Family name"),
    "home": gettext_lazy("Home"),
    "language": gettext_lazy("Language"),
    "primary_email": gettext_lazy("E-mail address we write to"),
}


class MergeError(Exception):
    """Why these two cannot be made one, or a merge cannot be undone; for people."""


def said_of(person: Person, choice: str) -> str:
    """What is known of this person under one of CHOICES, as staff read it; empty where nothing is."""
    match choice:
        case "home" if person.zip_code_id or person.point:
            return " ".join(filter(None, [person.zip_code_id, person.country]))
        case "home":
            return ""
        case "language":
            return str(person.get_language_display())
        case "primary_email":
            email = person.primary_email
            return email.address if email else ""
    return str(getattr(person, choice))


def differences(one: Person, other: Person) -> list[str]:
    """Those of CHOICES of which the two say different things, so that somebody has to choose."""
    pairs = {choice: (said_of(one, choice), said_of(other, choice)) for choice in CHOICES}
    return [choice for choice, (first, second) in pairs.items() if first and second and first != second]


def proposed_to_keep(one: Person, other: Person) -> Person:
    """Who stays unless staff think otherwise: the one with a login, else the one known for longer."""
    return min(one, other, key=lambda person: (person.user_id is None, person.created_at, person.pk))


# --- merging ------------------------------------------------------------------------------------------------------


def merge_people(
    *, kept: Person, gone: Person, choices: Collection[str] = (), actor: Actor, now: datetime.datetime
) -> Merge:
    """Make one person of two: all that refers to `gone` refers to `kept`, and the row of `gone` is deleted.

    `choices` names those of CHOICES in which the word of `gone` counts. What `kept` has no word about is taken from
    `gone` anyway, and the older of the two dates at which they came to be known. Where the like of a row of `gone`
    is there already (same roster, same tag), it gives way. Everything is remembered for `undo_merge`.

    Raises MergeError where one of them is gone already, both have a login, or somebody else is at work on them.
    """
    if set(choices) - set(CHOICES):
        raise ValueError("there is no such choice")
    with _patience():
        kept, gone = _lock_both(kept, gone)
        if kept.user_id and gone.user_id:
            raise MergeError(_("Both sign in with a login of their own. End one of the two logins first."))
        undo = _merge(kept, gone, choices)
        merge = Merge.objects.create(
            kept=kept, gone_id=undo["gone"]["id"], merged_by_id=actor.pk, merged_at=now,
            undo_until=now + TIME_TO_UNDO, undo=undo,
        )  # fmt: skip
        record(
            actor=actor,
            action="merged people",
            subject=f"person:{kept.pk}",
            gone=merge.gone_id,
            merge=merge.pk,
            moved={key: len(keys) for key, keys in undo["moved"].items()},
        )
    return merge


@contextmanager
def _patience() -> Iterator[None]:
    """One transaction that may move rows of the consent ledger, and that does not wait for ever."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('lock_timeout', %s, true), set_config('members.merging', 'yes', true)",
                [f"{PATIENCE_SECONDS}s"],
            )
            yield
            connection.check_constraints()
            cursor.execute("SELECT set_config('lock_timeout', '0', true), set_config('members.merging', '', true)")
    except OperationalError as error:  # waited too long, or for each other
        raise MergeError(
            _("Somebody else is changing one of the two at this moment. Try again in a minute.")
        ) from error


def _lock_both(kept: Person, gone: Person) -> tuple[Person, Person]:
    """Both as they are now, locked in the order of their ids against all that would refer to them meanwhile."""
    if kept.pk == gone.pk:
        raise MergeError(_("This is one person already."))
    locked = Person.objects.select_for_update(of=("self",)).defer("position").filter(pk__in=[kept.pk, gone.pk])
    found = {person.pk: person for person in locked.order_by("pk")}
    if len(found) < 2:
        raise MergeError(_("One of the two is gone: somebody has merged or deleted them."))
    return found[kept.pk], found[gone.pk]


def _merge(kept: Person, gone: Person, choices: Collection[str]) -> dict[str, Any]:
    """Do it, and return what it takes to undo it."""
    kept_before, gone_row = read_row(Person, kept.pk), read_row(Person, gone.pk)
    learned = _learned(kept, gone, choices)
    pairs_dropped, pairs_made = _hand_over_pairs(kept.pk, gone.pk)
    changed = _keep_one_primary(kept.pk, gone.pk, is_gones="primary_email" in choices)
    moved: dict[str, list[Any]] = {}
    dropped: list[StoredRow] = []
    for reference in references():
        keys, gave_way, emptied = move(reference, old=gone.pk, new=kept.pk)
        if keys:
            moved[reference.key] = keys
        dropped += gave_way
        changed += emptied
    _delete(gone)
    Person.objects.filter(pk=kept.pk).update(**learned)
    changed.append(difference(Person, kept.pk, kept_before))
    return {
        "gone": gone_row,
        "moved": moved,
        "dropped": [*pairs_dropped, *dropped],
        "changed": changed,
        "pairs_made": pairs_made,
    }


def _learned(kept: Person, gone: Person, choices: Collection[str]) -> dict[str, Any]:
    """The columns of `kept` that get another value."""
    learned: dict[str, Any] = {"created_at": min(kept.created_at, gone.created_at)}
    if gone.user_id:
        learned["user_id"] = gone.user_id
    for choice, columns in CHOICES.items():
        if said_of(gone, choice) and (choice in choices or not said_of(kept, choice)):
            learned |= {column: getattr(gone, column) for column in columns}
    return learned


def _hand_over_pairs(kept: int, gone: int) -> tuple[list[StoredRow], list[StoredRow]]:
    """Whoever was to be compared with `gone` is to be compared with `kept`, and pairs that were two people stay so.

    Returns the rows of `gone`, which are deleted, and those that took their place.
    """
    rows = list(Duplicate.objects.filter(first=gone) | Duplicate.objects.filter(second=gone))
    dropped = [StoredRow(Duplicate._meta.label_lower, read_row(Duplicate, row.pk)) for row in rows]
    Duplicate.objects.filter(pk__in=[row.pk for row in rows]).delete()
    made: list[StoredRow] = []
    for row in rows:
        other = row.second_id if row.first_id == gone else row.first_id
        first, second = sorted((kept, other))
        if other == kept or Duplicate.objects.filter(first=first, second=second).exists():
            continue
        new = Duplicate.objects.create(
            first_id=first, second_id=second, reason=row.reason, state=row.state, found_at=row.found_at,
            decided_by_id=row.decided_by_id, decided_at=row.decided_at,
        )  # fmt: skip
        made.append(StoredRow(Duplicate._meta.label_lower, read_row(Duplicate, new.pk)))
    return dropped, made


def _keep_one_primary(kept: int, gone: int, *, is_gones: bool) -> list[StoredChange]:
    """Of two primary addresses one becomes an address like others, before the database would mind."""
    primary = PersonEmail.objects.filter(is_primary=True)
    ours, theirs = primary.filter(person=kept).first(), primary.filter(person=gone).first()
    if ours is None or theirs is None:
        return []
    loser = ours if is_gones else theirs
    before = read_row(PersonEmail, loser.pk)
    PersonEmail.objects.filter(pk=loser.pk).update(is_primary=False)
    return [difference(PersonEmail, loser.pk, before)]


def _delete(gone: Person) -> None:
    """Delete the row alone. Django would delete what still refers to it; the database says that something does."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM members_person WHERE id = %s", [gone.pk])
    connection.check_constraints()


# --- undoing ------------------------------------------------------------------------------------------------------


def undo_merge(*, merge: Merge, actor: Actor, now: datetime.datetime) -> Person:
    """Bring back the person who went, with all that was theirs. What came after the merge stays with the one kept.

    Raises MergeError when it is too late, when it was undone already, and while a later merge of the same person
    stands, which has to be undone first.
    """
    with _patience():
        merge = Merge.objects.select_for_update().get(pk=merge.pk)
        undo = _what_to_undo(merge, now)
        list(Person.objects.select_for_update(of=("self",)).filter(pk=merge.kept_id).values("pk"))
        _undo(undo, kept=merge.kept_id, gone=merge.gone_id)
        merge.undone_at, merge.undo = now, None
        merge.save(update_fields=["undone_at", "undo"])
        record(actor=actor, action="undid merge", subject=f"person:{merge.kept_id}", gone=merge.gone_id, merge=merge.pk)
        return Person.objects.get(pk=merge.gone_id)


def _what_to_undo(merge: Merge, now: datetime.datetime) -> dict[str, Any]:
    if merge.undone_at is not None:
        raise MergeError(_("This merge has been undone already."))
    if merge.undo is None or now > merge.undo_until:
        raise MergeError(_("A merge can be undone for 30 days. They are over."))
    if Merge.objects.in_effect().filter(kept=merge.kept_id, pk__gt=merge.pk).exists():
        raise MergeError(_("This person was merged again later. Undo the later merge first."))
    return dict(merge.undo)


def _undo(undo: dict[str, Any], *, kept: int, gone: int) -> None:
    changes = [StoredChange(*change) for change in undo["changed"]]
    of_kept, others = changes[-1], changes[:-1]
    take_back(of_kept)
    insert_row(StoredRow(Person._meta.label_lower, _with_a_login_of_their_own(undo["gone"])))
    for key, keys in undo["moved"].items():
        hand_back(key, keys, old=kept, new=gone)
    _take_back_pairs([StoredRow(*row) for row in undo["pairs_made"]])
    for dropped in undo["dropped"]:
        if_it_still_fits(insert_row, StoredRow(*dropped))
    for change in others:  # some of them referred to rows that are only now back
        if_it_still_fits(take_back, change)
    _see_to_a_primary(kept)
    _see_to_a_primary(gone)


def _with_a_login_of_their_own(row: dict[str, Any]) -> dict[str, Any]:
    """The row of the person who comes back, without a login that has been deleted or is somebody else's since."""
    user = row["user_id"]
    is_free = User.objects.filter(pk=user, person__isnull=True).exists()
    return row if is_free else {**row, "user_id": None}


def _take_back_pairs(made: list[StoredRow]) -> None:
    """Pairs that the merge made go again, unless somebody has decided on them since."""
    for stored in made:
        pair = Duplicate.objects.filter(pk=stored.row["id"])
        if stored.row["state"] == DuplicateState.OPEN:
            pair = pair.open()
        pair.delete()


def _see_to_a_primary(person: int) -> None:
    """Whoever has addresses has one that we write to: the first verified, where the other one took it along."""
    emails = PersonEmail.objects.filter(person=person)
    if not emails.filter(is_primary=True).exists():
        oldest = emails.order_by(F("verified_at").asc(nulls_last=True), "pk").values("pk")[:1]
        emails.filter(pk__in=list(oldest.values_list("pk", flat=True))).update(is_primary=True)


def forget_old_merges(*, now: datetime.datetime) -> int:
    """Forget what was kept to undo merges whose time is over. Returns how many; the merges themselves stay."""
    return Merge.objects.filter(undo__isnull=False, undo_until__lt=now).update(undo=None)
