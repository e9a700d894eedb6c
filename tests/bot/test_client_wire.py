"""What the client makes of Rasa's answers, good and bad, on the wire format of Rasa 3.6."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from json import loads
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.client import RasaBot
from desk.effects import SetConsent
from desk.errors import BotFailed, BotUnavailable
from desk.messages import Button, Language, OutboundMessage
from desk.ports import BotAnswer, Turn

Handler = Callable[[web.Request], web.Response]
BODY = web.RequestKey("body", bytes)
Connects = Callable[[Handler], Awaitable[RasaBot]]


@pytest.fixture
async def rasa() -> AsyncIterator[Connects]:
    """Connects a client to a server on loopback that answers everything with this function."""
    running: list[tuple[RasaBot, TestServer]] = []

    async def connect(answers: Handler) -> RasaBot:
        async def handle(request: web.Request) -> web.Response:
            request[BODY] = await request.read()
            return answers(request)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        server = TestServer(app)
        await server.start_server()
        bot = RasaBot(str(server.make_url("/")), lambda text, _: text, secret="s3cret", token="t0ken", timeout=0.3)
        running.append((bot, server))
        return bot

    yield connect
    for bot, server in running:
        await bot.close()
        await server.close()


def turn(**changes: Any) -> Turn:
    return Turn(**({"conversation_id": "c/1", "key": "k1", "text": "你好", "language": Language.ZH_HANS} | changes))


async def test_text_buttons_and_effects_are_read_in_order(rasa: Connects) -> None:
    replies = [
        {"recipient_id": "c", "text": "一"},
        {"custom": {"frontdesk_effect": {"effect": "set_consent", "allowed": False, "words": "退订"}}},
        {"recipient_id": "c", "text": "二", "buttons": [{"title": "好", "payload": "/affirm"}]},
    ]
    answer = await (await rasa(lambda _: web.json_response(replies))).answer(turn())
    assert answer == BotAnswer(
        (OutboundMessage("一"), OutboundMessage("二", (Button("好", "/affirm"),))), (SetConsent(False, "退订"),)
    )


async def test_a_message_travels_with_its_key_and_language_and_the_secret_only_when_it_is_ours(rasa: Connects) -> None:
    seen: list[tuple[str, Any, str | None]] = []

    def channel(request: web.Request) -> web.Response:
        seen.append((str(request.url), loads(request[BODY]), request.headers.get("X-Frontdesk-Trusted")))
        return web.json_response([{"text": "好"}])

    bot = await rasa(channel)
    await bot.answer(turn())
    await bot.answer(turn(text="/affirm", trusted=True))
    (url, said, secret), (_, _, command_secret) = seen
    assert said == {"sender": "c/1", "message": "你好", "metadata": {"key": "k1", "language": "zh-Hans"}}
    assert (secret, command_secret) == (None, "s3cret")
    assert "t0ken" not in url


async def test_an_empty_answer_is_looked_up_once_before_it_counts_as_failed(rasa: Connects) -> None:
    def forgetful(events: list[dict[str, Any]]) -> Handler:
        return lambda request: web.json_response([] if request.method == "POST" else {"events": events})

    user = {"event": "user", "text": "你好", "metadata": {"key": "k1"}}
    said = {"event": "bot", "text": "您好", "data": {"buttons": None, "custom": None}}
    assert (await (await rasa(forgetful([user, said]))).answer(turn())).messages[0].text == "您好"
    with pytest.raises(BotFailed):
        await (await rasa(forgetful([user]))).answer(turn())


async def test_a_tracker_path_takes_any_conversation_id(rasa: Connects) -> None:
    paths: list[str] = []

    def tracker(request: web.Request) -> web.Response:
        paths.append(request.raw_path)
        return web.json_response({"events": []} if request.method == "GET" else [{"text": "好"}])

    await (await rasa(tracker)).answer(turn(attempt=2))
    assert paths[0] == "/conversations/c%2F1/tracker?token=t0ken&include_events=ALL"


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_starting_or_missing_assistant_is_unavailable(rasa: Connects, status: int) -> None:
    with pytest.raises(BotUnavailable):
        await (await rasa(lambda _: web.Response(status=status))).answer(turn())


@pytest.mark.parametrize("broken", [
    (500, '{"error": "action_failed"}'),
    (307, "[]"),
    (200, "<html>"),
    (200, "[]"),
    (200, '{"text": "no list"}'),
    (200, '[{"text": "好", "custom": {"frontdesk_effect": {"effect": "delete_everything"}}}]'),
    (200, '[{"text": "好", "custom": {"frontdesk_effect": {"effect": "give_rating"}}}]'),
])
async def test_an_answer_that_makes_no_sense_is_failed(rasa: Connects, broken: tuple[int, str]) -> None:
    status, text = broken
    with pytest.raises(BotFailed):
        await (await rasa(lambda _: web.Response(status=status, text=text))).answer(turn())


async def test_an_assistant_that_is_not_there_is_unavailable(unused_tcp_port: int) -> None:
    bot = RasaBot(f"http://127.0.0.1:{unused_tcp_port}", lambda text, _: text, secret="s3cret")
    with pytest.raises(BotUnavailable):
        await bot.answer(turn())
    await bot.close()


async def test_a_slow_assistant_is_unavailable_and_the_error_keeps_secrets() -> None:
    silent = await asyncio.start_server(lambda *_: asyncio.sleep(5), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    bot = RasaBot(f"http://127.0.0.1:{port}", lambda text, _: text, secret="s3cret", token="t0ken", timeout=0.1)
    with pytest.raises(BotUnavailable) as error:
        await bot.answer(turn(text="我的密码是 1234", attempt=2))
    assert "t0ken" not in str(error.value)
    assert "1234" not in str(error.value)
    await bot.close()
    silent.close()


async def test_an_assistant_that_hangs_up_is_unavailable(rasa: Connects) -> None:
    def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    with pytest.raises(BotUnavailable):
        await (await rasa(hang_up)).answer(turn())


async def test_a_server_without_a_model_is_unavailable(rasa: Connects) -> None:
    with pytest.raises(BotUnavailable):
        await (await rasa(lambda _: web.json_response({"model_file": ""}))).check()
    with pytest.raises(BotUnavailable):
        await (await rasa(lambda _: web.Response(status=401))).check()


async def test_the_assistant_is_asked_about_a_few_messages_at_once_and_the_others_wait() -> None:
    asked, most = 0, 0

    async def handle(request: web.Request) -> web.Response:
        nonlocal asked, most
        asked += 1
        most = max(most, asked)
        await asyncio.sleep(0.02)
        asked -= 1
        return web.json_response([{"text": "好"}])

    app = web.Application()
    app.router.add_post("/{path:.*}", handle)
    async with TestServer(app) as server:
        bot = RasaBot(str(server.make_url("/")), lambda text, _: text, secret="s3cret", at_once=3)
        answers = await asyncio.gather(*(bot.answer(turn(key=f"k{n}")) for n in range(12)))
        await bot.close()
    assert (len(answers), most) == (12, 3)
