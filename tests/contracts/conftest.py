"""Every channel behind the same port, connected to its simulator, or to servers that break in every way."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import uvicorn

from connectors.slack import Slack, SlackSettings
from connectors.telegram import TelegramChannel, TelegramSettings
from connectors.wechat import WechatChannel, WechatSettings
from desk.messages import Address, ChannelName
from desk.ports import Channel, WebhookRequest
from simulators import credentials
from simulators.app import Pace, Platforms, build_platforms
from tests.conftest import free_port
from tests.fakes.wire import Post

PLATFORM_NAMES = (ChannelName.WECHAT, ChannelName.TELEGRAM, ChannelName.SLACK)
CUSTOMERS = {ChannelName.WECHAT: "o7001", ChannelName.TELEGRAM: "7001", ChannelName.SLACK: "U7001"}


def connect(name: ChannelName, platforms_url: str) -> Channel:
    """The channel with the simulators' credentials."""
    match name:
        case ChannelName.WECHAT:
            return WechatChannel(WechatSettings(
                credentials.WECHAT_APP_ID, credentials.WECHAT_APP_SECRET, credentials.WECHAT_TOKEN,
                credentials.WECHAT_AES_KEY, platforms_url,
            ))
        case ChannelName.TELEGRAM:
            return TelegramChannel(TelegramSettings(
                credentials.TELEGRAM_BOT_TOKEN, credentials.TELEGRAM_WEBHOOK_SECRET, platforms_url,
                connect_timeout=1, answer_timeout=1,
            ))
        case _:
            return Slack(SlackSettings(
                credentials.SLACK_BOT_TOKEN, credentials.SLACK_SIGNING_SECRET, f"{platforms_url}/api/",
            ))


def customer(channel: Channel) -> Address:
    user = CUSTOMERS[channel.name]
    return Address(channel.name, channel.account, user, user)


def delivered(post: Post) -> WebhookRequest:
    """What the gateway hands to a connector."""
    headers = {name.lower(): value for name, value in post.headers.items()}
    return WebhookRequest("POST", post.query, headers, post.body, datetime.now(UTC))


@dataclass
class World:
    """A platform and our channel on it."""

    channel: Channel
    platforms: Platforms
    address: Address

    def arrived(self) -> list[str]:
        """The texts on the customer's phone that came from us."""
        match self.channel.name:
            case ChannelName.WECHAT:
                lines = [line.as_json() for line in self.platforms.wechat.messages(self.address.user)]
            case ChannelName.TELEGRAM:
                lines = self.platforms.telegram.messages(self.address.user)
            case _:
                workspace = self.platforms.slack.workspace
                return [line.text for line in workspace.lines_of(self.address.user, 0)
                        if line.author == workspace.bot_user_id]
        return [str(line["text"]) for line in lines if line["direction"] == "out"]


@contextlib.asynccontextmanager
async def served(app: object, port: int) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", ws="none",  # type: ignore[arg-type]
                                           timeout_graceful_shutdown=0))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await task


@pytest.fixture(params=PLATFORM_NAMES, ids=str)
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Each platform in turn, with a customer who has just written."""
    port = free_port()
    pace = Pace(telegram_rate=None, slack_rate=None)
    platforms = build_platforms("http://127.0.0.1:9", f"http://127.0.0.1:{port}", pace)
    platforms.telegram.add_user("7001", "Li")
    platforms.slack.add_user("U7001", "Li")
    platforms.wechat.people.contact(platforms.wechat.add_user("o7001"), "message")
    async with served(platforms.app, port):
        channel = connect(request.param, f"http://127.0.0.1:{port}")
        await channel.start()
        await channel.check()
        yield World(channel, platforms, customer(channel))
        await channel.stop()


@pytest.fixture(params=PLATFORM_NAMES, ids=str)
async def channel(request: pytest.FixtureRequest) -> AsyncIterator[Channel]:
    """Each channel, with a platform that nobody can reach."""
    found = connect(request.param, f"http://127.0.0.1:{free_port()}")
    yield found
    await found.stop()


Breaks = Callable[[asyncio.StreamReader, asyncio.StreamWriter], "asyncio.Future[None]"]


@contextlib.asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """A server that reads a request and then says these bytes and hangs up; its address."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        # WeChat asks for a token first: that much works.
        if b"/stable_token" in head or b"/cgi-bin/token" in head:
            body = b'{"access_token": "t", "expires_in": 7200}'
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                         b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
        else:
            writer.write(answer)
        await writer.drain()
        writer.close()

    listener = socket.create_server(("127.0.0.1", 0))
    server = await asyncio.start_server(handle, sock=listener)
    async with server:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
