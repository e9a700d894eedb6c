"""Articles whose review day has come, and who was told of them: each owner once an article and date."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from crm_store.article_codec import from_row
from crm_store.counters import day_came
from crm_store.faq_review_rows import faq_review_notices
from crm_store.rows import agents, articles
from desk.faq import ArticleStatus
from desk.webhooks import Happened, nobody_listens

_DAY = "faq_review_day"


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """An article that somebody was asked to read again, and did not open since."""

    article_id: str
    title: str
    review_by: date


class FaqReviews:
    def __init__(self, connection: Connection, happened: Happened = nobody_listens) -> None:
        self._db = connection
        self._happened = happened

    def call(self, day: date, supervisors: Collection[str], now: datetime) -> list[str]:
        """Once a day: tell the owner of each article that is due by `day`, and where it has none with an account, the
        supervisors. Nobody is told twice of one article and date. Returns the ids of those told now."""
        if day_came(self._db, _DAY, day) is None:
            return []
        due = select(articles.c.id, articles.c.owner, articles.c.review_by).where(
            articles.c.review_by <= day, articles.c.status != ArticleStatus.ARCHIVED, ~articles.c.deleted
        )
        accounts = {row.email: row.id for row in self._db.execute(
            select(agents.c.id, agents.c.email).where(agents.c.active)
        )}
        rows = [
            {"article_id": row.id, "review_by": row.review_by, "agent_id": agent_id, "at": now}
            for row in self._db.execute(due)
            for agent_id in _told(accounts.get(row.owner.strip().lower()), supervisors)
        ]
        known = self._told_of(day)
        new = [row for row in rows if (row["article_id"], row["review_by"], row["agent_id"]) not in known]
        if new:
            self._db.execute(insert(faq_review_notices), new)
        for article_id in sorted({row["article_id"] for row in new}):
            self._happened("faq.review_due", {"article": article_id})
        return sorted({row["agent_id"] for row in new})

    def _told_of(self, day: date) -> set[tuple[str, date, str]]:
        rows = self._db.execute(select(
            faq_review_notices.c.article_id, faq_review_notices.c.review_by, faq_review_notices.c.agent_id
        ).where(faq_review_notices.c.review_by <= day))
        return {(row.article_id, row.review_by, row.agent_id) for row in rows}

    def list_due(self, agent_id: str) -> list[ReviewDue]:
        """What this agent was told of and has not opened, the longest due first. A new review day ends it."""
        rows = self._db.execute(
            select(articles, faq_review_notices.c.review_by.label("was_due")).join(faq_review_notices, _still_due())
            .where(*_unseen(agent_id)).order_by(faq_review_notices.c.review_by, articles.c.id).limit(200)
        )
        return [ReviewDue(row.id, from_row(row).title, row.was_due) for row in rows]

    def count_due(self, agent_id: str) -> int:
        return self._db.scalar(
            select(func.count()).select_from(articles).join(faq_review_notices, _still_due()).where(*_unseen(agent_id))
        ) or 0

    def see(self, agent_id: str, now: datetime, article_id: str = "") -> int:
        """They opened this article, or (none named) have read the whole list; how many notices end with that."""
        unseen = (faq_review_notices.c.agent_id == agent_id) & faq_review_notices.c.seen_at.is_(None)
        if article_id:
            unseen &= faq_review_notices.c.article_id == article_id
        return self._db.execute(update(faq_review_notices).where(unseen).values(seen_at=now)).rowcount


def _told(owner: str | None, supervisors: Collection[str]) -> Collection[str]:
    return (owner,) if owner else supervisors


def _still_due() -> ColumnElement[bool]:
    return (articles.c.id == faq_review_notices.c.article_id) & (articles.c.review_by == faq_review_notices.c.review_by)


def _unseen(agent_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        faq_review_notices.c.agent_id == agent_id, faq_review_notices.c.seen_at.is_(None),
        articles.c.status != ArticleStatus.ARCHIVED, ~articles.c.deleted,
    )
