"""What of a text Rasa would take for a command ("/restart", "/give_rating{...}", "EXTERNAL: ..."), and how not to."""

import json
import re
import unicodedata
from typing import Optional

LONGEST_TEXT = 2000
"""Characters of a customer's text that are read; longer ones only cost time."""

NOTHING = "…"
"""What stands for a text of which nothing is left; an empty one would be silence."""

# "/" and what looks like it or becomes it under NFKC: a later step may fold them.
_SLASHES = frozenset("/／⁄∕╱⧸⟋⼃〳")
_FULL_WIDTH = ord("Ａ") - ord("A")
_EXTERNAL = re.compile(
    "".join(f"[{letter}{chr(ord(letter) + _FULL_WIDTH)}]" for letter in "EXTERNAL") + r"\s*[:：_＿]", re.IGNORECASE
)


def neutralise(text: str) -> str:
    """A customer's text that Rasa cannot take for a command, whatever is put in front of it."""
    rest = text[:LONGEST_TEXT]
    while True:
        visible = _without_unseen_start(rest)
        external = _EXTERNAL.match(visible)
        if visible and visible[0] in _SLASHES:
            rest = visible[1:]
        elif external:
            rest = visible[external.end() :]
        else:
            return visible or NOTHING


def with_language(command: str, language: Optional[str]) -> str:
    """A command of ours that also carries the answer's language, as Rasa drops what the tagger found in it.

    A command that names a language itself, or whose entities are no JSON object, is left as it is.
    """
    if not language or not command.startswith("/"):
        return command
    intent, brace, entities = command.partition("{")
    try:
        given = json.loads(brace + entities) if brace else {}
    except ValueError:
        return command
    if not isinstance(given, dict):
        return command
    return intent + json.dumps({"language": language, **given}, ensure_ascii=False)


def _without_unseen_start(text: str) -> str:
    """Drop leading spaces, controls, zero-width characters and marks: all that shows nothing by itself."""
    for index, character in enumerate(text):
        if unicodedata.category(character)[0] not in "CZM" and not character.isspace():
            return text[index:].rstrip()
    return ""
