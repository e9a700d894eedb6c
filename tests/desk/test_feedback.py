"""What comes after the score: a comment on the service just had, or something new."""

import pytest

from desk.feedback import is_new_business
from desk.ports import Understanding
from desk.ratings import read_scored_comment


@pytest.mark.parametrize(
    "comment", ["房间升级很惊喜", "Grace was really patient with me", "等了太久才有人接手", "客服态度太差了，等了很久"]
)
def test_praise_and_blame_after_the_score_are_comments_however_much_they_sound_like_complaints(comment: str) -> None:
    assert not is_new_business(comment, Understanding("file_complaint", 0.95))


@pytest.mark.parametrize("wish", ["我要投诉", "我要投訴你們", "I want to complain about my room"])
def test_a_complaint_called_so_is_taken_as_one_also_after_the_score(wish: str) -> None:
    assert is_new_business(wish, Understanding("file_complaint", 0.86))


@pytest.mark.parametrize(("text", "intent"), [("转人工", "request_human"), ("查一下我的订单", "check_order")])
def test_a_clear_wish_after_the_score_is_new_business(text: str, intent: str) -> None:
    assert is_new_business(text, Understanding(intent, 0.97))
    assert not is_new_business(text, Understanding(intent, 0.4))


def test_a_question_is_never_a_comment_and_without_the_assistant_everything_else_is() -> None:
    assert is_new_business("早餐几点？", None)
    assert not is_new_business("都很好", None)


@pytest.mark.parametrize(("text", "score", "comment"), [
    ("两星，等太久了", 2, "等太久了"), ("打4星但是有点慢", 4, "但是有点慢"), ("給五顆星！服務很棒", 5, "服務很棒"),
    ("4 - friendly but slow", 4, "friendly but slow"), ("4 stars but slow", 4, "but slow"),
    ("5: great stay", 5, "great stay"),
])
def test_a_score_and_its_reason_in_one_message_are_both_understood(text: str, score: int, comment: str) -> None:
    assert read_scored_comment(text) == (score, comment)


@pytest.mark.parametrize("text", [
    "5", "2, 3 nights", "1. 房间脏 2. 空调坏了", "房间 3 楼有噪音", "早餐几点，停车多少钱", "6，不错",
    "I'd like to know, when is breakfast",
])
def test_a_number_about_something_else_is_no_score_with_a_reason(text: str) -> None:
    assert read_scored_comment(text) is None
