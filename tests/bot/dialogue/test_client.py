"""The way to the assistant: repeats, restarts, and parts that are down, against the real Rasa."""

import asyncio
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from bot.client import RasaBot
from desk.effects import NoteGap, RequestHandoff
from desk.errors import BotFailed, BotUnavailable
from desk.messages import Language
from desk.ports import Turn
from tests.bot.conftest import SECRET, TOKEN, Assistant, Chat, RasaServer, free_port, to_traditional
from tests.fakes.records import order

pytestmark = pytest.mark.rasa


async def user_events(assistant: Assistant, conversation: str) -> list[dict[str, object]]:
    async with httpx.AsyncClient(base_url=assistant.rasa.url, params={"token": TOKEN}) as http:
        tracker = (await http.get(f"/conversations/{conversation}/tracker", params={"include_events": "ALL"})).json()
    return [event for event in tracker["events"] if event["event"] == "user"]


async def test_a_repeated_turn_gets_the_same_answer_and_is_not_asked_again(assistant: Assistant, hant: Chat) -> None:
    question = "请问你们酒店的游泳池水深是多少米？"
    first = (await hant.says(question, key="m-1")).last
    again = (await hant.says(question, key="m-1", attempt=2)).last
    assert again == first
    assert any(isinstance(effect, NoteGap) for effect in again.effects)
    assert again.messages[0].buttons
    assert len(await user_events(assistant, hant.id)) == 1


async def test_an_older_turn_is_read_back_without_what_was_said_later(zh: Chat) -> None:
    first = (await zh.says("转人工", key="m-1")).last
    await zh.says("早餐几点开始", key="m-2")
    assert (await zh.says("转人工", key="m-1", attempt=3)).last == first
    assert first.effects == (RequestHandoff("asked"),)


async def test_a_repeated_turn_that_never_arrived_is_asked(assistant: Assistant, zh: Chat) -> None:
    assert (await zh.says("早餐几点开始", key="m-9", attempt=2)).text == "早餐 7:00 到 10:00。"
    (said,) = await user_events(assistant, zh.id)
    assert said["metadata"]["key"] == "m-9"  # type: ignore[index]


async def test_customers_side_by_side_each_get_their_own_answer(assistant: Assistant, bot: RasaBot) -> None:
    chats = [Chat(bot, Language.ZH_HANS) for _ in range(6)]
    for n, chat in enumerate(chats):
        assistant.records.orders[chat.id] = [order(f"S{n}0001")]
    await asyncio.gather(*(chat.says("帮我查一下订单") for chat in chats))
    for n, chat in enumerate(chats):
        assert f"S{n}0001" in chat.text


async def test_a_stopped_action_server_is_a_failure_not_silence_and_heals(assistant: Assistant, zh: Chat) -> None:
    assistant.actions.stop()
    try:
        with pytest.raises(BotFailed):
            await zh.says("早餐几点开始", key="m-1")
    finally:
        assistant.actions.start()
    assert (await zh.says("早餐几点开始", key="m-1", attempt=2)).text == "早餐 7:00 到 10:00。"


async def test_a_rasa_that_is_not_there_is_unavailable() -> None:
    bot = RasaBot(f"http://127.0.0.1:{free_port()}", to_traditional, secret=SECRET, token=TOKEN)
    turn = Turn("c", "k", "你好", Language.ZH_HANS)
    for call in (bot.answer(turn), bot.understand("你好"), bot.tell("c", "", Language.EN), bot.check()):
        with pytest.raises(BotUnavailable) as refused:
            await call
        assert TOKEN not in str(refused.value)
    await bot.close()


async def test_classifying_says_intent_and_confidence(bot: RasaBot) -> None:
    found = await bot.understand("我要转人工客服")
    assert found.intent == "request_human"
    assert 0.3 < found.confidence <= 1


async def test_checking_names_the_loaded_model(assistant: Assistant, bot: RasaBot) -> None:
    assert await bot.check() == f"{assistant.rasa.model.name} (Rasa 3.6.21)"


async def test_after_a_person_has_spoken_the_bot_starts_afresh(assistant: Assistant, zh: Chat, bot: RasaBot) -> None:
    await zh.says("我要投诉")
    await bot.tell(zh.id, "已经为客人换房", Language.ZH_HANS)
    await zh.says("早餐几点开始")
    assert zh.text == "早餐 7:00 到 10:00。"
    await zh.says("我要投诉")
    assert "发生了什么" in zh.text


async def test_telling_works_before_anything_was_said(bot: RasaBot, en: Chat) -> None:
    await bot.tell(en.id, "greeted on the phone", Language.EN)
    assert (await en.says("what time is breakfast")).text == "Breakfast is from 7 to 10 am."


@pytest.fixture
async def own_rasa(assistant: Assistant, tmp_path: Path) -> AsyncIterator[RasaServer]:
    """A Rasa of this test's own, to be stopped at will."""
    rasa = RasaServer(assistant.rasa.model, tmp_path, assistant.rasa.actions_url)
    rasa.start()
    yield rasa
    rasa.stop()


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_restart_keeps_a_half_told_complaint(assistant: Assistant, own_rasa: RasaServer, end: str) -> None:
    bot = RasaBot(own_rasa.url, to_traditional, secret=SECRET, token=TOKEN)
    chat = Chat(bot, Language.ZH_HANS, id=f"restart-{uuid.uuid4().hex}")
    await chat.says("我要投诉")
    await chat.says("前天晚上房间空调坏了，没有人来修")
    getattr(own_rasa, end)()
    with pytest.raises(BotUnavailable):
        await chat.says("退款", key="m-3")
    own_rasa.start()
    await chat.says("退款", key="m-3", attempt=2)
    assert "怎么联系您" in chat.text
    with closing(sqlite3.connect(own_rasa.home / "tracker.db")) as memory:  # Rasa takes a store that it cannot load for
        assert memory.execute("PRAGMA journal_mode").fetchone() == ("wal",)  # none at all, and says so in its log only
    await bot.close()
