import asyncio
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import uvicorn
from starlette.applications import Starlette

from connectors.slack import Slack, SlackSettings
from desk.ports import WebhookRequest

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TOKEN = "xoxb-canary-token-0001"
NOW = datetime(2023, 11, 14, 22, 15, 30, tzinfo=UTC)
PAYLOADS = Path(__file__).parents[2] / "payloads" / "slack"

Sign = Callable[..., WebhookRequest]


@pytest.fixture
def payload() -> Callable[[str], dict[str, Any]]:
    return lambda name: json.loads((PAYLOADS / f"{name}.json").read_text())


@pytest.fixture
def sign() -> Sign:
    """Make a request as Slack signs it, of bytes, an event (JSON) or an interaction (form)."""

    def build(content: Any, *, secret: str = SECRET, at: datetime = NOW, media_type: str = "") -> WebhookRequest:
        if isinstance(content, bytes):
            body, kind = content, "application/json"
        elif content.get("type") in ("block_actions", "view_submission"):
            body, kind = urlencode({"payload": json.dumps(content)}).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = json.dumps(content).encode(), "application/json"
        timestamp = str(int(at.timestamp()))
        digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        headers = {
            "content-type": media_type or kind, "x-slack-request-timestamp": timestamp,
            "x-slack-signature": f"v0={digest}",
        }
        return WebhookRequest("POST", {}, headers, body, NOW)

    return build


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    """The connector, with an API address where nobody listens."""
    channel = Slack(SlackSettings(TOKEN, SECRET, api_base="http://127.0.0.1:9/api/"))
    yield channel
    await channel.stop()


Serve = Callable[[Starlette], AbstractAsyncContextManager[str]]


@pytest.fixture
def serve() -> Serve:
    """Run an app on a loopback port and give its address."""

    @asynccontextmanager
    async def running(app: Any) -> AsyncIterator[str]:
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task

    return running
