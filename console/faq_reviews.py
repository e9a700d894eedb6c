"""FAQ articles whose review day has come: what their owner was told, and that they have read it."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console.access import Desk, Staff, needs, signed_in
from console.faq_list import HERE
from console.pages import PageRoute, see_other
from desk.permissions import Permission

router = APIRouter(prefix=f"{HERE}/reviews", route_class=PageRoute, include_in_schema=False,
                   dependencies=[Depends(signed_in)])


@router.post("", dependencies=[needs(Permission.OWN)])
async def see_reviews(request: Request, services: Desk, staff: Staff) -> Response:
    """They have read the whole list; the articles stay due."""
    now = services.clock.now()
    await services.store.transact(lambda tx: tx.faq_reviews.see(staff.agent.id, now))
    return see_other(request, HERE)
