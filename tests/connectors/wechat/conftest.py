import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from connectors.wechat import WechatChannel, WechatSettings
from connectors.wechat.crypto import MessageCipher
from desk.ports import FetchedFile, WebhookRequest
from simulators.wechat import WechatSimulator

APP_ID, SECRET, TOKEN = "wx5823bf96d3bd56c7", "an-app-secret", "frontdesk-token"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PAYLOADS = Path(__file__).parents[2] / "payloads" / "wechat"
NOW = datetime(2025, 1, 1, tzinfo=UTC)  # the payloads' CreateTime
PICTURE = FetchedFile(b"\x89PNG a picture", "image/png", "room.png")

Request = Callable[..., WebhookRequest]


def settings(**changes: object) -> WechatSettings:
    given = {"app_id": APP_ID, "app_secret": SECRET, "token": TOKEN, "encoding_aes_key": KEY}
    return WechatSettings(**(given | changes))


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


@pytest.fixture
def make_channel() -> Callable[..., WechatChannel]:
    async def open_file(file_id: str) -> FetchedFile:
        return PICTURE

    def make(**changes: object) -> WechatChannel:
        return WechatChannel(settings(**changes), open_file)

    return make


@pytest.fixture
async def channel(make_channel) -> AsyncIterator[WechatChannel]:
    channel = make_channel()
    await channel.start()
    yield channel
    await channel.stop()


@pytest.fixture
def payload() -> Callable[[str], bytes]:
    return lambda name: (PAYLOADS / f"{name}.xml").read_bytes()


@pytest.fixture
def vector() -> dict[str, str]:
    """A safe-mode message that another implementation encrypted."""
    return json.loads((PAYLOADS / "safe_mode_vector.json").read_text())


@pytest.fixture
def plain() -> Request:
    """A POST signed in plain mode."""

    def make(body: bytes, timestamp: str = "1735689600", **query: str) -> WebhookRequest:
        signed = {"signature": sha1(TOKEN, timestamp, "n1"), "timestamp": timestamp, "nonce": "n1"}
        return WebhookRequest("POST", signed | query, {"content-type": "text/xml"}, body, NOW)

    return make


@pytest.fixture
def sealed() -> Request:
    """A POST in safe mode."""

    def make(body: bytes, app_id: str = APP_ID, key: str = KEY, **query: str) -> WebhookRequest:
        encrypted = MessageCipher(key).encrypt(body, app_id)
        signed = {
            "signature": sha1(TOKEN, "1735689600", "n1"),
            "timestamp": "1735689600",
            "nonce": "n1",
            "encrypt_type": "aes",
            "msg_signature": sha1(TOKEN, "1735689600", "n1", encrypted),
        }
        envelope = f"<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        return WebhookRequest("POST", signed | query, {}, envelope.encode(), NOW)

    return make


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[str]:
    """The app on a loopback port; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=0)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event for it
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


@pytest.fixture
async def platform() -> AsyncIterator[WechatSimulator]:
    """The platform as it stands; u1 has just written, so a reply window is open."""
    simulator = WechatSimulator(app_id=APP_ID, app_secret=SECRET, token=TOKEN, webhook_url="http://127.0.0.1:9/")
    simulator.people.contact(simulator.add_user("u1"), "message")
    yield simulator
    await simulator.stop()


@pytest.fixture
async def platform_url(platform) -> AsyncIterator[str]:
    async with served(Starlette(routes=platform.routes)) as url:
        yield url


@pytest.fixture
async def sender(platform_url, make_channel) -> AsyncIterator[WechatChannel]:
    """Our channel, connected to the platform over a real port; patient for 0.3 s only."""
    channel = make_channel(api_base=platform_url, timeout=timedelta(seconds=0.3))
    yield channel
    await channel.stop()
