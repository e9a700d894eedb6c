"""In a group the bot answers only when it is spoken to."""

from telegram import Message, MessageEntity

from connectors.telegram.fields import number


class NameUnknown(Exception):
    """Whether a mention means us cannot be told before the Bot API has said what we are called."""


def spoken_to(message: Message, account: str, username: str) -> str | None:
    """The message's words without our name when it is addressed to us, else None.

    Addressed are: a mention of the bot, a command with its name, a reply to it. Raises NameUnknown while
    `username` is empty and the answer depends on it.
    """
    text = message.text if message.text is not None else message.caption or ""
    entities = message.entities if message.text is not None else message.caption_entities
    spans = [span for entity in entities if (span := _naming_us(entity, text, account, username))]
    if not spans and not _replies_to(message, account):
        return None
    return _without(text, spans)


def _replies_to(message: Message, account: str) -> bool:
    original = message.reply_to_message
    if original is None or original.from_user is None or original.forum_topic_created:
        return False  # every first message of a forum topic "replies" to the topic's creation
    return str(original.from_user.id) == account


def _naming_us(entity: MessageEntity, text: str, account: str, username: str) -> tuple[int, int] | None:
    """The part of the text that is our name, as UTF-16 offsets, when this entity names us."""
    start, end = number(entity.offset), number(entity.offset) + number(entity.length)
    if not 0 <= start <= end:
        raise ValueError("entity outside the text")
    if entity.type == MessageEntity.TEXT_MENTION:
        return (start, end) if entity.user is not None and str(entity.user.id) == account else None
    if entity.type not in (MessageEntity.MENTION, MessageEntity.BOT_COMMAND):
        return None
    before, at, name = _cut(text, start, end).partition("@")
    if not at:
        return None
    if not username:
        raise NameUnknown
    return (start + len(before), end) if name.casefold() == username.casefold() else None


def _cut(text: str, start: int, end: int) -> str:
    return text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "replace")


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    for start, end in sorted(spans, reverse=True):
        after = units[2 * end :]
        if after.startswith(b" \x00"):
            after = after[2:] if start == 0 or units[2 * start - 2 : 2 * start] == b" \x00" else after
        units = units[: 2 * start] + after
    return units.decode("utf-16-le", "replace").strip()
