"""What happened to tickets, who watches them, what they are linked to, and whom they call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from crm_store.dialect import add_one
from crm_store.rows import tickets
from crm_store.ticket_rows import ticket_events, ticket_links, ticket_notices, ticket_watchers
from desk.tickets import By, Happened, Link, LinkKind, TicketEvent


@dataclass(frozen=True, slots=True)
class TicketNotice:
    """A ticket that calls for an agent's attention. `kind` is a word of the texts `notice.<kind>`."""

    id: int
    ticket_id: str
    number: str
    subject: str
    kind: str
    at: datetime


class TicketHistory:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, event: TicketEvent, source_key: str | None = None) -> bool:
        """False when what has this `source_key` is there already."""
        row: dict[str, Any] = {
            "ticket_id": event.ticket_id, "at": event.at, "happened": event.happened, "by": event.by,
            "agent_id": event.agent_id, "field": event.field, "before": event.before[:300],
            "after": event.after[:300], "text": event.text.replace("\x00", ""), "source_key": source_key,
        }
        if source_key is not None:
            return add_one(self._db, ticket_events, row, ticket_events.c.source_key) is not None
        self._db.execute(insert(ticket_events).values(row))
        return True

    def list_of(self, ticket_id: str, after: int = 0, limit: int = 500) -> list[TicketEvent]:
        """Oldest first."""
        rows = self._db.execute(
            select(ticket_events).where(ticket_events.c.ticket_id == ticket_id, ticket_events.c.id > after)
            .order_by(ticket_events.c.id).limit(limit)
        )
        return [_event(row) for row in rows]

    def watch(self, ticket_id: str, agent_id: str) -> bool:
        """False when they watch it already."""
        if agent_id in self.watchers(ticket_id):
            return False
        self._db.execute(insert(ticket_watchers).values(ticket_id=ticket_id, agent_id=agent_id))
        return True

    def unwatch(self, ticket_id: str, agent_id: str) -> bool:
        return self._db.execute(delete(ticket_watchers).where(
            ticket_watchers.c.ticket_id == ticket_id, ticket_watchers.c.agent_id == agent_id
        )).rowcount == 1

    def watchers(self, ticket_id: str) -> list[str]:
        rows = self._db.execute(
            select(ticket_watchers.c.agent_id).where(ticket_watchers.c.ticket_id == ticket_id)
            .order_by(ticket_watchers.c.agent_id)
        )
        return [row.agent_id for row in rows]

    def link(self, ticket_id: str, link: Link) -> bool:
        """False when it is linked already."""
        if link in self.links(ticket_id):
            return False
        self._db.execute(insert(ticket_links).values(ticket_id=ticket_id, kind=link.kind, target=link.target))
        return True

    def unlink(self, ticket_id: str, link: Link) -> bool:
        return self._db.execute(delete(ticket_links).where(
            ticket_links.c.ticket_id == ticket_id, ticket_links.c.kind == link.kind,
            ticket_links.c.target == link.target,
        )).rowcount == 1

    def links(self, ticket_id: str) -> list[Link]:
        rows = self._db.execute(
            select(ticket_links).where(ticket_links.c.ticket_id == ticket_id).order_by(ticket_links.c.id)
        )
        return [Link(LinkKind(row.kind), row.target) for row in rows]

    def call(self, agent_ids: Iterable[str], ticket_id: str, kind: str, now: datetime) -> None:
        """Ask for these agents' attention."""
        for agent_id in agent_ids:
            self._db.execute(insert(ticket_notices).values(
                agent_id=agent_id, ticket_id=ticket_id, kind=kind, at=now,
            ))

    def list_notices(self, agent_id: str, limit: int = 50) -> list[TicketNotice]:
        """What this agent has not looked at yet, newest first."""
        rows = self._db.execute(
            select(ticket_notices, tickets.c.number, tickets.c.subject)
            .join(tickets, tickets.c.id == ticket_notices.c.ticket_id)
            .where(ticket_notices.c.agent_id == agent_id, ticket_notices.c.seen_at.is_(None))
            .order_by(ticket_notices.c.id.desc()).limit(limit)
        )
        return [TicketNotice(row.id, row.ticket_id, row.number, row.subject, row.kind, row.at) for row in rows]

    def count_notices(self, agent_id: str) -> int:
        return self._db.scalar(
            select(func.count()).select_from(ticket_notices)
            .where(ticket_notices.c.agent_id == agent_id, ticket_notices.c.seen_at.is_(None))
        ) or 0

    def see_notices(self, agent_id: str, now: datetime, ticket_ids: Sequence[str] = ()) -> int:
        """They opened these tickets, or (none named) have read the whole list."""
        unseen = (ticket_notices.c.agent_id == agent_id) & ticket_notices.c.seen_at.is_(None)
        if ticket_ids:
            unseen &= ticket_notices.c.ticket_id.in_(list(ticket_ids))
        return self._db.execute(update(ticket_notices).where(unseen).values(seen_at=now)).rowcount


def _event(row: Row[Any]) -> TicketEvent:
    return TicketEvent(
        row.ticket_id, row.at, Happened(row.happened), By(row.by), row.agent_id, row.field, row.before, row.after,
        row.text, row.id,
    )
