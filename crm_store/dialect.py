"""The few statements that SQLite and PostgreSQL spell through different constructs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def add_missing(db: Connection, table: Table, values: Sequence[dict[str, Any]], key: Column[Any]) -> int:
    """Insert rows whose `key` is not there yet; return how many were new."""
    if not values:
        return 0
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    # The rows are given as parameters, not as part of the statement: that is compiled once and then remembered.
    added = insert(table).on_conflict_do_nothing(index_elements=[key]).returning(key)
    return len(db.execute(added, list(values)).all())


def add_new(
    db: Connection, table: Table, values: Sequence[dict[str, Any]], keys: Sequence[Column[Any]], returned: Column[Any]
) -> list[Any]:
    """Insert rows whose `keys` together are not there yet; return a column of the new ones."""
    if not values:
        return []
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    added = insert(table).on_conflict_do_nothing(index_elements=list(keys)).returning(returned)
    return list(db.execute(added, list(values)).scalars())


def add_one(db: Connection, table: Table, row: dict[str, Any], key: Column[Any]) -> int | None:
    """Insert one row and return its id; None when its `key` is there already."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    added = insert(table).on_conflict_do_nothing(index_elements=[key]).returning(table.c.id)
    return db.execute(added, row).scalar_one_or_none()


def put(db: Connection, table: Table, values: dict[str, Any], keys: Sequence[Column[Any]]) -> None:
    """Insert a row, or overwrite the one with the same keys."""
    names = {column.name for column in keys}
    changed = {name: value for name, value in values.items() if name not in names}
    if db.dialect.name == "postgresql":
        made = postgresql.insert(table).values(values)
        db.execute(made.on_conflict_do_update(index_elements=list(keys), set_=changed))
    else:
        db.execute(sqlite.insert(table).values(values).on_conflict_do_update(index_elements=list(keys), set_=changed))


def put_many(db: Connection, table: Table, rows: Sequence[dict[str, Any]], keys: Sequence[Column[Any]]) -> None:
    """As `put`, for many rows of the same columns."""
    if not rows:
        return
    names = {column.name for column in keys}
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    made = insert(table)
    changed = {name: made.excluded[name] for name in rows[0] if name not in names}
    db.execute(made.on_conflict_do_update(index_elements=list(keys), set_=changed), list(rows))
