"""What customers write when they are asked, and what it means."""

import pytest

from campaigns.answers import read
from campaigns.surveys import Option, Question, QuestionKind
from desk.messages import Language

WORDS = {Language.EN: "?", Language.ZH_HANS: "？"}
RATING = Question("r", QuestionKind.RATING, WORDS)
NPS = Question("n", QuestionKind.NPS, WORDS)
YES_NO = Question("y", QuestionKind.YES_NO, WORDS)
FOOD = Question("f", QuestionKind.SINGLE, WORDS, options=(
    Option("breakfast", {Language.EN: "Breakfast", Language.ZH_HANS: "早餐"}),
    Option("dinner", {Language.EN: "Dinner", Language.ZH_HANS: "晚餐"}),
    Option("bar", {Language.EN: "Bar", Language.ZH_HANS: "酒吧"}),
))
SEVERAL = Question("s", QuestionKind.MULTIPLE, WORDS, options=FOOD.options)


@pytest.mark.parametrize(("text", "number"), [
    ("4", 4), ("４分", 4), ("四分", 4), ("四星", 4), ("4/5", 4), ("four stars", 4), ("很满意", 5), ("不太滿意", 2),
    ("一般", 3),
    ("I'd give it a 3", 3), ("我给五分", 5), ("★★", 2), ("⭐️⭐️⭐️", 3), ("满分", 5), ("terrible", 1),
    ("4 out of 5!", 4),
    ("0", None), ("6", None), ("9/10", None), ("房间 3 楼有噪音", None), ("十分", None),
    ("we stayed 4 nights", None), ("4.5", None),
])
def test_a_mark_from_one_to_five(text: str, number: int | None) -> None:
    answer = read(RATING, text, Language.ZH_HANS)
    assert (answer.number if answer else None) == number


@pytest.mark.parametrize(("text", "number"), [
    ("0", 0), ("零", 0), ("10", 10), ("十分", 10), ("10分", 10), ("满分", 10), ("9 out of 10", 9), ("八分吧", 8),
    ("seven", 7),
    ("11", None), ("很满意", None), ("10 nights", None),
])
def test_zero_to_ten(text: str, number: int | None) -> None:
    answer = read(NPS, text, Language.ZH_HANS)
    assert (answer.number if answer else None) == number


@pytest.mark.parametrize(("text", "meant"), [
    ("是的", "yes"), ("可以", "yes"), ("sure", "yes"), ("1", "yes"), ("不会", "no"), ("算了", "no"),
    ("Nope!", "no"), ("2", "no"),
    ("maybe", None), ("是不是", None),
])
def test_yes_or_no(text: str, meant: str | None) -> None:
    answer = read(YES_NO, text, Language.ZH_HANS)
    assert (answer.options[0] if answer else None) == meant


@pytest.mark.parametrize(("text", "chosen"), [
    ("2", "dinner"), ("第二个", "dinner"), ("晚餐", "dinner"), ("DINNER", "dinner"), ("我最喜欢早餐", "breakfast"),
    ("早餐和晚餐", None), ("4", None), ("everything", None),
])
def test_one_of_several_choices(text: str, chosen: str | None) -> None:
    answer = read(FOOD, text, Language.ZH_HANS)
    assert (answer.options[0] if answer else None) == chosen


@pytest.mark.parametrize(("text", "chosen"), [
    ("1 3", ("breakfast", "bar")), ("1、3", ("breakfast", "bar")), ("13", ("breakfast", "bar")), ("早餐和酒吧",
    ("breakfast", "bar")),
    ("bar, dinner", ("dinner", "bar")), ("第一和第三", ("breakfast", "bar")), ("2", ("dinner",)), ("1 7", ()),
    ("none of it", ()),
])
def test_some_of_several_choices(text: str, chosen: tuple[str, ...]) -> None:
    answer = read(SEVERAL, text, Language.EN)
    assert (answer.options if answer else ()) == chosen
