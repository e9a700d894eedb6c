"""Who changed which article when, and what it said before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, literal, select, update

from crm_store.article_codec import CONTENT, from_row
from crm_store.faq_rows import article_versions, faq_changes
from crm_store.rows import agents, articles
from desk.errors import NotFound
from desk.faq import FaqArticle


class FaqAction(StrEnum):
    """What a change was."""

    CREATED = "created"
    EDITED = "edited"
    BULK = "bulk"
    IMPORTED = "imported"
    REMOVED = "removed"
    RESTORED = "restored"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class FaqChange:
    """One change of the FAQ, of one article or of many. `agent` is a name, empty for the command line."""

    revision: int
    action: FaqAction
    agent: str
    note: str
    articles: int
    undone: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """An article as one change left it; `deleted` when it was that which the change did."""

    article: FaqArticle
    change: FaqChange
    deleted: bool


class History:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def note(self, revision: int, action: FaqAction, by: str, note: str, count: int, now: datetime) -> None:
        """Keep what the articles of this revision are now. One that changed nothing leaves no trace."""
        if not count:
            return
        self._db.execute(insert(faq_changes).values(
            revision=revision, action=action, agent_id=by, note=note[:200], articles=count, at=now,
        ))
        columns = ["article_id", "version", "revision", "deleted", *CONTENT]
        content = [articles.c[name] for name in CONTENT]
        present = select(
            articles.c.id, articles.c.version, literal(revision), articles.c.deleted, *content
        ).where(articles.c.revision == revision)
        self._db.execute(insert(article_versions).from_select(columns, present))

    def mark_undone(self, revision: int) -> None:
        self._db.execute(update(faq_changes).where(faq_changes.c.revision == revision).values(undone=True))

    def get_change(self, revision: int) -> FaqChange:
        found = self.find_change(revision)
        if found is None:
            raise NotFound("no such change")
        return found

    def find_change(self, revision: int) -> FaqChange | None:
        row = self._db.execute(
            select(faq_changes, agents.c.name).outerjoin(agents, agents.c.id == faq_changes.c.agent_id)
            .where(faq_changes.c.revision == revision)
        ).one_or_none()
        return _change(row) if row else None

    def list_changes(self, limit: int = 50) -> list[FaqChange]:
        """The newest changes of the whole FAQ."""
        rows = self._db.execute(
            select(faq_changes, agents.c.name).outerjoin(agents, agents.c.id == faq_changes.c.agent_id)
            .order_by(faq_changes.c.revision.desc()).limit(limit)
        )
        return [_change(row) for row in rows]

    def list_of(self, article_id: str, limit: int = 100) -> list[ArticleVersion]:
        """An article's versions, newest first."""
        rows = self._db.execute(
            self._versions().where(article_versions.c.article_id == article_id)
            .order_by(article_versions.c.version.desc()).limit(limit)
        )
        return [_version(row) for row in rows]

    def get(self, article_id: str, version: int) -> ArticleVersion:
        row = self._db.execute(self._versions().where(
            article_versions.c.article_id == article_id, article_versions.c.version == version
        )).one_or_none()
        if row is None:
            raise NotFound("no such version")
        return _version(row)

    def before(self, revision: int) -> tuple[dict[str, int], Mapping[str, Row[Any]]]:
        """The versions that a change made, and what these articles were before it, where they were at all."""
        made = article_versions
        old = article_versions.alias("old")
        rows = self._db.execute(select(made.c.article_id, made.c.version).where(made.c.revision == revision)).all()
        earlier = self._db.execute(
            select(old).join(made, and_(made.c.article_id == old.c.article_id, old.c.version == made.c.version - 1))
            .where(made.c.revision == revision)
        )
        return {row.article_id: row.version for row in rows}, {row.article_id: row for row in earlier}

    def _versions(self) -> Any:
        return (
            select(article_versions, faq_changes.c.action, faq_changes.c.note, faq_changes.c.articles,
                   faq_changes.c.undone, faq_changes.c.at, agents.c.name)
            .join(faq_changes, faq_changes.c.revision == article_versions.c.revision)
            .outerjoin(agents, agents.c.id == faq_changes.c.agent_id)
        )


def _change(row: Row[Any]) -> FaqChange:
    return FaqChange(row.revision, FaqAction(row.action), row.name or "", row.note, row.articles, row.undone, row.at)


def _version(row: Row[Any]) -> ArticleVersion:
    return ArticleVersion(from_row(row), _change(row), row.deleted)
