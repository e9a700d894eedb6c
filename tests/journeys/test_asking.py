"""Customers ask: the right answer in their language and script, or an honest "I don't know"."""

import asyncio

import pytest

from tests.journeys.conftest import CHANNELS, Customers
from tests.journeys.staff import Agent, said_by

ASKED = {
    "wechat": (("早餐几点到几点？", "6:30 至 10:30"), ("那可以带宠物吗", "10 公斤以下的猫狗")),
    "telegram": (("請問幾點可以入住", "標準入住時間"), ("可以帶寵物入住嗎", "貓狗")),
    "slack": (("What time is breakfast?", "served from 06:30 to 10:30"), ("Are pets allowed?", "one cat or dog")),
    "webchat": (("請問停車怎麼收費", "地下停車場"), ("早餐供應到幾點", "時間是 6:30 至 10:30")),
}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_question_and_the_next_one_are_answered_in_the_customers_language(
    customers: Customers, channel: str
) -> None:
    phone = await customers.on(channel)
    for question, answer in ASKED[channel]:
        await (await phone.says(question)).hears(answer)


async def test_a_customer_who_changes_language_is_followed(customers: Customers) -> None:
    phone = await customers.webchat()
    await (await phone.says("几点可以办理入住？")).hears("标准入住时间都是 15:00")
    await (await phone.says("What time is check-in?")).hears("Check-in starts at 15:00")
    await (await phone.says("請問 Wi-Fi 密碼是多少")).hears("免費 Wi-Fi")


UNKNOWN = {
    "wechat": ("你们集团的股票代码是多少", "没有可靠的答案", "都不是", "留下问题", "已经记下您的问题"),
    "telegram": ("請問貴集團的股票代號是多少", "沒有可靠的答案", "都不是", "留下問題", "已經記下您的問題"),
    "slack": ("What is the stock ticker symbol of your company?", "don’t have a reliable answer", "None of these",
              "Leave the question", "I’ve noted your question"),
}


@pytest.mark.parametrize("channel", UNKNOWN)
async def test_a_question_nobody_wrote_an_answer_for_is_admitted_and_can_be_left_for_a_person(
    customers: Customers, grace: Agent, channel: str
) -> None:
    question, admitted, none, leave, noted = UNKNOWN[channel]
    phone = await customers.on(channel)
    if admitted not in await (await phone.says(question)).hears():
        await (await phone.taps(none)).hears(admitted)  # it asked back first
    said = await (await phone.taps(leave)).hears(noted)
    (ticket,) = await grace.tickets_of(phone, "inquiry")
    assert ticket["number"] in said
    assert ticket["detail"] == question
    assert question in [gap["question"] for gap in (await grace.get("/faq/gaps"))["items"]]


async def test_greetings_on_every_channel_show_what_can_be_done(customers: Customers) -> None:
    wechat, telegram, slack = await customers.wechat(), await customers.telegram(), await customers.slack()
    web = await customers.webchat("zh-TW")
    await asyncio.gather(wechat.does("follow"), telegram.does("start"), slack.says("Hello"))
    await wechat.hears("欢迎光临", "查询订单", "转人工客服")
    await telegram.hears("欢迎光临")
    await slack.hears_any("How can I help", "What can I do for you")
    await web.hears("歡迎光臨")
    for phone, wish in ((telegram, "投诉或反馈"), (slack, "Make a complaint"), (web, "投訴或回饋")):
        titles = [button["title"] for line in await phone.lines() for button in line["buttons"]]
        assert wish in titles, await phone.transcript()


async def test_thanks_and_goodbyes_are_answered_and_nothing_else_happens(customers: Customers, grace: Agent) -> None:
    phone = await customers.slack()
    await (await phone.says("What's the Wi-Fi password?")).hears("HarbourLight")
    await (await phone.says("thank you!")).hears_any("welcome", "My pleasure")
    conversation = await grace.waits_for(phone, "bot")
    assert len(said_by(conversation, "customer")) == 2
    assert await grace.tickets_of(phone) == []
