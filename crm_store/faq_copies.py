"""Working copies: what somebody wrote for an article that stays as it is until the copy is published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from crm_store.faq_rows import faq_copies
from crm_store.rows import agents
from desk.errors import Conflict


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """The article's fields as they are to be (as in desk.faq_fields); `base` is the article's version it began with.

    `agent` is who saved it last; `number` grows with every save.
    """

    article_id: str
    fields: Mapping[str, str]
    base: int
    number: int
    agent: str
    at: datetime


class FaqCopies:
    """At most one working copy an article."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def find(self, article_id: str) -> WorkingCopy | None:
        row = self._db.execute(
            select(faq_copies, agents.c.name).outerjoin(agents, agents.c.id == faq_copies.c.agent_id)
            .where(faq_copies.c.article_id == article_id)
        ).one_or_none()
        if row is None:
            return None
        return WorkingCopy(row.article_id, row.fields, row.base, row.number, row.name or "", row.at)

    def list_ids(self) -> list[str]:
        """The articles that have one."""
        return list(self._db.scalars(select(faq_copies.c.article_id).order_by(faq_copies.c.article_id)))

    def put(
        self, article_id: str, fields: Mapping[str, str], base: int, expected: int, by: str, now: datetime
    ) -> int:
        """Save it; returns its number. Raises Conflict when it is no longer the `expected` one (0: there is none)."""
        values = {"fields": dict(fields), "base": base, "number": expected + 1, "agent_id": by, "at": now}
        known = self.find(article_id)
        if (known.number if known else 0) != expected:
            raise Conflict("this working copy was changed by somebody else meanwhile; load it again")
        if known is None:
            self._db.execute(insert(faq_copies).values(article_id=article_id, **values))
        else:
            own = (faq_copies.c.article_id == article_id) & (faq_copies.c.number == expected)
            if not self._db.execute(update(faq_copies).where(own).values(**values)).rowcount:
                raise Conflict("this working copy was changed by somebody else meanwhile; load it again")
        return expected + 1

    def remove(self, article_id: str) -> bool:
        """Published or thrown away; False when there was none."""
        return self._db.execute(delete(faq_copies).where(faq_copies.c.article_id == article_id)).rowcount > 0
