"""WeChat: five seconds to answer in the response itself, five sends a contact, and everything encrypted."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.journeys.conftest import Customers
from tests.journeys.house import House
from tests.journeys.phones import WechatPhone, until
from tests.journeys.staff import Agent, said_by

BREAKFAST = "早餐时间是 6:30 至 10:30"


@contextmanager
def assistant_paused(house: House) -> Iterator[None]:
    """The assistant's process stands still for a while: it neither answers nor refuses."""
    pid = house.assistant_pid()
    assert pid, "there is no assistant"
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def attempts(phone: WechatPhone) -> list[dict[str, Any]]:
    answer = await phone.http.get(f"{phone.house.platforms}/sim/wechat/ledger")
    return [entry for entry in answer.json() if entry["kind"] == "webhook" and entry["user"] == phone.user]


async def states(phone: WechatPhone, text: str) -> list[str]:
    return [line["state"] for line in await phone.lines() if line["direction"] == "out" and text in line["text"]]


async def test_a_quick_answer_comes_in_the_response_itself_and_costs_no_send(customers: Customers, lin: Agent) -> None:
    phone = await customers.wechat()
    await (await phone.says("早餐几点到几点？")).hears(BREAKFAST)
    assert await states(phone, BREAKFAST) == ["passive"]
    (attempt,) = await attempts(phone)
    assert attempt["outcome"] == "reply"
    assert attempt["seconds"] < 4.5
    conversation = await lin.finds(phone)
    assert [m["delivery_status"] for m in conversation["messages"] if m["author"] == "bot"] == ["sent"]


async def test_a_slow_answer_is_acknowledged_in_time_and_sent_afterwards(customers: Customers, house: House) -> None:
    phone = await customers.wechat()
    with assistant_paused(house):
        await phone.says("早餐几点到几点？")
        (attempt,) = await until(lambda: attempts(phone), lambda found: bool(found))
    assert attempt["outcome"] == "stored"
    assert attempt["seconds"] < 5
    await phone.hears(BREAKFAST)
    assert await states(phone, BREAKFAST) == ["delivered"]
    assert await states(phone, "服务出现故障") == []


async def test_a_repeat_of_a_message_gets_the_same_answer_once(customers: Customers, lin: Agent) -> None:
    phone = await customers.wechat()
    await phone.control("fault", kind="unheard", count=1)
    await (await phone.says("早餐几点到几点？")).hears(BREAKFAST)
    assert [entry["outcome"] for entry in await attempts(phone)] == ["unheard", "reply"]
    assert await states(phone, BREAKFAST) == ["passive"]
    conversation = await lin.finds(phone)
    assert said_by(conversation, "customer") == ["早餐几点到几点？"]
    assert len(said_by(conversation, "bot")) == 1


async def test_what_exceeds_the_five_sends_waits_and_leaves_with_the_next_contact(
    customers: Customers, lin: Agent
) -> None:
    phone = await customers.wechat()
    await (await phone.says("转人工")).hears("已经为您通知人工客服")
    conversation = await lin.serves(phone)  # "… joined" is the first of the five
    await phone.hears("林家豪")
    for number in range(1, 8):
        await lin.writes(conversation, f"说明第 {number} 条")

    async def statuses() -> list[str]:
        found = await lin.get(f"/conversations/{conversation['id']}")
        return [message["delivery_status"] for message in found["messages"] if message["author"] == "agent"]

    waiting = await until(statuses, lambda found: found.count("parked") >= 1 and "sending" not in found)
    assert waiting[:4] == ["sent"] * 4
    assert "说明第 5 条" not in await phone.heard()
    await (await phone.says("收到，谢谢")).hears("说明第 5 条", "说明第 6 条", "说明第 7 条")
    assert await until(statuses, lambda found: found == ["sent"] * 7)
    everything = "".join(line["text"] for line in await phone.lines())
    places = [everything.index(f"说明第 {number} 条") for number in range(1, 8)]
    assert places == sorted(places)
    assert everything.count("说明第 5 条") == 1
    await lin.closes(conversation)


async def test_a_picture_a_voice_message_and_a_place_are_taken_in(customers: Customers, lin: Agent) -> None:
    phone = await customers.wechat()
    await phone.sends("image")
    await phone.hears("收到")
    await phone.sends("voice", "早餐几点到几点")
    await phone.hears(BREAKFAST)
    await phone.sends("location", "上海外滩")
    await phone.hears()
    picture, voice, place = [
        message for message in (await lin.finds(phone))["messages"] if message["author"] == "customer"
    ]
    (file,) = picture["files"]
    assert file["kind"] == "image"
    assert file["url"].startswith("/files/")
    assert voice["text"] == "早餐几点到几点"
    assert voice["files"][0]["kind"] == "audio"
    assert "上海外滩" in place["text"]


async def test_who_unfollows_is_not_written_to_until_they_are_back(customers: Customers, lin: Agent) -> None:
    phone = await customers.wechat()
    await phone.does("follow")
    await phone.hears("欢迎光临")
    await phone.does("unfollow")
    await until(lambda: lin.customer_behind(phone), lambda found: not found["identities"][0]["reachable"])
    await asyncio.sleep(1)  # WeChat tells events apart by their second
    await phone.does("follow")
    customer = await until(lambda: lin.customer_behind(phone), lambda found: found["identities"][0]["reachable"])
    assert len(customer["identities"]) == 1


async def test_a_token_that_ran_out_delays_nobody(customers: Customers, lin: Agent) -> None:
    phone = await customers.wechat()
    await (await phone.says("转人工")).hears("已经为您通知人工客服")
    conversation = await lin.serves(phone)
    await phone.hears("林家豪")
    await phone.control("fault", kind="expire_token")
    await lin.writes(conversation, "您好，请讲。")
    await phone.hears("您好，请讲。", within=10)
    await lin.closes(conversation)


async def test_the_platforms_check_of_our_address_passes(customers: Customers) -> None:
    phone = await customers.wechat()
    assert await phone.control("check") == {"ok": True}


async def test_many_followers_at_once_are_all_answered_in_time(customers: Customers) -> None:
    phones = [await customers.wechat() for _ in range(12)]
    await asyncio.gather(*(phone.says("停车怎么收费") for phone in phones))
    await asyncio.gather(*(phone.hears("地下停车场") for phone in phones))
    outcomes = [entry["outcome"] for phone in phones for entry in await attempts(phone)]
    assert set(outcomes) <= {"reply", "stored"}
    assert len(outcomes) == len(phones)
