"""Tickets and their numbers."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, func, insert, select, update

from crm_store.counters import next_value
from crm_store.rows import tickets
from crm_store.ticket_lists import UNSETTLED, TicketFilter, ticket_page
from desk.complaints import Step
from desk.errors import NotFound
from desk.tickets import Ticket, TicketKind, TicketPriority, TicketStatus
from desk.webhooks import Happened, nobody_listens

ALL = TicketFilter()


class Tickets:
    def __init__(self, connection: Connection, happened: Happened = nobody_listens) -> None:
        self._db = connection
        self._happened = happened

    def open(
        self, *, kind: TicketKind, customer_id: str, conversation_id: str, subject: str, detail: str, now: datetime,
        order_number: str = "", wished_remedy: str = "", contact: str = "", promised_by: datetime | None = None,
        source_key: str | None = None,
    ) -> Ticket:
        if source_key is not None:
            made = self._db.execute(select(tickets).where(tickets.c.source_key == source_key)).one_or_none()
            if made is not None:
                return _ticket(made)
        ticket = Ticket(
            id=uuid4().hex, number=f"T-{1000 + next_value(self._db, 'ticket')}", kind=kind, status=TicketStatus.OPEN,
            customer_id=customer_id, conversation_id=conversation_id, subject=subject[:300], detail=detail,
            order_number=order_number[:60], wished_remedy=wished_remedy, contact=contact, created_at=now,
            updated_at=now, promised_by=promised_by, step=Step.RECEIVED if kind is TicketKind.COMPLAINT else None,
        )
        self._db.execute(insert(tickets).values(**ticket_row(ticket), source_key=source_key))
        self._happened("ticket.opened", {"ticket": ticket.id})
        return ticket

    def get(self, ticket_id: str) -> Ticket:
        row = self._db.execute(select(tickets).where(tickets.c.id == ticket_id)).one_or_none()
        if row is None:
            raise NotFound("no such ticket")
        return _ticket(row)

    def find_by_number(self, number: str) -> Ticket | None:
        row = self._db.execute(select(tickets).where(tickets.c.number == number.strip().upper())).one_or_none()
        return _ticket(row) if row else None

    def lock(self, ticket_id: str) -> Ticket:
        """As `get`; on PostgreSQL nobody else changes it until this transaction ends (SQLite has one writer)."""
        row = self._db.execute(select(tickets).where(tickets.c.id == ticket_id).with_for_update()).one_or_none()
        if row is None:
            raise NotFound("no such ticket")
        return _ticket(row)

    def save(self, ticket: Ticket) -> None:
        self._db.execute(update(tickets).where(tickets.c.id == ticket.id).values(ticket_row(ticket)))
    def list_of(self, customer_id: str) -> list[Ticket]:
        rows = self._db.execute(
            select(tickets).where(tickets.c.customer_id == customer_id).order_by(tickets.c.created_at.desc())
        )
        return [_ticket(row) for row in rows]

    def count_open(self) -> int:
        """How many tickets are not settled yet."""
        unsettled = tickets.c.status.in_(UNSETTLED)
        return self._db.scalar(select(func.count()).select_from(tickets).where(unsettled)) or 0

    def list_page(
        self, wanted: TicketFilter = ALL, sort: str = "newest", after: str = "", limit: int = 50
    ) -> list[Ticket]:
        """`after` is the id of the last ticket of the page before."""
        return [_ticket(row) for row in self._db.execute(ticket_page(wanted, sort, after, limit))]


def ticket_row(ticket: Ticket) -> dict[str, Any]:
    """As the table holds it."""
    return {
        "id": ticket.id, "number": ticket.number, "kind": ticket.kind, "status": ticket.status,
        "customer_id": ticket.customer_id, "conversation_id": ticket.conversation_id, "subject": ticket.subject,
        "detail": ticket.detail, "order_number": ticket.order_number, "wished_remedy": ticket.wished_remedy,
        "contact": ticket.contact, "promised_by": ticket.promised_by, "owner_id": ticket.owner_id,
        "created_at": ticket.created_at, "updated_at": ticket.updated_at, "step": ticket.step,
        "priority": int(ticket.priority), "category_id": ticket.category_id, "cause_id": ticket.cause_id,
        "due_at": ticket.due_at, "first_response_at": ticket.first_response_at, "resolved_at": ticket.resolved_at,
        "closed_at": ticket.closed_at, "reopened": ticket.reopened, "merged_into": ticket.merged_into,
    }


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(
        id=row.id, number=row.number, kind=TicketKind(row.kind), status=TicketStatus(row.status),
        customer_id=row.customer_id, conversation_id=row.conversation_id, subject=row.subject, detail=row.detail,
        order_number=row.order_number, wished_remedy=row.wished_remedy, contact=row.contact or "",
        created_at=row.created_at, updated_at=row.updated_at, promised_by=row.promised_by, owner_id=row.owner_id,
        step=Step(row.step) if row.step else None, priority=TicketPriority(row.priority),
        category_id=row.category_id, cause_id=row.cause_id, due_at=row.due_at,
        first_response_at=row.first_response_at, resolved_at=row.resolved_at, closed_at=row.closed_at,
        reopened=row.reopened, merged_into=row.merged_into,
    )
