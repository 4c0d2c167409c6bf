"""What refers to a person, in whichever app: found by looking at all models, so that no app has to register.

Rows are written down as JSON by Postgres itself, column by column, and come back as they were, whatever their types.
"""

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models.deletion import Collector
from psycopg import errors

from .models import ActivityScore, Membership, Person, PersonToCompare

type Row = dict[str, Any]
"""The columns of one row, generated ones left out."""

DERIVED: tuple[type[models.Model], ...] = (Membership, ActivityScore, PersonToCompare)
"""Tables that the database keeps: nobody moves their rows."""

GIVES_WAY = (errors.UniqueViolation, errors.ExclusionViolation, errors.CheckViolation)
"""How a row fails of which the other person has the like already, or that would relate somebody to themselves."""


class Reference(NamedTuple):
    """A foreign key to Person: the model that has it, and the field's name."""

    model: type[models.Model]
    field: str

    @property
    def key(self) -> str:
        """How a merge remembers it: `affiliates.rosterentry.person`."""
        return f"{self.model._meta.label_lower}.{self.field}"


class StoredRow(NamedTuple):
    """A row that is no longer in its table."""

    model: str
    row: Row


class StoredChange(NamedTuple):
    """Columns of a row before and after they were changed."""

    model: str
    pk: Any
    before: Row
    after: Row


def references() -> list[Reference]:
    """Every foreign key to Person in the whole project, also those without a name on this side."""
    found = [
        Reference(relation.related_model, relation.field.name)
        for relation in Person._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and not isinstance(relation.related_model, str)
    ]
    kept_by_hand = [one for one in found if one.model not in DERIVED and one.model._meta.managed]
    return sorted(kept_by_hand, key=lambda reference: reference.key)


def reference_of(key: str) -> Reference:
    """The reference of this key. Raises LookupError where there is no such model any more."""
    label, _dot, field = key.rpartition(".")
    return Reference(apps.get_model(label), field)


def move(reference: Reference, *, old: int, new: int) -> tuple[list[Any], list[StoredRow], list[StoredChange]]:
    """Have what refers to `old` refer to `new` (ids of persons).

    Where a row gives way (see GIVES_WAY) to its like of `new`, what refers to it refers to that like from then on: the
    notes on a roster's entry stay notes. Returns the keys of the rows that moved, the rows that gave way with all
    that went with them, and what was changed because it referred to these.
    """
    rows = reference.model._base_manager.filter(**{reference.field: old})
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if _update(rows, reference.field, new):
        is_key = reference.model._meta.get_field(reference.field) is reference.model._meta.pk
        return ([new] if is_key and keys else keys), [], []
    moved: list[Any] = []
    dropped: list[StoredRow] = []
    changed: list[StoredChange] = []
    for key in keys:
        row = reference.model._base_manager.filter(pk=key)
        if _update(row, reference.field, new):
            moved.append(key)
        else:
            if like := _like_of(reference, row.get(), new):
                changed += _hand_over_dependents(row.get(), like)
            gone, emptied = drop(row.get())
            dropped += gone
            changed += emptied
    return moved, dropped, changed


def _like_of(reference: Reference, row: models.Model, new: int) -> models.Model | None:
    """The row of `new` that equals `row` in all that is unique together with the person; None where none is found."""
    for constraint in row._meta.total_unique_constraints:
        if reference.field in constraint.fields:
            same = {name: getattr(row, name) for name in constraint.fields if name != reference.field}
            like = reference.model._base_manager.filter(**same, **{reference.field: new}).exclude(pk=row.pk).first()
            if like is not None:
                return like
    return None


def _hand_over_dependents(row: models.Model, like: models.Model) -> list[StoredChange]:
    """Have what refers to `row` refer to `like`, which it gives way to. What `like` has already stays behind."""
    changes: list[StoredChange] = []
    for relation in row._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or isinstance(relation.related_model, str):
            continue
        model, field = relation.related_model, relation.field
        if model in DERIVED or not model._meta.managed:
            continue
        before, after = {str(field.column): row.pk}, {str(field.column): like.pk}
        keys = model._base_manager.filter(**{field.name: row.pk}).order_by("pk").values_list("pk", flat=True)
        changes += [
            StoredChange(model._meta.label_lower, key, before, after)
            for key in keys
            if _update(model._base_manager.filter(pk=key), field.attname, like.pk)
        ]
    return changes


def _update(rows: "models.QuerySet[Any]", field: str, value: int) -> bool:
    try:
        with transaction.atomic():
            rows.update(**{field: value})
    except IntegrityError as error:
        if not isinstance(error.__cause__, GIVES_WAY):
            raise
        return False
    return True


def drop(row: models.Model) -> tuple[list[StoredRow], list[StoredChange]]:
    """Delete a row as Django would, and write down all that this deletes and empties; parents come first."""
    collector = Collector(using=connection.alias, origin=row)
    collector.collect([row])
    going = [*chain(*collector.data.values()), *chain(*collector.fast_deletes)]
    dropped = [StoredRow(one._meta.label_lower, read_row(type(one), one.pk)) for one in going]
    emptied: list[StoredChange] = []
    for (field, value), groups in collector.field_updates.items():
        rows: Iterable[models.Model] = chain(*groups)  # type: ignore[arg-type]  # query sets, not rows as the stubs say
        for one in rows:
            before, after = {str(field.column): getattr(one, field.attname)}, {str(field.column): value}
            emptied.append(StoredChange(one._meta.label_lower, one.pk, before, after))
    collector.delete()
    return dropped, emptied


# --- rows as JSON -------------------------------------------------------------------------------------------------


def _columns(model: type[models.Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields if not field.generated]


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(connection.ops.quote_name(name) for name in names)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _key(model: type[models.Model]) -> str:
    return connection.ops.quote_name(str(model._meta.pk.column))


def read_row(model: type[models.Model], pk: Any) -> Row:
    """The row as it is now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t)::text FROM {_table(model)} t WHERE {_key(model)} = %s", [pk])  # noqa: S608
        (text,) = cursor.fetchone()
    row = json.loads(text)
    return {column: row[column] for column in _columns(model)}


def difference(model: type[models.Model], pk: Any, before: Row) -> StoredChange:
    """What has changed in this row since it was read as `before`."""
    now = read_row(model, pk)
    changed = [column for column in now if now[column] != before[column]]
    return StoredChange(
        model._meta.label_lower, pk, {name: before[name] for name in changed}, {name: now[name] for name in changed}
    )


def insert_row(stored: StoredRow) -> None:
    """Put the row back under its old key. Columns that have come since take their defaults."""
    model = apps.get_model(stored.model)
    names = _quoted(column for column in _columns(model) if column in stored.row)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_table(model)} ({names}) OVERRIDING SYSTEM VALUE "  # noqa: S608
            f"SELECT {names} FROM jsonb_populate_record(NULL::{_table(model)}, %s::jsonb)",
            [json.dumps(stored.row)],
        )


def take_back(change: StoredChange) -> None:
    """Write those columns back that still hold what the change made of them; somebody's later word stays."""
    model = apps.get_model(change.model)
    if not model._base_manager.filter(pk=change.pk).exists():
        return
    now = read_row(model, change.pk)
    back = {column: value for column, value in change.before.items() if now.get(column) == change.after[column]}
    if not back:
        return
    names = _quoted(back)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_table(model)} SET ({names}) = "  # noqa: S608
            f"(SELECT {names} FROM jsonb_populate_record(NULL::{_table(model)}, %s::jsonb)) WHERE {_key(model)} = %s",
            [json.dumps(back), change.pk],
        )


def if_it_still_fits(act: Any, *arguments: Any) -> bool:
    """Do it unless what has happened since leaves no place for it. True if it was done."""
    try:
        with transaction.atomic():
            act(*arguments)
            connection.check_constraints()
    except IntegrityError:
        return False
    return True


def hand_back(key: str, pks: Sequence[Any], *, old: int, new: int) -> None:
    """Have those of these rows that still refer to `old` refer to `new` again."""
    reference = reference_of(key)
    reference.model._base_manager.filter(pk__in=pks, **{reference.field: old}).update(**{reference.field: new})
