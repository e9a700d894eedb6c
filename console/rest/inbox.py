"""What belongs to a conversation beside its messages: notes, labels, files, what happened; and what calls for whom."""

from typing import Annotated, Self

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from console import service_desk
from console.access import Caller, Desk
from console.composing import LONGEST_REPLY, Written
from console.conversation_reading import handover
from console.rest.problems import ApiRoute
from console.rest.shapes import ConversationOut, Moment, Page
from crm_store.store import SqlTransaction
from desk.conversations import Conversation, HandoffReason
from desk.errors import NotFound
from desk.notes import Alert, AlertKind, Label, Note
from desk.timeline import Happening, TimelineEvent

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]

router = APIRouter(route_class=ApiRoute)


class NoteIn(BaseModel):
    """`key` is the caller's own: the same key again notes nothing twice. "@Name" alerts that agent."""

    text: str = Field(max_length=LONGEST_REPLY)
    key: Key


class NoteOut(BaseModel):
    id: str
    agent: str
    text: str
    created_at: Moment

    @classmethod
    def of(cls, item: Note) -> Self:
        return cls(id=str(item.id), agent=item.agent_id, text=item.text, created_at=item.created_at)


class LabelIn(BaseModel):
    name: str = Field(max_length=service_desk.LONGEST_LABEL)


class LabelOut(BaseModel):
    id: str
    name: str

    @classmethod
    def of(cls, item: Label) -> Self:
        return cls(id=item.id, name=item.name)


class EventOut(BaseModel):
    """`seconds`: how long the customer had waited (claimed, assigned, first_reply), or the conversation lasted."""

    id: str
    kind: Happening
    at: Moment
    agent: str | None
    to_agent: str | None
    team: str | None
    reason: str
    seconds: int | None

    @classmethod
    def of(cls, item: TimelineEvent) -> Self:
        return cls(id=str(item.id), kind=item.kind, at=item.at, agent=item.agent_id, to_agent=item.to_agent_id,
                   team=item.team_id, reason=item.reason, seconds=item.seconds)


class ExchangeOut(BaseModel):
    asked: str
    answered: str


class HandoverOut(BaseModel):
    """Why a person is needed and what came before; empty while the assistant has the conversation."""

    reason: HandoffReason | None
    note: str
    topic: str
    slots: dict[str, str]
    exchanges: list[ExchangeOut]


class AlertOut(BaseModel):
    id: str
    conversation: str
    kind: AlertKind
    by: str
    at: Moment

    @classmethod
    def of(cls, item: Alert) -> Self:
        return cls(id=str(item.id), conversation=item.conversation_id, kind=item.kind, by=item.by_name, at=item.at)


@router.get("/conversations/{conversation_id}/notes", tags=["conversations"])
async def list_notes(services: Desk, conversation_id: str) -> Page[NoteOut]:
    """Private notes of staff, oldest first."""
    found = await services.store.read(lambda tx: tx.notes.list_of([_known(tx, conversation_id).id]))
    return Page(items=[NoteOut.of(item) for item in found])


@router.post("/conversations/{conversation_id}/notes", tags=["conversations"], status_code=204)
async def add_note(services: Desk, agent: Caller, conversation_id: str, body: NoteIn) -> None:
    await service_desk.note(services, conversation_id, agent, body.text, body.key)


@router.get("/conversations/{conversation_id}/labels", tags=["conversations"])
async def list_labels_of(services: Desk, conversation_id: str) -> Page[LabelOut]:
    def read(tx: SqlTransaction) -> list[Label]:
        return tx.labels.of([_known(tx, conversation_id).id]).get(conversation_id, [])

    return Page(items=[LabelOut.of(item) for item in await services.store.read(read)])


@router.post("/conversations/{conversation_id}/labels", tags=["conversations"])
async def add_label(services: Desk, conversation_id: str, body: LabelIn) -> LabelOut:
    """A label of this name is made where there is none."""
    return LabelOut.of(await service_desk.add_label(services, conversation_id, body.name))


@router.delete("/conversations/{conversation_id}/labels/{label_id}", tags=["conversations"], status_code=204)
async def remove_label(services: Desk, conversation_id: str, label_id: str) -> None:
    await service_desk.remove_label(services, conversation_id, label_id)


@router.get("/conversations/{conversation_id}/events", tags=["conversations"])
async def list_events(services: Desk, conversation_id: str) -> Page[EventOut]:
    """What happened: hand-overs, claims, first replies, closing; oldest first."""
    found = await services.store.read(lambda tx: tx.timeline.list_of([_known(tx, conversation_id).id]))
    return Page(items=[EventOut.of(item) for item in found])


@router.get("/conversations/{conversation_id}/handover", tags=["conversations"])
async def get_handover(services: Desk, conversation_id: str) -> HandoverOut:
    def read(tx: SqlTransaction) -> HandoverOut:
        shown = _known(tx, conversation_id)
        summary = handover(shown, tx.messages.list_of([shown.id]), tx.timeline.list_of([shown.id]))
        return HandoverOut(
            reason=shown.handoff_reason, note=shown.handoff_note, topic=shown.topic,
            slots=dict(summary.slots) if summary else {},
            exchanges=[ExchangeOut(asked=one.asked, answered=one.answered) for one in summary.exchanges]
            if summary else [],
        )

    return await services.store.read(read)


@router.post("/conversations/{conversation_id}/files", tags=["conversations"], status_code=202)
async def post_files(request: Request, services: Desk, agent: Caller, conversation_id: str) -> ConversationOut:
    """A reply with files, as a form (multipart): `files` (up to five), `text`, `choices` (one a line), `key`."""
    await service_desk.reply(services, conversation_id, agent, await Written.of(await request.form()))
    return ConversationOut.of(await services.store.read(lambda tx: _known(tx, conversation_id)))


@router.get("/labels", tags=["conversations"])
async def list_labels(services: Desk) -> Page[LabelOut]:
    found = await services.store.read(lambda tx: tx.labels.list_all())
    return Page(items=[LabelOut.of(item) for item in found])


@router.get("/alerts", tags=["agents"])
async def list_alerts(services: Desk, agent: Caller) -> Page[AlertOut]:
    """What calls for the caller and was not looked at yet, newest first."""
    found = await services.store.read(lambda tx: tx.attention.list_alerts(agent.id))
    return Page(items=[AlertOut.of(item) for item in found])


def _known(tx: SqlTransaction, conversation_id: str) -> Conversation:
    found = tx.conversations.find(conversation_id)
    if found is None:
        raise NotFound("no such conversation")
    return found
