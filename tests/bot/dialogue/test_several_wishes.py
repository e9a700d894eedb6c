"""Several wishes in one message, against the real assistant: none is forgotten."""

import pytest

from desk.effects import FaqAnswered, RequestHandoff
from tests.bot.conftest import Assistant, Chat
from tests.fakes.records import customer, order

pytestmark = pytest.mark.rasa


def handed_over(chat: Chat) -> bool:
    return any(isinstance(effect, RequestHandoff) for effect in chat.effects)


@pytest.mark.parametrize("text", ["帮我查下积分，顺便转人工", "查积分，人工", "我有多少积分？再幫我轉真人客服"])
async def test_points_and_a_person_in_one_message_bring_both(assistant: Assistant, zh: Chat, text: str) -> None:
    assistant.records.customers[zh.id] = customer(points=860)
    await zh.says(text)
    assert "860" in zh.messages[0].text
    assert "人工客服" in zh.messages[-1].text
    assert handed_over(zh)


@pytest.mark.parametrize("text", [
    "How many points do I have? And get me a person",
    "Please tell me my points balance and then I'd like to talk to a human agent",
])
async def test_it_is_the_same_in_english(assistant: Assistant, en: Chat, text: str) -> None:
    assistant.records.customers[en.id] = customer(points=860)
    await en.says(text)
    assert "860" in en.messages[0].text
    assert handed_over(en)


async def test_a_question_is_answered_before_the_person_comes(zh: Chat, en: Chat) -> None:
    asked = "What time is breakfast? I'd also like to talk to someone"
    for chat, text in ((zh, "早餐几点开始？另外帮我转人工"), (en, asked)):
        await chat.says(text)
        assert [effect.article for effect in chat.effects if isinstance(effect, FaqAnswered)] == ["breakfast"]
        assert handed_over(chat)


async def test_a_person_comes_even_where_the_rest_cannot_be_answered(zh: Chat) -> None:
    await zh.says("泳池水深多少米？转人工")
    assert handed_over(zh)


async def test_points_and_what_they_are_good_for_are_both_answered(assistant: Assistant, en: Chat) -> None:
    assistant.records.customers[en.id] = customer(points=860)
    await en.says("How many points do I have and is parking free?")
    assert "860" in en.text
    assert "Parking is free" in en.text


async def test_a_complaint_and_a_person_in_one_message_bring_the_person_with_the_story(zh: Chat, en: Chat) -> None:
    told = "The room was filthy and I want to complain, get me your manager"
    for chat, text in ((zh, "我要投诉，房间漏水地毯全湿了，转人工"), (en, told)):
        await chat.says(text)
        assert handed_over(chat)
        assert not any(word in chat.text for word in ("请告诉我发生了什么", "Which order"))
        (effect,) = (each for each in chat.effects if isinstance(each, RequestHandoff))
        assert effect.note


async def test_two_questions_about_ones_orders_show_them_once(assistant: Assistant, zh: Chat) -> None:
    assistant.records.orders[zh.id] = [order("A10023")]
    await zh.says("我的订单到哪了？我的订单怎么还没到？")
    assert zh.text.count("A10023") == 1


async def test_the_working_hours_of_people_are_a_question_and_no_wish_for_one(zh: Chat) -> None:
    await zh.says("人工客服几点上班，另外早餐几点开始")
    assert not handed_over(zh)


@pytest.mark.parametrize("text", ["HL 20261205 0412", "hl20261205-0412", "最近一单"])
async def test_an_order_named_by_itself_is_shown(assistant: Assistant, zh: Chat, text: str) -> None:
    assistant.records.orders[zh.id] = [order("HL-20261205-0412"), order("HL-20261001-0400")]
    await zh.says(text)
    assert "HL-20261205-0412：" in zh.text
