"""Questions that the FAQ did not answer, and what became of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from crm_store.dialect import add_missing
from crm_store.queue_rows import reply_windows
from crm_store.rows import articles, conversations, customers, gaps, identities, messages
from desk.conversations import Author, Holder
from desk.faq import ArticleStatus
from desk.faq_drafts import Asker, Gap
from desk.faq_misses import Asked, GapKind
from desk.messages import Address, ChannelName, Language
from desk.webhooks import Happened, nobody_listens

MOST = 5_000
"""Gaps grouped at a time, the newest."""


class GapState(StrEnum):
    """What was decided about a gap; one whose article is gone again counts as open."""

    OPEN = "open"
    DRAFTED = "drafted"  # `article_id` is to answer it, as a new article or by new phrasings of an old one
    DISMISSED = "dismissed"


class Gaps:
    def __init__(self, connection: Connection, happened: Happened = nobody_listens) -> None:
        self._db = connection
        self._happened = happened

    def add(
        self, *, question: str, language: str, conversation_id: str, best_article: str, best_score: float,
        source_key: str, now: datetime, customer_id: str = "", kind: str = GapKind.REFUSED,
    ) -> None:
        row = {"question": question[:2000], "language": language, "conversation_id": conversation_id,
               "best_article": best_article[:80], "best_score": best_score, "source_key": source_key,
               "customer_id": customer_id, "kind": kind if kind in tuple(GapKind) else GapKind.REFUSED,
               "created_at": now}
        if add_missing(self._db, gaps, [row], gaps.c.source_key):
            self._happened("faq.gap", {"conversation": conversation_id, "best_article": best_article})

    def list_newest(self, limit: int = 100, before: int | None = None) -> list[dict[str, Any]]:
        query = select(gaps).order_by(gaps.c.id.desc()).limit(limit)
        rows = self._db.execute(query.where(gaps.c.id < before) if before is not None else query)
        return [
            {"id": str(row.id), "question": row.question, "language": row.language, "best_article": row.best_article,
             "best_score": row.best_score, "conversation": row.conversation_id, "created_at": row.created_at,
             "kind": row.kind, "state": row.state}
            for row in rows
        ]

    def list_open(self, since: datetime) -> list[Gap]:
        """The newest first; a gap whose draft was removed or archived is open again."""
        lost = and_(gaps.c.state == GapState.DRAFTED,
                    or_(articles.c.id.is_(None), articles.c.deleted, articles.c.status == ArticleStatus.ARCHIVED))
        rows = self._db.execute(
            select(gaps).outerjoin(articles, articles.c.id == gaps.c.article_id)
            .where(gaps.c.created_at >= since, or_(gaps.c.state == GapState.OPEN, lost))
            .order_by(gaps.c.id.desc()).limit(MOST)
        )
        return [_gap(row) for row in rows]

    def list_pending(self, since: datetime) -> list[Gap]:
        """Those whose article is still being written."""
        rows = self._db.execute(
            select(gaps).join(articles, articles.c.id == gaps.c.article_id)
            .where(gaps.c.created_at >= since, gaps.c.state == GapState.DRAFTED, ~articles.c.deleted,
                   articles.c.status.in_((ArticleStatus.DRAFT, ArticleStatus.REVIEW)))
            .order_by(gaps.c.id.desc()).limit(MOST)
        )
        return [_gap(row) for row in rows]

    def list_dismissed(self, since: datetime) -> list[Gap]:
        rows = self._db.execute(
            select(gaps).where(gaps.c.created_at >= since, gaps.c.state == GapState.DISMISSED)
            .order_by(gaps.c.id.desc()).limit(MOST)
        )
        return [_gap(row) for row in rows]

    def list_ids(self, ids: Sequence[int]) -> list[Gap]:
        return [_gap(row) for row in self._db.execute(select(gaps).where(gaps.c.id.in_(ids)).order_by(gaps.c.id))]

    def set_state(self, ids: Sequence[int], state: GapState, article_id: str = "") -> int:
        """Decide about gaps; returns how many there were."""
        return self._db.execute(
            update(gaps).where(gaps.c.id.in_(ids)).values(state=state, article_id=article_id)
        ).rowcount

    def replies(self, found: Sequence[Gap]) -> Mapping[str, list[str]]:
        """What agents said after the question, by conversation."""
        said: dict[str, list[str]] = {}
        asked = {gap.conversation_id: gap.asked_at for gap in reversed(found)}
        rows = self._db.execute(
            select(messages.c.conversation_id, messages.c.text, messages.c.created_at)
            .where(messages.c.conversation_id.in_(list(asked)), messages.c.author == Author.AGENT)
            .order_by(messages.c.id)
        )
        for row in rows:
            if row.created_at >= asked[row.conversation_id]:
                said.setdefault(row.conversation_id, []).append(row.text)
        return said

    def list_askers(self, article_id: str, since: datetime, now: datetime) -> list[Asker]:
        """Who may be told the answer: they asked since then, agree to messages, can be reached where they asked
        (its window is open, if it has one), talk to nobody just now, and were not told before. Each customer once.
        """
        told = select(gaps.c.customer_id).where(gaps.c.article_id == article_id, gaps.c.told_at.is_not(None))
        open_window = (
            select(func.sum(reply_windows.c.sends_left))
            .where(reply_windows.c.address == conversations.c.address, reply_windows.c.open_until > now)
            .scalar_subquery()
        )
        rows = self._db.execute(
            select(gaps, conversations.c.address)
            .join(conversations, conversations.c.id == gaps.c.conversation_id)
            .join(customers, customers.c.id == gaps.c.customer_id)
            .join(identities, identities.c.address == conversations.c.address)
            .where(gaps.c.article_id == article_id, gaps.c.state == GapState.DRAFTED, gaps.c.created_at >= since,
                   customers.c.consent, identities.c.reachable, gaps.c.customer_id.not_in(told),
                   conversations.c.holder.in_((Holder.BOT, Holder.NOBODY)),
                   or_(conversations.c.channel != ChannelName.WECHAT, func.coalesce(open_window, 0) > 1))
            .order_by(gaps.c.id.desc())
        )
        first: dict[str, Asker] = {}
        for row in rows:
            first.setdefault(row.customer_id, Asker(_gap(row), Address.from_key(row.address)))
        return list(first.values())

    def list_answered(self, since: datetime) -> list[tuple[str, int]]:
        """Published articles that answer gaps whose customers were not told: (article id, customers)."""
        rows = self._db.execute(
            select(gaps.c.article_id, func.count(gaps.c.customer_id.distinct()))
            .join(articles, articles.c.id == gaps.c.article_id)
            .where(gaps.c.state == GapState.DRAFTED, gaps.c.created_at >= since, gaps.c.told_at.is_(None),
                   articles.c.status == ArticleStatus.PUBLISHED, ~articles.c.deleted)
            .group_by(gaps.c.article_id)
        )
        return [(row[0], row[1]) for row in rows]

    def mark_told(self, gap_id: int, now: datetime) -> bool:
        """False when somebody was faster."""
        fresh = (gaps.c.id == gap_id) & gaps.c.told_at.is_(None)
        return self._db.execute(update(gaps).where(fresh).values(told_at=now)).rowcount == 1

    def list_between(self, start: datetime, end: datetime) -> list[Asked]:
        """What was asked in vain, for counting per day and per week."""
        rows = self._db.execute(
            select(gaps.c.created_at, gaps.c.language, gaps.c.question, gaps.c.kind)
            .where(gaps.c.created_at >= start, gaps.c.created_at < end)
        )
        return [Asked(*row) for row in rows]


def _gap(row: Row[Any]) -> Gap:
    return Gap(
        row.id, row.question, Language(row.language) if row.language in tuple(Language) else Language.ZH_HANS,
        GapKind(row.kind), row.conversation_id, row.customer_id or row.conversation_id, row.best_article,
        row.best_score, row.article_id, row.created_at,
    )
