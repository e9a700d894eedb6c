"""Tickets and their numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, func, insert, select, update

from crm_store.counters import next_value
from crm_store.rows import tickets
from desk.errors import NotFound
from desk.tickets import Ticket, TicketKind, TicketStatus


class Tickets:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

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
            updated_at=now, promised_by=promised_by,
        )
        self._db.execute(insert(tickets).values(**_row(ticket), source_key=source_key))
        return ticket

    def get(self, ticket_id: str) -> Ticket:
        row = self._db.execute(select(tickets).where(tickets.c.id == ticket_id)).one_or_none()
        if row is None:
            raise NotFound("no such ticket")
        return _ticket(row)

    def find_by_number(self, number: str) -> Ticket | None:
        row = self._db.execute(select(tickets).where(tickets.c.number == number.strip().upper())).one_or_none()
        return _ticket(row) if row else None

    def append(self, ticket_id: str, text: str, now: datetime) -> None:
        ticket = self.get(ticket_id)
        self._db.execute(
            update(tickets).where(tickets.c.id == ticket_id)
            .values(detail=f"{ticket.detail}\n\n{text}", updated_at=now)
        )

    def assign(self, ticket_id: str, owner_id: str, now: datetime) -> None:
        self._db.execute(
            update(tickets).where(tickets.c.id == ticket_id).values(owner_id=owner_id, updated_at=now)
        )

    def set_status(self, ticket_id: str, status: TicketStatus, owner_id: str | None, now: datetime) -> Ticket:
        self.get(ticket_id)
        self._db.execute(
            update(tickets).where(tickets.c.id == ticket_id)
            .values(status=status, owner_id=owner_id, updated_at=now)
        )
        return self.get(ticket_id)

    def list_of(self, customer_id: str) -> list[Ticket]:
        rows = self._db.execute(
            select(tickets).where(tickets.c.customer_id == customer_id).order_by(tickets.c.created_at.desc())
        )
        return [_ticket(row) for row in rows]

    def count_open(self) -> int:
        """How many tickets are not settled yet."""
        unsettled = tickets.c.status.in_((TicketStatus.OPEN, TicketStatus.IN_PROGRESS))
        return self._db.scalar(select(func.count()).select_from(tickets).where(unsettled)) or 0

    def list_page(
        self, kinds: Sequence[TicketKind] = (), statuses: Sequence[TicketStatus] = (), before: str = "",
        limit: int = 50,
    ) -> list[Ticket]:
        """Newest first; `before` is the id of the last ticket of the page before."""
        query = select(tickets)
        if kinds:
            query = query.where(tickets.c.kind.in_(list(kinds)))
        if statuses:
            query = query.where(tickets.c.status.in_(list(statuses)))
        if before:
            query = query.where(tickets.c.created_at < self.get(before).created_at)
        return [_ticket(row) for row in self._db.execute(query.order_by(tickets.c.created_at.desc()).limit(limit))]


def _row(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id, "number": ticket.number, "kind": ticket.kind, "status": ticket.status,
        "customer_id": ticket.customer_id, "conversation_id": ticket.conversation_id, "subject": ticket.subject,
        "detail": ticket.detail, "order_number": ticket.order_number, "wished_remedy": ticket.wished_remedy,
        "contact": ticket.contact, "promised_by": ticket.promised_by, "owner_id": ticket.owner_id,
        "created_at": ticket.created_at, "updated_at": ticket.updated_at,
    }


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(
        id=row.id, number=row.number, kind=TicketKind(row.kind), status=TicketStatus(row.status),
        customer_id=row.customer_id, conversation_id=row.conversation_id, subject=row.subject, detail=row.detail,
        order_number=row.order_number, wished_remedy=row.wished_remedy, contact=row.contact or "",
        created_at=row.created_at, updated_at=row.updated_at, promised_by=row.promised_by, owner_id=row.owner_id,
    )
