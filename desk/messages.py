"""What is said, in the desk's own words; no platform field survives the connectors."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote, unquote


class ChannelName(StrEnum):
    """The platforms a customer can write from."""

    WECHAT = "wechat"
    TELEGRAM = "telegram"
    SLACK = "slack"
    WEBCHAT = "webchat"


class Language(StrEnum):
    """The languages we answer in (BCP 47)."""

    ZH_HANS = "zh-Hans"
    ZH_HANT = "zh-Hant"
    EN = "en"

    @property
    def is_chinese(self) -> bool:
        return self is not Language.EN


@dataclass(frozen=True, slots=True)
class Address:
    """Where on a channel one customer is reached.

    `account` is which of our accounts (app id, bot id, team id), `chat` where to send, `user` who speaks
    (equal to `chat` in private chats), `thread` the platform's thread inside the chat, if any.
    """

    channel: ChannelName
    account: str
    chat: str
    user: str
    thread: str = ""

    @property
    def key(self) -> str:
        """One string for storing and comparing; `Address.from_key` reads it back."""
        return _joined(self.channel.value, self.account, self.chat, self.user, self.thread)

    @property
    def person(self) -> str:
        """Who speaks, wherever on this account: the same in a private chat, a group and a thread."""
        return _joined(self.channel.value, self.account, self.user)

    @classmethod
    def from_key(cls, key: str) -> "Address":
        return _parsed(key)


# A turn asks for its customer's key a dozen times, and quoting is slow.
@lru_cache(maxsize=2**14)
def _joined(*parts: str) -> str:
    return ":".join(quote(part, safe="@._-") for part in parts)


@lru_cache(maxsize=2**14)
def _parsed(key: str) -> Address:
    channel, account, chat, user, thread = (unquote(part) for part in key.split(":"))
    return Address(ChannelName(channel), account, chat, user, thread)


class AttachmentKind(StrEnum):
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message.

    `remote` is the platform's own reference (media id, file id): the connector can fetch it, nobody else.
    `file_id` names our own copy once the gateway has downloaded it; only that is ever shown to people.
    """

    kind: AttachmentKind
    name: str = ""
    media_type: str = ""
    size: int | None = None
    remote: str = ""
    file_id: str = ""


class InboundKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"  # a button of ours was tapped; `choice` is its id
    MEDIA = "media"
    LOCATION = "location"
    LINK = "link"
    EVENT = "event"


class EventName(StrEnum):
    """What happened, when nothing was said."""

    STARTED = "started"  # followed the account, pressed Start, opened the chat; value = deep link
    STOPPED = "stopped"  # unfollowed or blocked us: unreachable from now on
    SCANNED = "scanned"  # scanned a code of ours again; value = the code's scene
    MENU = "menu"  # tapped the account's own menu; value = the menu item's key
    EDITED = "edited"  # changed an earlier message; `text` is the new text, `replaces` the old key


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """What a customer said or did.

    `key` is the platform's own key of the delivery, unique per channel account, so a repeat is a no-op.
    `order` sorts the messages of one address as the platform does (any integer that grows).
    `sent_at` is the platform's time, UTC.
    """

    key: str
    address: Address
    sent_at: datetime
    order: int
    kind: InboundKind
    text: str = ""
    choice: str = ""
    attachments: tuple[Attachment, ...] = ()
    event: EventName | None = None
    event_value: str = ""
    replaces: str = ""
    display_name: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """One choice offered: `payload` comes back when it is tapped; a button with `url` opens a page instead."""

    title: str
    payload: str = ""
    url: str = ""
    id: str = ""  # short, unguessable, made when the message is queued; what travels on the wire


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """What we say: a text, perhaps choices below it, perhaps files."""

    text: str
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()
