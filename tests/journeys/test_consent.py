"""Messages nobody asked for: stopped with a word, and allowed again."""

import pytest

from tests.journeys.conftest import Customers
from tests.journeys.phones import until
from tests.journeys.staff import Agent

STOPPING = {
    "wechat": ("TD", "不再主动"),
    "telegram": ("退订", "不再主动"),
    "slack": ("STOP", "won’t send you"),
    "webchat": ("退訂", "不再主動"),
}
RESUMING = {
    "wechat": ("恢复接收通知", "恢复通知"),
    "telegram": ("重新接收消息通知", "恢复通知"),
    "slack": ("turn notifications back on", "notifications are on again"),
    "webchat": ("請恢復通知", "恢復通知"),
}


@pytest.mark.parametrize("channel", STOPPING)
async def test_one_word_stops_unasked_messages_and_a_sentence_allows_them_again(
    customers: Customers, lin: Agent, channel: str
) -> None:
    phone = await customers.on(channel)
    stop, stopped = STOPPING[channel]
    resume, resumed = RESUMING[channel]
    await (await phone.says(stop)).hears(stopped)
    assert (await lin.customer_behind(phone))["consent"] is False
    await (await phone.says(resume)).hears(resumed)
    assert (await lin.customer_behind(phone))["consent"] is True


async def test_stop_is_obeyed_also_while_a_person_serves(customers: Customers, lin: Agent) -> None:
    phone = await customers.telegram()
    await (await phone.says("转人工")).hears("已经为您通知人工客服")
    conversation = await lin.serves(phone)
    await phone.hears("林家豪")
    await (await phone.says("退订")).hears("不会再主动给您发消息")
    customer = await until(lambda: lin.customer_behind(phone), lambda found: not found["consent"])
    assert customer["consent"] is False
    await lin.closes(conversation)
