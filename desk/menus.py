"""Answering a numbered list: what a customer types, matched to the choices last offered."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta

from desk.messages import Button

FRESH_FOR = timedelta(hours=24)
SURVEY_PREFIX = "/survey "
"""Begins what a survey's button brings back; it never goes to the assistant."""
SURVEY_FRESH_FOR = timedelta(days=90)
"""A survey may be answered days after it was asked; whether it still runs is for the survey to say."""

_ORDINALS = {
    "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
}
_NUMBER = re.compile(
    r"^(?:第|选|選|no\.?\s*|the\s+|option\s+)?\s*"
    r"(\d{1,2}|[一二三四五六七八九十]|[a-z]+)\s*(?:个|個|项|項|号|號|\.|、|one)?$"
)


def match(text: str, menu: Sequence[Button], *, numbers: bool = True) -> Button | None:
    """The choice meant by "2", "２", "第二个", "the second one" or the title itself; None when it is none of them.

    `numbers` is false when something else was said since: then a number is an answer to that.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower().strip(" .。!！")
    for button in menu:
        if plain == unicodedata.normalize("NFKC", button.title).strip().lower():
            return button
    found = _NUMBER.match(plain) if numbers else None
    if found is None:
        return None
    word = found.group(1)
    position = int(word) if word.isdigit() else _ORDINALS.get(word, 0)
    return menu[position - 1] if 1 <= position <= len(menu) else None
