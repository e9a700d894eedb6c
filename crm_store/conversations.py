"""Conversations: who is spoken with, and who answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, literal_column, or_, select, update
from sqlalchemy.exc import IntegrityError

from crm_store.rows import conversations
from crm_store.unwritten import Unwritten
from desk.conversations import Conversation, HandoffReason, Holder, Priority
from desk.errors import Conflict, NotFound
from desk.messages import Address, Language
from desk.webhooks import Happened, nobody_listens

# Asked in every turn, so built once: building a statement takes longer than running it.
_OPEN_AT = (
    select(conversations).with_for_update()
    .where(conversations.c.address.in_(bindparam("at", expanding=True)),
           conversations.c.holder != literal_column("'nobody'"))
)
_BY_ID = select(conversations).where(conversations.c.id == bindparam("of"))
_ADD = insert(conversations)
_ALL_LOCKED = (
    select(conversations).where(conversations.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(conversations.c.id).with_for_update()
)


class Conversations:
    def __init__(self, connection: Connection, unwritten: Unwritten, happened: Happened = nobody_listens) -> None:
        self._db = connection
        self._unwritten = unwritten
        self._happened = happened

    def find_open(self, address: Address) -> Conversation | None:
        return self.find_all_open([address]).get(address.key)

    def find_all_open(self, addresses: Sequence[Address]) -> dict[str, Conversation]:
        """By the addresses' keys, locked as by `find_locked`; at most one is open at each."""
        self._unwritten.flush()
        rows = self._db.execute(_OPEN_AT, {"at": [address.key for address in addresses]})
        return {row.address: self._locked(row) for row in rows}

    def find(self, conversation_id: str) -> Conversation | None:
        self._unwritten.flush()
        row = self._db.execute(_BY_ID, {"of": conversation_id}).one_or_none()
        return conversation_of(row) if row else None

    def get(self, conversation_id: str) -> Conversation:
        found = self.find_locked(conversation_id)
        if found is None:
            raise NotFound("no such conversation")
        return found

    def find_locked(self, conversation_id: str) -> Conversation | None:
        """As `find`; on PostgreSQL nobody else changes it until this transaction ends (SQLite has one writer)."""
        return self.get_all([conversation_id]).get(conversation_id)

    def get_all(self, conversation_ids: Sequence[str]) -> dict[str, Conversation]:
        """By id, locked as by `find_locked`; those that are not there are left out."""
        if not conversation_ids:
            return {}
        self._unwritten.flush()
        rows = self._db.execute(_ALL_LOCKED, {"ids": list(conversation_ids)})
        return {row.id: self._locked(row) for row in rows}

    def add(self, conversation: Conversation) -> None:
        """Raises Conflict when the address has an open conversation already."""
        row = conversation_row(conversation)
        try:
            self._db.execute(_ADD, row)
        except IntegrityError:
            raise Conflict("this address already has an open conversation") from None
        self._unwritten.found(row)
        self._happened("conversation.opened", {"conversation": conversation.id})

    def save(self, conversation: Conversation) -> None:
        self.note(conversation)
        self._unwritten.flush()

    def note(self, conversation: Conversation) -> None:
        """As `save`, but written when the transaction ends, or before conversations are asked for through here."""
        self._unwritten.keep(conversation_row(conversation))

    def count_waiting(self) -> int:
        self._unwritten.flush()
        waiting = select(func.count()).select_from(conversations).where(conversations.c.holder == Holder.QUEUE)
        return self._db.scalar(waiting) or 0

    def count_ahead(self, conversation: Conversation) -> dict[tuple[str | None, Language], int]:
        self._unwritten.flush()
        of = conversations.c
        alike = of.priority == conversation.priority
        before = or_(of.priority > conversation.priority, and_(alike, of.queued_at < conversation.queued_at),
                     and_(alike, of.queued_at == conversation.queued_at, of.id < conversation.id))
        query = select(of.team_id, of.language, func.count()).where(of.holder == Holder.QUEUE, before)
        rows = self._db.execute(query.group_by(of.team_id, of.language))
        return {(team_id, Language(language)): count for team_id, language, count in rows}

    def list_waiting(self, limit: int = 50) -> list[Conversation]:
        query = select(conversations).where(conversations.c.holder == Holder.QUEUE)
        in_line = (conversations.c.priority.desc(), conversations.c.queued_at, conversations.c.id)
        return self._list(query.order_by(*in_line).limit(limit).with_for_update())

    def list_page(self, holder: Holder | None, before: str = "", limit: int = 50) -> list[Conversation]:
        """Newest first; `before` is the id of the last conversation of the page before."""
        query = select(conversations)
        if holder is not None:
            query = query.where(conversations.c.holder == holder)
        if before:
            last = self.find(before)
            if last is None:
                raise NotFound("no such page")
            query = query.where(conversations.c.opened_at < last.opened_at)
        return self._list(query.order_by(conversations.c.opened_at.desc()).limit(limit))

    def list_of_customer(self, customer_id: str) -> list[Conversation]:
        query = select(conversations).where(conversations.c.customer_id == customer_id)
        return self._list(query.order_by(conversations.c.opened_at.desc()))

    def count_by_holder(self) -> dict[str, int]:
        self._unwritten.flush()
        rows = self._db.execute(
            select(conversations.c.holder, func.count()).group_by(conversations.c.holder)
        )
        return {row[0]: row[1] for row in rows}

    def close_idle(self, silent_since: datetime, now: datetime) -> int:
        """Close conversations with the bot in which nothing was said since then, without a word."""
        idle = (conversations.c.holder == Holder.BOT) & (conversations.c.last_message_at < silent_since)
        return self._db.execute(
            update(conversations).where(idle).values(holder=Holder.NOBODY, closed_at=now)
        ).rowcount

    def _locked(self, row: Row[Any]) -> Conversation:
        conversation = conversation_of(row)
        self._unwritten.found(conversation_row(conversation))
        return conversation

    def _list(self, query: Select[Any]) -> list[Conversation]:
        self._unwritten.flush()
        return [conversation_of(row) for row in self._db.execute(query)]


def conversation_row(conversation: Conversation) -> dict[str, Any]:
    """As the table holds it."""
    return {
        "id": conversation.id, "customer_id": conversation.customer_id, "address": conversation.address.key,
        "channel": conversation.address.channel.value, "holder": conversation.holder,
        "agent_id": conversation.agent_id, "language": conversation.language.value,
        "handoff_reason": conversation.handoff_reason, "handoff_note": conversation.handoff_note,
        "queued_at": conversation.queued_at, "opened_at": conversation.opened_at,
        "closed_at": conversation.closed_at, "last_message_at": conversation.last_message_at,
        "last_text": conversation.last_text[:200].replace("\x00", ""), "unread": conversation.unread,
        "priority": int(conversation.priority), "team_id": conversation.team_id, "topic": conversation.topic[:40],
        "misses": conversation.misses, "unanswered_since": conversation.unanswered_since,
        "acknowledged_at": conversation.acknowledged_at,
    }


def conversation_of(row: Row[Any]) -> Conversation:
    """The conversation in a row of its table."""
    return Conversation(
        id=row.id, customer_id=row.customer_id, address=Address.from_key(row.address), holder=Holder(row.holder),
        language=Language(row.language), opened_at=row.opened_at, last_message_at=row.last_message_at,
        agent_id=row.agent_id, handoff_reason=HandoffReason(row.handoff_reason) if row.handoff_reason else None,
        handoff_note=row.handoff_note, queued_at=row.queued_at, closed_at=row.closed_at, unread=row.unread,
        last_text=row.last_text, priority=Priority(row.priority), team_id=row.team_id, topic=row.topic,
        misses=row.misses, unanswered_since=row.unanswered_since, acknowledged_at=row.acknowledged_at,
    )
