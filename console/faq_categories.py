"""How the FAQ's categories are called in each language: shown in the tree, named by who keeps the FAQ."""

from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console.access import Desk, Staff, needs, signed_in
from console.pages import PageRoute, see_other
from console.topic_names import category_name
from console.words import Words
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.errors import Invalid
from desk.messages import Language
from desk.permissions import Permission
from wiring.services import Services

LONGEST_NAME = 120

router = APIRouter(prefix="/console/faq/categories", route_class=PageRoute, include_in_schema=False,
                   dependencies=[Depends(signed_in)])


def names_of_categories(tx: SqlTransaction, t: Words) -> Callable[[str], str]:
    """What a category is called in the reader's language; of a path, the name of its last part."""
    names = tx.conversation_topics.category_names()
    return lambda path: category_name(path, names, t) if path in names else path.rpartition("/")[2]


async def name_category(services: Services, agent: Agent, category: str, names: Mapping[str, str]) -> None:
    """Name a category in some languages; without any name it is shown as it is written. Raises Invalid."""
    if not category.strip() or len(category) > LONGEST_NAME:
        raise Invalid("category", "name one of the FAQ's categories")
    if any(len(name.strip()) > LONGEST_NAME for name in names.values()):
        raise Invalid("names", f"a name has at most {LONGEST_NAME} characters")
    now = services.clock.now()

    def write(tx: SqlTransaction) -> None:
        tx.conversation_topics.name_categories({category.strip(): names})
        tx.audit.record(agent, "faq.category_named", f"faq-category:{category.strip()}"[:120], now)

    await services.store.transact(write)


@router.post("", dependencies=[needs(Permission.LEAD)])
async def name_one(
    request: Request, services: Desk, staff: Staff, category: Annotated[str, Form()] = "",
    hans: Annotated[str, Form()] = "", hant: Annotated[str, Form()] = "", en: Annotated[str, Form()] = "",
) -> Response:
    names = {Language.ZH_HANS.value: hans, Language.ZH_HANT.value: hant, Language.EN.value: en}
    await name_category(services, staff.agent, category, names)
    return see_other(request, f"/console/faq?category={quote(category)}&said=faq_category")
