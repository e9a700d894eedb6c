"""The page of unanswered questions: grouped, ranked, each with what to do about it."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import faq_gap_desk, reading
from console.access import Desk, Staff, needs, signed_in
from console.faq_list import HERE
from console.pages import PageRoute, render, see_other
from console.reporting import PageAddress
from crm_store.gaps import GapState
from desk.permissions import Permission

PAGE = 20
GAPS = f"{HERE}/gaps"
router = APIRouter(prefix=GAPS, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])
Ids = Annotated[str, Form(max_length=100_000)]


def read_ids(text: str) -> list[int]:
    """Gap ids as a form carries them: "3,7,12"; what is none is left out."""
    return [int(part) for part in text.split(",") if part.strip().isdigit()][:5000]


@router.get("")
async def show_gaps(request: Request, services: Desk, state: str = "", start: int = 0) -> Response:
    dismissed = state == GapState.DISMISSED
    start = max(0, start)
    groups = await faq_gap_desk.list_groups(services, dismissed=dismissed, look_up=start + PAGE)
    frame = await services.store.read(reading.frame)
    return render(request, "faq_gaps.html", {
        "groups": groups[start : start + PAGE], "group_count": len(groups), "dismissed": dismissed, "start": start,
        "page_length": PAGE, "address": PageAddress(request), "here": HERE,
        "answered": [] if dismissed else await faq_gap_desk.answered_since(services), **frame,
    })


@router.post("/draft", dependencies=[needs(Permission.LEAD)])
async def make_draft(request: Request, services: Desk, staff: Staff, ids: Ids) -> Response:
    article = await faq_gap_desk.make_draft(services, read_ids(ids), staff.agent)
    return see_other(request, f"{HERE}/article?id={quote(article.id, safe='')}&said=faq_drafted")


@router.post("/join", dependencies=[needs(Permission.LEAD)])
async def join_article(
    request: Request, services: Desk, staff: Staff, ids: Ids, article: Annotated[str, Form()]
) -> Response:
    kept = await faq_gap_desk.add_to_article(services, read_ids(ids), article, staff.agent)
    return see_other(request, f"{HERE}/article?id={quote(kept.id, safe='')}&said=faq_joined")


@router.post("/dismiss", dependencies=[needs(Permission.LEAD)])
async def dismiss(request: Request, services: Desk, staff: Staff, ids: Ids) -> Response:
    await faq_gap_desk.decide(services, read_ids(ids), GapState.DISMISSED, staff.agent)
    return see_other(request, f"{GAPS}?said=faq_dismissed")


@router.post("/reopen", dependencies=[needs(Permission.LEAD)])
async def reopen(request: Request, services: Desk, staff: Staff, ids: Ids) -> Response:
    await faq_gap_desk.decide(services, read_ids(ids), GapState.OPEN, staff.agent)
    return see_other(request, f"{GAPS}?said=faq_reopened")


@router.post("/tell", dependencies=[needs(Permission.LEAD)])
async def tell(request: Request, services: Desk, staff: Staff, article: Annotated[str, Form()]) -> Response:
    await faq_gap_desk.tell_askers(services, article, staff.agent)
    return see_other(request, f"{GAPS}?said=faq_told")
