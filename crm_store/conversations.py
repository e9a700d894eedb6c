"""Conversations and their history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError

from crm_store.codec import attachment_from_json, attachment_to_json, button_from_json, button_to_json
from crm_store.dialect import add_one
from crm_store.queue_rows import outbound
from crm_store.rows import agents, conversations, messages
from desk.conversations import Author, Conversation, DeliveryStatus, HandoffReason, Holder, Message, Priority
from desk.errors import Conflict, NotFound
from desk.messages import Address, Attachment, Button, Language
from desk.webhooks import Happened, nobody_listens

# Asked in every turn, so built once: building a statement takes longer than running it.
_OPEN_AT = (
    select(conversations).with_for_update()
    .where(conversations.c.address == bindparam("at"), conversations.c.holder != literal_column("'nobody'"))
)
_ADD = insert(conversations)
_LOCKED = select(conversations).where(conversations.c.id == bindparam("of")).with_for_update()
_SAVE = (
    update(conversations).where(conversations.c.id == bindparam("of"))
    .values({column.name: bindparam(column.name) for column in conversations.c if column.name != "id"})
)
_HAS = select(messages.c.id).where(messages.c.source_key == bindparam("key"))


class Conversations:
    def __init__(self, connection: Connection, happened: Happened = nobody_listens) -> None:
        self._db = connection
        self._happened = happened

    def find_open(self, address: Address) -> Conversation | None:
        row = self._db.execute(_OPEN_AT, {"at": address.key}).one_or_none()
        return conversation_of(row) if row else None

    def find(self, conversation_id: str) -> Conversation | None:
        row = self._db.execute(select(conversations).where(conversations.c.id == conversation_id)).one_or_none()
        return conversation_of(row) if row else None

    def get(self, conversation_id: str) -> Conversation:
        found = self.find_locked(conversation_id)
        if found is None:
            raise NotFound("no such conversation")
        return found

    def find_locked(self, conversation_id: str) -> Conversation | None:
        """As `find`; on PostgreSQL nobody else changes it until this transaction ends (SQLite has one writer)."""
        row = self._db.execute(_LOCKED, {"of": conversation_id}).one_or_none()
        return conversation_of(row) if row else None

    def add(self, conversation: Conversation) -> None:
        """Raises Conflict when the address has an open conversation already."""
        try:
            self._db.execute(_ADD, conversation_row(conversation))
        except IntegrityError:
            raise Conflict("this address already has an open conversation") from None
        self._happened("conversation.opened", {"conversation": conversation.id})

    def save(self, conversation: Conversation) -> None:
        self._db.execute(_SAVE, conversation_row(conversation) | {"of": conversation.id})

    def count_waiting(self, priority: Priority | None = None) -> int:
        waiting = [conversations.c.holder == Holder.QUEUE]
        if priority is not None:
            waiting.append(conversations.c.priority >= priority)
        return self._db.scalar(select(func.count()).select_from(conversations).where(*waiting)) or 0

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

    def _list(self, query: Select[Any]) -> list[Conversation]:
        return [conversation_of(row) for row in self._db.execute(query)]


class Messages:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(
        self, conversation_id: str, author: Author, text: str, now: datetime, *, agent_id: str | None = None,
        buttons: Sequence[Button] = (), attachments: Sequence[Attachment] = (), source_key: str | None = None,
    ) -> int | None:
        row: dict[str, Any] = {
            "conversation_id": conversation_id, "author": author, "text": text.replace("\x00", ""), "created_at": now,
            "agent_id": agent_id, "buttons": [button_to_json(button) for button in buttons],
            "attachments": [attachment_to_json(item) for item in attachments], "source_key": source_key,
        }
        if source_key is not None:
            return add_one(self._db, messages, row, messages.c.source_key)
        return int(self._db.execute(insert(messages).values(row).returning(messages.c.id)).scalar_one())

    def has(self, source_key: str) -> bool:
        return self._db.scalar(_HAS, {"key": source_key}) is not None

    def edit(self, source_key: str, text: str) -> str | None:
        edited = self._db.execute(
            update(messages).where(messages.c.source_key == source_key).values(text=text, edited=True)
            .returning(messages.c.conversation_id)
        ).one_or_none()
        return edited[0] if edited else None

    def set_attachments(self, source_key: str, attachments: Sequence[Attachment]) -> None:
        self._db.execute(
            update(messages).where(messages.c.source_key == source_key)
            .values(attachments=[attachment_to_json(item) for item in attachments])
        )

    def list_of(self, conversation_ids: Sequence[str], after: int = 0, limit: int = 500) -> list[Message]:
        """The newest `limit` messages of these conversations after message id `after`, oldest first."""
        return self._list(messages.c.conversation_id.in_(list(conversation_ids)), after, limit)

    def list_of_address(self, address: Address, after: int = 0, limit: int = 200) -> list[Message]:
        """As `list_of`, for everything said at one address: what its customer may see."""
        return self._list(conversations.c.address == address.key, after, limit)

    def _list(self, which: ColumnElement[bool], after: int, limit: int) -> list[Message]:
        newest = (
            select(messages, agents.c.name, outbound.c.id.label("delivery_id"), outbound.c.status,
                   outbound.c.last_error, conversations.c.channel)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .outerjoin(agents, agents.c.id == messages.c.agent_id)
            .outerjoin(outbound, outbound.c.message_id == messages.c.id)
            .where(which, messages.c.id > after)
            .order_by(messages.c.id.desc()).limit(limit)
        )
        return [_message(row) for row in reversed(self._db.execute(newest).all())]


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
    }


def conversation_of(row: Row[Any]) -> Conversation:
    """The conversation in a row of its table."""
    return Conversation(
        id=row.id, customer_id=row.customer_id, address=Address.from_key(row.address), holder=Holder(row.holder),
        language=Language(row.language), opened_at=row.opened_at, last_message_at=row.last_message_at,
        agent_id=row.agent_id, handoff_reason=HandoffReason(row.handoff_reason) if row.handoff_reason else None,
        handoff_note=row.handoff_note, queued_at=row.queued_at, closed_at=row.closed_at, unread=row.unread,
        last_text=row.last_text, priority=Priority(row.priority), team_id=row.team_id, topic=row.topic,
        misses=row.misses, unanswered_since=row.unanswered_since,
    )


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id, conversation_id=row.conversation_id, author=Author(row.author),
        text=row.text, created_at=row.created_at, agent_id=row.agent_id, agent_name=row.name or "",
        buttons=tuple(button_from_json(item) for item in row.buttons),
        attachments=tuple(attachment_from_json(item) for item in row.attachments), edited=row.edited,
        delivery_id=row.delivery_id, delivery_status=DeliveryStatus(row.status) if row.status else None,
        delivery_error=row.last_error or "", channel=row.channel, source=row.source_key or "",
    )
