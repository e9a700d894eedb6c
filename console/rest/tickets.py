"""Tickets: list, open, change, move on, comment, write to the customer, merge and split."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from console.access import Caller, Desk
from console.case_desk import Acting
from console.form_files import files_of
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import Page, cut
from console.rest.ticket_shapes import LinkShape, TicketEventOut, TicketFileOut, TicketOut, TicketWhole
from console.sightings import note_view
from crm_store.store import SqlTransaction
from crm_store.ticket_lists import SORTS, TicketFilter
from desk.casework import NewCase
from desk.complaints import Step
from desk.errors import Invalid
from desk.tickets import LinkKind, TicketKind, TicketPriority, TicketStatus

router = APIRouter(route_class=ApiRoute, prefix="/tickets", tags=["tickets"])
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$", description="Your own: the same again does nothing")]
FILES_FORM = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": {
    "type": "object", "required": ["files", "key"], "properties": {
        "files": {"type": "array", "maxItems": 5, "items": {"type": "string", "format": "binary"}},
        "text": {"type": "string", "maxLength": 4000}, "key": {"type": "string"},
    },
}}}}}
PriorityName = Annotated[str, Field(pattern="^(low|normal|high|urgent)$")]


class NewTicket(BaseModel):
    kind: TicketKind
    customer: str
    conversation: str = ""
    subject: str = Field(min_length=1, max_length=300)
    detail: str = Field("", max_length=20_000)
    order: str = ""
    wished_remedy: str = Field("", max_length=2000)
    contact: str = Field("", max_length=300)
    priority: PriorityName = "normal"
    tell_customer: bool = True
    key: Key


class TicketPatch(BaseModel):
    """What is left out stays; null empties it. `note` goes with a status: what the customer is told."""

    status: TicketStatus | None = None
    note: str = Field("", max_length=2000)
    owner: str | None = None
    priority: PriorityName | None = None
    category: str | None = None
    cause: str | None = None
    due_at: AwareDatetime | None = None
    subject: str | None = Field(None, max_length=300)
    detail: str | None = Field(None, max_length=20_000)
    contact: str | None = Field(None, max_length=300)
    order: str | None = Field(None, max_length=60)
    wished_remedy: str | None = Field(None, max_length=2000)


class StepIn(BaseModel):
    """`note`, for the customer: the proposal, what was done, or the improvement."""

    to: Step
    note: str = Field("", max_length=2000)


class TextIn(BaseModel):
    text: str = Field(min_length=1, max_length=4000)
    key: Key


class WatcherIn(BaseModel):
    agent: str


class MergeInto(BaseModel):
    """The number of the ticket that goes on."""

    into: str


class SplitIn(BaseModel):
    subject: str = Field(min_length=1, max_length=300)
    detail: str = Field("", max_length=20_000)
    kind: TicketKind


@router.get("")
async def list_tickets(
    services: Desk, kind: TicketKind | None = None, status: TicketStatus | None = None, step: Step | None = None,
    priority: PriorityName | None = None, owner: Annotated[str, Query(description="an id, or - for nobody")] = "",
    watcher: str = "", category: str = "", cause: str = "", customer: str = "", overdue: bool = False, q: str = "",
    sort: Annotated[str, Query(pattern=f"^({'|'.join(SORTS)})$")] = "newest", cursor: str = "", limit: Limit = 50,
) -> Page[TicketOut]:
    """`q` is searched in number, subject, detail and order."""
    wanted = TicketFilter(
        kinds=[kind] if kind else [], statuses=[status] if status else [], steps=[step] if step else [],
        priorities=[TicketPriority.of(priority)] if priority else [], owner=owner, watcher=watcher,
        categories=[category] if category else [], cause=cause, customer=customer,
        overdue_at=services.clock.now() if overdue else None, text=q.strip()[:200],
    )
    found = await services.store.read(lambda tx: tx.tickets.list_page(wanted, sort, cursor, limit + 1))
    items, more = cut(found, limit)
    return Page(items=[TicketOut.of(item) for item in items], next=items[-1].id if more else None)


@router.post("", status_code=201)
async def open_ticket(services: Desk, agent: Caller, body: NewTicket) -> TicketWhole:
    """The customer is told in their channel unless `tell_customer` is false."""
    case = NewCase(body.kind, body.customer, body.conversation, body.subject, body.detail, body.order,
                   body.wished_remedy, body.contact)
    made = await Acting(services, agent).open(
        case, TicketPriority.of(body.priority), tells=body.tell_customer, key=body.key
    )
    return await _whole(services, made.id)


@router.get("/{ticket_id}")
async def get_ticket(services: Desk, agent: Caller, ticket_id: str) -> TicketWhole:
    found = await _whole(services, ticket_id)
    await note_view(services, agent, f"ticket:{ticket_id}")
    return found


@router.patch("/{ticket_id}")
async def change_ticket(services: Desk, agent: Caller, ticket_id: str, body: TicketPatch) -> TicketWhole:
    """409 with a sentence where a status cannot follow; a complaint moves by its steps."""
    acting = Acting(services, agent)
    changes = _changes(body)
    if changes:
        await acting.change(ticket_id, changes)
    if body.status is not None:
        await acting.set_status(ticket_id, body.status, body.note)
    return await _whole(services, ticket_id)


@router.post("/{ticket_id}/step")
async def move_on(services: Desk, agent: Caller, ticket_id: str, body: StepIn) -> TicketWhole:
    """A complaint's next step; the customer is told. 409 with a sentence where it cannot follow."""
    await Acting(services, agent).advance(ticket_id, body.to, body.note)
    return await _whole(services, ticket_id)


@router.get("/{ticket_id}/history")
async def get_history(services: Desk, ticket_id: str, cursor: int = 0, limit: Limit = 100) -> Page[TicketEventOut]:
    """Oldest first: every change with who and when."""

    def read(tx: SqlTransaction) -> list[TicketEventOut]:
        tx.tickets.get(ticket_id)
        return [TicketEventOut.of(item) for item in tx.ticket_history.list_of(ticket_id, cursor, limit + 1)]

    items, more = cut(await services.store.read(read), limit)
    return Page(items=list(items), next=items[-1].id if more else None)


@router.post("/{ticket_id}/comments", status_code=201)
async def add_comment(services: Desk, agent: Caller, ticket_id: str, body: TextIn) -> TicketWhole:
    """Among staff: the customer does not see it."""
    await Acting(services, agent).comment(ticket_id, body.text, body.key)
    return await _whole(services, ticket_id)


@router.get("/{ticket_id}/files")
async def list_files(services: Desk, ticket_id: str) -> Page[TicketFileOut]:
    """What the customer sent until it was resolved, and what staff added, oldest first."""

    def read(tx: SqlTransaction) -> list[TicketFileOut]:
        tx.tickets.get(ticket_id)
        return [TicketFileOut.of(item) for item in tx.ticket_files.list_of(ticket_id)]

    return Page(items=await services.store.read(read))


@router.post("/{ticket_id}/files", status_code=201, openapi_extra=FILES_FORM)
async def add_files(request: Request, services: Desk, agent: Caller, ticket_id: str) -> Page[TicketFileOut]:
    """A note among staff with files, as multipart/form-data: up to five `files`, a `text`, and a `key` as for comments.
    422 names the rule that a file breaks; nothing is kept then."""
    form = await request.form()
    files = await files_of(form)
    if not files:
        raise Invalid("files", "send at least one file in the field files")
    await Acting(services, agent).comment(ticket_id, str(form.get("text", "")), str(form.get("key", "")), files)
    return await list_files(services, ticket_id)


@router.post("/{ticket_id}/messages", status_code=202)
async def write_to_customer(services: Desk, agent: Caller, ticket_id: str, body: TextIn) -> TicketWhole:
    """Goes to the customer in their channel. 409 where they cannot be reached."""
    await Acting(services, agent).write(ticket_id, body.text, body.key)
    return await _whole(services, ticket_id)


@router.post("/{ticket_id}/watchers")
async def add_watcher(services: Desk, agent: Caller, ticket_id: str, body: WatcherIn) -> TicketWhole:
    await Acting(services, agent).watch(ticket_id, body.agent, on=True)
    return await _whole(services, ticket_id)


@router.delete("/{ticket_id}/watchers/{watcher_id}")
async def remove_watcher(services: Desk, agent: Caller, ticket_id: str, watcher_id: str) -> TicketWhole:
    await Acting(services, agent).watch(ticket_id, watcher_id, on=False)
    return await _whole(services, ticket_id)


@router.post("/{ticket_id}/links")
async def add_link(services: Desk, agent: Caller, ticket_id: str, body: LinkShape) -> TicketWhole:
    await Acting(services, agent).link(ticket_id, body.kind, body.target, on=True)
    return await _whole(services, ticket_id)


@router.delete("/{ticket_id}/links/{kind}/{target}")
async def remove_link(services: Desk, agent: Caller, ticket_id: str, kind: LinkKind, target: str) -> TicketWhole:
    await Acting(services, agent).link(ticket_id, kind, target, on=False)
    return await _whole(services, ticket_id)


@router.post("/{ticket_id}/merge")
async def merge_tickets(services: Desk, agent: Caller, ticket_id: str, body: MergeInto) -> TicketWhole:
    """This ticket is closed and goes on in the other, which is returned."""
    return await _whole(services, (await Acting(services, agent).merge(ticket_id, body.into)).id)


@router.post("/{ticket_id}/split", status_code=201)
async def split_ticket(services: Desk, agent: Caller, ticket_id: str, body: SplitIn) -> TicketWhole:
    """Part of it is another matter: returns the new ticket, linked to this one."""
    made = await Acting(services, agent).split(ticket_id, body.subject, body.detail, body.kind)
    return await _whole(services, made.id)


def _changes(body: TicketPatch) -> dict[str, Any]:
    """The fields that the body names, as `desk.casework` calls them."""
    names = {"owner": "owner_id", "category": "category_id", "cause": "cause_id", "order": "order_number"}
    given = body.model_dump(exclude_unset=True, exclude={"status", "note"})
    if "priority" in given:
        if given["priority"] is None:
            raise Invalid("priority", "a ticket has a priority: low, normal, high or urgent")
        given["priority"] = TicketPriority.of(given["priority"])
    texts = {"subject", "detail", "contact", "order", "wished_remedy"}
    given |= {name: "" for name in texts & given.keys() if given[name] is None}
    return {names.get(name, name): value for name, value in given.items()}


async def _whole(services: Desk, ticket_id: str) -> TicketWhole:
    def read(tx: SqlTransaction) -> TicketWhole:
        return TicketWhole(
            **TicketOut.of(tx.tickets.get(ticket_id)).model_dump(),
            watchers=tx.ticket_history.watchers(ticket_id),
            links=[LinkShape.of(each) for each in tx.ticket_history.links(ticket_id)],
        )

    return await services.store.read(read)
