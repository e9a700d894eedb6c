"""What changed, for the console's open pages; and files, of which the bytes lie in the uploads folder."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from crm_store.rows import events, files
from desk.errors import NotFound

_ADD = insert(events)  # built once: every change of anything is an event


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    kind: str
    conversation_id: str | None
    ticket_id: str | None


@dataclass(frozen=True, slots=True)
class StoredFile:
    id: str
    name: str
    media_type: str
    size: int


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


class Files:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, file: StoredFile, now: datetime) -> None:
        self._db.execute(insert(files).values(
            id=file.id, name=file.name, media_type=file.media_type, size=file.size, created_at=now,
        ))

    def get(self, file_id: str) -> StoredFile:
        row = self._db.execute(select(files).where(files.c.id == file_id)).one_or_none()
        if row is None:
            raise NotFound("no such file")
        return StoredFile(row.id, row.name, row.media_type, row.size)
