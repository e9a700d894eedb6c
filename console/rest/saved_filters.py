"""An agent's own saved filters of the inbox."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from console.access import Caller, Desk
from console.rest.problems import ApiRoute
from console.rest.shapes import Page
from crm_store.inbox_lists import InboxView
from crm_store.saved_filters import LONGEST_NAME, SavedFilter
from desk.messages import ChannelName
from desk.topics import LONGEST

router = APIRouter(route_class=ApiRoute, prefix="/inbox/filters", tags=["agents"])


class FilterIn(BaseModel):
    """A list of the inbox and what narrows it, as in `GET /conversations`; `q` is a search, which stands alone."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    view: InboxView
    channel: ChannelName | None = None
    label: Annotated[str, Field(max_length=40)] = ""
    team: Annotated[str, Field(max_length=40)] = ""
    topic: Annotated[str, Field(max_length=LONGEST)] = ""
    q: Annotated[str, Field(max_length=100)] = ""


class FilterOut(FilterIn):
    id: str

    @classmethod
    def of(cls, item: SavedFilter) -> Self:
        channel = ChannelName(item.channel) if item.channel else None
        return cls(id=item.id, name=item.name, view=item.view, channel=channel, label=item.label_id, team=item.team_id,
                   topic=item.topic, q=item.words)


@router.get("")
async def list_filters(services: Desk, agent: Caller) -> Page[FilterOut]:
    """The caller's own, by name."""
    found = await services.store.read(lambda tx: tx.saved_filters.list_of(agent.id))
    return Page(items=[FilterOut.of(item) for item in found])


@router.post("", status_code=201)
async def save_filter(services: Desk, agent: Caller, body: FilterIn) -> FilterOut:
    """One of the caller's by the same name is replaced. 422 where there are 30 already."""
    now = services.clock.now()
    wanted = SavedFilter("", body.name, body.view, body.channel.value if body.channel else "", body.label, body.team,
                         body.topic, body.q.strip())
    return FilterOut.of(await services.store.transact(lambda tx: tx.saved_filters.put(agent.id, wanted, now)))


@router.delete("/{filter_id}", status_code=204)
async def remove_filter(services: Desk, agent: Caller, filter_id: str) -> None:
    await services.store.transact(lambda tx: tx.saved_filters.remove(agent.id, filter_id))
