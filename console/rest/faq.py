"""FAQ articles, search, and the questions nothing answered."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from console.access import Desk, supervisor
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import AnswerShape, ArticleOut, GapOut, Page, PhrasingShape, SearchOut, cut
from crm_store.store import SqlTransaction
from desk.errors import Conflict
from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.messages import Language

router = APIRouter(route_class=ApiRoute, prefix="/faq", tags=["faq"])


class ArticleBody(BaseModel):
    """An article as an editor writes it."""

    phrasings: Annotated[list[PhrasingShape], Field(min_length=1, max_length=200)]
    answers: Annotated[list[AnswerShape], Field(max_length=10)] = []
    category: str = Field("", max_length=120)
    tags: list[str] = []
    status: ArticleStatus = ArticleStatus.PUBLISHED

    def article(self, article_id: str) -> FaqArticle:
        return FaqArticle(
            article_id, tuple(Phrasing(item.text, item.language) for item in self.phrasings),
            {item.language: item.text for item in self.answers}, self.category, tuple(self.tags), self.status,
        )


class NewArticle(ArticleBody):
    id: str = Field("", max_length=80, description="Made when left out")


class ChangedArticle(ArticleBody):
    version: int = Field(ge=1, description="The version that was read; 409 when it has changed since")


@router.get("/articles")
async def list_articles(services: Desk, cursor: str = "", limit: Limit = 50) -> Page[ArticleOut]:
    found = await services.store.read(lambda tx: tx.articles.list_page(cursor, limit + 1))
    items, more = cut(found, limit)
    return Page(items=[ArticleOut.of(item) for item in items], next=items[-1].id if more else None)


@router.get("/articles/{article_id}")
async def get_article(services: Desk, article_id: str) -> ArticleOut:
    return ArticleOut.of(await services.store.read(lambda tx: tx.articles.get(article_id)))


@router.post("/articles", status_code=201, dependencies=[Depends(supervisor)])
async def add_article(services: Desk, body: NewArticle) -> ArticleOut:
    """Needs a supervisor. 409 when the id is taken."""
    article, now = body.article(body.id or uuid4().hex), services.clock.now()
    return ArticleOut.of(await services.store.transact(lambda tx: tx.articles.save(article, 0, now)))


@router.put("/articles/{article_id}", dependencies=[Depends(supervisor)])
async def change_article(
    services: Desk, article_id: str, body: ChangedArticle
) -> ArticleOut:
    """Needs a supervisor."""
    now = services.clock.now()

    def change(tx: SqlTransaction) -> FaqArticle:
        tx.articles.get(article_id)
        return tx.articles.save(body.article(article_id), body.version, now)

    return ArticleOut.of(await services.store.transact(change))


@router.delete("/articles/{article_id}", status_code=204, dependencies=[Depends(supervisor)])
async def remove_article(
    services: Desk, article_id: str, version: Annotated[int, Query(ge=1)]
) -> None:
    """Needs a supervisor, and the version that was read."""
    now = services.clock.now()

    def remove(tx: SqlTransaction) -> None:
        if tx.articles.get(article_id).version != version:
            raise Conflict("this article was changed by somebody else meanwhile; load it again")
        tx.articles.remove(article_id, now)

    await services.store.transact(remove)


@router.get("/search")
async def search(
    services: Desk, q: Annotated[str, Query(min_length=1, max_length=500)],
    language: Language | None = None, limit: Annotated[int, Query(ge=1, le=10)] = 3,
) -> SearchOut:
    """What the assistant would find: the verdict, and the nearest articles with their scores."""
    return SearchOut.of(await services.faq.search(q, language, limit))


@router.get("/gaps")
async def list_gaps(services: Desk, limit: Limit = 100) -> Page[GapOut]:
    """Questions that were refused, newest first."""
    found = await services.store.read(lambda tx: tx.gaps.list_newest(limit))
    return Page(items=[GapOut(**item) for item in found])
