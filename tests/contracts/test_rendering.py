"""Cutting a text into what a platform takes: nothing is lost, everything fits, no character is halved."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.channels import CAPABILITIES, TextUnit
from desk.messages import Button, ChannelName, OutboundMessage
from desk.rendering import measure, render, split

TEXT = st.text(alphabet=st.one_of(
    st.sampled_from("abc 你好。！？，；\n\t."), st.sampled_from("👩‍👩‍👧🏨𝄞é️"), st.characters(exclude_categories=("Cs",))
), max_size=400)
UNITS = st.sampled_from(TextUnit)


def without_spaces(text: str) -> str:
    return "".join(text.split())


@given(TEXT, st.integers(4, 60), UNITS)
def test_every_piece_fits_in_the_platforms_own_unit(text: str, limit: int, unit: TextUnit) -> None:
    assert all(0 < measure(piece, unit) <= limit for piece in split(text, limit, unit))


@given(TEXT, st.integers(4, 60), UNITS)
def test_nothing_but_space_at_a_cut_is_lost(text: str, limit: int, unit: TextUnit) -> None:
    assert without_spaces("".join(split(text, limit, unit))) == without_spaces(text)


@given(TEXT, st.integers(4, 60), UNITS)
def test_no_character_is_halved(text: str, limit: int, unit: TextUnit) -> None:
    for piece in split(text, limit, unit):
        assert piece.encode("utf-8").decode("utf-8") == piece
        assert piece.encode("utf-16").decode("utf-16") == piece


@given(st.text(max_size=50), st.integers(100, 200), UNITS)
def test_a_text_that_fits_is_left_whole(text: str, limit: int, unit: TextUnit) -> None:
    if text.strip() and measure(text.strip(), unit) <= limit:
        assert split(text, limit, unit) == [text.strip()]


@pytest.mark.parametrize("channel", ChannelName)
@settings(deadline=None, max_examples=40)
@given(length=st.integers(0, 12_000), char=st.sampled_from("a好👩𝄞"), choices=st.integers(0, 40))
def test_whatever_is_said_fits_the_channel(channel: ChannelName, length: int, char: str, choices: int) -> None:
    can = CAPABILITIES[channel]
    buttons = tuple(Button(f"Choice {n} " + "长" * 200, f"/choose_{n}", id=f"id-{n}") for n in range(choices))
    bubbles = render([OutboundMessage(char * length, buttons)], can)
    assert all(measure(bubble.text, can.text_unit) <= can.max_text for bubble in bubbles)
    shown = [button for bubble in bubbles for button in bubble.buttons]
    assert all(len(button.title) <= can.button_title_max for button in shown)
    if choices <= can.max_buttons:
        assert [button.id for button in shown] == [button.id for button in buttons]
    else:
        assert shown == []
        listed = without_spaces("".join(bubble.text for bubble in bubbles))
        assert all(f"{n + 1}.Choice{n}长" in listed for n in range(choices)), "what is no button is a numbered list"


def test_where_choices_are_numbers_the_list_is_not_numbered_again() -> None:
    marks = OutboundMessage("1 to 5?", tuple(Button(str(n), f"/rate {n}") for n in range(5, 0, -1)))
    (bubble,) = render([marks], CAPABILITIES[ChannelName.WECHAT])
    assert bubble.text == "1 to 5?\n\n5 · 4 · 3 · 2 · 1"
