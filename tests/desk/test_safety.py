"""Customers' words reach the assistant as words: never as a command, and never changed more than that needs."""

import json
from pathlib import Path

import pytest

from desk.safety import MAX_TEXT, neutralise

ATTACKS = Path(__file__).resolve().parents[2] / "bot" / "data" / "heldout" / "attacks.txt"


@pytest.mark.parametrize("attack", [json.loads(line) for line in ATTACKS.read_text("utf-8").splitlines()])
def test_no_text_of_a_customer_can_be_read_as_a_command(attack: str) -> None:
    text = neutralise(attack)
    assert text.strip()
    assert not text.strip().startswith("/")
    assert not text.strip().lower().startswith("external:")


@pytest.mark.parametrize("said", ["前天空调坏了，没人来修！怎么办？（两晚）", "时间：昨天；地点：大堂……", "Hi, you!"])
def test_what_a_customer_tells_is_quoted_with_their_own_punctuation(said: str) -> None:
    assert neutralise(said) == said


def test_full_width_letters_and_digits_become_plain_ones() -> None:
    assert neutralise("订单ＨＬ－２０２６０４１２－００３１，谢谢") == "订单HL-20260412-0031，谢谢"


def test_a_very_long_text_is_cut_before_it_reaches_the_assistant() -> None:
    assert len(neutralise("好" * 100_000)) == MAX_TEXT
