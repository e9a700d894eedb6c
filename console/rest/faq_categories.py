"""The FAQ's categories and what they are called."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from console.access import Caller, Desk, needs
from console.faq_categories import LONGEST_NAME, name_category
from console.rest.problems import ApiRoute
from console.rest.shapes import Page
from crm_store.store import SqlTransaction
from desk.messages import Language
from desk.permissions import Permission

router = APIRouter(route_class=ApiRoute, prefix="/faq/categories", tags=["faq"])
Name = Annotated[str, Field(max_length=LONGEST_NAME)]


class CategoryIn(BaseModel):
    """Names by language; without any, the category is shown as it is written."""

    category: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    names: dict[Language, Name]


class FaqCategoryOut(BaseModel):
    category: str
    articles: int
    names: dict[str, str]


@router.get("")
async def list_categories(services: Desk) -> Page[FaqCategoryOut]:
    """Every category that articles have, with how many and its names."""

    def read(tx: SqlTransaction) -> list[FaqCategoryOut]:
        names = tx.conversation_topics.category_names()
        return [FaqCategoryOut(category=category, articles=count, names=dict(names.get(category, {})))
                for category, count in tx.conversation_topics.list_categories()]

    return Page(items=await services.store.read(read))


@router.put("", status_code=204, dependencies=[needs(Permission.LEAD)])
async def put_names(services: Desk, agent: Caller, body: CategoryIn) -> None:
    """Name one category."""
    await name_category(services, agent, body.category, {key.value: name for key, name in body.names.items()})
