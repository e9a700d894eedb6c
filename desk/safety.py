"""Keeping customers' text text: it can never reach the assistant as a command (guarantee 7)."""

import unicodedata

MAX_TEXT = 2000
_EXTERNAL = "external:"


def neutralise(text: str) -> str:
    """Text that Rasa cannot read as a command, whatever the customer typed.

    Rasa reads any text whose stripped form starts with "/" as an intent with entities, and "EXTERNAL: " as an event
    of its own. Normalising comes first, because a full-width solidus becomes "/" by it; invisible characters in front
    are taken away with the spaces. The text is cut at 2000 characters: a long one blocks Rasa's whole worker.
    """
    plain = unicodedata.normalize("NFKC", text)[:MAX_TEXT]
    while True:
        stripped = _strip_invisible(plain)
        if stripped.startswith("/"):
            plain = stripped[1:]
        elif stripped.lower().startswith(_EXTERNAL):
            plain = stripped[len(_EXTERNAL):]
        else:
            return stripped or "…"


def _strip_invisible(text: str) -> str:
    start = 0
    while start < len(text) and (text[start].isspace() or unicodedata.category(text[start])[0] in "CZ"):
        start += 1
    return text[start:].rstrip()


_STOP_WORDS = {"stop", "unsubscribe", "td", "退订", "退訂", "取消订阅", "取消訂閱"}


def is_stop_word(text: str) -> bool:
    """Whether a text is nothing but one of the words that end unasked messages, also while a person holds."""
    return unicodedata.normalize("NFKC", text).strip().strip(".。!！").lower() in _STOP_WORDS
