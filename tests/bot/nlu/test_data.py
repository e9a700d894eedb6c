"""The texts the assistant learns from, and those it is judged by."""

from collections import Counter
from difflib import SequenceMatcher

import pytest

from tests.bot.nlu.corpus import INTENTS, attacks, held_out, training


def test_every_wish_is_taught_in_at_least_25_phrasings_of_each_language() -> None:
    counted = Counter((example.intent, "zh" if example.is_chinese else "en") for example in training())
    assert {intent for intent, _ in counted} == INTENTS
    assert {key: n for key, n in counted.items() if n < 25} == {}


def test_every_wish_is_taught_in_traditional_chinese_too() -> None:
    counted = Counter(example.intent for example in training() if example.is_traditional)
    assert {intent: counted[intent] for intent in INTENTS if counted[intent] < 9} == {}


def test_no_text_is_taught_as_two_different_wishes() -> None:
    taught: dict[str, set[str]] = {}
    for example in training():
        taught.setdefault(example.text.lower(), set()).add(example.intent)
    assert {text: intents for text, intents in taught.items() if len(intents) > 1} == {}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_judging_texts_are_two_hundred_and_cover_every_wish(language: str) -> None:
    examples = held_out(language)
    assert len(examples) == 200
    assert {example.intent for example in examples} == INTENTS


def test_at_least_a_fifth_of_the_chinese_judging_texts_are_traditional() -> None:
    assert sum(example.is_traditional for example in held_out("zh")) >= 40


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_judging_text_was_taught_not_even_nearly(language: str) -> None:
    taught = {example.bare for example in training()}
    leaked = [
        (example.text, known)
        for example in held_out(language)
        for known in taught
        if _similar(example.bare, known) > 0.9
    ]
    assert leaked == []


def test_there_are_at_least_sixty_different_attacks() -> None:
    assert len(set(attacks())) >= 60


def _similar(left: str, right: str) -> float:
    if 2 * min(len(left), len(right)) <= 0.9 * (len(left) + len(right)):
        return 0.0  # the ratio cannot be higher than that
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() > 0.9 else 0.0
