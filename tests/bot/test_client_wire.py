"""What the client makes of Rasa's answers, good and bad, on the wire format of Rasa 3.6."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.client import RasaBot
from desk.effects import SetConsent
from desk.errors import BotFailed, BotUnavailable
from desk.messages import Button, Language, OutboundMessage
from desk.ports import BotAnswer, Turn

Handler = Callable[[httpx.Request], httpx.Response]


def rasa(answers: Handler) -> RasaBot:
    http = httpx.AsyncClient(base_url="http://rasa", transport=httpx.MockTransport(answers))
    return RasaBot("http://rasa", lambda text, _: text, secret="s3cret", token="t0ken", http=http)


def turn(**changes: Any) -> Turn:
    return Turn(**({"conversation_id": "c/1", "key": "k1", "text": "你好", "language": Language.ZH_HANS} | changes))


async def test_text_buttons_and_effects_are_read_in_order() -> None:
    replies = [
        {"recipient_id": "c", "text": "一"},
        {"custom": {"frontdesk_effect": {"effect": "set_consent", "allowed": False, "words": "退订"}}},
        {"recipient_id": "c", "text": "二", "buttons": [{"title": "好", "payload": "/affirm"}]},
    ]
    answer = await rasa(lambda _: httpx.Response(200, json=replies)).answer(turn())
    assert answer == BotAnswer(
        (OutboundMessage("一"), OutboundMessage("二", (Button("好", "/affirm"),))), (SetConsent(False, "退订"),)
    )


async def test_a_message_travels_with_its_key_and_language_and_the_secret_only_when_it_is_ours() -> None:
    seen: list[httpx.Request] = []

    def channel(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[{"text": "好"}])

    bot = rasa(channel)
    await bot.answer(turn())
    await bot.answer(turn(text="/affirm", trusted=True))
    said, commanded = seen
    assert json.loads(said.content) == {
        "sender": "c/1", "message": "你好", "metadata": {"key": "k1", "language": "zh-Hans"},
    }
    assert "x-frontdesk-trusted" not in said.headers
    assert commanded.headers["x-frontdesk-trusted"] == "s3cret"
    assert "t0ken" not in str(said.url)


async def test_an_empty_answer_is_looked_up_once_before_it_counts_as_failed() -> None:
    def forgetful(events: list[dict[str, Any]]) -> Handler:
        return lambda request: httpx.Response(
            200, json=[] if request.method == "POST" else {"events": events}
        )

    user = {"event": "user", "text": "你好", "metadata": {"key": "k1"}}
    said = {"event": "bot", "text": "您好", "data": {"buttons": None, "custom": None}}
    assert (await rasa(forgetful([user, said])).answer(turn())).messages[0].text == "您好"
    with pytest.raises(BotFailed):
        await rasa(forgetful([user])).answer(turn())


async def test_a_tracker_path_takes_any_conversation_id() -> None:
    paths: list[str] = []

    def tracker(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.raw_path.decode())
        return httpx.Response(200, json={"events": []} if request.method == "GET" else [{"text": "好"}])

    await rasa(tracker).answer(turn(attempt=2))
    assert paths[0] == "/conversations/c%2F1/tracker?token=t0ken&include_events=ALL"


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_starting_or_missing_assistant_is_unavailable(status: int) -> None:
    with pytest.raises(BotUnavailable):
        await rasa(lambda _: httpx.Response(status)).answer(turn())


@pytest.mark.parametrize("broken", [
    httpx.Response(500, json={"error": "action_failed"}),
    httpx.Response(200, text="<html>"),
    httpx.Response(200, json={"text": "no list"}),
    httpx.Response(200, json=[{"text": "好", "custom": {"frontdesk_effect": {"effect": "delete_everything"}}}]),
    httpx.Response(200, json=[{"text": "好", "custom": {"frontdesk_effect": {"effect": "give_rating"}}}]),
])
async def test_an_answer_that_makes_no_sense_is_failed(broken: httpx.Response) -> None:
    with pytest.raises(BotFailed):
        await rasa(lambda _: broken).answer(turn())


async def test_a_slow_assistant_is_unavailable_and_the_error_keeps_secrets() -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("http://rasa/?token=t0ken", request=request)

    with pytest.raises(BotUnavailable) as error:
        await rasa(slow).answer(turn(text="我的密码是 1234", attempt=2))
    assert "t0ken" not in str(error.value)
    assert "1234" not in str(error.value)


async def test_a_server_without_a_model_is_unavailable() -> None:
    with pytest.raises(BotUnavailable):
        await rasa(lambda _: httpx.Response(200, json={"model_file": ""})).check()
    with pytest.raises(BotUnavailable):
        await rasa(lambda _: httpx.Response(401)).check()
