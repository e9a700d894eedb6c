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


ONLY = {
    "wechat": ("不要再发促销", "不再给您发促销信息", "marketing", "恢复促销", "会给您发促销信息"),
    "telegram": ("只停问卷", "不再给您发问卷调查", "survey", "恢复问卷", "偶尔给您发问卷调查"),
    "slack": ("no more surveys", "no more surveys", "survey", "resume surveys", "surveys now and then"),
    "webchat": ("不要再發促銷了", "不再傳送促銷訊息", "marketing", "恢復促銷", "會傳送促銷訊息"),
}


@pytest.mark.parametrize("channel", ONLY)
async def test_one_kind_of_message_is_stopped_by_words_and_allowed_again(
    customers: Customers, lin: Agent, channel: str
) -> None:
    phone = await customers.on(channel)
    stop, stopped, purpose, resume, resumed = ONLY[channel]
    await (await phone.says(stop)).hears(stopped)
    customer = await lin.customer_behind(phone)
    assert customer["consent"] is True, "everything else may still be sent"
    here = f"/customers/{customer['id']}/consents"
    assert (await lin.get(here))[purpose] is False
    proof = (await lin.get("/consents", customer=customer["id"]))["items"][0]
    assert (proof["words"], proof["purpose"], proof["channel"]) == (stop, purpose, channel)
    await (await phone.says(resume)).hears(resumed)
    assert (await lin.get(here))[purpose] is True
