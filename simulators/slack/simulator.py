"""The workspace as its people and its servers act: verbs for tests and for the control paths."""

import struct
import zlib
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from starlette.routing import BaseRoute

from simulators.slack import payloads
from simulators.slack.blocks import escape
from simulators.slack.controls import Controls
from simulators.slack.courier import Courier, Delivery
from simulators.slack.faults import Faults
from simulators.slack.web_api import WebApi
from simulators.slack.workspace import Line, SlackError, StoredFile, Workspace

_FILES = {
    "image": ("photo.png", "image/png"),
    "photo": ("photo.png", "image/png"),
    "voice": ("voice.m4a", "audio/mp4"),
    "video": ("video.mp4", "video/mp4"),
    "document": ("document.txt", "text/plain"),
}


class SlackSimulator:
    """One Slack workspace with one app in it.

    Seconds everywhere. `answer_limit` is how long Slack waits for an answer, `retry_delays` what it waits before each
    repeat; `channel_rate` bounds messages per second into one conversation (None: unbounded). `public_url` is needed
    only where a person sends a file before the app has called us once.
    """

    def __init__(
        self,
        bot_token: str,
        signing_secret: str,
        webhook_url: str,
        *,
        client: httpx.AsyncClient | None = None,
        answer_limit: float = 3.0,
        retry_delays: Sequence[float] = (0.0, 60.0, 300.0),
        channel_rate: float | None = 1.0,
        channel_burst: int = 10,
        ledger_size: int = 10_000,
        public_url: str = "",
        team_id: str = "T0FRONTDESK",
        bot_user_id: str = "U0FRONTDESK",
    ) -> None:
        self.workspace = Workspace(team_id, bot_user_id, history=ledger_size)
        self.faults = Faults()
        self._ledger: deque[dict[str, Any]] = deque(maxlen=ledger_size)
        self._owns_client = client is None
        self._client = client or httpx.AsyncClient()
        self._courier = Courier(
            webhook_url, signing_secret, self._client,
            answer_limit=answer_limit, retry_delays=retry_delays, note=self._note,
        )
        self._api = WebApi(
            self.workspace, bot_token, self.faults, channel_rate=channel_rate, channel_burst=channel_burst,
            posted=self._echo, note=self._note,
        )
        self._public_url = public_url.rstrip("/")

    @property
    def routes(self) -> list[BaseRoute]:
        return [*self._api.routes, *Controls(self).routes]

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """Every webhook attempt and every API call so far, oldest first."""
        return list(self._ledger)

    async def start(self) -> None:
        """Nothing runs on its own: events begin with what people do."""

    async def stop(self) -> None:
        self._api.release()
        await self._courier.stop()
        if self._owns_client:
            await self._client.aclose()

    async def settled(self) -> None:
        """Wait until every webhook has been taken or given up."""
        await self._courier.settled()

    def add_user(self, user: str, name: str) -> None:
        self.workspace.add_person(user, name)

    async def send(
        self, user: str, text: str, *, channel: str = "", thread: str = "", mention: bool = True, kind: str = "text"
    ) -> str:
        """Somebody writes: to the app, or into `channel`, where `mention` calls the app. Returns the message's ts."""
        person = self.workspace.add_person(user, user)
        chat = channel or person.direct_chat
        stored = self._file(kind)
        line = self.workspace.add_line(
            chat, user, text, thread=thread, file_id=stored.id if stored else "", state="sending"
        )
        wire, mentions = escape(text), bool(channel) and mention
        if channel:
            self.workspace.members.setdefault(channel, set()).add(user)
        if mentions:
            wire = f"<@{self.workspace.bot_user_id}> {wire}".strip()
        files = [self.workspace.file_json(stored, self._public_url or self._api.called_at)] if stored else []
        inner = payloads.message(self.workspace, line, wire, files)
        self._send_event(inner, line)
        if mentions:  # Slack reports a mention twice, as two events of one message
            self._send_event({**inner, "type": "app_mention"}, line)
        return line.ts

    async def click(self, user: str, message: str | int, button: str) -> None:
        """Somebody taps a button, given by its wire value (or by its address, for a link)."""
        line = self._line(message)
        shown = next((b for b in line.buttons if button and button in (b.id, b.url)), None)
        if shown is None:
            raise SlackError("no_such_button")
        self._courier.send(payloads.tap(self.workspace, self.workspace.person(user), line, shown))

    async def edit(self, message: str | int, text: str) -> None:
        line = self._line(message)
        line.text = text
        self._send_event(payloads.edited(line, escape(text), self.workspace.next_ts()))

    async def delete(self, message: str | int) -> None:
        line, ts = self._line(message), self.workspace.next_ts()
        self.workspace.lines.remove(line)
        self._send_event({
            "type": "message", "subtype": "message_deleted", "channel": line.chat, "ts": ts, "event_ts": ts,
            "deleted_ts": line.ts, "hidden": True,
        })

    async def happen(self, kind: str, user: str = "") -> None:
        """An event of the workspace: app_home_opened, member_joined_channel, app_uninstalled, tokens_revoked ..."""
        ts = self.workspace.next_ts()
        chat = self.workspace.person(user).direct_chat if user else ""
        self._send_event({"type": kind, "user": user, "channel": chat, "tab": "messages", "event_ts": ts})

    async def deactivate(self, user: str, *, active: bool = False) -> None:
        """The person leaves the workspace (or returns): nothing can be sent to them."""
        self.workspace.person(user).active = active

    async def verify_url(self) -> bool:
        """What Slack does when the request URL is saved: the app must give the challenge back."""
        challenge = uuid4().hex
        asked = payloads.notice(self.workspace, "url_verification", challenge=challenge)
        attempt = await self._courier.ask(asked)
        return attempt.status == 200 and challenge.encode() in attempt.body

    async def report_rate_limit(self) -> None:
        """Slack tells the app that it gets more than 30,000 events an hour."""
        self._courier.send(payloads.notice(self.workspace, "app_rate_limited", minute_rate_limited=1))

    async def deliver(self, delivery: Delivery) -> None:
        """Send a webhook of the caller's own making, signed and repeated as any other."""
        self._courier.send(delivery)

    def messages(self, user: str, after: int = 0) -> list[Line]:
        return self.workspace.lines_of(user, after)

    def _send_event(self, inner: dict[str, Any], line: Line | None = None) -> None:
        def done(taken: bool) -> None:
            if line is not None:
                line.state = "delivered" if taken else "failed"

        delivery = payloads.event(self.workspace, inner)
        self._courier.send(delivery, done)
        if self.faults.take_repeat():
            self._courier.send(delivery)

    def _echo(self, line: Line) -> None:
        """Slack reports the app's own messages to it like anybody's, marked with its bot_id."""
        inner = payloads.message(self.workspace, line, escape(line.text), [])
        self._send_event({**inner, "bot_id": "B0FRONTDESK", "app_id": payloads.APP_ID})

    def _line(self, message: str | int) -> Line:
        line = self.workspace.line(message)
        if line is None:
            raise SlackError("message_not_found")
        return line

    def _file(self, kind: str) -> StoredFile | None:
        if kind not in _FILES:
            return None
        name, media_type = _FILES[kind]
        content = _picture() if media_type == "image/png" else b"What the customer sent.\n"
        return self.workspace.add_file(name, media_type, content)

    def _note(self, entry: dict[str, Any]) -> None:
        self._ledger.append({"at": datetime.now(UTC).isoformat(), **entry})


def _picture(side: int = 48) -> bytes:
    """A plain PNG."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes((0x2E, 0xB6, 0x7D)) * side) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
