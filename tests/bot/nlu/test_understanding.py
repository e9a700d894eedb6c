"""What the trained assistant makes of texts it has never seen."""

from collections.abc import Sequence

import pytest

from tests.bot.nlu.conftest import Assistant
from tests.bot.nlu.corpus import Example, held_out

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]  # the first test may have to train


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nine_of_ten_unseen_texts_are_understood(assistant: Assistant, language: str) -> None:
    assert _share_understood(assistant, held_out(language)) >= 0.90


def test_traditional_chinese_is_understood_as_well(assistant: Assistant) -> None:
    assert _share_understood(assistant, [example for example in held_out("zh") if example.is_traditional]) >= 0.90


@pytest.mark.parametrize("text", ["asdkjh qwe zxmn", "🐳🐳", "…", "ёж щука", "%%%%", "ああああ"])
def test_what_means_nothing_is_not_guessed(assistant: Assistant, text: str) -> None:
    assert assistant.understand(text)["intent"]["name"] == "nlu_fallback"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("房间有烟味", "file_complaint"),
        ("可以抽烟吗", "ask_question"),
        ("where is my order", "check_order"),
        ("how do I cancel a booking?", "ask_question"),
        ("退订", "stop_messages"),
        ("TD", "stop_messages"),
        ("STOP", "stop_messages"),
        ("取消订阅", "stop_messages"),
        ("取消", "cancel"),
        ("不用了", "deny"),
        ("好的", "affirm"),
        ("嗯", "affirm"),
        ("可以", "affirm"),
        ("ok", "affirm"),
        ("谢谢，五星好评", "give_rating"),
        ("转人工", "request_human"),
        ("轉真人客服", "request_human"),
    ],
)
def test_pairs_that_look_alike_are_kept_apart(assistant: Assistant, text: str, intent: str) -> None:
    assert assistant.understand(text)["intent"]["name"] == intent


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("帮我查订单HL-20260412-0031谢谢", "order_number", "HL-20260412-0031"),
        ("幫我查一下訂單A10023456到哪了", "order_number", "A10023456"),
        ("订单号88231765怎么还没到", "order_number", "88231765"),
        ("where is order hl-20260412-0031?", "order_number", "hl-20260412-0031"),
        ("工单T-1024处理到哪了", "ticket_number", "T-1024"),
        ("案號T-1477有結果嗎", "ticket_number", "T-1477"),
        ("any news on t1024", "ticket_number", "t1024"),
        ("我打4分吧", "rating", "4"),
        ("4 out of 5", "rating", "4"),
        ("5", "rating", "5"),
    ],
)
def test_numbers_are_found_inside_a_sentence(assistant: Assistant, text: str, entity: str, value: str) -> None:
    assert _entities(assistant, text) == {(entity, value)}


@pytest.mark.parametrize("text", ["住2晚多少钱", "3大1小能住吗", "电话13800138000", "room 1204 is dirty", "10分钟到"])
def test_other_numbers_are_left_alone(assistant: Assistant, text: str) -> None:
    assert _entities(assistant, text) == set()


def _entities(assistant: Assistant, text: str) -> set[tuple[str, str]]:
    found = assistant.understand(text)["entities"]
    return {(entity["entity"], entity["value"]) for entity in found if entity["entity"] != "language"}


def _share_understood(assistant: Assistant, examples: Sequence[Example]) -> float:
    """The share whose likeliest intent is right, whether or not it is likely enough to act on."""
    right = 0
    for example in examples:
        ranking = assistant.understand(example.text)["intent_ranking"]
        right += next(entry["name"] for entry in ranking if entry["name"] != "nlu_fallback") == example.intent
    return right / len(examples)


@pytest.mark.parametrize(
    "text", ["？？？", "……", "138 0013 8000", "13800138000", "12345", "a", "😡😡😡", "!!!", "+86-21"]
)
def test_a_text_without_a_word_is_never_taken_for_a_wish(assistant: Assistant, text: str) -> None:
    assert assistant.understand(text)["intent"]["name"] == "nlu_fallback"


@pytest.mark.parametrize(
    ("text", "intent"),
    [("👍", "affirm"), ("👍👍👍", "affirm"), ("5", "give_rating"), ("⭐⭐⭐⭐", "give_rating"), ("3/5", "give_rating"),
     ("88", "goodbye"), ("886", "goodbye")],
)
def test_signs_and_numbers_with_a_known_meaning_keep_it(assistant: Assistant, text: str, intent: str) -> None:
    assert assistant.understand(text)["intent"]["name"] == intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("complaint", "file_complaint"),
        ("投诉", "file_complaint"),
        ("我想投诉一下上次入住A10023的问题", "file_complaint"),
        ("投诉进度", "check_complaint"),
        ("我给你们服务打五分", "give_rating"),
        ("积分什么时候过期？", "ask_question"),
        ("我的积分还有多少", "check_points"),
        ("you guys suck", "file_complaint"),
    ],
)
def test_what_customers_of_a_trial_said_is_understood(assistant: Assistant, text: str, intent: str) -> None:
    assert assistant.understand(text)["intent"]["name"] == intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("你好，请问几点可以入住", "ask_question"),
        ("谢谢，再问一下早餐多少钱", "ask_question"),
        ("hi, do you have a gym?", "ask_question"),
        ("您好，我要投诉", "file_complaint"),
        ("您好！", "greet"),
        ("好的，谢谢", "thank"),
        ("thanks, bye", "goodbye"),
    ],
)
def test_a_hello_or_thanks_in_front_does_not_hide_the_wish(assistant: Assistant, text: str, intent: str) -> None:
    assert assistant.understand(text)["intent"]["name"] == intent
