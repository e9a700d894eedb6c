"""WeChat takes one answer in the response itself: exactly one, however often it asks."""

import asyncio

from tests.fakes.wire import wechat, wechat_reply
from tests.gateway.conftest import Stage


async def sends_by_api(stage: Stage) -> int:
    return sum(1 for entry in stage.platforms.wechat.ledger.entries()
               if entry["kind"] == "call" and "custom/send" in entry["path"])


async def test_the_answer_comes_in_the_response_and_nothing_goes_by_the_api(stage: Stage) -> None:
    response = await stage.post(wechat("hello"))
    assert wechat_reply(response.content) == "Answer to hello"
    await stage.until_sent(1)
    await asyncio.sleep(0.5)
    assert await sends_by_api(stage) == 0


async def test_repeats_that_come_while_the_first_is_waiting_get_the_same_answer(stage: Stage) -> None:
    stage.breaks("slow", seconds=0.5)
    hello = wechat("hello")
    responses = await asyncio.gather(*(stage.post(hello) for _ in range(3)))
    assert {wechat_reply(response.content) for response in responses} == {"Answer to hello"}
    assert list(stage.rasa.asked.values()) == [1]
    assert await sends_by_api(stage) == 0


async def test_a_repeat_that_comes_after_the_answer_gets_it_again(sqlite_stage: Stage) -> None:
    hello = wechat("hello")
    await sqlite_stage.post(hello)
    again = await sqlite_stage.post(hello)
    assert wechat_reply(again.content) == "Answer to hello"
    assert await sqlite_stage.outbound() == {"sent": 1}


async def test_an_answer_that_comes_too_late_for_the_response_goes_by_the_api_once(stage: Stage) -> None:
    stage.breaks("slow", seconds=5.2)
    hello = wechat("hello")
    first = await stage.post(hello)
    assert first.content == b"success"
    await stage.until_sent(1)
    again = await stage.post(hello)
    assert again.content == b"success", "said already, so not in a response too"
    assert await sends_by_api(stage) == 1
