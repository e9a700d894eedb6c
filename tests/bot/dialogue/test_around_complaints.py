"""Before, beside and after a complaint, against the real assistant."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from desk.effects import AddToTicket
from tests.bot.conftest import Assistant, Chat
from tests.fakes.records import ticket

pytestmark = pytest.mark.rasa


async def test_more_about_a_complaint_already_sent_is_added_to_it(assistant: Assistant, zh: Chat, en: Chat) -> None:
    for chat, words, told in (
        (zh, "那个投诉我还想补充一点：空调也坏了", "空调也坏了"),
        (zh, "我还想补充：前台态度也差", "前台态度也差"),
        (zh, "另外前台态度也差", "前台态度也差"),
        (en, "I want to add something: the shower was cold too", "the shower was cold too"),
        (zh, "投诉写错了，其实是晚餐太难吃", "投诉写错了，其实是晚餐太难吃"),
        (en, "please correct my complaint: it was the lift", "please correct my complaint: it was the lift"),
    ):
        assistant.records.tickets[chat.id] = [replace(ticket(), created_at=datetime.now(UTC))]
        await chat.says(words)
        assert AddToTicket("T1001", told) in chat.effects
        (said,) = chat.messages
        assert "T1001" in said.text


async def test_also_begins_a_complaint_of_its_own_where_the_last_one_is_long_sent(
    assistant: Assistant, zh: Chat
) -> None:
    assistant.records.tickets[zh.id] = [ticket()]
    await zh.says("另外前台态度也差")
    assert "怎么处理" in zh.text


async def test_a_question_that_sounds_like_a_complaint_is_answered_or_asked_back_and_begins_none(en: Chat) -> None:
    await en.says("is there a hair dryer in the bathroom")
    assert "don’t have a reliable answer" in en.text
    assert "Leave the question" in en.titles
    await en.says("What time is breakfast?")
    assert en.text == "Breakfast is from 7 to 10 am."


async def test_who_left_a_complaint_can_go_on_with_one(zh: Chat, en: Chat) -> None:
    assert "发生了什么" in (await zh.says("我要继续刚才的投诉")).text
    assert "what happened" in (await en.says("I'd like to continue my complaint")).text


async def test_more_of_the_story_is_no_wish(zh: Chat) -> None:
    await (await zh.says("我要投诉")).says("昨晚空调坏了")
    await zh.says("房间还特别吵，隔壁一直在敲墙")
    assert "补充的内容也记下了" in zh.text
    assert "怎么处理" in zh.text


async def test_a_file_with_words_that_only_name_it_is_kept_and_begins_no_complaint(zh: Chat, en: Chat) -> None:
    assert "这是关于什么的" in (await zh.says("这是账单", files=1)).text
    assert "What is it about?" in (await en.says("here is the bill", files=1)).text
    await en.says("here is the bill, you charged me twice and nobody would tell me why", files=1)
    assert "sorry that happened" in en.text
