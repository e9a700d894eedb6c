"""What happened to conversations: appended, never changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from crm_store.inbox_rows import conversation_events
from desk.timeline import Happening, TimelineEvent
from desk.webhooks import Happened, nobody_listens

_ANSWERED = (Happening.CLAIMED, Happening.ASSIGNED)
_LATEST = (  # built once: it is asked in many turns
    select(conversation_events)
    .where(conversation_events.c.conversation_id == bindparam("of"),
           conversation_events.c.kind.in_(bindparam("kinds", expanding=True)))
    .order_by(conversation_events.c.id.desc()).limit(1)
)


class Timeline:
    def __init__(self, connection: Connection, happened: Happened = nobody_listens) -> None:
        self._db = connection
        self._happened = happened

    def add(self, event: TimelineEvent) -> None:
        self._db.execute(insert(conversation_events).values(
            conversation_id=event.conversation_id, kind=event.kind, at=event.at, agent_id=event.agent_id,
            to_agent_id=event.to_agent_id, team_id=event.team_id, reason=event.reason[:40], seconds=event.seconds,
            details=dict(event.details),
        ))
        self._happened(f"conversation.{event.kind}", {"conversation": event.conversation_id})

    def list_of(self, conversation_ids: Sequence[str], limit: int = 200) -> list[TimelineEvent]:
        """The newest `limit` events of these conversations, oldest first."""
        rows = self._db.execute(
            select(conversation_events).where(conversation_events.c.conversation_id.in_(list(conversation_ids)))
            .order_by(conversation_events.c.id.desc()).limit(limit)
        ).all()
        return [_event(row) for row in reversed(rows)]

    def find_latest(self, conversation_id: str, *kinds: Happening) -> TimelineEvent | None:
        row = self._db.execute(_LATEST, {"of": conversation_id, "kinds": kinds}).one_or_none()
        return _event(row) if row else None

    def recent_waits(self, since: datetime, limit: int = 20) -> list[int]:
        """How many seconds the latest customers waited until somebody took them."""
        rows = self._db.execute(
            select(conversation_events.c.seconds)
            .where(conversation_events.c.kind.in_(_ANSWERED), conversation_events.c.at >= since,
                   conversation_events.c.seconds.is_not(None))
            .order_by(conversation_events.c.at.desc()).limit(limit)
        )
        return [row.seconds for row in rows]


def _event(row: Row[Any]) -> TimelineEvent:
    return TimelineEvent(
        Happening(row.kind), row.at, row.conversation_id, row.agent_id, row.to_agent_id, row.team_id, row.reason,
        row.seconds, row.details, row.id,
    )
