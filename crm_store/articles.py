"""FAQ articles. Every change raises one revision number, so any process sees cheaply what is new."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select, update

from crm_store.article_codec import content_of, from_row
from crm_store.article_history import FaqAction, History
from crm_store.counters import current_value, day_came, next_value
from crm_store.dialect import put_many, put_selected
from crm_store.laid_down import LaidDown
from crm_store.rows import articles
from crm_store.signals import Topic
from desk.errors import Conflict, NotFound
from desk.faq import ArticleStatus, FaqArticle

_REVISION = "faq_revision"
_DAY = "faq_day"
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """What the editor's list shows; an empty value filters nothing. `category` takes its sub-categories along."""

    text: str = ""
    category: str = ""
    status: str = ""
    tag: str = ""
    owner: str = ""
    overdue_on: date | None = None  # review was due by then, or the last day of validity has passed


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """A planned change of many articles: rows to store, ids to remove, and of how many articles it was asked."""

    rows: Sequence[dict[str, Any]]
    gone: Sequence[str]
    asked: int


class Articles:
    def __init__(self, connection: Connection, topics: set[Topic]) -> None:
        self._db = connection
        self._topics = topics
        self.history = History(connection)
        self.laid_down = LaidDown(connection)

    def revision(self) -> int:
        return current_value(self._db, _REVISION)

    def put_all(
        self, items: Sequence[FaqArticle], now: datetime, *, is_demo: bool = False, by: str = "",
        action: FaqAction = FaqAction.IMPORTED, note: str = "",
    ) -> int:
        """Add or overwrite articles by id, all in one revision; returns that revision.

        What is the same already is left alone.
        """
        revision = self._begin()
        position = self._db.scalar(select(func.max(articles.c.position))) or 0
        written = 0
        for start in range(0, len(items), _CHUNK):
            chunk = items[start : start + _CHUNK]
            rows = self._to_write(chunk)
            for offset, row in enumerate(rows, start=start + 1):
                row["position"] = row["position"] if row["position"] is not None else position + offset
                row |= {"revision": revision, "deleted": False, "is_demo": is_demo, "updated_at": now}
            put_many(self._db, articles, rows, (articles.c.id,))
            written += len(rows)
        self.history.note(revision, action, by, note, written, now)
        return revision

    def plan_edit(self, items: Sequence[FaqArticle]) -> ArticleChange:
        """What has to be stored of these articles, the same as before left out."""
        return ArticleChange(self._to_write(items), (), len(items))

    def plan_undo(self, revision: int) -> ArticleChange:
        """What takes one change back. Articles that were changed again since are left alone."""
        undoable, earlier = self.history.before(revision)
        current = self._rows(list(undoable))
        fresh = [key for key, version in undoable.items() if key in current and current[key].version == version]
        gone = [key for key in fresh if key not in earlier or earlier[key].deleted]
        rows = [
            {**_content_of_row(earlier[key]), "id": key, "version": current[key].version + 1,
             "position": current[key].position, "search_text": _search_text(from_row(earlier[key]))}
            for key in fresh if key in earlier and not earlier[key].deleted
        ]
        return ArticleChange(rows, gone, len(undoable))

    def put_laid_down(
        self, key: str, now: datetime, *, by: str, action: FaqAction, note: str = "", gone: Sequence[str] = (),
        seen: int | None = None, keeps_demo: bool = False,
    ) -> int:
        """Make everything laid down under this key live at once, and remove articles, in one revision; returns that
        revision. Raises Conflict where one of these articles was changed after the revision `seen`. What is demo data
        stays so only where `keeps_demo`."""
        revision = self._begin()
        if seen is not None and self._were_changed(self.laid_down.ids(key), gone, seen):
            raise Conflict("articles were changed by somebody else meanwhile; try again")
        names, source = self.laid_down.as_articles(key, revision, now, keeps_demo=keeps_demo)
        put_selected(self._db, articles, names, source, articles.c.id)
        count = self.laid_down.count(key) + sum(
            self._delete(articles.c.id.in_(gone[start : start + _CHUNK]), revision, now)
            for start in range(0, len(gone), _CHUNK)
        )
        self.history.note(revision, action, by, note, count, now)
        return revision

    def save(
        self, article: FaqArticle, expected_version: int | None, now: datetime, *, by: str = "",
        action: FaqAction = FaqAction.EDITED, note: str = "",
    ) -> FaqArticle:
        """Store one article. Raises Conflict when somebody changed it since `expected_version` was read."""
        current = self.find(article.id)
        if expected_version is not None and (current.version if current else 0) != expected_version:
            raise Conflict("this article was changed by somebody else meanwhile; load it again")
        self.put_all([article], now, by=by, action=action if current else FaqAction.CREATED, note=note)
        return self.get(article.id)

    def remove(self, article_id: str, now: datetime, *, by: str = "") -> int:
        self.get(article_id)
        return self._mark_removed(articles.c.id == article_id, now, by)

    def remove_demo(self, now: datetime) -> int:
        count = self._db.scalar(
            select(func.count()).select_from(articles).where(articles.c.is_demo, ~articles.c.deleted)
        )
        self._mark_removed(articles.c.is_demo, now, "")
        return count or 0

    def find(self, article_id: str) -> FaqArticle | None:
        row = self._db.execute(
            select(articles).where(articles.c.id == article_id, ~articles.c.deleted)
        ).one_or_none()
        return from_row(row) if row else None

    def get(self, article_id: str) -> FaqArticle:
        found = self.find(article_id)
        if found is None:
            raise NotFound("no such article")
        return found

    def list_ids(self, ids: Sequence[str]) -> list[FaqArticle]:
        """Those of the articles that exist."""
        return [from_row(row) for row in self._rows(ids).values() if not row.deleted]

    def list_all(self) -> list[FaqArticle]:
        """In the order in which they came in."""
        rows = self._db.execute(select(articles).where(~articles.c.deleted).order_by(articles.c.position,
                                                                                     articles.c.id))
        return [from_row(row) for row in rows]

    def list_page(
        self, after: str = "", limit: int = 50, which: ArticleFilter | None = None
    ) -> list[FaqArticle]:
        query = select(articles).where(~articles.c.deleted, articles.c.id > after)
        query = _filtered(query, which or ArticleFilter())
        return [from_row(row) for row in self._db.execute(query.order_by(articles.c.id).limit(limit))]

    def count(self, which: ArticleFilter | None = None) -> int:
        query = _filtered(select(func.count()).select_from(articles).where(~articles.c.deleted),
                          which or ArticleFilter())
        return self._db.scalar(query) or 0

    def count_by(self, name: str) -> dict[str, int]:
        """How many articles there are of each category, status or owner."""
        column = articles.c[name]
        rows = self._db.execute(select(column, func.count()).where(~articles.c.deleted).group_by(column))
        return {row[0]: row[1] for row in rows}

    def tags(self) -> list[str]:
        rows = self._db.execute(select(articles.c.tags).where(~articles.c.deleted))
        return sorted({tag for row in rows for tag in row.tags})

    def changed_since(self, revision: int) -> tuple[int, list[FaqArticle], list[str]]:
        """The present revision, the articles changed since the given one, and the ids of those removed."""
        rows = self._db.execute(select(articles).where(articles.c.revision > revision)).all()
        changed = [from_row(row) for row in rows if not row.deleted]
        return self.revision(), changed, [row.id for row in rows if row.deleted]

    def day_came(self, day: date) -> int:
        """Once a day: tell every process of the articles whose validity began or ended since the last time."""
        since = day_came(self._db, _DAY, day)
        if since is None:
            return 0
        began = (articles.c.valid_from > since) & (articles.c.valid_from <= day)
        ended = (articles.c.valid_until >= since) & (articles.c.valid_until < day)
        turned = or_(began, ended) & (articles.c.status == ArticleStatus.PUBLISHED) & ~articles.c.deleted
        count = self._db.scalar(select(func.count()).select_from(articles).where(turned)) or 0
        if count:
            self._db.execute(update(articles).where(turned).values(revision=self._begin()))
        return count

    def _begin(self) -> int:
        self._topics.add(Topic.FAQ)
        return next_value(self._db, _REVISION)

    def _were_changed(self, laid: Select[Any], gone: Sequence[str], seen: int) -> bool:
        later = articles.c.revision > seen
        if self._db.scalar(select(articles.c.id).where(later, articles.c.id.in_(laid)).limit(1)):
            return True
        return not set(gone).isdisjoint(self._db.scalars(select(articles.c.id).where(later)))

    def _to_write(self, items: Sequence[FaqArticle]) -> list[dict[str, Any]]:
        """What has to be stored of these articles; `position` is None for a new one. The same as before is left out."""
        known, rows = self._rows([article.id for article in items]), []
        for article in items:
            old, content = known.get(article.id), content_of(article)
            if old is None or old.deleted or not _is_same(old, content):
                rows.append({
                    "id": article.id, **content, "version": (old.version if old else 0) + 1,
                    "position": old.position if old else None, "search_text": _search_text(article),
                })
        return rows

    def _rows(self, ids: Sequence[str]) -> dict[str, Row[Any]]:
        found: dict[str, Row[Any]] = {}
        for start in range(0, len(ids), _CHUNK):
            rows = self._db.execute(select(articles).where(articles.c.id.in_(ids[start : start + _CHUNK])))
            found.update((row.id, row) for row in rows)
        return found

    def _mark_removed(self, which: ColumnElement[bool], now: datetime, by: str) -> int:
        revision = self._begin()
        count = self._delete(which, revision, now)
        self.history.note(revision, FaqAction.REMOVED, by, "", count, now)
        return revision

    def _delete(self, which: ColumnElement[bool], revision: int, now: datetime) -> int:
        return self._db.execute(
            update(articles).where(which, ~articles.c.deleted)
            .values(deleted=True, revision=revision, version=articles.c.version + 1, updated_at=now)
        ).rowcount


def _filtered(query: Select[Any], which: ArticleFilter) -> Select[Any]:
    if which.text:
        query = query.where(*(articles.c.search_text.contains(word, autoescape=True)
                              for word in _folded(which.text).split()))
    if which.category:
        below = articles.c.category.startswith(which.category + "/", autoescape=True)
        query = query.where(or_(articles.c.category == which.category, below))
    if which.status:
        query = query.where(articles.c.status == which.status)
    if which.tag:
        query = query.where(articles.c.search_text.contains(f"\n#{_folded(which.tag)}\n", autoescape=True))
    if which.owner:
        query = query.where(articles.c.owner == which.owner)
    if which.overdue_on:
        query = query.where(or_(articles.c.review_by < which.overdue_on, articles.c.valid_until < which.overdue_on))
    return query


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _search_text(article: FaqArticle) -> str:
    tags = "".join(f"\n#{tag}\n" for tag in article.tags)
    texts = (article.id, *(one.text for one in article.phrasings), *article.answers.values())
    return _folded("\n".join(texts) + tags)


def _is_same(row: Row[Any], content: dict[str, Any]) -> bool:
    """Whether nothing would change; the order of the answers means nothing."""
    old = {name: getattr(row, name) for name in content}
    return all(
        sorted(old[name], key=_by_language) == sorted(value, key=_by_language) if name == "answers"
        else old[name] == value
        for name, value in content.items()
    )


def _by_language(answer: dict[str, Any]) -> str:
    return answer["language"] or ""


def _content_of_row(row: Row[Any]) -> dict[str, Any]:
    return content_of(from_row(row))
