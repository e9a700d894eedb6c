"""The REST API under /api/v1: every route needs a bearer token, errors are problem details."""

from fastapi import APIRouter, Depends

from console.access import any_agent
from console.rest import (
    accounts,
    audit,
    calendar,
    campaigns,
    compensations,
    consents,
    conversations,
    customers,
    faq,
    faq_categories,
    faq_copies,
    faq_gaps,
    faq_imports,
    faq_search,
    inbox,
    own_access,
    programme,
    reports,
    results,
    saved_filters,
    sla,
    staffing,
    surveys,
    tickets,
    values,
    webhooks,
)
from console.rest.problems import DOCUMENTED, ApiRoute
from desk.errors import NotFound

# The dependency here is the floor: a route that forgets its own still wants a token.
router = APIRouter(prefix="/api/v1", route_class=ApiRoute, dependencies=[Depends(any_agent)],
                   responses=DOCUMENTED)
for part in (
    faq_search, faq_categories, faq_copies, conversations, inbox, saved_filters, staffing,
    accounts, own_access, customers, faq,
    faq_gaps, faq_imports, calendar, audit, reports, sla, tickets, compensations, surveys, campaigns, consents, results,
    programme, webhooks, values,
):
    router.include_router(part.router)


@router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
async def refuse_unknown(path: str) -> None:
    raise NotFound(f"there is no /api/v1/{path}")
