"""What the REST API says about tickets."""

from typing import Self

from pydantic import BaseModel

from console.rest.shapes import Moment
from desk.case_states import next_statuses
from desk.complaints import Step, next_steps
from desk.messages import AttachmentKind
from desk.ticket_files import TicketFile
from desk.tickets import By, Category, Happened, Link, LinkKind, Ticket, TicketEvent, TicketKind, TicketStatus


class TicketOut(BaseModel):
    """`step` only of complaints; `next_steps` and `next_statuses` are what may follow now."""

    id: str
    number: str
    kind: TicketKind
    status: TicketStatus
    step: Step | None
    next_steps: list[Step]
    next_statuses: list[TicketStatus]
    priority: str
    customer: str
    conversation: str
    subject: str
    detail: str
    order: str
    wished_remedy: str
    contact: str
    owner: str | None
    category: str | None
    cause: str | None
    promised_by: Moment | None
    due_at: Moment | None
    created_at: Moment
    updated_at: Moment
    first_response_at: Moment | None
    resolved_at: Moment | None
    closed_at: Moment | None
    reopened: int
    merged_into: str | None

    @classmethod
    def of(cls, item: Ticket) -> Self:
        return cls(
            id=item.id, number=item.number, kind=item.kind, status=item.status, step=item.step,
            next_steps=list(next_steps(item.step)) if item.step and not item.merged_into else [],
            next_statuses=list(next_statuses(item)), priority=item.priority.label, customer=item.customer_id,
            conversation=item.conversation_id, subject=item.subject, detail=item.detail, order=item.order_number,
            wished_remedy=item.wished_remedy, contact=item.contact, owner=item.owner_id, category=item.category_id,
            cause=item.cause_id, promised_by=item.promised_by, due_at=item.due_at, created_at=item.created_at,
            updated_at=item.updated_at, first_response_at=item.first_response_at, resolved_at=item.resolved_at,
            closed_at=item.closed_at, reopened=item.reopened, merged_into=item.merged_into,
        )


class LinkShape(BaseModel):
    """`target`: a conversation's id, an order's number, or a ticket's number when it is made (its id when listed)."""

    kind: LinkKind
    target: str

    @classmethod
    def of(cls, item: Link) -> Self:
        return cls(kind=item.kind, target=item.target)


class TicketWhole(TicketOut):
    watchers: list[str]
    links: list[LinkShape]


class TicketEventOut(BaseModel):
    """One line of the history. `before` and `after` are words for people; `field` names what was changed."""

    id: str
    at: Moment
    happened: Happened
    by: By
    agent: str | None
    field: str
    before: str
    after: str
    text: str

    @classmethod
    def of(cls, item: TicketEvent) -> Self:
        return cls(
            id=str(item.id), at=item.at, happened=item.happened, by=item.by, agent=item.agent_id, field=item.field,
            before=item.before, after=item.after, text=item.text,
        )


class TicketFileOut(BaseModel):
    """`url` is empty until our copy of what the customer sent is there. `event`: the note that it came with."""

    kind: AttachmentKind
    name: str
    media_type: str
    size: int
    by: By
    agent: str | None
    event: str | None
    at: Moment
    url: str

    @classmethod
    def of(cls, item: TicketFile) -> Self:
        file = item.attachment
        return cls(
            kind=file.kind, name=file.name, media_type=file.media_type, size=file.size or 0, by=item.by,
            agent=item.agent_id, event=None if item.event_id is None else str(item.event_id), at=item.at,
            url=f"/files/{file.file_id}" if file.file_id else "",
        )


class CategoryOut(BaseModel):
    """`names` by language (zh-Hans, zh-Hant, en)."""

    id: str
    parent: str | None
    names: dict[str, str]

    @classmethod
    def of(cls, item: Category) -> Self:
        return cls(id=item.id, parent=item.parent_id, names=dict(item.names))
