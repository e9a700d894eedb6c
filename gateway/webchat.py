"""The web chat: a page, and a socket that shows the history again after a reload."""

import asyncio
import json
import secrets
from math import ceil
from pathlib import Path
from typing import Any

import structlog
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from connectors.webchat import ACCOUNT, MAX_TEXT
from crm_store.database import DatabaseDown
from crm_store.signals import Topic
from desk.attachments import ENDINGS, MOST_FILES, OFFERED
from desk.conversations import Author, Message
from desk.errors import DeskError, MalformedRequest
from desk.messages import Address, AttachmentKind, ChannelName
from gateway.intake import Intake
from gateway.webchat_files import MOST_BYTES, FileIntake
from gateway.webchat_visitors import COOKIE, Pace, comes_from_our_page, visitor_of
from gateway.webchat_words import choose_language, words_for
from wiring.services import Services

KEPT_FOR = 60 * 60 * 24 * 30
POLL_SECONDS = 1.0
FRAMES_PER_MINUTE = 40
LATE = 1000
"""On PostgreSQL a message may be committed after others with higher numbers, but not after this many."""
FOLDER = Path(__file__).with_name("pages")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_FILE_RULES = {"accept": ENDINGS, "offered": OFFERED, "largest": MOST_BYTES, "most": MOST_FILES}
templates = Environment(loader=FileSystemLoader(FOLDER), autoescape=select_autoescape())
log = structlog.get_logger()


def webchat_routes(services: Services, intake: Intake) -> list[BaseRoute]:
    """GET /chat, its static files, its socket and its uploads."""
    pace = Pace(FRAMES_PER_MINUTE)

    async def page(request: Request) -> Response:
        language = choose_language(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))
        html = templates.get_template("chat.html").render(words=words_for(language), language=language.value,
                                                           max_text=MAX_TEXT, files=_FILE_RULES)
        response = HTMLResponse(html, headers=SECURITY_HEADERS)
        visitor = visitor_of(request) or secrets.token_hex(16)
        # Out of reach of scripts: whoever knows it reads this visitor's conversation.
        response.set_cookie(COOKIE, visitor, max_age=KEPT_FOR, httponly=True, samesite="lax", path="/chat",
                            secure=services.settings.base_url.startswith("https"))
        return response

    async def socket(websocket: WebSocket) -> None:
        visitor = visitor_of(websocket)
        if not visitor or not comes_from_our_page(websocket, services.settings.base_url):
            await websocket.close(1008)
            return
        await websocket.accept()
        await _Talk(services, intake, pace, websocket, visitor).run()

    return [
        Route("/chat", page), WebSocketRoute("/chat/socket", socket),
        Route("/chat/files", FileIntake(services, intake).receive, methods=["POST"]),
        Mount("/chat/static", StaticFiles(directory=FOLDER / "static")),
    ]


class _Talk:
    """One open socket: frames in, new messages out."""

    def __init__(self, services: Services, intake: Intake, pace: Pace, websocket: WebSocket, visitor: str) -> None:
        self._services = services
        self._intake = intake
        self._pace = pace
        self._socket = websocket
        self._visitor = visitor
        self._address = Address(ChannelName.WEBCHAT, ACCOUNT, visitor, visitor)

    async def run(self) -> None:
        """Until the page goes away."""
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect):
                log.warning("webchat_socket_failed", error=type(result).__name__)
        if self._socket.client_state is WebSocketState.CONNECTED:
            await asyncio.gather(self._socket.close(1011), return_exceptions=True)

    async def _read(self) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            await self._tell(await self._take(event.get("text") or ""))

    async def _take(self, raw: str) -> dict[str, Any]:
        """Store what a frame holds; returns what the page hears of it."""
        frame_id = ""
        try:
            frame = _object(raw)
            frame_id = str(frame.get("id", ""))[:64]
            if wait := self._pace.wait(self._visitor, asyncio.get_running_loop().time()):
                return {"type": "error", "id": frame_id, "code": "too_fast", "wait": ceil(wait)}
            message = self._services.channels.webchat.parse(self._visitor, frame, self._services.clock.now())
            await self._intake.accept([message])
        except DatabaseDown:
            return {"type": "error", "id": frame_id, "code": "try_again"}
        except DeskError:
            return {"type": "error", "id": frame_id, "code": "not_understood"}
        return {"type": "stored", "id": frame_id}

    async def _write(self) -> None:
        sent: set[int] = set()
        first = True
        while True:
            mark = self._services.signals.mark(Topic.EVENT)
            fresh = [m for m in await self._since(max(sent, default=0) - LATE) if m.id not in sent]
            sent.update(m.id for m in fresh)
            if first or fresh:
                shown = [_shown(m) for m in fresh if m.text or m.attachments or m.buttons]
                await self._tell({"type": "messages", "first": first, "messages": shown})
            first = False
            await self._services.signals.wait(Topic.EVENT, mark, POLL_SECONDS)

    async def _since(self, after: int) -> list[Message]:
        return await self._services.store.read(lambda tx: tx.messages.list_of_address(self._address, max(after, 0)))

    async def _tell(self, frame: dict[str, Any]) -> None:
        await self._socket.send_text(json.dumps(frame))


def _object(raw: str) -> dict[str, Any]:
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        raise MalformedRequest("not JSON") from None
    if not isinstance(frame, dict):
        raise MalformedRequest("not an object")
    return frame


def _shown(message: Message) -> dict[str, Any]:
    return {
        "seq": message.id,
        "author": message.author.value,
        "name": message.agent_name if message.author is Author.AGENT else "",
        "text": message.text,
        "at": message.created_at.isoformat(),
        "buttons": [{"id": b.id, "title": b.title, "url": b.url} for b in message.buttons],
        "files": [
            {"url": f"/files/{item.file_id}", "name": item.name, "image": item.kind is AttachmentKind.IMAGE}
            for item in message.attachments if item.file_id
        ],
        "source": message.source.rsplit(":", 1)[-1] if message.author is Author.CUSTOMER else "",
    }
