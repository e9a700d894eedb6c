"""What a transaction has still to write: all of it in a few statements, when it ends or somebody asks.

Under load many turns share a transaction, and a statement for the rows of all costs little more than for those of one.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, insert, update

from crm_store.codec import attachment_to_json, button_to_json, outbound_to_json
from crm_store.dialect import add_missing, add_with_ids
from crm_store.limits import channel_key
from crm_store.queue_rows import menu_buttons, outbound
from crm_store.rows import conversations, messages
from crm_store.signals import Topic
from desk.conversations import DeliveryStatus
from desk.queue import NewMessage, Sending

_OFFER = insert(menu_buttons)


class Unwritten:
    def __init__(self, connection: Connection, topics: set[Topic]) -> None:
        self._db = connection
        self._topics = topics
        self._said: list[NewMessage] = []
        self._conversations: dict[str, dict[str, Any]] = {}
        self._found: dict[str, dict[str, Any]] = {}

    def say(self, message: NewMessage) -> None:
        self._said.append(message)

    def found(self, row: dict[str, Any]) -> None:
        """So a conversation stands in the database, locked by this transaction."""
        self._found[row["id"]] = row

    def keep(self, row: dict[str, Any]) -> None:
        """So a conversation is to stand there. Where it was found, only what is new is written: each value costs."""
        self._conversations[row["id"]] = row

    def flush(self) -> None:
        """Write it: conversations, then what was said in them, in its order."""
        if self._conversations:
            rows, self._conversations = list(self._conversations.values()), {}
            self._change(rows)
        if self._said:
            said, self._said = self._said, []
            ids = add_with_ids(self._db, messages, [_message_row(each) for each in said], messages.c.source_key)
            self._queue([each for each in said if each.source_key in ids], ids)

    def _change(self, rows: Sequence[dict[str, Any]]) -> None:
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in rows:
            before = self._found.get(row["id"], {"id": row["id"]})
            names = tuple(name for name, value in row.items() if name not in before or before[name] != value)
            if names:
                alike.setdefault(names, []).append({"of": row["id"]} | {name: row[name] for name in names})
            self._found[row["id"]] = row
        for names, changed in alike.items():
            self._db.execute(_changing(names), changed)

    def _queue(self, said: Sequence[NewMessage], ids: dict[str, int]) -> None:
        """Queue what of this is to be sent, and keep the choices that it offers."""
        sent = [(each, each.sending) for each in said if each.sending is not None]
        rows = [_outbound_row(each, sending, ids[each.source_key]) for each, sending in sent]
        add_missing(self._db, outbound, rows, outbound.c.key)
        self._topics |= {Topic.outbound(sending.address.channel) for _, sending in sent}
        offered = [row for each, sending in sent for row in _button_rows(each, sending)]
        if offered:
            self._db.execute(_OFFER, offered)


@cache
def _changing(names: tuple[str, ...]) -> Update:
    change = update(conversations).where(conversations.c.id == bindparam("of"))
    return change.values({name: bindparam(name) for name in names})


def _message_row(said: NewMessage) -> dict[str, Any]:
    return {
        "conversation_id": said.conversation_id, "author": said.author, "text": said.text.replace("\x00", ""),
        "created_at": said.said_at, "agent_id": said.agent_id, "source_key": said.source_key,
        "buttons": [button_to_json(button) for button in said.buttons],
        "attachments": [attachment_to_json(item) for item in said.attachments],
    }


def _outbound_row(said: NewMessage, sending: Sending, message_id: int) -> dict[str, Any]:
    return {
        "key": sending.key, "message_id": message_id, "conversation_id": said.conversation_id,
        "address": sending.address.key, "channel": channel_key(sending.address), "lane": int(sending.lane),
        "status": DeliveryStatus.QUEUED, "due_at": sending.due_at, "payload": outbound_to_json(sending.message),
        "inbound_key": sending.inbound_key, "platform_ids": [], "created_at": said.said_at,
    }


def _button_rows(said: NewMessage, sending: Sending) -> list[dict[str, Any]]:
    choices = [button for button in sending.message.buttons if not button.url]
    return [
        {"id": button.id, "address": sending.address.key, "outbound_key": sending.key, "position": position,
         "title": button.title[:300], "payload": button.payload, "created_at": said.said_at}
        for position, button in enumerate(choices)
    ]
