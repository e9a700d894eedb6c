"""The inbox: its lists, a conversation, and the parts of both that open pages fetch again."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from console import reading
from console.access import Desk, Staff, signed_in
from console.composing import suggest
from console.conversation_page import composer, conversation_values
from console.conversation_reading import open_conversation
from console.inbox_reading import InboxPage, inbox_page, inbox_search
from console.pages import PageRoute, render, words_for
from console.refusals import why_undelivered
from console.sightings import note_view
from console.topic_names import topic_choices, topic_names
from crm_store.agents import Session
from crm_store.inbox_lists import InboxQuery, InboxView
from crm_store.saved_filters import SavedFilter
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.errors import NotFound
from desk.messages import ChannelName
from desk.topics import LONGEST
from wiring.services import Services

LONGEST_SEARCH = 100

router = APIRouter(
    prefix="/console", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)]
)


class Looking:
    """Which list an agent is looking at: a view with its filters and page, or a search."""

    def __init__(
        self, view: InboxView = InboxView.WAITING, channel: str = "", label: str = "", team: str = "",
        topic: Annotated[str, Query(max_length=LONGEST)] = "",
        q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "", cursor: str = "",
    ) -> None:
        self.view = view
        self.channel = channel if channel in set(ChannelName) else ""
        self.label = label
        self.team = team
        self.topic = topic
        self.q = q.strip()
        self.cursor = cursor

    def read(self, tx: SqlTransaction, agent: Agent) -> InboxPage:
        if self.q:
            return inbox_search(tx, agent, self.q)
        channel = ChannelName(self.channel) if self.channel else None
        return inbox_page(tx, InboxQuery(self.view, agent.id, channel, self.label, self.team, self.topic), self.cursor)

    def is_at(self, saved: SavedFilter) -> bool:
        """Whether this is the list of a saved filter."""
        here = (self.view, self.channel, self.label, self.team, self.topic, self.q)
        return here == (saved.view, saved.channel, saved.label_id, saved.team_id, saved.topic, saved.words)

    def saved_address(self, saved: SavedFilter) -> str:
        return self.address(view=saved.view.value, channel=saved.channel, label=saved.label_id, team=saved.team_id,
                            topic=saved.topic, q=saved.words)

    def address(self, **changed: str) -> str:
        """The query of this list, or of one that differs in a few things; a changed list begins at its first page."""
        now = {"view": self.view.value, "channel": self.channel, "label": self.label, "team": self.team,
               "topic": self.topic, "q": self.q, "cursor": "" if changed else self.cursor}
        return urlencode({name: value for name, value in (now | changed).items() if value})


Look = Annotated[Looking, Depends()]


@router.get("/inbox")
async def show_inbox(request: Request, services: Desk, staff: Staff, looking: Look) -> Response:
    return await page(request, services, staff, looking, "")


@router.get("/inbox/list")
async def show_list(request: Request, services: Desk, staff: Staff, looking: Look, open: str = "") -> Response:
    words = words_for(request)

    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"list": looking.read(tx, staff.agent), "topic_name": topic_names(tx, words)(looking.topic),
                "saved": tx.saved_filters.list_of(staff.agent.id)}

    found = await services.store.read(read)
    return render(request, "_list.html", {"looking": looking, "views": tuple(InboxView), "open_id": open, **found})


@router.get("/bell")
async def show_bell(request: Request, services: Desk) -> Response:
    return render(request, "_bell.html", {"counts": await services.store.read(reading.counts)})


@router.get("/conversations/{conversation_id}")
async def show_conversation(
    request: Request, services: Desk, staff: Staff, conversation_id: str, looking: Look
) -> Response:
    if "view" not in request.query_params:
        looking.view = InboxView.ALL
    response = await page(request, services, staff, looking, conversation_id)
    await note_view(services, staff.agent, f"conversation:{conversation_id}")
    return response


@router.get("/conversations/{conversation_id}/live")
async def show_live(request: Request, services: Desk, staff: Staff, conversation_id: str) -> Response:
    """What changes while the page is open: who holds it, and what was said."""
    now, words = services.clock.now(), words_for(request)
    shown = await services.store.read(lambda tx: open_conversation(tx, conversation_id, staff.agent, words, now))
    return render(request, "_live.html", {"shown": shown, "why_undelivered": why_undelivered})


@router.get("/conversations/{conversation_id}/viewers")
async def show_viewers(request: Request, services: Desk, staff: Staff, conversation_id: str) -> Response:
    now = services.clock.now()
    there = await services.store.read(lambda tx: tx.attention.viewers(conversation_id, now, staff.agent.id))
    return render(request, "_viewers.html", {"viewers": there})


@router.get("/conversations/{conversation_id}/suggestions")
async def show_suggestions(
    request: Request, services: Desk, staff: Staff, conversation_id: str,
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "", kind: str = "canned",
) -> Response:
    """What may follow a "/" (canned replies, filled in) or an "@" (colleagues) in the text."""
    words = words_for(request)

    def read(tx: SqlTransaction) -> list[dict[str, str]]:
        if kind == "agent":
            names = (one.name for one in tx.agents.list_all() if one.active and one.id != staff.agent.id)
            return [{"label": f"@{name}", "hint": "", "text": f"@{name} "} for name in names
                    if q.casefold() in name.casefold()][:8]
        conversation = tx.conversations.find(conversation_id)
        if conversation is None:
            raise NotFound("no such conversation")
        channel = words(f"channel.{conversation.address.channel.value}")
        return suggest(tx, conversation, staff.agent, q, channel)

    return JSONResponse({"items": await services.store.read(read)})


async def page(
    request: Request, services: Services, staff: Session, looking: Looking, conversation_id: str, *,
    status: int = 200, problem: str = "", **said: Any,
) -> Response:
    """The whole page; `problem` names a text about the list, `said` is what the composer shows instead of the draft,
    see conversation_page.composer."""
    now, words = services.clock.now(), words_for(request)

    def read(tx: SqlTransaction) -> dict[str, object]:
        shown: dict[str, object] = {"shown": None}
        if conversation_id:
            shown = conversation_values(tx, conversation_id, staff.agent, words, now)
        availability = tx.staffing.skills_of(staff.agent.id).availability.value
        return {"list": looking.read(tx, staff.agent), "availability": availability,
                "saved": tx.saved_filters.list_of(staff.agent.id), "topic_choices": topic_choices(tx, words),
                "topic_name": topic_names(tx, words)(looking.topic), **shown, **reading.frame(tx)}

    found = await services.store.read(read)
    values = {"looking": looking, "views": tuple(InboxView), "open_id": conversation_id, "problem": problem, **found}
    values |= composer(str(found.get("draft", "")), **said)
    return render(request, "inbox.html", values, status=status)
