"""What each channel can do, as data: the capability table that rendering and the outbox read."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from desk.messages import AttachmentKind, ChannelName


class TextUnit(StrEnum):
    """What a platform counts when it limits a text."""

    BYTES = "bytes"  # UTF-8
    UTF16 = "utf16"  # code units
    CHARS = "chars"  # code points


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The limits of one channel.

    `max_buttons` 0 means that choices become a numbered list. `merge_bubbles`: several replies of one turn
    leave as one message, because sends are scarce. `rate` and `burst` bound sends per second of one account.
    `windowed`: a message may leave only inside a reply window that the customer opened.
    """

    max_text: int
    text_unit: TextUnit
    max_buttons: int
    button_title_max: int
    payload_max_bytes: int
    media: frozenset[AttachmentKind]
    rate: float
    burst: int
    windowed: bool = False
    merge_bubbles: bool = False
    passive_within: timedelta | None = None  # the response to a webhook itself may carry the answer until then


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """The right to send `quota` messages for `lasts` after a contact, as WeChat grants it.

    `kind` keeps grants of different origin apart: a menu tap does not shorten what a message opened.
    """

    kind: str
    lasts: timedelta
    quota: int


CAPABILITIES: dict[ChannelName, Capabilities] = {
    # Custom messages: 2048 bytes of text; five sends within 48 h of a message of the customer.
    ChannelName.WECHAT: Capabilities(
        max_text=2048, text_unit=TextUnit.BYTES, max_buttons=0, button_title_max=0, payload_max_bytes=0,
        media=frozenset({AttachmentKind.IMAGE}), rate=100, burst=50, windowed=True, merge_bubbles=True,
        passive_within=timedelta(seconds=4.5),
    ),
    # Bot API 10: 4096 after parsing (counted in UTF-16 units to be safe), callback_data 1-64 bytes, ~30 sends/s.
    ChannelName.TELEGRAM: Capabilities(
        max_text=4096, text_unit=TextUnit.UTF16, max_buttons=20, button_title_max=64, payload_max_bytes=64,
        media=frozenset(AttachmentKind), rate=30, burst=30,
    ),
    # Block Kit: section 3000, 25 elements in an actions block, button text 75, value 2000.
    ChannelName.SLACK: Capabilities(
        max_text=3000, text_unit=TextUnit.CHARS, max_buttons=25, button_title_max=75, payload_max_bytes=2000,
        media=frozenset(AttachmentKind), rate=20, burst=20,
    ),
    ChannelName.WEBCHAT: Capabilities(
        max_text=8000, text_unit=TextUnit.CHARS, max_buttons=20, button_title_max=100, payload_max_bytes=200,
        media=frozenset(AttachmentKind), rate=500, burst=500,
    ),
}
