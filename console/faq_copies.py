"""Working copies of published articles: written in peace, compared, published or thrown away."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console.access import Desk, Staff, needs, signed_in
from console.faq_desk import HasProblems, save
from console.faq_list import HERE
from console.pages import PageRoute, see_other
from crm_store.faq_copies import WorkingCopy
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.errors import NotFound
from desk.faq import FaqArticle
from desk.faq_answers import problems
from desk.faq_fields import Fields, from_fields
from desk.permissions import Permission
from wiring.services import Services

router = APIRouter(prefix=HERE, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])


async def find_copy(services: Services, article_id: str) -> WorkingCopy | None:
    return await services.store.read(lambda tx: tx.faq_copies.find(article_id))


async def keep_copy(
    services: Services, article: FaqArticle, fields: Fields, base: int, expected: int, agent: Agent
) -> WorkingCopy:
    """Save a working copy of an article that is there; `article` is what the fields mean. Raises HasProblems, Conflict,
    NotFound."""
    if found := problems(article):
        raise HasProblems(article, found)
    now = services.clock.now()

    def write(tx: SqlTransaction) -> WorkingCopy:
        tx.articles.get(article.id)
        number = tx.faq_copies.put(article.id, fields, base, expected, agent.id, now)
        tx.audit.record(agent, "faq.copy_saved", f"article:{article.id}", now, number=number)
        kept = tx.faq_copies.find(article.id)
        if kept is None:
            raise NotFound("no such working copy")
        return kept

    return await services.store.transact(write)


async def publish_copy(services: Services, article_id: str, agent: Agent) -> FaqArticle:
    """Make the working copy the article. Raises NotFound, HasProblems, and Conflict when the article was changed since
    the copy was begun."""
    copy = await find_copy(services, article_id)
    if copy is None:
        raise NotFound("no such working copy")
    kept = await save(services, from_fields(article_id, copy.fields), copy.base, agent, note="working copy")
    await services.store.transact(lambda tx: tx.faq_copies.remove(article_id))
    return kept


async def discard_copy(services: Services, article_id: str, agent: Agent) -> None:
    """Throw the working copy away; the article stays as it is. Raises NotFound."""
    now = services.clock.now()

    def write(tx: SqlTransaction) -> None:
        if not tx.faq_copies.remove(article_id):
            raise NotFound("no such working copy")
        tx.audit.record(agent, "faq.copy_discarded", f"article:{article_id}", now)

    await services.store.transact(write)


@router.post("/copy/discard", dependencies=[needs(Permission.LEAD)])
async def discard(request: Request, services: Desk, staff: Staff, id: Annotated[str, Form()]) -> Response:
    await discard_copy(services, id, staff.agent)
    return see_other(request, f"{HERE}/article?id={quote(id, safe='')}&said=faq_copy_discarded")
