"""Questions that the FAQ did not answer: one by one, in groups, and what is decided about them."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from console import faq_gap_desk
from console.access import Caller, Desk, supervisor
from console.faq_gap_desk import GapGroup
from console.rest.conversations import Limit
from console.rest.faq_shapes import ArticleOut, GapOut, MatchOut
from console.rest.problems import ApiRoute
from console.rest.shapes import Page, cut
from crm_store.gaps import GapState
from desk.errors import Invalid
from desk.faq_misses import GapKind
from desk.messages import Language

router = APIRouter(route_class=ApiRoute, prefix="/faq/gaps", tags=["faq"])


class GroupOut(BaseModel):
    """Gaps that ask the same thing. `near` is an article that may answer them already, `pending` the id of a draft that
    is being written for the same question, "" without one; `gaps` are their ids."""

    question: str
    customers: int
    asked: int
    last_7_days: int
    previous_7_days: int
    kinds: dict[GapKind, int]
    languages: list[Language]
    near: MatchOut | None
    pending: str
    gaps: list[str]

    @classmethod
    def of(cls, group: GapGroup) -> "GroupOut":
        return cls(
            question=group.question, customers=group.customers, asked=len(group.gaps), last_7_days=group.recent,
            previous_7_days=group.before, kinds=dict(group.kinds), languages=group.languages,
            near=MatchOut.of(group.near) if group.near else None, pending=group.pending,
            gaps=[str(gap.id) for gap in group.gaps],
        )


class ChosenGaps(BaseModel):
    gaps: Annotated[list[str], Field(min_length=1, max_length=5_000)]

    @property
    def ids(self) -> list[int]:
        if not all(each.isdigit() for each in self.gaps):
            raise Invalid("gaps", "ids as /faq/gaps gives them")
        return [int(each) for each in self.gaps]


class JoinedGaps(ChosenGaps):
    article: str


class ArticleNamed(BaseModel):
    article: str


class Told(BaseModel):
    customers: int


class Decided(BaseModel):
    gaps: int


@router.get("")
async def list_gaps(services: Desk, cursor: str = "", limit: Limit = 100) -> Page[GapOut]:
    """Every question that was asked in vain, newest first."""
    before = int(cursor) if cursor.isdigit() else None
    found = await services.store.read(lambda tx: tx.gaps.list_newest(limit + 1, before))
    items, more = cut(found, limit)
    return Page(items=[GapOut(**item) for item in items], next=items[-1]["id"] if more else None)


@router.get("/groups")
async def list_groups(services: Desk, dismissed: bool = False, limit: Limit = 50) -> Page[GroupOut]:
    """Open (or dismissed) gaps that ask the same thing, by customers affected, then by trend."""
    groups = await faq_gap_desk.list_groups(services, dismissed=dismissed, look_up=limit)
    return Page(items=[GroupOut.of(group) for group in groups[:limit]])


@router.post("/draft", status_code=201, dependencies=[Depends(supervisor)])
async def make_draft(services: Desk, caller: Caller, body: ChosenGaps) -> ArticleOut:
    """A draft with these questions as phrasings and an answer proposed from what agents replied. Needs a supervisor."""
    return ArticleOut.of(await faq_gap_desk.make_draft(services, body.ids, caller))


@router.post("/join", dependencies=[Depends(supervisor)])
async def join_article(services: Desk, caller: Caller, body: JoinedGaps) -> ArticleOut:
    """Give an article that answers these questions already their words as phrasings. Needs a supervisor."""
    return ArticleOut.of(await faq_gap_desk.add_to_article(services, body.ids, body.article, caller))


@router.post("/dismiss", dependencies=[Depends(supervisor)])
async def dismiss(services: Desk, caller: Caller, body: ChosenGaps) -> Decided:
    """Nothing is to be done about these; what resembles them stays away, too. Needs a supervisor."""
    return Decided(gaps=await faq_gap_desk.decide(services, body.ids, GapState.DISMISSED, caller))


@router.post("/reopen", dependencies=[Depends(supervisor)])
async def reopen(services: Desk, caller: Caller, body: ChosenGaps) -> Decided:
    """Needs a supervisor."""
    return Decided(gaps=await faq_gap_desk.decide(services, body.ids, GapState.OPEN, caller))


@router.post("/tell", dependencies=[Depends(supervisor)])
async def tell(services: Desk, caller: Caller, body: ArticleNamed) -> Told:
    """Give the published answer to those who asked in vain, may be written to and can be reached; each once.
    Needs a supervisor."""
    return Told(customers=await faq_gap_desk.tell_askers(services, body.article, caller))
