"""Articles laid down bit by bit, which nobody sees until a short transaction makes all of them live at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, literal, select

from crm_store.article_codec import CONTENT
from crm_store.faq_rows import faq_import_rows
from crm_store.rows import articles


class LaidDown:
    """What imports and bulk edits have prepared, each under a key of its own."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, key: str, rows: Sequence[dict[str, Any]], place: int) -> None:
        """Keep planned rows; `place` counts on over the calls."""
        if rows:
            self._db.execute(insert(faq_import_rows), [
                {**row, "import_id": key, "place": place + offset} for offset, row in enumerate(rows)
            ])

    def keys(self) -> list[str]:
        """Those under which something is laid down."""
        return list(self._db.scalars(select(faq_import_rows.c.import_id).distinct()))

    def clear(self, key: str, most: int) -> bool:
        """Forget what was laid down, at most so many rows at a time; whether some are left.

        By a range of places: with a list of them, PostgreSQL compares every row with every place where its statistics
        are of a time when nothing was laid down.
        """
        laid = faq_import_rows
        own = laid.c.import_id == key
        first, last = self._db.execute(select(func.min(laid.c.place), func.max(laid.c.place)).where(own)).one()
        if first is None:
            return False
        self._db.execute(delete(laid).where(own, laid.c.place < first + most))
        return bool(last >= first + most)

    def count(self, key: str) -> int:
        own = faq_import_rows.c.import_id == key
        return self._db.scalar(select(func.count()).select_from(faq_import_rows).where(own)) or 0

    def ids(self, key: str) -> Select[Any]:
        """The articles that it changes."""
        return select(faq_import_rows.c.id).where(faq_import_rows.c.import_id == key)

    def as_articles(
        self, key: str, revision: int, now: datetime, *, keeps_demo: bool
    ) -> tuple[list[str], Select[Any]]:
        """The columns of `articles` that it fills, and what it fills them with."""
        laid = faq_import_rows
        last = self._db.scalar(select(func.max(articles.c.position))) or 0
        names = ["id", *CONTENT, "version", "search_text", "position", "revision", "deleted", "is_demo", "updated_at"]
        old = articles.alias("old")
        was_demo = func.coalesce(select(old.c.is_demo).where(old.c.id == laid.c.id).scalar_subquery(), literal(False))
        source = select(
            *(laid.c[name] for name in ("id", *CONTENT, "version", "search_text")),
            func.coalesce(laid.c.position, laid.c.place + (last + 1)), literal(revision), literal(False),
            was_demo if keeps_demo else literal(False), literal(now, articles.c.updated_at.type),
        ).where(laid.c.import_id == key)
        return names, source
