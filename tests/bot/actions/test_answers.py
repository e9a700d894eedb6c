"""How answers to the complaint's questions are read."""

from dataclasses import replace

import pytest
from rasa_sdk import Tracker

from bot.actions import complaint_answers as answers
from bot.actions.case_words import corrects_case
from bot.actions.turn import Heard
from desk.messages import Language

HEARD = Heard(
    conversation_id="c", text="", intent="nlu_fallback", confidence=0.4, language=Language.ZH_HANS, entities={},
    ranking=(), slots={}, asked="", aside=False, is_first=False, offered_person=False,
)


def heard(text: str, intent: str = "nlu_fallback", asked: str = "") -> Heard:
    return replace(HEARD, text=text, intent=intent, asked=asked)


@pytest.mark.parametrize("text", [
    "我要投诉", "我想投诉一下", "我要投訴你們", "投诉", "你好，我要投诉", "我很生气！", "I want to make a complaint",
    "I'd like to complain about your service", "complaint", "嗯", "？？？", "👍",
])
def test_saying_that_one_complains_does_not_say_what_happened(text: str) -> None:
    assert not answers.tells_what_happened(text)


@pytest.mark.parametrize("text", [
    "房间空调坏了一晚上", "我要投诉，房间空调坏了", "房間有蟑螂", "服务态度差", "The shower was cold",
    "I want to complain about the noise last night",
])
def test_a_story_is_a_story(text: str) -> None:
    assert answers.tells_what_happened(text)


@pytest.mark.parametrize("text", [
    "早餐几点？", "可以退款吗", "为什么要订单号", "請問怎麼去機場", "can I check in early", "Free?",
])
def test_a_question_is_seen(text: str) -> None:
    assert answers.asks(text)


@pytest.mark.parametrize(("text", "asked", "part"), [
    ("订单号写错了", "complaint_contact", "order"),
    ("訂單寫錯了", "complaint_contact", "order"),
    ("change the order", "complaint_confirmed", "order"),
    ("电话不对", "complaint_confirmed", "contact"),
    ("改一下诉求", "complaint_confirmed", "remedy"),
    ("联系方式", "complaint_confirmed", "contact"),
    ("我想改订单", "complaint_remedy", None),  # that is what they wish for
    ("联系方式", "complaint_contact", None),
    ("订单里的早餐券不能用，前台说不对，让我换一家店问，跑了三趟都没结果，再也不来了，好气", "complaint_contact", None),
])
def test_a_correction_names_its_part(text: str, asked: str, part: str | None) -> None:
    assert answers.correction(heard(text, asked=asked)) == part


@pytest.mark.parametrize(("text", "said"), [
    ("13800138000", "13800138000"),
    ("+44 7700 900123", "+44 7700 900123"),
    ("me@example.com", "me@example.com"),
    ("微信 abc_123", "微信 abc_123"),
    ("就在这里吧", ""),
    ("不用了", ""),
    ("我不想留电话", ""),
    ("here is fine", ""),
    ("明天", None),
    ("在这里能等到吗？", None),
])
def test_a_contact_is_a_number_an_address_or_here(text: str, said: str | None) -> None:
    assert answers.contact(heard(text)) == said


@pytest.mark.parametrize(("text", "name"), [
    ("退款", "refund"), ("我要求退款", "refund"), ("Full refund", "refund"), ("赔偿", "compensation"), ("都行", "any"),
    ("up to you", "any"), ("退款 200 元并道歉", None), ("换一个不临街的房间", None),
])
def test_only_a_plain_word_names_a_common_wish(text: str, name: str | None) -> None:
    assert answers.wish(heard(text)) == name


@pytest.mark.parametrize(("text", "yes"), [("……", False), ("？？", False), ("👍", True), ("嗯嗯", True)])
def test_a_yes_must_be_readable_whatever_the_classifier_says(text: str, yes: bool) -> None:
    assert answers.submits(heard(text, "affirm")) is yes


@pytest.mark.parametrize(("text", "yes"), [
    ("确认", True), ("提交吧", True), ("没问题", True), ("yes please", True), ("OK", True), ("不对", False),
    ("好的但是电话错了", False),
])
def test_submitting_needs_a_yes(text: str, yes: bool) -> None:
    assert answers.submits(heard(text)) is yes


def test_what_comes_after_also_is_added() -> None:
    assert answers.addition("还有，隔壁很吵") == "隔壁很吵"
    assert answers.addition("also the wifi was down") == "the wifi was down"
    assert answers.addition("隔壁很吵") == ""


@pytest.mark.parametrize(("text", "told"), [
    ("我要修改投诉内容", ""), ("改一下客訴", ""), ("I want to change my complaint", ""),
    ("edit my complaint please", ""),
    ("投诉写错了，其实是晚餐太难吃", "投诉写错了，其实是晚餐太难吃"),
    ("please correct my complaint: it was the lift", "please correct my complaint: it was the lift"),
    ("any update on my complaint?", None), ("我的投诉呢", None), ("我要投诉", None), ("投诉房间太吵", None),
    ("I want to complain about the change of my room", None),
])
def test_setting_a_sent_complaint_right_is_told_from_other_words(text: str, told: str | None) -> None:
    assert corrects_case(text) == told


def test_thousands_of_spaces_in_a_message_hold_up_nobody():
    told = "我要投诉" + " " * 20_000 + "房间漏水，没人来修"
    heard = Heard.of(Tracker.from_dict({"sender_id": "c1", "latest_message": {"text": told}}))
    assert not answers.only_complains(heard.text)
    assert answers.tells_what_happened(heard.text)
