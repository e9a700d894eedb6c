"""The few statements that SQLite and PostgreSQL spell through different constructs.

Statements are built once and kept: building one takes longer than running it.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert


def add_missing(db: Connection, table: Table, values: Sequence[dict[str, Any]], key: Column[Any]) -> int:
    """Insert rows whose `key` is not there yet; return how many were new."""
    return len(add_new(db, table, values, [key], key))


def add_new(
    db: Connection, table: Table, values: Sequence[dict[str, Any]], keys: Sequence[Column[Any]], returned: Column[Any]
) -> list[Any]:
    """Insert rows whose `keys` together are not there yet; return a column of the new ones."""
    if not values:
        return []
    return list(db.execute(_adding(db.dialect.name, table, tuple(keys), (returned,)), list(values)).scalars())


def add_with_ids(db: Connection, table: Table, values: Sequence[dict[str, Any]], key: Column[Any]) -> dict[str, int]:
    """As `add_missing`; returns the ids of the new rows by their `key`."""
    found = db.execute(_adding(db.dialect.name, table, (key,), (key, table.c.id)), list(values))
    return {row[0]: row[1] for row in found}


def add_one(db: Connection, table: Table, row: dict[str, Any], key: Column[Any]) -> int | None:
    """Insert one row and return its id; None when its `key` is there already."""
    return db.execute(_adding(db.dialect.name, table, (key,), (table.c.id,)), row).scalar_one_or_none()


def put(db: Connection, table: Table, values: dict[str, Any], keys: Sequence[Column[Any]]) -> None:
    """Insert a row, or overwrite the one with the same keys."""
    db.execute(_putting(db.dialect.name, table, tuple(keys), tuple(values)), values)


def put_many(db: Connection, table: Table, rows: Sequence[dict[str, Any]], keys: Sequence[Column[Any]]) -> None:
    """As `put`, for many rows of the same columns."""
    if rows:
        db.execute(_putting(db.dialect.name, table, tuple(keys), tuple(rows[0])), list(rows))


def put_selected(db: Connection, table: Table, names: Sequence[str], source: Select[Any], key: Column[Any]) -> None:
    """As `put_many`, for rows that a query gives (with a WHERE, which SQLite asks for)."""
    insert = _insert(db.dialect.name, table).from_select(list(names), source)
    changed = {name: insert.excluded[name] for name in names if name != key.name}
    db.execute(insert.on_conflict_do_update(index_elements=[key], set_=changed))


@cache
def _adding(
    dialect: str, table: Table, keys: tuple[Column[Any], ...], returned: tuple[Column[Any], ...]
) -> ReturningInsert[Any]:
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=list(keys)).returning(*returned)


@cache
def _putting(dialect: str, table: Table, keys: tuple[Column[Any], ...], names: tuple[str, ...]) -> Any:
    insert = _insert(dialect, table)
    own = {column.name for column in keys}
    changed = {name: insert.excluded[name] for name in names if name not in own}
    return insert.on_conflict_do_update(index_elements=list(keys), set_=changed)


def _insert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
