"""What was said in conversations."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, select, update

from crm_store.codec import attachment_from_json, attachment_to_json, button_from_json
from crm_store.queue_rows import outbound
from crm_store.rows import agents, conversations, messages
from crm_store.unwritten import Unwritten
from desk.conversations import Author, DeliveryStatus, Message
from desk.messages import Address, Attachment
from desk.queue import NewMessage

_HAS = select(messages.c.id).where(messages.c.source_key == bindparam("key"))


class Messages:
    def __init__(self, connection: Connection, unwritten: Unwritten) -> None:
        self._db = connection
        self._unwritten = unwritten

    def add(self, message: NewMessage) -> None:
        self._unwritten.say(message)

    def has(self, source_key: str) -> bool:
        self._unwritten.flush()
        return self._db.scalar(_HAS, {"key": source_key}) is not None

    def edit(self, source_key: str, text: str) -> tuple[str, str] | None:
        self._unwritten.flush()
        found = self._db.execute(
            select(messages.c.conversation_id, messages.c.text).where(messages.c.source_key == source_key)
        ).one_or_none()
        if found is None:
            return None
        self._db.execute(
            update(messages).where(messages.c.source_key == source_key).values(text=text, edited=True)
        )
        return found.conversation_id, found.text

    def set_attachments(self, source_key: str, attachments: Sequence[Attachment]) -> None:
        self._unwritten.flush()
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
        self._unwritten.flush()
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


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id, conversation_id=row.conversation_id, author=Author(row.author),
        text=row.text, created_at=row.created_at, agent_id=row.agent_id, agent_name=row.name or "",
        buttons=tuple(button_from_json(item) for item in row.buttons),
        attachments=tuple(attachment_from_json(item) for item in row.attachments), edited=row.edited,
        delivery_id=row.delivery_id, delivery_status=DeliveryStatus(row.status) if row.status else None,
        delivery_error=row.last_error or "", channel=row.channel, source=row.source_key or "",
    )
