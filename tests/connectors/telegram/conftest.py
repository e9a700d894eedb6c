"""A bot's connector without a network, and one connected to simulated Telegram over loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.telegram import TelegramChannel, TelegramSettings
from desk.errors import NotFound
from desk.messages import Address, ChannelName
from desk.ports import FetchedFile, WebhookRequest
from simulators.telegram import TelegramSimulator

TOKEN = "123456:TEST-token_0"
SECRET = "s3cret_-Z"
PAYLOADS = Path(__file__).parents[2] / "payloads" / "telegram"
NOW = datetime(2025, 11, 22, 2, 0, tzinfo=UTC)

PostsUpdate = Callable[..., WebhookRequest]


@pytest.fixture
def settings() -> TelegramSettings:
    return TelegramSettings(TOKEN, SECRET, api_base="http://127.0.0.1:9", connect_timeout=0.5, answer_timeout=0.5)


@pytest.fixture
def post() -> PostsUpdate:
    """A webhook request as Telegram makes it, from a payload's name or from bytes."""

    def build(payload: str | bytes, secret: str | None = SECRET) -> WebhookRequest:
        body = payload if isinstance(payload, bytes) else (PAYLOADS / f"{payload}.json").read_bytes()
        headers = {} if secret is None else {"x-telegram-bot-api-secret-token": secret}
        return WebhookRequest("POST", {}, headers, body, NOW)

    return build


@dataclass(slots=True)
class Platform:
    """Simulated Telegram on a loopback port."""

    sim: TelegramSimulator
    url: str
    server: uvicorn.Server
    task: "asyncio.Task[None]"

    async def stop(self) -> None:
        self.server.should_exit = True
        self.server.force_exit = True
        await self.task


Serve = Callable[[TelegramSimulator], Awaitable[Platform]]


@pytest.fixture
def serve() -> Serve:
    return _serve


async def _serve(sim: TelegramSimulator) -> Platform:
    server, task, url = await listen(Starlette(routes=sim.routes))
    return Platform(sim, url, server, task)


async def listen(app: Starlette) -> tuple[uvicorn.Server, "asyncio.Task[None]", str]:
    """The app on a loopback port: its server, the task it runs in and its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    return server, task, f"http://127.0.0.1:{port}"


@dataclass(slots=True)
class Scripted:
    """A Bot API of which a test says what it answers."""

    url: str
    answer: Callable[[Request], Response] = lambda _: Response(status_code=503)

    def gives(self, status: int, content: Any) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.answer = lambda _: Response(body, status)


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    async def answer(request: Request) -> Response:
        await request.body()
        return api.answer(request)

    server, task, url = await listen(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])]))
    api = Scripted(url)
    yield api
    server.should_exit = True
    server.force_exit = True
    await task


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    sim = TelegramSimulator(TOKEN, SECRET, username="demo_bot", rate=None)
    sim.add_user("1001", "小明 王")
    sim.add_user("1002", "Ann")
    running = await _serve(sim)
    yield running
    await running.stop()
    await sim.stop()


STORED = {
    "photo-1": FetchedFile(b"\xff\xd8photo", "image/jpeg", "map.jpg"),
    "doc-1": FetchedFile(b"%PDF", "application/pdf", "invoice.pdf"),
}


async def open_file(file_id: str) -> FetchedFile:
    if file_id == "disk-full":
        raise OSError("no space")
    if file_id not in STORED:
        raise NotFound("no such file")
    return STORED[file_id]


@pytest.fixture
async def channel(platform: Platform, settings: TelegramSettings) -> AsyncIterator[TelegramChannel]:
    """Connected, and aware of its own name."""
    connected = TelegramChannel(replace(settings, api_base=platform.url), open_file)
    await connected.check()
    yield connected
    await connected.stop()


@pytest.fixture
async def offline(settings: TelegramSettings) -> AsyncIterator[TelegramChannel]:
    """Nothing listens where its Bot API should be."""
    unplugged = TelegramChannel(settings, open_file)
    yield unplugged
    await unplugged.stop()


@pytest.fixture
def customer() -> Address:
    return Address(ChannelName.TELEGRAM, "123456", chat="1001", user="1001")


@pytest.fixture
async def webhook(
    channel: TelegramChannel, platform: Platform, post: PostsUpdate
) -> Callable[[], Awaitable[WebhookRequest]]:
    """The next update that waits on the platform, as the webhook request it would be."""
    offset = 0
    token_url = f"{platform.url}/bot{TOKEN}/getUpdates"

    async def next_update() -> WebhookRequest:
        nonlocal offset
        async with httpx.AsyncClient(trust_env=False) as http:
            (update, *_) = (await http.post(token_url, json={"offset": offset, "timeout": 2})).json()["result"]
        offset = update["update_id"] + 1
        return post(json.dumps(update).encode())

    return next_update
