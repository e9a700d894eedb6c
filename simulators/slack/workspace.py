"""Who and what is in the workspace: people, conversations, messages and files, held in memory."""

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any


class SlackError(Exception):
    """A refusal as Slack words it: {"ok": false, "error": code}."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Person:
    id: str
    name: str
    active: bool = True

    @property
    def direct_chat(self) -> str:
        """The conversation between this person and the app."""
        return "D" + self.id[1:]


@dataclass(frozen=True, slots=True)
class Shown:
    """A button as a person sees it; `id` is the value that comes back, "" for a link."""

    title: str
    id: str
    url: str
    action_id: str
    block_id: str


@dataclass(slots=True)
class Line:
    """One message as it stands in a conversation. `ts` is Slack's id of it, `author` a user id."""

    seq: int
    ts: str
    chat: str
    author: str
    text: str
    at: datetime
    thread: str = ""
    buttons: tuple[Shown, ...] = ()
    file_id: str = ""
    state: str = "delivered"


@dataclass(slots=True)
class StoredFile:
    id: str
    name: str
    media_type: str
    content: bytes = b""
    size: int = 0  # what was announced before the upload


@dataclass(slots=True)
class Workspace:
    """The state of one workspace, bounded: old messages and files are forgotten."""

    team_id: str
    bot_user_id: str
    history: int = 10_000
    people: dict[str, Person] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)  # of channels
    files: dict[str, StoredFile] = field(default_factory=dict)
    lines: deque[Line] = field(init=False)
    _seq: "count[int]" = field(default_factory=lambda: count(1))
    _last_us: int = 0

    def __post_init__(self) -> None:
        self.lines = deque(maxlen=self.history)

    def add_person(self, user: str, name: str) -> Person:
        return self.people.setdefault(user, Person(user, name))

    def person(self, user: str) -> Person:
        found = self.people.get(user)
        if found is None:
            raise SlackError("user_not_found")
        return found

    def owner(self, chat: str) -> Person | None:
        return next((person for person in self.people.values() if person.direct_chat == chat), None)

    def chat(self, channel: str) -> str:
        """The conversation that a `channel` argument means. Raises SlackError for none of ours."""
        person = self.people.get(channel) or self.owner(channel)
        if person is not None and person.active:
            return person.direct_chat
        if channel in self.members:
            return channel
        raise SlackError("channel_not_found")

    def recipient(self, chat: str, thread: str) -> str:
        """Whom a message of the app there is meant for: the person, or who began the thread, or the channel."""
        person = self.owner(chat)
        if person is not None:
            return person.id
        root = self.line(thread) if thread else None
        return root.author if root is not None else chat

    def add_line(
        self, chat: str, author: str, text: str, *, thread: str = "", buttons: tuple[Shown, ...] = (),
        file_id: str = "", state: str = "delivered",
    ) -> Line:
        line = Line(
            next(self._seq), self.next_ts(), chat, author, text, datetime.now(UTC), thread, buttons, file_id, state
        )
        self.lines.append(line)
        return line

    def line(self, message: str | int) -> Line | None:
        """The message with this ts, or with this seq."""
        return next((line for line in self.lines if message in (line.ts, line.seq)), None)

    def lines_of(self, user: str, after: int) -> list[Line]:
        """What this person sees: their direct chat, and the channels they have written in."""
        person = self.people.get(user)
        chats = {channel for channel, members in self.members.items() if user in members}
        if person is not None:
            chats.add(person.direct_chat)
        return [line for line in self.lines if line.seq > after and line.chat in chats]

    def add_file(self, name: str, media_type: str, content: bytes = b"", size: int = 0) -> StoredFile:
        stored = StoredFile(f"F{next(self._seq):010d}", name, media_type, content, size or len(content))
        self.files[stored.id] = stored
        while len(self.files) > 200:
            del self.files[next(iter(self.files))]
        return stored

    def next_ts(self) -> str:
        """Slack's message id: seconds and microseconds, never the same twice."""
        self._last_us = max(time.time_ns() // 1000, self._last_us + 1)
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    def file_json(self, stored: StoredFile, base_url: str) -> dict[str, Any]:
        """A file as events and files.info describe it."""
        return {
            "id": stored.id, "name": stored.name, "title": stored.name, "mimetype": stored.media_type,
            "size": stored.size, "mode": "hosted", "is_external": False,
            "url_private": f"{base_url}/files-pri/{self.team_id}-{stored.id}/{stored.name}",
            "url_private_download": f"{base_url}/files-pri/{self.team_id}-{stored.id}/download/{stored.name}",
        }
