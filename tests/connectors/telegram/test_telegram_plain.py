"""The short way for plain texts gives what the library's long way gives, or leaves the update to it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from connectors.telegram.plain import read_plain
from connectors.telegram.updates import Me, read_update
from desk.messages import InboundMessage

PAYLOADS = Path(__file__).parents[2] / "payloads" / "telegram"
ME = Me("123456", "demo_bot")
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def the_long_way(update: dict[str, Any]) -> object:
    """What the library's reading gives; None where it is nonsense."""
    try:
        return read_update(Update.de_json(json.loads(json.dumps(update)), None), ME, NOW)
    except Exception:
        return None


@pytest.mark.parametrize("name", sorted(path.stem for path in PAYLOADS.glob("*.json")))
def test_both_ways_read_the_same_from_every_update_we_know(name: str) -> None:
    update = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    short = read_plain(update, ME.account)
    assert short is None or short == the_long_way(update)


def test_a_text_in_a_private_chat_goes_the_short_way() -> None:
    update = json.loads((PAYLOADS / "text.json").read_text("utf-8"))
    assert isinstance(read_plain(update, ME.account), InboundMessage)


whole = st.integers(-(2**60), 2**60) | st.integers(1, 2**31)
text = st.text(max_size=12) | st.sampled_from(["/start", "/start x", " ", "hi", "\x00", "a\x00b"])
odd = st.none() | st.booleans() | st.text(max_size=3) | st.integers(0, 9) | st.just([]) | st.just({})


@given(st.data())
def test_both_ways_agree_on_whatever_is_sent(data: st.DataObject) -> None:
    def some(usual: st.SearchStrategy[Any]) -> Any:
        return data.draw(st.one_of(usual, usual, usual, usual, usual, odd))

    person = {"id": some(whole), "is_bot": some(st.just(False)), "first_name": some(text)}
    person |= data.draw(st.fixed_dictionaries({}, optional={"last_name": text, "language_code": text}))
    chat = {"id": some(whole), "type": some(st.sampled_from(["private", "private", "group", "supergroup"]))}
    message = {"message_id": some(whole), "date": some(st.integers(0, 2**33)), "chat": some(st.just(chat)),
               "from": some(st.just(person)), "text": some(text)}
    message |= data.draw(st.fixed_dictionaries({}, optional={"caption": text, "is_topic_message": st.booleans()}))
    update = {"update_id": some(whole), "message": some(st.just(message))}
    short = read_plain(update, ME.account)
    assert short is None or short == the_long_way(update)
