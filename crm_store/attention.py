"""What each agent has read, is writing and is called to: read marks, drafts, who looks at what, alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from crm_store.dialect import put
from crm_store.inbox_rows import alerts, drafts, read_marks, viewers
from crm_store.rows import agents, messages
from desk.conversations import Author
from desk.notes import Alert, AlertKind

LOOKING_FOR = timedelta(seconds=45)
"""An agent counts as looking at a conversation this long after their page last said so."""


@dataclass(frozen=True, slots=True)
class Viewer:
    agent_id: str
    name: str
    is_typing: bool


class Attention:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def mark_read(self, agent_id: str, conversation_id: str, message_id: int) -> None:
        row = {"agent_id": agent_id, "conversation_id": conversation_id, "message_id": message_id}
        put(self._db, read_marks, row, (read_marks.c.agent_id, read_marks.c.conversation_id))

    def count_unread(self, agent_id: str, conversation_ids: Sequence[str]) -> dict[str, int]:
        """How many messages of the customer this agent has not seen, for conversations with any."""
        mark = and_(read_marks.c.conversation_id == messages.c.conversation_id, read_marks.c.agent_id == agent_id)
        rows = self._db.execute(
            select(messages.c.conversation_id, func.count())
            .outerjoin(read_marks, mark)
            .where(messages.c.conversation_id.in_(list(conversation_ids)), messages.c.author == Author.CUSTOMER,
                   messages.c.id > func.coalesce(read_marks.c.message_id, 0))
            .group_by(messages.c.conversation_id)
        )
        return {row[0]: row[1] for row in rows}

    def draft(self, agent_id: str, conversation_id: str) -> str:
        return self._db.scalar(select(drafts.c.text).where(
            drafts.c.agent_id == agent_id, drafts.c.conversation_id == conversation_id
        )) or ""

    def keep_draft(self, agent_id: str, conversation_id: str, text: str, now: datetime) -> None:
        """An empty text is no draft."""
        if not text.strip():
            self.drop_draft(agent_id, conversation_id)
            return
        row = {"agent_id": agent_id, "conversation_id": conversation_id, "text": text.replace("\x00", ""),
               "updated_at": now}
        put(self._db, drafts, row, (drafts.c.agent_id, drafts.c.conversation_id))

    def drop_draft(self, agent_id: str, conversation_id: str) -> None:
        self._db.execute(delete(drafts).where(
            drafts.c.agent_id == agent_id, drafts.c.conversation_id == conversation_id
        ))

    def look(self, agent_id: str, conversation_id: str, now: datetime, typing_until: datetime | None) -> bool:
        """This agent looks at the conversation. True when others should hear of it: they came, began or stopped
        typing."""
        before = self._db.execute(select(viewers).where(
            viewers.c.conversation_id == conversation_id, viewers.c.agent_id == agent_id
        )).one_or_none()
        row = {"conversation_id": conversation_id, "agent_id": agent_id, "seen_at": now, "typing_until": typing_until}
        put(self._db, viewers, row, (viewers.c.conversation_id, viewers.c.agent_id))
        if before is None or now - before.seen_at > LOOKING_FOR:
            return True
        typed = before.typing_until is not None and before.typing_until > now
        return typed != (typing_until is not None)

    def leave(self, agent_id: str, conversation_id: str) -> bool:
        gone = delete(viewers).where(viewers.c.conversation_id == conversation_id, viewers.c.agent_id == agent_id)
        return self._db.execute(gone).rowcount == 1

    def viewers(self, conversation_id: str, now: datetime, without: str = "") -> list[Viewer]:
        rows = self._db.execute(
            select(viewers, agents.c.name).join(agents, agents.c.id == viewers.c.agent_id)
            .where(viewers.c.conversation_id == conversation_id, viewers.c.seen_at >= now - LOOKING_FOR,
                   viewers.c.agent_id != without)
            .order_by(agents.c.name)
        )
        return [
            Viewer(row.agent_id, row.name, row.typing_until is not None and row.typing_until > now) for row in rows
        ]

    def forget_viewers(self, before: datetime) -> int:
        return self._db.execute(delete(viewers).where(viewers.c.seen_at < before)).rowcount

    def alert(
        self, agent_id: str, conversation_id: str, kind: AlertKind, now: datetime, by_agent_id: str | None = None
    ) -> None:
        self._db.execute(insert(alerts).values(
            agent_id=agent_id, conversation_id=conversation_id, kind=kind, by_agent_id=by_agent_id, at=now,
        ))

    def list_alerts(self, agent_id: str, limit: int = 50) -> list[Alert]:
        """What this agent has not looked at yet, newest first."""
        rows = self._db.execute(
            select(alerts, agents.c.name).outerjoin(agents, agents.c.id == alerts.c.by_agent_id)
            .where(alerts.c.agent_id == agent_id, alerts.c.seen_at.is_(None)).order_by(alerts.c.id.desc()).limit(limit)
        )
        return [Alert(row.id, row.conversation_id, AlertKind(row.kind), row.name or "", row.at) for row in rows]

    def count_alerts(self, agent_id: str) -> int:
        """In how many conversations something calls for this agent."""
        return self._db.scalar(
            select(func.count(alerts.c.conversation_id.distinct()))
            .where(alerts.c.agent_id == agent_id, alerts.c.seen_at.is_(None))
        ) or 0

    def see_alerts(self, agent_id: str, conversation_id: str, now: datetime) -> int:
        """They opened the conversation: returns how many alerts that settled."""
        return self._db.execute(
            update(alerts)
            .where(alerts.c.agent_id == agent_id, alerts.c.conversation_id == conversation_id,
                   alerts.c.seen_at.is_(None))
            .values(seen_at=now)
        ).rowcount
