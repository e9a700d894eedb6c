"""Campaign messages on their way into the outbound queue, and back out of it while nothing was sent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from campaigns.progress_json import progress_to_json
from campaigns.recipients import Stage
from campaigns.store import Post
from crm_store.campaign_rows import recipients
from crm_store.codec import button_to_json, outbound_to_json
from crm_store.dialect import add_new, add_with_ids
from crm_store.limits import channel_key
from crm_store.queue_rows import menu_buttons, outbound
from crm_store.rows import conversations, messages
from crm_store.signals import Topic
from desk.conversations import Author, DeliveryStatus, Holder
from desk.messages import Address
from desk.outbox import with_ids
from desk.queue import Lane

REMINDER = ":again"
"""Ends the key of a reminder; before it stands the key of the message it reminds of."""
_UNSENT = (DeliveryStatus.QUEUED, DeliveryStatus.RETRY)


class Postbox:
    def __init__(self, connection: Connection, topics: set[Topic]) -> None:
        self._db = connection
        self._topics = topics

    def queue(self, posts: Sequence[Post], now: datetime) -> int:
        """Queue messages in the campaign lane and save their recipients; a key that is there adds nothing.

        Each message stands in the history of the address's last conversation, which stays closed if it is: a
        campaign opens no conversation, the customer does.
        """
        if not posts:
            return 0
        posts = [replace(post, message=with_ids(post.message)) for post in posts]
        places = self._conversations(posts, now)
        ids = self._write_history(posts, places, now)
        rows = [_outbound_row(post, places[_at(post)], ids[post.key], now) for post in posts if post.key in ids]
        added = set(add_new(self._db, outbound, rows, (outbound.c.key,), outbound.c.key))
        new = [post for post in posts if post.key in added]
        self._topics |= {Topic.outbound(Address.from_key(_at(post)).channel) for post in new}
        self._save(new, places, now)
        buttons = [
            {"id": button.id, "address": _at(post), "outbound_key": post.key, "position": position,
             "title": button.title[:300], "payload": button.payload, "created_at": now}
            for post in new for position, button in enumerate(post.message.buttons)
        ]
        if buttons:
            self._db.execute(insert(menu_buttons), buttons)
        return len(added)

    def count_waiting(self, account: str) -> int:
        query = select(func.count()).select_from(outbound).where(
            outbound.c.channel == account, outbound.c.lane == int(Lane.CAMPAIGN), outbound.c.status.in_(_UNSENT)
        )
        return self._db.scalar(query) or 0

    def take_back(self, campaign_id: str, *, parked: bool) -> int:
        statuses = (*_UNSENT, DeliveryStatus.PARKED) if parked else _UNSENT
        mine = and_(recipients.c.campaign_id == campaign_id, recipients.c.stage == Stage.ASKED)
        keys = self._db.scalars(
            select(outbound.c.key)
            .join(recipients, outbound.c.key.in_((recipients.c.outbound_key, recipients.c.outbound_key + REMINDER)))
            .where(mine, outbound.c.status.in_(statuses), outbound.c.sent_bubbles == 0).with_for_update(of=outbound)
        ).all()
        self.unmake(keys)
        return len(keys)

    def unmake(self, keys: Sequence[str]) -> None:
        """Messages that never left are as if they had never been: their recipients wait again."""
        for start in range(0, len(keys), 500):
            some = list(keys[start : start + 500])
            ids = self._db.scalars(select(outbound.c.message_id).where(outbound.c.key.in_(some))).all()
            self._db.execute(delete(menu_buttons).where(menu_buttons.c.outbound_key.in_(some)))
            self._db.execute(delete(outbound).where(outbound.c.key.in_(some)))
            self._db.execute(delete(messages).where(messages.c.id.in_([one for one in ids if one is not None])))
            self._db.execute(update(recipients).where(recipients.c.outbound_key.in_(some)).values(
                stage=Stage.WAITING, outbound_key=None, asked_at=None, touched_at=None, progress=None,
            ))
            reminders = [key.removesuffix(REMINDER) for key in some if key.endswith(REMINDER)]
            self._db.execute(
                update(recipients).where(recipients.c.outbound_key.in_(reminders)).values(reminded_at=None)
            )

    def _conversations(self, posts: Sequence[Post], now: datetime) -> dict[str, str]:
        """The conversation of each address: the open one, else the last, else a closed one made for this."""
        addresses = list({_at(post) for post in posts})
        rows = self._db.execute(
            select(conversations.c.address, conversations.c.id, conversations.c.holder)
            .where(conversations.c.address.in_(addresses)).order_by(conversations.c.opened_at)
        ).all()
        found = {row.address: row.id for row in rows}
        found |= {row.address: row.id for row in rows if row.holder != Holder.NOBODY}
        made = []
        for post in posts:
            if _at(post) in found:
                continue
            found[_at(post)] = uuid4().hex
            made.append({
                "id": found[_at(post)], "customer_id": post.recipient.customer_id, "address": _at(post),
                "channel": Address.from_key(_at(post)).channel, "holder": Holder.NOBODY,
                "language": post.recipient.language, "opened_at": now, "closed_at": now, "last_message_at": now,
            })
        if made:
            self._db.execute(insert(conversations), made)
        return found

    def _write_history(self, posts: Sequence[Post], places: dict[str, str], now: datetime) -> dict[str, int]:
        """Message ids by the posts' keys; one that is in the history already is left out."""
        rows = [
            {"conversation_id": places[_at(post)], "author": Author.SYSTEM, "text": post.message.text,
             "buttons": [button_to_json(button) for button in post.message.buttons], "attachments": [],
             "source_key": f"out:{post.key}", "created_at": now}
            for post in posts
        ]
        ids = add_with_ids(self._db, messages, rows, messages.c.source_key)
        return {key.removeprefix("out:"): message_id for key, message_id in ids.items()}

    def _save(self, posts: Sequence[Post], places: dict[str, str], now: datetime) -> None:
        first = [post for post in posts if post.recipient.asked_at is None]
        if first:
            self._db.execute(_ASKED, [
                {"of": post.recipient.id, "at": now, "in_": places[_at(post)], "key_": post.key,
                 "progress_": progress_to_json(post.recipient.progress) if post.recipient.progress else None}
                for post in first
            ])
        again = [post for post in posts if post.recipient.asked_at is not None]
        if again:
            self._db.execute(_REMINDED, [{"of": post.recipient.id, "at": now} for post in again])


_ASKED = update(recipients).where(recipients.c.id == bindparam("of")).values(
    stage=Stage.ASKED, asked_at=bindparam("at"), touched_at=bindparam("at"), conversation_id=bindparam("in_"),
    outbound_key=bindparam("key_"), progress=bindparam("progress_"),
)
_REMINDED = update(recipients).where(recipients.c.id == bindparam("of")).values(
    touched_at=bindparam("at"), reminded_at=bindparam("at")
)


def _at(post: Post) -> str:
    assert post.recipient.address is not None  # noqa: S101 - only recipients with an address are written to
    return post.recipient.address.key


def _outbound_row(post: Post, conversation_id: str, message_id: int, now: datetime) -> dict[str, Any]:
    address = Address.from_key(_at(post))
    return {
        "key": post.key, "message_id": message_id, "conversation_id": conversation_id, "address": address.key,
        "channel": channel_key(address), "lane": int(Lane.CAMPAIGN), "status": DeliveryStatus.QUEUED, "due_at": now,
        "payload": outbound_to_json(post.message), "platform_ids": [], "created_at": now,
    }
