"""FAQ articles. Every change raises one revision number, so any process sees cheaply what is new."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from crm_store.counters import current_value, next_value
from crm_store.dialect import put
from crm_store.rows import articles
from crm_store.signals import Topic
from desk.errors import Conflict, NotFound
from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.messages import Language

_REVISION = "faq_revision"


class Articles:
    def __init__(self, connection: Connection, topics: set[Topic]) -> None:
        self._db = connection
        self._topics = topics

    def revision(self) -> int:
        return current_value(self._db, _REVISION)

    def put_all(self, items: Sequence[FaqArticle], now: datetime, *, is_demo: bool = False) -> int:
        """Add or overwrite articles by id, all in one revision; returns that revision."""
        revision = next_value(self._db, _REVISION)
        self._topics.add(Topic.FAQ)
        versions: dict[str, int] = {
            row.id: row.version for row in self._db.execute(select(articles.c.id, articles.c.version))
        }
        for article in items:
            row = _row(article) | {"version": versions.get(article.id, 0) + 1, "revision": revision,
                                   "deleted": False, "is_demo": is_demo, "updated_at": now}
            put(self._db, articles, row, (articles.c.id,))
        return revision

    def save(self, article: FaqArticle, expected_version: int | None, now: datetime) -> FaqArticle:
        """Store one article. Raises Conflict when somebody changed it since `expected_version` was read."""
        current = self.find(article.id)
        if expected_version is not None and (current.version if current else 0) != expected_version:
            raise Conflict("this article was changed by somebody else meanwhile; load it again")
        self.put_all([article], now)
        return self.get(article.id)

    def remove(self, article_id: str, now: datetime) -> None:
        self.get(article_id)
        self._mark_removed(articles.c.id == article_id, now)

    def remove_demo(self, now: datetime) -> int:
        return self._mark_removed(articles.c.is_demo, now)

    def find(self, article_id: str) -> FaqArticle | None:
        row = self._db.execute(
            select(articles).where(articles.c.id == article_id, ~articles.c.deleted)
        ).one_or_none()
        return _article(row) if row else None

    def get(self, article_id: str) -> FaqArticle:
        found = self.find(article_id)
        if found is None:
            raise NotFound("no such article")
        return found

    def list_all(self) -> list[FaqArticle]:
        rows = self._db.execute(select(articles).where(~articles.c.deleted).order_by(articles.c.id))
        return [_article(row) for row in rows]

    def list_page(self, after: str = "", limit: int = 50) -> list[FaqArticle]:
        rows = self._db.execute(
            select(articles).where(~articles.c.deleted, articles.c.id > after).order_by(articles.c.id).limit(limit)
        )
        return [_article(row) for row in rows]

    def count(self) -> int:
        return self._db.scalar(select(func.count()).select_from(articles).where(~articles.c.deleted)) or 0

    def changed_since(self, revision: int) -> tuple[int, list[FaqArticle], list[str]]:
        """The present revision, the articles changed since the given one, and the ids of those removed."""
        rows = self._db.execute(select(articles).where(articles.c.revision > revision)).all()
        changed = [_article(row) for row in rows if not row.deleted]
        return self.revision(), changed, [row.id for row in rows if row.deleted]

    def _mark_removed(self, which: Any, now: datetime) -> int:
        revision = next_value(self._db, _REVISION)
        self._topics.add(Topic.FAQ)
        return self._db.execute(
            update(articles).where(which, ~articles.c.deleted)
            .values(deleted=True, revision=revision, updated_at=now)
        ).rowcount


def _row(article: FaqArticle) -> dict[str, Any]:
    return {
        "id": article.id, "category": article.category, "tags": list(article.tags), "status": article.status,
        "phrasings": [
            {"text": item.text, "language": item.language.value if item.language else None}
            for item in article.phrasings
        ],
        "answers": [
            {"text": answer, "language": language.value if language else None}
            for language, answer in article.answers.items()
        ],
    }


def _article(row: Row[Any]) -> FaqArticle:
    return FaqArticle(
        id=row.id, category=row.category, tags=tuple(row.tags), status=ArticleStatus(row.status), version=row.version,
        phrasings=tuple(Phrasing(item["text"], _language(item["language"])) for item in row.phrasings),
        answers={_language(item["language"]): item["text"] for item in row.answers},
    )


def _language(value: str | None) -> Language | None:
    return Language(value) if value else None
