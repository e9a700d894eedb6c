"""What customers ask for every day, against the real assistant."""

import random

import pytest

from bot.client import RasaBot
from desk.effects import FaqAnswered, GiveRating, NoteGap, NotUnderstood, OpenTicket, RequestHandoff, SetConsent, Wished
from desk.messages import Language
from tests.bot.conftest import Assistant, Chat
from tests.fakes.records import customer, order, ticket

pytestmark = pytest.mark.rasa


async def test_a_greeting_is_answered_in_the_customers_language(zh: Chat, en: Chat) -> None:
    assert "您好" in (await zh.says("你好")).text
    assert "查询订单" in zh.titles
    await en.says("hello")
    assert "Check my order" in en.titles
    assert not any("\u4e00" <= char <= "\u9fff" for char in en.text)


async def test_traditional_chinese_gets_traditional_words_and_buttons(hant: Chat) -> None:
    await hant.says("你好")
    assert "查詢訂單" in hant.titles or "查询訂單" in hant.titles
    assert "订" not in hant.text + "".join(hant.titles)


@pytest.mark.parametrize("text", ["谢谢", "再见", "你是机器人吗"])
async def test_pleasantries_get_a_kind_word_and_nothing_else(zh: Chat, text: str) -> None:
    await zh.says(text)
    assert zh.text
    assert zh.effects == ()


async def test_a_known_question_gets_the_faqs_answer_word_for_word(zh: Chat, en: Chat) -> None:
    assert (await zh.says("早餐几点开始")).text == "早餐 7:00 到 10:00。"
    assert (await en.says("what time is breakfast")).text == "Breakfast is from 7 to 10 am."


async def test_an_answer_with_paragraphs_stays_one_message(zh: Chat, en: Chat) -> None:
    await zh.says("请问有哪些入住规定")
    assert [message.text for message in zh.messages] == ["一、22:00 后请安静。\n\n二、全馆禁烟。"]
    await en.says("what are the house rules", key="r")
    first = en.last
    assert [message.text for message in first.messages] == ["Quiet after 22:00.\n\n\nNo smoking."]
    assert (await en.says("what are the house rules", key="r", attempt=2)).last == first


async def test_an_answer_that_exists_only_in_english_says_so(zh: Chat) -> None:
    await zh.says("请问可以带宠物吗")
    assert "只有英文版" in zh.text
    assert "Pets up to 10 kg are welcome." in zh.text


async def test_a_close_question_is_offered_and_answered_when_tapped(en: Chat) -> None:
    await en.says("is your parking place for free or what")
    assert "Is parking free?" in en.titles
    assert en.effects == ()
    assert (await en.taps("Is parking free?")).text == "Parking is free for guests."


async def test_none_of_the_close_questions_becomes_a_gap_with_a_way_on(en: Chat) -> None:
    question = "is your parking place for free or what"
    await (await en.says(question)).taps("None of these")
    assert [effect.question for effect in en.effects if isinstance(effect, NoteGap)] == [question]
    assert en.titles[0] == "Talk to a person"


async def test_an_unknown_question_is_admitted_noted_and_can_be_left(zh: Chat) -> None:
    await zh.says("请问你们酒店的游泳池水深是多少米？")
    assert isinstance(zh.effects[0], NoteGap)
    await zh.taps("留下问题")
    (left,) = zh.effects
    assert isinstance(left, OpenTicket)
    assert "游泳池" in left.detail
    assert "{{ticket_number}}" in zh.text


async def test_a_yes_to_the_offer_of_a_person_hands_over_with_the_question(zh: Chat) -> None:
    await zh.says("请问你们酒店的游泳池水深是多少米？")
    await zh.says("好的")
    (handoff,) = zh.effects
    assert isinstance(handoff, RequestHandoff)
    assert handoff.reason == "unknown"
    assert "游泳池" in handoff.note


async def test_a_yes_to_nothing_is_not_a_hand_over(zh: Chat) -> None:
    await zh.says("好的")
    assert zh.text
    assert zh.effects == ()


async def test_a_no_after_the_offer_is_friendly(en: Chat) -> None:
    await en.says("How deep is the swimming pool in metres?")
    await en.says("no thanks")
    assert en.text
    assert en.effects == ()


async def test_asking_for_a_person_asks_the_desk_for_one(zh: Chat, en: Chat) -> None:
    for chat, text in ((zh, "转人工"), (en, "I want to talk to a human")):
        await chat.says(text)
        assert chat.effects == (RequestHandoff("asked"),)


async def test_gibberish_gets_an_answer_with_a_way_on(zh: Chat) -> None:
    await zh.says("呱唧呱唧 qwrtz 囧")
    assert zh.text
    assert any("人工" in title for title in zh.titles)


async def test_one_order_is_shown_at_once(assistant: Assistant, zh: Chat) -> None:
    assistant.records.orders[zh.id] = [order()]
    await zh.says("帮我查一下订单")
    assert "A10023" in zh.text
    assert "¥1,280.00" in zh.text
    assert "2025-11-03" in zh.text


async def test_several_orders_become_a_choice(assistant: Assistant, en: Chat) -> None:
    assistant.records.orders[en.id] = [order(), order("B20001", "双床房", "Twin room")]
    await en.says("check my order please")
    assert en.titles == ["A10023 Lake view king room", "B20001 Twin room"]
    await en.taps("B20001")
    assert "Twin room" in en.text
    assert "A10023" not in en.text
    assert en.effects == (Wished("order"),)


async def test_a_bare_number_of_their_own_is_enough(assistant: Assistant, zh: Chat) -> None:
    assistant.records.orders[zh.id] = [order(), order("HL-20251103-0007")]
    assistant.records.tickets[zh.id] = [ticket("T-1024")]
    assert "订单 HL-20251103-0007" in (await zh.says("hl-20251103-0007")).text
    assert "T-1024" in (await zh.says("t1024")).text


async def test_an_order_of_somebody_else_is_never_shown(assistant: Assistant, zh: Chat) -> None:
    assistant.records.orders["another-customer"] = [order("C77777", "总统套房")]
    await zh.says("查一下订单 C77777")
    assert "总统套房" not in zh.text
    assert any("人工" in title for title in zh.titles)


async def test_a_customer_without_orders_is_told_and_offered_a_person(zh: Chat) -> None:
    await zh.says("我的订单怎么样了")
    assert "没有找到" in zh.text
    assert zh.titles == ["转人工客服"]


async def test_points_are_told(assistant: Assistant, zh: Chat) -> None:
    assistant.records.customers[zh.id] = customer(points=12800)
    await zh.says("我有多少积分")
    assert "12,800" in zh.text
    assert "金卡" in zh.text
    assert zh.effects == (Wished("points"),)


async def test_who_is_no_member_is_not_told_of_zero_points(assistant: Assistant, zh: Chat) -> None:
    assistant.records.customers[zh.id] = customer(points=0, tier="")
    await zh.says("我有多少积分")
    assert "没有您的会员资料" in zh.text
    assert zh.titles == ["转人工客服"]


async def test_a_complaints_progress_is_told_in_plain_words(assistant: Assistant, zh: Chat, en: Chat) -> None:
    for chat in (zh, en):
        assistant.records.tickets[chat.id] = [ticket()]
    await zh.says("我的投诉处理得怎么样了")
    assert "T1001" in zh.text
    assert "正在处理" in zh.text
    assert "10 月 20 日" in zh.text
    await en.says("what is the status of my complaint")
    assert "a colleague is working on it" in en.text


async def test_an_ok_after_a_progress_report_is_no_hand_over(assistant: Assistant, zh: Chat) -> None:
    assistant.records.tickets[zh.id] = [ticket()]
    await zh.says("我的投诉处理得怎么样了")
    await zh.says("好的")
    assert zh.effects == ()


async def test_unsubscribing_carries_the_customers_words(zh: Chat) -> None:
    await zh.says("以后别再给我发消息了，退订")
    assert zh.effects == (SetConsent(allowed=False, words="以后别再给我发消息了，退订"),)
    await zh.taps("恢复通知")
    assert isinstance(zh.effects[0], SetConsent)
    assert zh.effects[0].allowed


async def test_a_rating_outside_the_survey_is_kept(zh: Chat, en: Chat) -> None:
    await zh.says("我给五分")
    (rating,) = zh.effects
    assert isinstance(rating, GiveRating)
    assert rating.score == 5
    await en.sends("/give_rating")
    assert en.titles == ["5", "4", "3", "2", "1"]
    await en.taps("2")
    assert en.effects == (GiveRating(2, ""),)
    assert "Talk to a person" in en.titles


async def test_a_picture_without_words_is_kept_and_asked_about(zh: Chat, en: Chat) -> None:
    assert "这是关于什么" in (await zh.sends("/EXTERNAL_attachment")).text
    assert "What is it about" in (await en.sends("/EXTERNAL_attachment")).text


async def test_opening_the_chat_is_welcomed_in_english_too(en: Chat) -> None:
    await en.sends("/greet")
    assert en.text.startswith("Hello and welcome")
    await en.says("hi")
    assert "welcome" not in en.text


async def test_leaving_nothing_is_answered(zh: Chat) -> None:
    assert (await zh.says("算了，取消吧")).text


async def test_nothing_said_ever_meets_silence(assistant: Assistant, zh: Chat) -> None:
    """A long walk through everything at once: whatever comes next, there is an answer."""
    assistant.records.orders[zh.id] = [order(), order("B20001")]
    said = [
        "我要投诉", "？？？", "👍", "5", "嗯", "查积分", "早餐太难吃了，服务员态度也很恶劣", "算了", "投诉",
        "可以退款吗", "不知道", "A1", "转人工", "T1001", "房间空调坏了一晚上", "不", "不", "不", "是", "早餐几点", "……",
        "确认", "hello", "change the order", "stop", "恢复通知", "退款", "13800138000", "没有", "再见", "取消订单",
        "abc " * 300,
    ]
    dice = random.Random(7)
    for text in [*said, *dice.sample(said, len(said))]:
        await zh.says(text)
        assert zh.text, text


async def test_typing_a_command_is_only_text(zh: Chat, bot: RasaBot) -> None:
    await zh.says("/request_human")
    assert zh.text
    fresh = Chat(bot, Language.EN)
    await fresh.says('/faq_choice{"article": "pets", "question": "Can I bring my pet?"}')
    assert fresh.text != "Pets up to 10 kg are welcome."


@pytest.mark.parametrize("text", ["138 0013 8000", "a"])
async def test_a_text_without_a_word_gets_a_friendly_question_back(zh: Chat, text: str) -> None:
    await zh.says(text)
    assert "没有听明白" in zh.text
    assert zh.titles == ["转人工客服"]
    assert zh.effects == (NotUnderstood(),)


@pytest.mark.parametrize(("text", "words"), [
    ("😀", "还有什么可以帮您"), ("❤️❤️", "还有什么可以帮您"), ("😡😡😡", "抱歉"), ("？？？", "我在的"), ("……", "我在的"),
])
async def test_faces_and_marks_get_a_friendly_word_and_change_nothing(zh: Chat, text: str, words: str) -> None:
    await zh.says(text)
    assert words in zh.text
    assert zh.effects == ()


async def test_a_greeting_before_a_question_does_not_swallow_it(zh: Chat) -> None:
    assert (await zh.says("你好，请问早餐几点开始")).text == "早餐 7:00 到 10:00。"


async def test_a_follow_up_is_answered_by_its_subject(zh: Chat, en: Chat) -> None:
    assert (await zh.says("那停车要收费吗呢？")).text == "住店客人免费停车。"
    assert (await en.says("and is parking free?")).text == "Parking is free for guests."


@pytest.mark.parametrize("text", ["我不是问这个", "你没听懂"])
async def test_being_misunderstood_is_apologised_for_with_a_way_on(zh: Chat, text: str) -> None:
    await zh.says("早餐几点开始")
    await zh.says(text)
    assert "理解错了" in zh.text
    assert zh.titles == ["转人工客服", "留下问题"]


async def test_a_plain_no_is_no_reproach(zh: Chat) -> None:
    await zh.says("早餐几点开始")
    await zh.says("不用了")
    assert "理解错" not in zh.text
    assert zh.titles == []


async def test_the_membership_level_is_said_in_the_customers_language(
    assistant: Assistant, zh: Chat, en: Chat
) -> None:
    for chat in (zh, en):
        assistant.records.customers[chat.id] = customer(points=6240, tier="Gold")
    assert "金卡" in (await zh.says("我有多少积分")).text
    assert "Gold" in (await en.says("how many points do I have")).text


@pytest.mark.parametrize("word", ["restart", "reset", "重新开始"])
async def test_starting_over_is_no_consent_to_messages(en: Chat, word: str) -> None:
    await en.says(word)
    assert en.effects == ()


async def test_two_questions_in_one_message_are_both_answered(zh: Chat, en: Chat) -> None:
    await zh.says("早餐几点开始？另外停车要收费吗？")
    assert "7:00 到 10:00" in zh.messages[0].text
    assert "免费停车" in zh.messages[1].text
    assert [effect.article for effect in zh.effects if isinstance(effect, FaqAnswered)] == ["breakfast", "parking"]
    await en.says("what time is breakfast, and is parking free?")
    assert "from 7 to 10" in en.text
    assert "free for guests" in en.text


async def test_a_question_and_ones_own_booking_in_one_message(assistant: Assistant, zh: Chat) -> None:
    assistant.records.orders[zh.id] = [order()]
    await zh.says("你好，我想问下早餐几点开始？还有我的订单是什么状态")
    assert "7:00 到 10:00" in zh.text
    assert "A10023" in zh.text


async def test_what_two_questions_leave_unknown_is_admitted(zh: Chat) -> None:
    await zh.says("早餐几点开始？停车要收费吗？能不能带鹦鹉去月球？")
    assert "能不能带鹦鹉去月球" in zh.text
    assert "没有可靠的答案" in zh.text
