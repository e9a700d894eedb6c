"""The texts the assistant learns from, and those it is judged by."""

from collections import Counter
from difflib import SequenceMatcher

import numpy as np
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
    taught = sorted({example.bare for example in training()})
    judging = [example.bare for example in held_out(language)]
    alphabet = {character: n for n, character in enumerate(sorted(set("".join(taught + judging))))}
    counts = np.array([_counts(text, alphabet) for text in taught])
    leaked = [
        (text, taught[n])
        for text in judging
        for n in np.flatnonzero(_most_similar(_counts(text, alphabet), counts) > 0.9)
        if SequenceMatcher(None, text, taught[n], autojunk=False).ratio() > 0.9
    ]
    assert leaked == []


def test_there_are_at_least_sixty_different_attacks() -> None:
    assert len(set(attacks())) >= 60


def _counts(text: str, alphabet: dict[str, int]) -> np.ndarray:
    """How often each character occurs."""
    return np.bincount([alphabet[character] for character in text], minlength=len(alphabet)).astype(np.int16)


def _most_similar(text: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The highest ratio that SequenceMatcher could find: the characters in common, in whatever order. It is a hundred
    times slower, and few pairs are worth asking it."""
    return 2 * np.minimum(text, others).sum(1) / (text.sum() + others.sum(1))
