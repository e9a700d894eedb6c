"""Private notes, labels and canned replies."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, or_, select

from crm_store.dialect import add_missing, add_one, put
from crm_store.inbox_rows import canned_replies, conversation_labels, labels, notes
from crm_store.rows import agents
from desk.errors import Conflict, NotFound
from desk.notes import CannedReply, Label, Note, fold


class Notes:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def has(self, key: str) -> bool:
        return self._db.execute(select(notes.c.id).where(notes.c.key == key)).first() is not None

    def add(self, conversation_id: str, agent_id: str, text: str, key: str, now: datetime) -> int | None:
        """None when `key` is there already."""
        row = {"conversation_id": conversation_id, "agent_id": agent_id, "text": text.replace("\x00", ""), "key": key,
               "created_at": now}
        return add_one(self._db, notes, row, notes.c.key)

    def list_of(self, conversation_ids: Sequence[str], limit: int = 200) -> list[Note]:
        """The newest `limit` notes of these conversations, oldest first."""
        rows = self._db.execute(
            select(notes, agents.c.name).outerjoin(agents, agents.c.id == notes.c.agent_id)
            .where(notes.c.conversation_id.in_(list(conversation_ids))).order_by(notes.c.id.desc()).limit(limit)
        ).all()
        return [
            Note(row.id, row.conversation_id, row.agent_id, row.name or "", row.text, row.created_at)
            for row in reversed(rows)
        ]


class Labels:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def list_all(self) -> list[Label]:
        return [Label(row.id, row.name) for row in self._db.execute(select(labels).order_by(labels.c.folded))]

    def ensure(self, name: str, now: datetime) -> Label:
        """The label of this name, made where there is none."""
        row = {"id": uuid4().hex, "name": " ".join(name.split()), "folded": fold(name), "created_at": now}
        add_missing(self._db, labels, [row], labels.c.folded)
        found = self._db.execute(select(labels).where(labels.c.folded == fold(name))).one()
        return Label(found.id, found.name)

    def remove(self, label_id: str) -> None:
        """Take the label away from every conversation."""
        if not self._db.execute(delete(labels).where(labels.c.id == label_id)).rowcount:
            raise NotFound("no such label")

    def of(self, conversation_ids: Sequence[str]) -> dict[str, list[Label]]:
        rows = self._db.execute(
            select(conversation_labels.c.conversation_id, labels)
            .join(labels, labels.c.id == conversation_labels.c.label_id)
            .where(conversation_labels.c.conversation_id.in_(list(conversation_ids))).order_by(labels.c.folded)
        )
        found: dict[str, list[Label]] = defaultdict(list)
        for row in rows:
            found[row.conversation_id].append(Label(row.id, row.name))
        return found

    def attach(self, conversation_id: str, label_id: str) -> None:
        there = select(conversation_labels).where(
            conversation_labels.c.conversation_id == conversation_id, conversation_labels.c.label_id == label_id
        )
        if self._db.execute(there).one_or_none() is None:
            self._db.execute(insert(conversation_labels).values(conversation_id=conversation_id, label_id=label_id))

    def detach(self, conversation_id: str, label_id: str) -> None:
        self._db.execute(delete(conversation_labels).where(
            conversation_labels.c.conversation_id == conversation_id, conversation_labels.c.label_id == label_id
        ))


class CannedReplies:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def list_all(self) -> list[CannedReply]:
        rows = self._db.execute(select(canned_replies).order_by(canned_replies.c.shortcut))
        return [CannedReply(row.id, row.shortcut, row.title, row.text) for row in rows]

    def get(self, reply_id: str) -> CannedReply:
        row = self._db.execute(select(canned_replies).where(canned_replies.c.id == reply_id)).one_or_none()
        if row is None:
            raise NotFound("no such canned reply")
        return CannedReply(row.id, row.shortcut, row.title, row.text)

    def search(self, query: str, limit: int = 8) -> list[CannedReply]:
        """Those whose shortcut begins with the query first, then those that hold it anywhere."""
        holds = or_(*(column.icontains(query, autoescape=True) for column in
                      (canned_replies.c.shortcut, canned_replies.c.title, canned_replies.c.text)))
        rows = self._db.execute(
            select(canned_replies).where(holds)
            .order_by(~canned_replies.c.shortcut.istartswith(query, autoescape=True), canned_replies.c.shortcut)
            .limit(limit)
        )
        return [CannedReply(row.id, row.shortcut, row.title, row.text) for row in rows]

    def put(self, reply: CannedReply, now: datetime) -> CannedReply:
        """Add (empty id) or change one. Raises Conflict when another has its shortcut."""
        same = self._db.scalar(select(canned_replies.c.id).where(
            canned_replies.c.shortcut == reply.shortcut, canned_replies.c.id != reply.id
        ))
        if same is not None:
            raise Conflict(f"/{reply.shortcut} is taken by another canned reply")
        reply_id = reply.id or uuid4().hex
        row = {"id": reply_id, "shortcut": reply.shortcut, "title": reply.title, "text": reply.text, "updated_at": now}
        put(self._db, canned_replies, row, (canned_replies.c.id,))
        return self.get(reply_id)

    def remove(self, reply_id: str) -> None:
        self.get(reply_id)
        self._db.execute(delete(canned_replies).where(canned_replies.c.id == reply_id))
