"""Working copies of FAQ articles."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from console import faq_copies
from console.access import Caller, Desk, supervisor
from console.rest.faq import ArticleBody
from console.rest.faq_shapes import ArticleOut
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment
from crm_store.faq_copies import WorkingCopy
from desk.errors import NotFound
from desk.faq_fields import from_fields, to_fields

router = APIRouter(route_class=ApiRoute, prefix="/faq/articles/{article_id}/working-copy", tags=["faq"])


class CopyBody(ArticleBody):
    """What the article is to become; customers do not see it before it is published."""

    base: Annotated[int, Field(ge=1, description="The version of the article that this began with")]
    number: Annotated[int, Field(ge=0, description="Of the working copy that was read, 0 for none; 409 if changed")] = 0


class CopyOut(BaseModel):
    article: ArticleOut
    base: int
    number: int = Field(description="Grows with every save")
    agent: str = Field(description="Who saved it last")
    at: Moment

    @classmethod
    def of(cls, copy: WorkingCopy) -> "CopyOut":
        article = from_fields(copy.article_id, copy.fields, copy.base)
        return cls(article=ArticleOut.of(article), base=copy.base, number=copy.number, agent=copy.agent, at=copy.at)


@router.get("")
async def get_working_copy(services: Desk, article_id: str) -> CopyOut:
    """404 where there is none."""
    copy = await faq_copies.find_copy(services, article_id)
    if copy is None:
        raise NotFound("no such working copy")
    return CopyOut.of(copy)


@router.put("", dependencies=[Depends(supervisor)])
async def save_working_copy(services: Desk, caller: Caller, article_id: str, body: CopyBody) -> CopyOut:
    """Needs a supervisor. 409 when somebody else saved it since."""
    article = body.article(article_id)
    fields = to_fields(article)
    return CopyOut.of(await faq_copies.keep_copy(services, article, fields, body.base, body.number, caller))


@router.post("/publish", dependencies=[Depends(supervisor)])
async def publish_working_copy(services: Desk, caller: Caller, article_id: str) -> ArticleOut:
    """Make it the article. Needs a supervisor. 409 when the article was changed since the copy was begun."""
    return ArticleOut.of(await faq_copies.publish_copy(services, article_id, caller))


@router.delete("", status_code=204, dependencies=[Depends(supervisor)])
async def discard_working_copy(services: Desk, caller: Caller, article_id: str) -> None:
    """The article stays as it is. Needs a supervisor."""
    await faq_copies.discard_copy(services, article_id, caller)
