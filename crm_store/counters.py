"""Numbers that only grow: ticket numbers, the FAQ's revision."""

from datetime import date

from sqlalchemy import Connection, select, update

from crm_store.dialect import add_missing
from crm_store.rows import counters


def next_value(db: Connection, name: str) -> int:
    """The next number; a rolled-back transaction leaves no gap, because the row stays locked until it ends."""
    add_missing(db, counters, [{"name": name, "value": 0}], counters.c.name)
    grown = update(counters).where(counters.c.name == name).values(value=counters.c.value + 1)
    return int(db.execute(grown.returning(counters.c.value)).scalar_one())


def current_value(db: Connection, name: str) -> int:
    return db.scalar(select(counters.c.value).where(counters.c.name == name)) or 0


def day_came(db: Connection, name: str, day: date) -> date | None:
    """The last day this was asked for, the first time it is asked for a new `day`; else None."""
    add_missing(db, counters, [{"name": name, "value": day.toordinal() - 1}], counters.c.name)
    last = current_value(db, name)
    newer = (counters.c.name == name) & (counters.c.value == last) & (counters.c.value < day.toordinal())
    if db.execute(update(counters).where(newer).values(value=day.toordinal())).rowcount != 1:
        return None
    return date.fromordinal(last)
