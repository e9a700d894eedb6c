"""From the assistant to a person and back: nobody is left without an answer, nobody is answered twice."""

import asyncio

import pytest

from tests.journeys.conftest import CHANNELS, Customers
from tests.journeys.phones import until
from tests.journeys.staff import Agent, said_by

WORDS = {
    "wechat": ("转人工", "人工客服", "几点可以办理入住？", "您好，我是值班经理，马上为您处理。", "标准入住时间"),
    "telegram": ("請幫我轉真人客服", "真人客服", "請問幾點可以入住", "您好，我來幫您處理。", "標準入住時間"),
    "slack": ("I want to talk to a human", "I've called a colleague", "What time is check-in?",
              "Hello, this is the duty manager.", "Check-in starts"),
    "webchat": ("talk to a real person please", "I've called a colleague", "When can I check in?",
                "Good morning, how can I help?", "Check-in starts"),
}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_an_agent_takes_over_answers_and_hands_back_to_the_assistant(
    customers: Customers, grace: Agent, lin: Agent, channel: str
) -> None:
    wish, queued, question, greeting, answer = WORDS[channel]
    phone = await customers.on(channel)
    await (await phone.says(wish)).hears(queued)
    conversation = await grace.waits_for(phone, "queue")
    assert conversation["reason"] == "asked"

    assert (await grace.claims(conversation)).status_code == 200
    await phone.hears("陈佳恩 Grace Tan")
    refused = await lin.claims(conversation)
    assert refused.status_code == 409
    assert "陈佳恩 Grace Tan" in refused.json()["detail"]

    await phone.says(question)
    assert (await lin.writes(conversation, "me too")).status_code == 409
    assert (await grace.writes(conversation, greeting)).status_code == 202
    heard = await phone.hears(greeting)
    assert answer not in heard, "the assistant spoke while a person held the conversation"

    assert (await grace.releases(conversation)).status_code == 200
    await phone.hears_any("智能助手", "智慧助理", "back with the assistant")
    await (await phone.says(question)).hears(answer)
    assert said_by(await grace.waits_for(phone, "bot"), "agent") == [greeting]


async def test_the_assistant_is_silent_while_a_customer_waits_and_the_agent_sees_all(
    customers: Customers, lin: Agent
) -> None:
    phone = await customers.telegram()
    await (await phone.says("转人工客服")).hears("已经为您通知人工客服")
    await phone.listens()
    for text in ("早餐几点到几点？", "有人吗", "我的房间漏水了"):
        await phone.sends("text", text)
    waiting = await until(lambda: lin.finds(phone), lambda found: found["last_text"] == "我的房间漏水了")
    assert waiting["holder"] == "queue"
    assert waiting["unread"] == 3
    assert said_by(waiting, "customer")[-3:] == ["早餐几点到几点？", "有人吗", "我的房间漏水了"]
    assert (await phone.transcript()).count("已记下") == 1, "what they write is acknowledged, once in some minutes"
    await lin.serves(phone)
    assert "6:30" not in await phone.hears("林家豪")
    await lin.closes(waiting)


IN_LINE = {
    "wechat": ("转人工", "房间漏水了", "已记下", "算了，不等了", "已为您退出排队",
               "几点可以办理入住？", "标准入住时间"),
    "telegram": ("請幫我轉真人客服", "房間漏水了", "已記下", "取消", "已為您退出排隊",
                 "請問幾點可以入住", "標準入住時間"),
    "slack": ("I want to talk to a human", "My room is leaking", "Noted", "cancel", "you have left the line",
              "What time is check-in?", "Check-in starts"),
    "webchat": ("talk to a real person please", "My room is leaking", "Noted", "never mind", "you have left the line",
                "When can I check in?", "Check-in starts"),
}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_who_writes_in_line_is_heard_and_may_leave_it_for_the_assistant(
    customers: Customers, grace: Agent, channel: str
) -> None:
    wish, news, noted, leave, left, question, answer = IN_LINE[channel]
    phone = await customers.on(channel)
    await (await phone.says(wish)).hears()
    await grace.waits_for(phone, "queue")
    await (await phone.says(news)).hears(noted)
    await (await phone.says(leave)).hears(left)
    await (await phone.says(question)).hears(answer)
    assert news in said_by(await grace.waits_for(phone, "bot"), "customer")


async def test_two_who_wait_are_told_their_places_in_the_queue(customers: Customers, lin: Agent) -> None:
    first, second = await customers.webchat(), await customers.webchat()
    await (await first.says("转人工")).hears("已经为您通知人工客服")
    before = await lin.waits_for(first, "queue")
    await (await second.says("转人工")).hears("前面还有", "位")
    behind = await lin.waits_for(second, "queue")
    assert behind["waiting_since"] > before["waiting_since"]
    for conversation in (before, behind):
        assert (await lin.closes(conversation)).status_code == 200


async def test_of_two_agents_who_click_at_once_one_gets_the_conversation(
    customers: Customers, grace: Agent, lin: Agent, zhou: Agent
) -> None:
    phone = await customers.webchat()
    await (await phone.says("I want to talk to a human")).hears("I've called a colleague")
    conversation = await grace.waits_for(phone, "queue")
    answers = await asyncio.gather(*(agent.claims(conversation) for agent in (grace, lin, zhou)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    winner = (grace, lin, zhou)[[answer.status_code for answer in answers].index(200)]
    assert (await winner.closes(conversation)).status_code == 200


async def test_a_double_click_on_send_reaches_the_customer_once(customers: Customers, grace: Agent) -> None:
    phone = await customers.telegram()
    await (await phone.says("I want to talk to a human")).hears("I've called a colleague")
    conversation = await grace.serves(phone)
    await asyncio.gather(*(grace.writes(conversation, "Just a moment, please.", "the-same-click") for _ in range(3)))
    await grace.writes(conversation, "Here I am again.")
    assert (await phone.hears("Here I am again.")).count("Just a moment, please.") == 1
    await grace.closes(conversation)


async def test_a_conversation_goes_to_a_colleague_and_the_customer_hears_who_answers_now(
    customers: Customers, grace: Agent, lin: Agent
) -> None:
    phone = await customers.slack()
    await (await phone.says("I want to talk to a human")).hears("I've called a colleague")
    conversation = await grace.serves(phone)
    colleague = next(agent["id"] for agent in (await grace.get("/agents"))["items"] if "lin" in agent["email"])
    moved = await grace.call("POST", f"/conversations/{conversation['id']}/transfer", json={"agent": colleague})
    assert moved.status_code == 200, moved.text
    await phone.hears("林家豪 Lin Chia-Hao")
    assert (await grace.writes(conversation, "still me")).status_code == 409
    assert (await lin.closes(conversation)).status_code == 200


async def test_an_unanswered_question_comes_along_to_the_agent(customers: Customers, lin: Agent) -> None:
    phone = await customers.webchat()
    question = "你们集团的股票代码是多少"
    if "没有可靠的答案" not in await (await phone.says(question)).hears():
        await (await phone.taps("都不是")).hears("没有可靠的答案")
    await (await phone.taps("转人工客服")).hears("已经为您通知人工客服")
    waiting = await lin.waits_for(phone, "queue")
    assert waiting["reason"] == "unknown"
    assert question in waiting["note"]
    await lin.closes(waiting)


RATED = {
    "wechat": ("转人工", "请打 1 到 5 分", "四分", "谢谢您的 4 分", "大堂的小王特别耐心", "谢谢您的反馈", "★★★★☆"),
    "telegram": ("转人工", "请打 1 到 5 分", None, "谢谢您的 5 分", "房间升级很惊喜", "谢谢您的反馈", "★★★★★"),
    "slack": ("I want to talk to a human", "rate us from 1 to 5", "4", "Thank you for the 4",
              "Grace was really patient with me", "Thank you for your feedback", "★★★★☆"),
    "webchat": ("請幫我轉真人客服", "請給 1 到 5 分", "兩分", "謝謝您的 2 分", "等了太久才有人接手", "謝謝您的回饋",
                "★★☆☆☆"),
}


@pytest.mark.parametrize("channel", CHANNELS)
async def test_after_closing_the_customer_rates_in_words_digits_or_a_tap_and_comments(
    customers: Customers, zhou: Agent, channel: str
) -> None:
    wish, asked, score, thanks, comment, done, stars = RATED[channel]
    phone = await customers.on(channel)
    await (await phone.says(wish)).hears()
    conversation = await zhou.waits_for(phone, "queue")
    await zhou.claims(conversation)
    await zhou.writes(conversation, "😀 OK")
    await phone.hears("😀 OK")
    assert (await zhou.closes(conversation)).status_code == 200
    await phone.hears(asked)
    await (await (phone.says(score) if score else phone.taps("非常满意"))).hears(thanks)
    await (await phone.says(comment)).hears(done)
    card = await zhou.reads_card(phone)
    assert stars in card
    assert comment in card
    assert (await zhou.finds(phone))["holder"] == "nobody"


async def test_somebody_who_writes_again_instead_of_rating_is_answered_by_the_assistant(
    customers: Customers, grace: Agent
) -> None:
    phone = await customers.webchat()
    await (await phone.says("I want to talk to a human")).hears("I've called a colleague")
    conversation = await grace.serves(phone)
    await grace.closes(conversation)
    await phone.hears("rate us from 1 to 5")
    await (await phone.says("What time is breakfast?")).hears("06:30 to 10:30", "how would you rate our service")
    assert (await grace.waits_for(phone, "bot"))["id"] != conversation["id"]
