"""The most frequent update of all, read without the library: somebody writes a text in a private chat.

For each message python-telegram-bot fills two hundred attributes, which takes longer than everything else a webhook
does. What is not exactly of this form goes through `Update.de_json` (updates.py); a test holds both to one result.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.telegram.fields import number, words
from desk.messages import Address, ChannelName, InboundKind, InboundMessage

_UPDATE = {"update_id", "message"}
_MESSAGE = {"message_id", "date", "chat", "from", "text"}


def read_plain(update: Mapping[str, Any], account: str) -> InboundMessage | None:
    """The message, or None for whatever the library has to read, nonsense too."""
    message = update.get("message")
    if update.keys() != _UPDATE or not isinstance(message, dict) or message.keys() != _MESSAGE:
        return None
    try:
        return _text_of(update, message, account)
    except (TypeError, ValueError, LookupError, ArithmeticError, OSError):
        return None


def _text_of(update: Mapping[str, Any], message: Mapping[str, Any], account: str) -> InboundMessage | None:
    chat, person, text = message["chat"], message["from"], words(message["text"])
    if chat["type"] != "private" or person["is_bot"] is not False or not text.strip() or text.startswith("/"):
        return None
    first, last = person["first_name"], person.get("last_name")
    return InboundMessage(
        key=f"m:{number(chat['id'])}:{number(message['message_id'])}",
        address=Address(ChannelName.TELEGRAM, account, str(number(chat["id"])), str(number(person["id"]))),
        sent_at=datetime.fromtimestamp(number(message["date"]), UTC),
        order=number(update["update_id"]),
        kind=InboundKind.TEXT,
        text=text,
        display_name=words(f"{first} {last}" if last else first),
        locale=words(person.get("language_code")),
    )
