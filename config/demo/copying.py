"""Many rows into a table at once, by Postgres' COPY."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Model


def copy_rows(model: type[Model], fields: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Stream `rows`, whose values stand in the order of `fields`, into the model's table. All constraints hold.

    What a row leaves out takes the database's default, not the model's.
    """
    columns_of = {field.name: field.column for field in model._meta.concrete_fields}
    columns = ", ".join(f'"{columns_of[name]}"' for name in fields)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def reserve_ids(model: type[Model], count: int) -> range:
    """So many ids that the database will give to no other row of this model.

    Two loads at the same moment could get the same ones; then the second fails on the primary key.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
        (sequence,) = cursor.fetchone()
        cursor.execute("SELECT setval(%s, nextval(%s) + %s - 1)", [sequence, sequence, count])
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)


def analyze(*models: type[Model]) -> None:
    """Tell Postgres' planner at once what the tables hold now."""
    tables = ", ".join(f'"{model._meta.db_table}"' for model in models)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")
