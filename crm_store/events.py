"""What changed, for the console's open pages."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from crm_store.rows import events

_ADD = insert(events)  # built once: every change of anything is an event


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    kind: str
    conversation_id: str | None
    ticket_id: str | None


class Events:
    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._added: list[dict[str, object]] = []

    def add(self, kind: str, conversation_id: str | None, ticket_id: str | None, now: datetime) -> None:
        """Note it; it is there when the transaction ends."""
        self._added.append({"kind": kind, "conversation_id": conversation_id, "ticket_id": ticket_id, "at": now})

    def flush(self) -> None:
        """Write what was noted, all in one go."""
        if self._added:
            self._db.execute(_ADD, self._added)
            self._added = []

    def newest_id(self) -> int:
        return self._db.scalar(select(func.max(events.c.id))) or 0

    def list_after(self, event_id: int, limit: int = 200) -> list[Event]:
        rows = self._db.execute(select(events).where(events.c.id > event_id).order_by(events.c.id).limit(limit))
        return [Event(row.id, row.kind, row.conversation_id, row.ticket_id) for row in rows]

    def forget_before(self, moment: datetime) -> int:
        return self._db.execute(delete(events).where(events.c.at < moment)).rowcount
