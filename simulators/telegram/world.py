"""People, chats, messages and files: what Telegram remembers."""

import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any


@dataclass(slots=True)
class Person:
    """Somebody with a phone. `started`: has pressed Start, so the bot may write."""

    id: int
    name: str
    language: str = "zh-hans"
    started: bool = True
    blocks: bool = False

    def as_user(self) -> dict[str, Any]:
        first, _, last = self.name.partition(" ")
        user = {"id": self.id, "is_bot": False, "first_name": first, "language_code": self.language}
        return user | ({"last_name": last} if last else {})

    def as_chat(self) -> dict[str, Any]:
        return {"id": self.id, "type": "private", "first_name": self.name.partition(" ")[0]}


@dataclass(slots=True)
class Line:
    """One message on the phones in a chat; "in" goes to the bot. `state`: pending, delivered, failed."""

    seq: int
    chat: int
    direction: str
    message: dict[str, Any]
    state: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def text(self) -> str:
        return str(self.message.get("text") or self.message.get("caption") or "")

    def as_json(self, prefix: str) -> dict[str, Any]:
        photo = self.message.get("photo")
        return {
            "seq": self.seq,
            "id": str(self.message["message_id"]),
            "direction": self.direction,
            "text": self.text,
            "buttons": [
                {"title": key["text"], "id": key.get("callback_data", ""), "url": key.get("url", "")}
                for row in self.message.get("reply_markup", {}).get("inline_keyboard", [])
                for key in row
            ],
            "image": f"{prefix}/files/{photo[-1]['file_id']}" if photo else None,
            "at": self.at.isoformat().replace("+00:00", "Z"),
            "state": self.state,
            "user": str(self.message["from"]["id"]),
        }


@dataclass(frozen=True, slots=True)
class StoredFile:
    id: str
    path: str
    content: bytes
    media_type: str
    name: str


class World:
    """What exists. `kept` bounds messages and files; ids begin at the clock, so a restart never repeats one."""

    def __init__(self, bot: dict[str, Any], kept: int) -> None:
        self.bot = bot
        self.people: dict[int, Person] = {}
        self.groups: dict[int, dict[str, Any]] = {}
        self.lines: deque[Line] = deque(maxlen=kept)
        self.files: OrderedDict[str, StoredFile] = OrderedDict()
        self._kept = kept
        self._message_ids = count(int(time.time() * 1000))
        self._seqs = count(1)

    def add_person(self, id: str, name: str, **more: Any) -> Person:
        """A person; one who is there already is renamed. Raises ValueError unless `id` is a positive number."""
        number = int(id)
        if number <= 0:
            raise ValueError("a person's id is positive")
        person = self.people.setdefault(number, Person(number, name or id, **more))
        person.name = name or person.name
        return person

    def group(self, id: str) -> dict[str, Any]:
        """The supergroup with this (negative) id, made when it is new."""
        number = int(id)
        if number >= 0:
            raise ValueError("a group's id is negative")
        return self.groups.setdefault(number, {"id": number, "type": "supergroup", "title": f"Group {-number}"})

    def message(self, chat: dict[str, Any], sender: dict[str, Any], **content: Any) -> dict[str, Any]:
        """A new message object, not yet on any phone."""
        base = {"message_id": next(self._message_ids), "date": int(time.time()), "chat": chat, "from": sender}
        return base | content

    def show(self, message: dict[str, Any], direction: str, state: str) -> Line:
        """Put a message on the phones of its chat."""
        line = Line(next(self._seqs), message["chat"]["id"], direction, message, state)
        self.lines.append(line)
        return line

    def find_anywhere(self, message_id: str) -> Line | None:
        """The line with this message: here, unlike on Telegram, ids are unique over all chats."""
        for line in reversed(self.lines):
            if str(line.message["message_id"]) == message_id:
                return line
        return None

    def store_file(self, content: bytes, media_type: str, name: str, folder: str) -> StoredFile:
        number = next(self._message_ids)
        suffix = name.rpartition(".")[2] or "bin"
        file = StoredFile(f"F{number}", f"{folder}/file_{number}.{suffix}", content, media_type, name)
        self.files[file.id] = file
        while len(self.files) > self._kept:
            self.files.popitem(last=False)
        return file
