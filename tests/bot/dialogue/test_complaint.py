"""Taking a complaint, against the real assistant: told, corrected, interrupted, left, submitted."""

import pytest

from desk.effects import AddToTicket, GiveRating, OpenTicket, RequestHandoff, SetConsent
from desk.messages import Language
from desk.tickets import TicketKind
from tests.bot.conftest import Assistant, Chat
from tests.fakes.records import customer, order, ticket

pytestmark = pytest.mark.rasa

STORY = "前天晚上房间空调坏了，打了三次前台都没有人来修，一晚上没睡好"


async def to_remedy(assistant: Assistant, chat: Chat) -> Chat:
    """A customer with one order has told what happened and chosen it."""
    assistant.records.orders[chat.id] = [order()]
    await chat.says("我要投诉")
    await chat.says(STORY)
    return await chat.taps("A10023")


async def to_summary(assistant: Assistant, chat: Chat) -> Chat:
    await (await to_remedy(assistant, chat)).taps("退款")
    return await chat.says("13800138000")


async def test_a_complaint_is_told_confirmed_and_becomes_a_ticket(assistant: Assistant, zh: Chat) -> None:
    await to_summary(assistant, zh)
    for told in (STORY, "A10023", "退款", "13800138000"):
        assert told in zh.text
    assert zh.effects == ()
    await zh.taps("提交")
    (opened,) = zh.effects
    assert isinstance(opened, OpenTicket)
    assert opened.ticket_kind is TicketKind.COMPLAINT
    assert (opened.detail, opened.order_number, opened.wished_remedy, opened.contact) == (
        STORY, "A10023", "退款", "13800138000",
    )
    assert "{{ticket_number}}" in zh.text


async def test_an_ok_after_submitting_is_no_hand_over(assistant: Assistant, zh: Chat) -> None:
    await (await to_summary(assistant, zh)).taps("提交")
    await zh.says("好的")
    assert zh.text
    assert zh.effects == ()


async def test_a_complaint_in_english_with_typed_answers(assistant: Assistant, en: Chat) -> None:
    assistant.records.orders[en.id] = [order(), order("B20001", title_en="Twin room")]
    await en.says("I want to make a complaint")
    await en.says("The shower was cold for two days and nobody at the front desk cared")
    assert "B20001 Twin room" in en.titles
    await en.says("it's b20001")
    await en.says("I'd like one night refunded and a written apology")
    await en.says("reach me here")
    assert "one night refunded" in en.text
    await en.says("yes")
    (opened,) = en.effects
    assert isinstance(opened, OpenTicket)
    assert opened.order_number == "B20001"
    assert opened.wished_remedy == "I'd like one night refunded and a written apology"
    assert opened.contact == ""


async def test_a_complaint_in_traditional_chinese(hant: Chat) -> None:
    await hant.says("我要投訴")
    await hant.says("昨天入住的房間空調壞了一整晚，前台態度也很差")
    await hant.taps("退款")
    await hant.says("就在這裡聯繫我")
    await hant.taps("提交")
    (opened,) = hant.effects
    assert isinstance(opened, OpenTicket)
    assert opened.detail == "昨天入住的房間空調壞了一整晚，前台態度也很差"


async def test_a_first_message_with_substance_is_not_asked_for_again(assistant: Assistant, zh: Chat) -> None:
    assistant.records.orders[zh.id] = [order()]
    await zh.says("我要投诉，房间空调坏了一晚上都没人修")
    assert "哪个订单" in zh.text


async def test_a_story_not_understood_at_first_is_taken_along_when_complaining_is_chosen(
    assistant: Assistant, en: Chat
) -> None:
    assistant.records.orders[en.id] = [order()]
    story = "drilling upstairs from dawn till dusk"
    await en.says(story)
    await en.taps("Make a complaint")
    assert "Which order" in en.text
    await (await (await en.taps("A10023")).taps("Refund")).taps("Reach me here")
    assert story in en.text


async def test_a_customer_without_orders_is_not_asked_for_one(zh: Chat) -> None:
    await zh.says("我要投诉")
    await zh.says(STORY)
    assert "怎么处理" in zh.text


async def test_an_own_order_named_in_the_story_is_taken(assistant: Assistant, zh: Chat) -> None:
    assistant.records.orders[zh.id] = [order(), order("B20001")]
    await zh.says("我要投诉")
    await zh.says("订单 B20001 的房间和照片完全不一样，特别小")
    assert "怎么处理" in zh.text


async def test_a_question_in_the_middle_is_answered_and_the_form_goes_on_once(assistant: Assistant, zh: Chat) -> None:
    await to_remedy(assistant, zh)
    await zh.says("早餐几点开始？")
    assert "早餐 7:00 到 10:00。" in zh.text
    assert len(zh.messages) == 2
    assert "接着说您的投诉" in zh.messages[1].text
    await zh.taps("补偿")
    assert "怎么联系您" in zh.text


async def test_a_question_where_the_story_is_asked_is_answered_too(zh: Chat) -> None:
    await zh.says("我要投诉")
    await zh.says("停车要收费吗？")
    assert "住店客人免费停车。" in zh.text
    await zh.says(STORY)
    assert "怎么处理" in zh.text


async def test_a_question_nobody_can_answer_is_admitted_and_the_form_goes_on(assistant: Assistant, zh: Chat) -> None:
    assistant.records.orders[zh.id] = [order()]
    await (await zh.says("我要投诉")).says(STORY)
    await zh.says("为什么一定要提供订单号？")
    assert "没有可靠的答案" in zh.text
    assert "哪个订单" in zh.text


async def test_tapping_the_offered_person_in_the_form_says_that_it_is_about_the_complaint(
    assistant: Assistant, zh: Chat
) -> None:
    assistant.records.orders[zh.id] = [order()]
    await (await zh.says("我要投诉")).says(STORY)
    await (await zh.says("Z99999")).says("Z99998")
    await zh.taps("转人工客服")
    (handoff,) = zh.effects
    assert isinstance(handoff, RequestHandoff)
    assert handoff.reason == "complaint"


async def test_a_third_answer_that_is_not_understood_brings_a_person_who_knows_the_story(
    assistant: Assistant, zh: Chat
) -> None:
    assistant.records.orders[zh.id] = [order()]
    await (await zh.says("我要投诉")).says(STORY)
    await (await (await zh.says("Z99999")).says("Z99998")).says("Z99997")
    (handoff,) = zh.effects
    assert isinstance(handoff, RequestHandoff)
    assert (handoff.reason, handoff.topic, handoff.slots["what"]) == ("form_failed", "complaint", STORY)


async def test_submitting_still_works_after_two_misunderstandings_at_the_summary(
    assistant: Assistant, zh: Chat
) -> None:
    await to_summary(assistant, zh)
    await (await zh.says("呃这个嘛")).says("让我看看先哈")
    assert "转人工客服" in zh.titles
    await zh.says("好的")
    assert isinstance(zh.effects[0], OpenTicket)


async def test_a_story_that_sounds_like_a_question_is_still_the_story(zh: Chat) -> None:
    await zh.says("我要投诉")
    story = "你们的早餐也太差了，几点去都没有热的东西，服务员还说爱吃不吃，有这样做生意的吗"
    await zh.says(story)
    await zh.taps("道歉")
    await zh.taps("就在这里")
    assert story in zh.text


async def test_orders_points_and_old_complaints_can_be_asked_in_the_middle(assistant: Assistant, zh: Chat) -> None:
    await to_remedy(assistant, zh)
    assistant.records.customers[zh.id] = customer(points=500)
    assistant.records.tickets[zh.id] = [ticket()]
    for asked, told in (("查一下我的积分", "500"), ("帮我查一下订单", "湖景大床房"), ("谢谢", "不")):
        await zh.says(asked)
        assert told in zh.text
        assert "怎么处理" in zh.text


async def test_a_wrong_order_is_corrected_by_words(assistant: Assistant, zh: Chat) -> None:
    await to_remedy(assistant, zh)
    assistant.records.orders[zh.id].append(order("B20001"))
    await zh.says("订单号写错了")
    assert "哪个订单" in zh.text
    await zh.taps("B20001")
    await zh.taps("退款")
    await zh.taps("就在这里")
    assert "B20001" in zh.text


async def test_every_part_can_be_changed_from_the_summary(assistant: Assistant, zh: Chat) -> None:
    await to_summary(assistant, zh)
    await (await zh.taps("改联系方式")).says("wang@example.com")
    assert "wang@example.com" in zh.text
    await (await zh.taps("改诉求")).taps("补偿")
    await (await zh.taps("改订单")).taps("与订单无关")
    await (await zh.taps("改经过")).says("其实是热水坏了，不是空调")
    for told in ("其实是热水坏了", "补偿", "与订单无关", "wang@example.com"):
        assert told in zh.text
    await zh.says("没问题")
    (opened,) = zh.effects
    assert isinstance(opened, OpenTicket)
    assert (opened.order_number, opened.wished_remedy) == ("", "补偿")


async def test_a_no_at_the_summary_asks_what_to_change(assistant: Assistant, zh: Chat) -> None:
    await to_summary(assistant, zh)
    await zh.says("不对")
    assert "改哪一项" in zh.text
    await zh.says("电话错了，是13911112222")
    assert "13911112222" in zh.text
    assert "13800138000" not in zh.text


async def test_who_goes_on_telling_is_listened_to(assistant: Assistant, zh: Chat) -> None:
    assistant.records.orders[zh.id] = [order()]
    await (await zh.says("我要投诉")).says(STORY)
    more = "而且退房的时候前台还多收了我一笔清洁费，到现在也没有说法"
    await zh.says(more)
    assert "补充的内容也记下了" in zh.text
    assert "哪个订单" in zh.text
    await (await (await zh.taps("A10023")).taps("退款")).taps("就在这里")
    assert STORY in zh.text
    assert more in zh.text


async def test_something_may_be_added_at_the_summary(assistant: Assistant, zh: Chat) -> None:
    await to_summary(assistant, zh)
    await zh.says("补充一下，隔壁也很吵")
    assert STORY in zh.text
    assert "隔壁也很吵" in zh.text


@pytest.mark.parametrize("where", [to_remedy, to_summary])
async def test_the_form_can_be_left_at_any_moment(assistant: Assistant, zh: Chat, where) -> None:  # type: ignore[no-untyped-def]
    await where(assistant, zh)
    await zh.says("算了，不投诉了")
    assert "没有提交" in zh.text
    assert zh.effects == ()
    assert (await zh.says("早餐几点开始")).text == "早餐 7:00 到 10:00。"
    await zh.says("我要投诉")
    assert "发生了什么" in zh.text


async def test_asking_for_a_person_leaves_the_form_and_takes_the_story_along(assistant: Assistant, zh: Chat) -> None:
    await to_remedy(assistant, zh)
    await zh.says("转人工")
    (handoff,) = zh.effects
    assert isinstance(handoff, RequestHandoff)
    assert handoff.reason == "asked"
    assert STORY in handoff.note
    await zh.says("早餐几点开始")
    assert zh.text == "早餐 7:00 到 10:00。"


async def test_unsubscribing_leaves_the_form_and_says_so(assistant: Assistant, zh: Chat) -> None:
    await to_remedy(assistant, zh)
    await zh.says("退订")
    assert zh.effects == (SetConsent(allowed=False, words="退订"),)
    assert "没有提交" in zh.text
    assert "怎么处理" not in zh.text


async def test_saying_goodbye_leaves_the_form(assistant: Assistant, zh: Chat) -> None:
    await to_remedy(assistant, zh)
    await zh.says("再见")
    assert "没有提交" in zh.text


async def test_after_two_answers_not_understood_a_person_is_offered_and_may_be_taken(
    assistant: Assistant, zh: Chat
) -> None:
    assistant.records.orders[zh.id] = [order()]
    await (await zh.says("我要投诉")).says(STORY)
    await zh.says("Z99999")
    assert "没认出" in zh.text
    assert "转人工客服" not in zh.titles
    await zh.says("Z99998")
    assert zh.titles[0] == "转人工客服"
    assert "与订单无关" in zh.titles
    await zh.says("好的")
    (handoff,) = zh.effects
    assert isinstance(handoff, RequestHandoff)
    assert handoff.reason == "complaint"
    assert STORY in handoff.note


async def test_after_two_misunderstandings_the_form_still_takes_the_answer(assistant: Assistant, zh: Chat) -> None:
    await to_summary(assistant, zh)
    await zh.taps("改订单")
    await (await zh.says("Z99999")).says("Z99998")
    await zh.taps("与订单无关")
    assert "与订单无关" in zh.text
    assert "提交" in zh.titles


async def test_a_picture_in_the_middle_belongs_to_the_complaint(assistant: Assistant, zh: Chat) -> None:
    await zh.says("我要投诉")
    await zh.sends("/EXTERNAL_attachment")
    assert "和您的投诉放在一起" in zh.text
    await zh.says(STORY)
    await zh.taps("退款")
    await zh.taps("就在这里")
    assert "图片或文件：1 个" in zh.text
    await zh.taps("提交")
    (opened,) = zh.effects
    assert isinstance(opened, OpenTicket)
    assert "1 个图片或文件" in opened.detail


async def test_a_late_rating_button_in_the_middle_is_kept_and_the_form_goes_on(assistant: Assistant, zh: Chat) -> None:
    await to_remedy(assistant, zh)
    await zh.sends('/give_rating{"rating": "4"}')
    assert zh.effects == (GiveRating(4, ""),)
    assert "怎么处理" in zh.text


async def test_an_old_button_in_the_middle_only_makes_the_question_come_again(
    assistant: Assistant, zh: Chat
) -> None:
    await to_remedy(assistant, zh)
    for _ in range(3):
        await zh.sends("/file_complaint")
        assert "怎么处理" in zh.text
        assert "转人工客服" not in zh.titles


async def test_a_button_of_a_form_that_is_over_is_answered(en: Chat) -> None:
    await en.sends('/form_answer{"choice": "refund"}')
    assert "expired" in en.text


async def test_a_second_complaint_starts_empty(assistant: Assistant, zh: Chat) -> None:
    await (await to_summary(assistant, zh)).taps("提交")
    await zh.says("我要投诉")
    await zh.says("门卡坏了三次，每次都要跑到楼下")
    assert "哪个订单" in zh.text
    await zh.taps("与订单无关")
    await zh.taps("由你们决定")
    await zh.taps("就在这里")
    assert "门卡坏了" in zh.text
    assert "空调" not in zh.text


@pytest.mark.parametrize("number", ["138 0013 8000", "13800138000", "+44 7700 900123", "021-5550 0100"])
async def test_a_bare_phone_number_is_taken_as_the_contact(assistant: Assistant, zh: Chat, number: str) -> None:
    await (await to_remedy(assistant, zh)).taps("退款")
    await zh.says(number)
    assert f"联系方式：{number}" in zh.text


async def test_none_of_the_offered_remedies_is_no_remedy(assistant: Assistant, zh: Chat) -> None:
    await to_remedy(assistant, zh)
    await zh.says("都不是")
    assert "希望怎么处理" in zh.text
    assert "退款" in zh.titles


@pytest.mark.parametrize("asked_for", ["contact", "summary"])
async def test_another_remedy_named_later_replaces_the_first(
    assistant: Assistant, zh: Chat, asked_for: str
) -> None:
    await (await to_remedy(assistant, zh)).taps("道歉")
    if asked_for == "summary":
        await zh.says("13800138000")
        await zh.says("退款")
    else:
        await zh.says("退款")
        await zh.says("13800138000")
    assert "诉求：退款" in zh.text


async def test_signs_without_words_answer_no_question(assistant: Assistant, zh: Chat) -> None:
    await to_remedy(assistant, zh)
    for text in ("？？？", "12345"):
        await zh.says(text)
        assert "希望怎么处理" in zh.text
    assert zh.effects == ()


@pytest.mark.parametrize("text", ["等等，把退款改成补偿", "诉求换成补偿"])
async def test_the_remedy_is_exchanged_in_one_sentence(assistant: Assistant, zh: Chat, text: str) -> None:
    await to_summary(assistant, zh)
    await zh.says(text)
    assert "诉求：补偿" in zh.text


async def test_an_insult_is_no_story_yet(zh: Chat, en: Chat) -> None:
    await zh.says("骗子")
    assert "发生了什么" in zh.text
    await en.says("you suck")
    assert "what happened" in en.text


async def test_a_short_addition_to_the_story_is_kept(assistant: Assistant, zh: Chat) -> None:
    await to_remedy(assistant, zh)
    await zh.taps("退款")
    await zh.says("前台服务员还骂人")
    assert "补充的内容也记下了" in zh.text
    await zh.says("13800138000")
    assert "前台服务员还骂人" in zh.text


async def test_a_question_that_is_no_wish_is_not_kept_as_the_remedy(assistant: Assistant, zh: Chat) -> None:
    await to_remedy(assistant, zh)
    await zh.says("几点退房？")
    await zh.says("能退一晚房费吗？")
    await zh.says("13800138000")
    assert "能退一晚房费吗" in zh.text
    assert "几点退房" not in zh.text


async def test_another_order_is_asked_for_when_this_is_not_the_one(assistant: Assistant, zh: Chat) -> None:
    await to_summary(assistant, zh)
    assistant.records.orders[zh.id] = [order(), order("B20001")]
    await zh.says("不是这个订单")
    assert "哪个订单" in zh.text
    await zh.says("0001")
    assert "订单：B20001" in zh.text
    await zh.says("等等，订单是 A10023")
    assert "订单：A10023" in zh.text


async def test_a_new_phone_number_at_the_summary_is_the_new_contact(assistant: Assistant, zh: Chat) -> None:
    await to_summary(assistant, zh)
    await zh.says("不对，电话是 13911112222")
    assert "联系方式：13911112222" in zh.text
    assert "确认提交" in zh.text


async def test_whoever_changes_language_reads_and_sends_the_common_choices_in_it(
    assistant: Assistant, zh: Chat
) -> None:
    await (await to_remedy(assistant, zh)).taps("退款")
    await zh.taps("就在这里")
    zh.language = Language.EN
    await zh.says("sorry, not that order, there is no order")
    await zh.says("not about an order")
    assert "Your wish: Refund" in zh.text
    assert "Contact: Reach me here" in zh.text
    await zh.says("yes, submit it please")
    (opened,) = zh.effects
    assert isinstance(opened, OpenTicket)
    assert (opened.wished_remedy, opened.contact) == ("Refund", "")
    assert "back to you here" in zh.text


async def test_more_is_asked_for_when_it_does_not_come_along(assistant: Assistant, zh: Chat) -> None:
    assistant.records.tickets[zh.id] = [ticket()]
    await zh.says("我的投诉想补充一下")
    assert "发给我" in zh.text
    await zh.says("昨晚的热水也一直不热")
    assert AddToTicket("T1001", "昨晚的热水也一直不热") in zh.effects


async def test_whoever_has_sent_no_complaint_begins_one(zh: Chat) -> None:
    await zh.says("那个投诉我还想补充一点：空调坏了一晚上没人修")
    await zh.taps("提交投诉")
    assert "怎么处理" in zh.text


async def test_taking_a_complaint_back_is_done_by_a_person(assistant: Assistant, zh: Chat, en: Chat) -> None:
    for chat, words in ((zh, "我想撤回投诉"), (en, "cancel my complaint")):
        assistant.records.tickets[chat.id] = [ticket()]
        await chat.says(words)
        assert "T1001" in chat.text
        await chat.says("好的" if chat is zh else "yes please")
        assert any(isinstance(effect, RequestHandoff) for effect in chat.effects)
