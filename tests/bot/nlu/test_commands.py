"""A customer's text can never become a command, however it begins."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rasa_parts.commands import LONGEST_TEXT, NOTHING, neutralise, with_language
from tests.bot.nlu.corpus import attacks

SNEAKY = st.text(alphabet=" \t\n\r\0\u200b\ufeff\u00ad\u202e\u3000/／⁄∕╱EXTERNALexternalＥ:：_ax你", max_size=60)


@given(SNEAKY | st.text(max_size=200))
def test_no_text_stays_a_command_even_after_folding_and_stripping(text: str) -> None:
    safe = neutralise(text)
    folded = unicodedata.normalize("NFKC", safe).strip()
    assert not folded.startswith("/")
    assert not folded.upper().startswith("EXTERNAL:")


@given(SNEAKY | st.text(max_size=200))
def test_neutralising_twice_changes_nothing_more(text: str) -> None:
    assert neutralise(neutralise(text)) == neutralise(text)


@pytest.mark.parametrize("attack", attacks())
def test_every_known_attack_loses_its_beginning(attack: str) -> None:
    assert neutralise(attack)[0] not in " \n/／"


@pytest.mark.parametrize("text", ["你好", "1/2 of my order is missing", "and/or", "😀", "external wall is dirty", "5"])
def test_ordinary_texts_are_left_as_they_are(text: str) -> None:
    assert neutralise(text) == text


@pytest.mark.parametrize("text", ["", "   ", "/", "／／", "\u200b", "EXTERNAL:"])
def test_a_text_of_which_nothing_is_left_is_still_a_message(text: str) -> None:
    assert neutralise(text) == NOTHING


def test_a_long_text_is_cut() -> None:
    assert len(neutralise("a" * 100_000)) == LONGEST_TEXT


@pytest.mark.parametrize(
    ("command", "completed"),
    [
        ("/greet", '/greet{"language": "zh"}'),
        ('/give_rating{"rating": "5"}', '/give_rating{"language": "zh", "rating": "5"}'),
        ('/greet{"language": "en"}', '/greet{"language": "en"}'),
        ("/greet{broken", "/greet{broken"),
        ("你好", "你好"),
    ],
)
def test_a_command_carries_the_language_unless_it_names_one(command: str, completed: str) -> None:
    assert with_language(command, "zh") == completed
