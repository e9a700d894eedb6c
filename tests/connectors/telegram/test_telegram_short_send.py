"""A text sent the short way is, to the Bot API, the request that the library would have made."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from connectors.telegram.rendering import render_calls
from connectors.telegram.sending import Sender
from connectors.telegram.transport import BotApiTransport, QuietBot
from desk.messages import Address, Button, ChannelName
from desk.rendering import Bubble
from tests.connectors.telegram.conftest import TOKEN, listen

PRIVATE = Address(ChannelName.TELEGRAM, "123456", "1001", "1001")
TOPIC = Address(ChannelName.TELEGRAM, "123456", "-100123", "1001", thread="7")
CHOICES = (Button("查订单", payload="/check_order", id="k3J9xQ2a"), Button("网站 / Site", url="https://example.org/?a=1&b=2"))

Heard = list[tuple[str, str, str, dict[str, str]]]


@pytest.fixture
async def both() -> AsyncIterator[tuple[QuietBot, BotApiTransport, Heard]]:
    """A bot at a Bot API that notes what it hears."""
    heard: Heard = []

    async def answer(request: Request) -> JSONResponse:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        heard.append((request.method, request.url.path, request.headers["content-type"], form))
        chat = {"id": 1001, "type": "private"}
        return JSONResponse({"ok": True, "result": {"message_id": 41 + len(heard), "date": 0, "chat": chat}})

    server, task, url = await listen(Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])]))
    transport = BotApiTransport(connect_timeout=1, answer_timeout=1, is_local=True)
    yield QuietBot(TOKEN, base_url=f"{url}/bot", request=transport, get_updates_request=transport), transport, heard
    await transport.shutdown()
    server.should_exit = server.force_exit = True
    await task


@pytest.mark.parametrize("address", [PRIVATE, TOPIC], ids=["private chat", "topic of a group"])
@pytest.mark.parametrize("bubble", [
    Bubble("您好"), Bubble("a & b = c +1 %20\n\n“ü” 😀"), Bubble("null"), Bubble("请选择", CHOICES),
    Bubble("", CHOICES),
], ids=["text", "signs", "a word of JSON", "choices", "only choices"])
async def test_the_bot_api_hears_the_same_both_ways(both, address: Address, bubble: Bubble) -> None:
    bot, transport, heard = both
    sent = await Sender(bot, transport, None, 1).send(address, bubble)
    (call,) = render_calls(address, bubble)
    by_the_library = await bot.send_message(**call.params)
    assert heard[0] == heard[1]
    assert (sent, str(by_the_library.message_id)) == ("42", "43")
