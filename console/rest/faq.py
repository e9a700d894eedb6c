"""FAQ articles with their questions and history, and search."""

from datetime import date
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from console import faq_desk
from console.access import Caller, Desk, supervisor
from console.faq_desk import BulkAction
from console.rest.conversations import Limit
from console.rest.faq_shapes import AnswerShape, ArticleOut, PhrasingShape, SearchOut
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page, cut
from crm_store.article_history import ArticleVersion, FaqAction, FaqChange
from crm_store.articles import ArticleFilter
from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.faq_replies import look_up
from desk.messages import Language

router = APIRouter(route_class=ApiRoute, prefix="/faq", tags=["faq"])


class ArticleBody(BaseModel):
    """An article as an editor writes it."""

    phrasings: Annotated[list[PhrasingShape], Field(min_length=1, max_length=200)]
    answers: Annotated[list[AnswerShape], Field(max_length=10)] = []
    category: str = Field("", max_length=120, description="A path: booking/changes")
    tags: list[str] = []
    status: ArticleStatus = ArticleStatus.PUBLISHED
    owner: str = Field("", max_length=200, description="An e-mail address")
    valid_from: date | None = None
    valid_until: date | None = None
    review_by: date | None = None

    def article(self, article_id: str) -> FaqArticle:
        return FaqArticle(
            article_id, tuple(Phrasing(item.text, item.language) for item in self.phrasings),
            {item.language: item.text for item in self.answers}, self.category, tuple(self.tags), self.status,
            extras={item.language: extras for item in self.answers if (extras := item.extras())},
            owner=self.owner.lower(), valid_from=self.valid_from, valid_until=self.valid_until,
            review_by=self.review_by,
        )


class NewArticle(ArticleBody):
    id: str = Field("", max_length=80, description="Made when left out")


class ChangedArticle(ArticleBody):
    version: int = Field(ge=1, description="The version that was read; 409 when it has changed since")


class NewQuestions(BaseModel):
    """Further ways to ask; those that are there already add nothing."""

    questions: Annotated[list[PhrasingShape], Field(min_length=1, max_length=200)]


class ManyBody(BaseModel):
    ids: Annotated[list[str], Field(min_length=1, max_length=10_000)]
    action: BulkAction
    value: str = Field("", max_length=200, description="A status, category, tag, e-mail address or day")


class ChangeOut(BaseModel):
    """One change of the FAQ; `revision` is what undoes it. `agent` is a name, empty for the command line."""

    revision: int
    action: FaqAction
    agent: str
    articles: int
    undone: bool
    at: Moment

    @classmethod
    def of(cls, item: FaqChange) -> "ChangeOut":
        return cls(revision=item.revision, action=item.action, agent=item.agent, articles=item.articles,
                   undone=item.undone, at=item.at)


class VersionOut(BaseModel):
    """An article as one change left it; `removed` when that was what the change did."""

    change: ChangeOut
    article: ArticleOut
    removed: bool

    @classmethod
    def of(cls, item: ArticleVersion) -> "VersionOut":
        return cls(change=ChangeOut.of(item.change), article=ArticleOut.of(item.article), removed=item.deleted)


class Undone(BaseModel):
    restored: int
    kept: int = Field(description="Left alone, because they were changed again since")


@router.get("/articles")
async def list_articles(
    services: Desk, cursor: str = "", limit: Limit = 50, q: str = "", category: str = "", tag: str = "",
    owner: str = "", status: ArticleStatus | None = None,
) -> Page[ArticleOut]:
    """By id. `category` takes its sub-categories along; `q` looks for words in questions and answers."""
    which = ArticleFilter(q, category, status.value if status else "", tag, owner)
    found = await services.store.read(lambda tx: tx.articles.list_page(cursor, limit + 1, which))
    items, more = cut(found, limit)
    return Page(items=[ArticleOut.of(item) for item in items], next=items[-1].id if more else None)


@router.get("/articles/{article_id}")
async def get_article(services: Desk, article_id: str) -> ArticleOut:
    return ArticleOut.of(await services.store.read(lambda tx: tx.articles.get(article_id)))


@router.post("/articles", status_code=201, dependencies=[Depends(supervisor)])
async def add_article(services: Desk, caller: Caller, body: NewArticle) -> ArticleOut:
    """Needs a supervisor. 409 when the id is taken."""
    return ArticleOut.of(await faq_desk.save(services, body.article(body.id or uuid4().hex), 0, caller))


@router.post("/articles/bulk", dependencies=[Depends(supervisor)])
async def edit_articles(services: Desk, caller: Caller, body: ManyBody) -> ChangeOut:
    """Do one thing to many articles, in one change that can be undone. Needs a supervisor."""
    revision = await faq_desk.edit_many(services, body.ids, body.action, body.value, caller)
    return ChangeOut.of(await services.store.read(lambda tx: tx.articles.history.get_change(revision)))


@router.put("/articles/{article_id}", dependencies=[Depends(supervisor)])
async def change_article(services: Desk, caller: Caller, article_id: str, body: ChangedArticle) -> ArticleOut:
    """Needs a supervisor."""
    await services.store.read(lambda tx: tx.articles.get(article_id))
    return ArticleOut.of(await faq_desk.save(services, body.article(article_id), body.version, caller))


@router.delete("/articles/{article_id}", status_code=204, dependencies=[Depends(supervisor)])
async def remove_article(
    services: Desk, caller: Caller, article_id: str, version: Annotated[int, Query(ge=1)]
) -> None:
    """Needs a supervisor, and the version that was read."""
    await faq_desk.remove(services, article_id, caller, version)


@router.get("/articles/{article_id}/questions")
async def list_questions(services: Desk, article_id: str) -> Page[PhrasingShape]:
    article = await services.store.read(lambda tx: tx.articles.get(article_id))
    return Page(items=[PhrasingShape(text=one.text, language=one.language) for one in article.phrasings])


@router.post("/articles/{article_id}/questions", status_code=201, dependencies=[Depends(supervisor)])
async def add_questions(services: Desk, caller: Caller, article_id: str, body: NewQuestions) -> ArticleOut:
    """Needs a supervisor."""
    article = await services.store.read(lambda tx: tx.articles.get(article_id))
    new = [Phrasing(item.text.strip(), item.language) for item in body.questions if item.text.strip()]
    return ArticleOut.of(await faq_desk.add_phrasings(services, article, new, caller))


@router.get("/articles/{article_id}/versions")
async def list_versions(services: Desk, article_id: str) -> Page[VersionOut]:
    """Newest first; also of an article that was removed."""
    found = await services.store.read(lambda tx: tx.articles.history.list_of(article_id))
    return Page(items=[VersionOut.of(item) for item in found])


@router.post("/articles/{article_id}/versions/{version}/restore", dependencies=[Depends(supervisor)])
async def restore_version(services: Desk, caller: Caller, article_id: str, version: int) -> ArticleOut:
    """Make an earlier version the present one. Needs a supervisor."""
    return ArticleOut.of(await faq_desk.restore(services, article_id, version, caller))


@router.get("/changes")
async def list_changes(services: Desk, limit: Limit = 50) -> Page[ChangeOut]:
    """What was done to the FAQ, newest first."""
    found = await services.store.read(lambda tx: tx.articles.history.list_changes(limit))
    return Page(items=[ChangeOut.of(item) for item in found])


@router.post("/changes/{revision}/undo", dependencies=[Depends(supervisor)])
async def undo_change(services: Desk, caller: Caller, revision: int) -> Undone:
    """Take a change back, whole; 409 when that was done already. Needs a supervisor."""
    restored, kept = await faq_desk.undo(services, revision, caller)
    return Undone(restored=restored, kept=kept)


@router.get("/search")
async def search(
    services: Desk, q: Annotated[str, Query(min_length=1, max_length=500)],
    language: Language | None = None, limit: Annotated[int, Query(ge=1, le=10)] = 3,
) -> SearchOut:
    """What the assistant would find: the verdict, and the nearest articles with their scores."""
    return SearchOut.of(await look_up(services.faq, q, language, limit))
