"""From one message to what fits a channel: pure, and the same for every connector."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from desk.channels import Capabilities, TextUnit
from desk.messages import Attachment, Button, OutboundMessage


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on the wire: within the channel's limits, buttons only where it has them."""

    text: str
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()


def measure(text: str, unit: TextUnit) -> int:
    """The length of a text as the platform counts it."""
    match unit:
        case TextUnit.BYTES:
            return len(text.encode("utf-8", "surrogatepass"))
        case TextUnit.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case TextUnit.CHARS:
            return len(text)


def render(messages: Sequence[OutboundMessage], can: Capabilities) -> tuple[Bubble, ...]:
    """Turn the messages of one delivery into bubbles that fit.

    Choices that the channel cannot show as buttons become a numbered list at the end of the text; files that it
    cannot carry become their names.
    """
    fitted = [_fit_parts(message, can) for message in messages]
    if can.merge_bubbles and len(fitted) > 1:
        text = "\n\n".join(bubble.text for bubble in fitted if bubble.text)
        files = tuple(file for bubble in fitted for file in bubble.attachments)
        fitted = [Bubble(text, attachments=files)]
    bubbles: list[Bubble] = []
    for bubble in fitted:
        pieces = split(bubble.text, can.max_text, can.text_unit) or [""]
        bubbles += [Bubble(piece) for piece in pieces[:-1]]
        bubbles.append(replace(bubble, text=pieces[-1]))
    return tuple(bubbles)


def numbered(buttons: Sequence[Button]) -> str:
    """Choices as a list the customer answers with a number; a link shows its address. Numbers are no list: "1. 5" would
    confuse, and the number itself is what is typed."""
    if all(button.title.isdecimal() for button in buttons):
        return " · ".join(button.title for button in buttons)
    return "\n".join(f"{n}. {b.title}" + (f" {b.url}" if b.url else "") for n, b in enumerate(buttons, 1))


def split(text: str, limit: int, unit: TextUnit) -> list[str]:
    """Cut a text into pieces within `limit`: at a blank line, else a line, a sentence, a space, else anywhere."""
    pieces: list[str] = []
    rest = text.strip()
    while rest and measure(rest, unit) > limit:
        head = _longest_prefix(rest, limit, unit)
        cut = _good_cut(head)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        pieces.append(rest)
    return pieces


def _fit_parts(message: OutboundMessage, can: Capabilities) -> Bubble:
    text = message.text
    buttons = message.buttons
    if len(buttons) > can.max_buttons:
        text = f"{text}\n\n{numbered(buttons)}" if text else numbered(buttons)
        buttons = ()
    files = tuple(file for file in message.attachments if file.kind in can.media)
    for file in message.attachments:
        if file.kind not in can.media:
            text = f"{text}\n[{file.name or file.kind.value}]".strip()
    return Bubble(text, tuple(replace(b, title=_shorten(b.title, can.button_title_max)) for b in buttons), files)


def _shorten(title: str, limit: int) -> str:
    return title if len(title) <= limit else title[: limit - 1] + "…"


def _longest_prefix(text: str, limit: int, unit: TextUnit) -> str:
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle], unit) <= limit else (low, middle - 1)
    return text[:low]


def _good_cut(head: str) -> int:
    for mark in ("\n\n", "\n", "。", "！", "？", ". ", "! ", "? ", "；", "，", " "):
        cut = head.rfind(mark)
        if cut >= len(head) // 2:
            return cut + len(mark)
    return len(head)
