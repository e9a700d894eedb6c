"""Keeping customers' text text: it can never reach the assistant as a command (guarantee 7)."""

import re
import unicodedata

MAX_TEXT = 2000
_EXTERNAL = re.compile("external[:：]", re.IGNORECASE)
_CHINESE_MARKS = re.compile("([，。！？：；（）～…]+)")


def neutralise(text: str) -> str:
    """Text that Rasa cannot read as a command, whatever the customer typed.

    Rasa reads any text whose stripped form starts with "/" as an intent with entities, and "EXTERNAL: " as an event
    of its own. Normalising comes first, because a full-width solidus becomes "/" by it; invisible characters in front
    are taken away with the spaces. Chinese punctuation stays: what is said here is also what a complaint quotes.
    The text is cut at 2000 characters: a long one blocks Rasa's whole worker.
    """
    plain = _normalise(text)[:MAX_TEXT]
    while True:
        stripped = _strip_invisible(plain)
        if stripped.startswith("/"):
            plain = stripped[1:]
        elif external := _EXTERNAL.match(stripped):
            plain = stripped[external.end():]
        else:
            return stripped or "…"


def _normalise(text: str) -> str:
    """NFKC, except for the full-width marks of Chinese sentences."""
    parts = _CHINESE_MARKS.split(text)
    return "".join(part if n % 2 else unicodedata.normalize("NFKC", part) for n, part in enumerate(parts))


def _strip_invisible(text: str) -> str:
    start = 0
    while start < len(text) and (text[start].isspace() or unicodedata.category(text[start])[0] in "CZ"):
        start += 1
    return text[start:].rstrip()


_STOP_WORDS = {"stop", "unsubscribe", "td", "退订", "退訂", "取消订阅", "取消訂閱"}


def is_stop_word(text: str) -> bool:
    """Whether a text is nothing but one of the words that end unasked messages, also while a person holds."""
    return unicodedata.normalize("NFKC", text).strip().strip(".。!！").lower() in _STOP_WORDS
