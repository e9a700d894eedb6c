"""A part fails: the rest goes on, nothing is lost, and everybody knows."""

import asyncio
import os
import signal
import time

import httpx

from tests.journeys.conftest import Customers
from tests.journeys.house import House
from tests.journeys.phones import until
from tests.journeys.staff import Agent, said_by

BACK_WITHIN = 90.0  # the assistant's server starts anew


async def health(http: httpx.AsyncClient, house: House) -> tuple[int, int, dict[str, dict[str, object]]]:
    """The statuses of ready and full, and the parts that full names."""
    ready = await http.get(f"{house.url}/health/ready")
    full = await http.get(f"{house.url}/health/full")
    return ready.status_code, full.status_code, full.json()["parts"]


async def test_with_everything_running_every_part_says_that_it_serves(house: House, http: httpx.AsyncClient) -> None:
    assert (await http.get(f"{house.url}/health/live")).status_code == 200
    ready, full, parts = await health(http, house)
    assert (ready, full) == (200, 200), parts
    assert set(parts) == {
        "database", "assistant", "actions", "faq", "workers", "webchat", "wechat", "telegram", "slack",
    }


async def test_a_dead_assistant_costs_no_message_and_people_can_answer_meanwhile(
    customers: Customers, house: House, http: httpx.AsyncClient, grace: Agent
) -> None:
    waiting, served = await customers.telegram(), await customers.slack()
    await (await waiting.says("早餐几点到几点？")).hears("6:30 至 10:30")
    first = house.assistant_pid()
    os.kill(first, signal.SIGKILL)
    await asyncio.gather(waiting.says("停车怎么收费"), served.says("What time is breakfast?"))

    ready, full, parts = await health(http, house)
    assert ready == 200, "messages can still be stored"
    assert full == 503
    assert [name for name, part in parts.items() if not part["ok"]] == ["assistant"]

    conversation = await grace.serves(served)
    await grace.writes(conversation, "Breakfast is from half past six.")
    await served.hears("Breakfast is from half past six.")

    await waiting.hears("地下停车场", within=BACK_WITHIN)
    assert house.assistant_pid() not in (0, first)
    assert len(house.log_lines("child_died")) >= 1
    assert said_by(await grace.finds(waiting), "customer") == ["早餐几点到几点？", "停车怎么收费"]
    assert (await health(http, house))[1] == 200
    heard = await served.heard()
    assert "06:30" not in heard, "the assistant answered where a person serves"
    await grace.closes(conversation)


async def test_while_the_assistant_hangs_customers_are_told_once_and_answered_afterwards_in_order(
    customers: Customers, house: House, lin: Agent
) -> None:
    hans, hant, english = await customers.telegram(), await customers.webchat(), await customers.slack()
    greeted = ((hans, "你好"), (hant, "您好，請問停車怎麼收費"), (english, "Hello"))
    await asyncio.gather(*(phone.says(text) for phone, text in greeted))
    await asyncio.gather(*(phone.hears() for phone, _ in greeted))
    pid = house.assistant_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.gather(
            hans.says("停车怎么收费"), hant.says("早餐供應到幾點"), english.says("Is there free Wi-Fi?"),
        )
        await hans._send("可以带宠物吗")
        started = time.monotonic()
        await asyncio.gather(
            hans.hears("系统暂时有点慢", within=40), hant.hears("系統暫時有點慢", within=40),
            english.hears("technical hiccup", within=40),
        )
        assert time.monotonic() - started < 40
    finally:
        os.kill(pid, signal.SIGCONT)
    told = await hans.hears("地下停车场", "10 公斤以下的猫狗", within=60)
    assert told.index("地下停车场") < told.index("10 公斤以下的猫狗")
    assert told.count("系统暂时有点慢") == 1
    await hant.hears("時間是 6:30 至 10:30", within=60)
    await english.hears("HarbourLight", within=60)
    found = await until(lambda: lin.finds(hans), lambda found: len(said_by(found, "bot")) == 3)
    assert said_by(found, "customer") == ["你好", "停车怎么收费", "可以带宠物吗"]
