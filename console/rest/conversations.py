"""Conversations and what we send in them."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query
from pydantic import BaseModel, Field

from console import service_desk
from console.access import Caller, Desk
from console.composing import LONGEST_REPLY, Written, clean
from console.inbox_reading import spellings
from console.rest.problems import ApiRoute
from console.rest.shapes import ConversationOut, ConversationWithMessages, DeliveryOut, MessageOut, Page, cut
from console.sightings import note_view
from crm_store.inbox_lists import InboxQuery, InboxView
from crm_store.store import SqlTransaction
from desk.conversations import Conversation, Holder
from desk.errors import Invalid, NotFound
from desk.messages import ChannelName

Limit = Annotated[int, Query(ge=1, le=200)]

router = APIRouter(route_class=ApiRoute)


class ReplyIn(BaseModel):
    """`key` is the caller's own: the same key again says nothing twice. `choices` are offered as buttons, or as a
    numbered list where the channel has none."""

    text: str = Field(max_length=LONGEST_REPLY)
    choices: list[str] = []
    key: str = Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")


class TransferIn(BaseModel):
    """To one of them."""

    agent: str = ""
    team: str = ""


@router.get("/conversations", tags=["conversations"])
async def list_conversations(
    services: Desk, agent: Caller, holder: Holder | None = None, view: InboxView | None = None,
    channel: ChannelName | None = None, label: str = "", team: str = "", topic: str = "",
    q: Annotated[str, Query(max_length=100)] = "", cursor: str = "", limit: Limit = 50,
) -> Page[ConversationOut]:
    """All of them, newest first, or those of one holder; with `view`, `channel`, `label`, `team` or `topic` a list of
    the inbox as the caller sees it, in its order; with `q` what a search finds (no further pages)."""

    def read(tx: SqlTransaction) -> tuple[Sequence[Conversation], str]:
        if q.strip():
            return [found.conversation for found in tx.inbox.search(spellings(q), limit)], ""
        if view or channel or label or team or topic:
            wanted = InboxQuery(view or InboxView.ALL, agent.id, channel, label, team, topic)
            return tx.inbox.page(wanted, cursor, limit)
        items, more = cut(tx.conversations.list_page(holder, cursor, limit + 1), limit)
        return items, items[-1].id if more else ""

    items, following = await services.store.read(read)
    return Page(items=[ConversationOut.of(item) for item in items], next=following or None)


@router.get("/conversations/{conversation_id}", tags=["conversations"])
async def get_conversation(
    services: Desk, agent: Caller, conversation_id: str, after: int = 0, limit: Limit = 200
) -> ConversationWithMessages:
    """With its newest `limit` messages after message `after`, oldest first."""

    def read(tx: SqlTransaction) -> ConversationWithMessages:
        found = tx.conversations.find(conversation_id)
        if found is None:
            raise NotFound("no such conversation")
        messages = tx.messages.list_of([conversation_id], after, limit)
        return ConversationWithMessages(
            **ConversationOut.of(found).model_dump(), messages=[MessageOut.of(item) for item in messages],
            topics=list(tx.conversation_topics.of([found.id]).get(found.id, ())),
        )

    whole = await services.store.read(read)
    await note_view(services, agent, f"conversation:{conversation_id}")
    return whole


@router.post("/conversations/{conversation_id}/messages", tags=["conversations"], status_code=202)
async def post_reply(services: Desk, agent: Caller, conversation_id: str, body: ReplyIn) -> ConversationOut:
    """Say something to the customer; the caller must hold the conversation."""
    written = Written(clean(body.text), body.key, (), tuple(body.choices))
    await service_desk.reply(services, conversation_id, agent, written)
    return await _read(services, conversation_id)


@router.post("/conversations/{conversation_id}/claim", tags=["conversations"])
async def claim(services: Desk, agent: Caller, conversation_id: str) -> ConversationOut:
    return ConversationOut.of(await service_desk.claim(services, conversation_id, agent))


@router.post("/conversations/{conversation_id}/release", tags=["conversations"])
async def release(
    services: Desk, agent: Caller, conversation_id: str, later: BackgroundTasks
) -> ConversationOut:
    """Hand back to the assistant."""
    released = await service_desk.release(services, conversation_id, agent)
    later.add_task(service_desk.tell_bot, services, released)
    return ConversationOut.of(released)


@router.post("/conversations/{conversation_id}/transfer", tags=["conversations"])
async def transfer(services: Desk, agent: Caller, conversation_id: str, body: TransferIn) -> ConversationOut:
    """To a colleague, or into a team's queue; the customer is told."""
    if bool(body.agent) == bool(body.team):
        raise Invalid("agent", "name an agent or a team")
    if body.team:
        return ConversationOut.of(await service_desk.transfer_to_team(services, conversation_id, agent, body.team))
    return ConversationOut.of(await service_desk.transfer(services, conversation_id, agent, body.agent))


@router.post("/conversations/{conversation_id}/close", tags=["conversations"])
async def close(services: Desk, agent: Caller, conversation_id: str) -> ConversationOut:
    """End it; the customer is asked for a rating."""
    return ConversationOut.of(await service_desk.close(services, conversation_id, agent))


@router.get("/deliveries", tags=["deliveries"])
async def list_deliveries(services: Desk, limit: Limit = 100) -> Page[DeliveryOut]:
    """Messages in doubt or dead, newest first: each waits for a person's decision."""
    found = await services.store.read(lambda tx: tx.outbound.list_troubled(limit))
    return Page(items=[DeliveryOut.of(item) for item in found])


@router.post("/deliveries/{delivery_id}/send-again", tags=["deliveries"], status_code=202)
async def send_again(services: Desk, agent: Caller, delivery_id: int) -> None:
    await service_desk.send_again(services, delivery_id, agent)


async def _read(services: Desk, conversation_id: str) -> ConversationOut:
    found = await services.store.read(lambda tx: tx.conversations.find(conversation_id))
    if found is None:
        raise NotFound("no such conversation")
    return ConversationOut.of(found)
