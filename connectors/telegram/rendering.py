"""From a bubble to Bot API calls. Pure."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from desk.channels import TextUnit
from desk.messages import Address, Attachment, AttachmentKind, Button
from desk.rendering import Bubble, measure

CAPTION_LIMIT = 1024  # UTF-16 units
PHOTO_LIMIT = 10 * 1024 * 1024  # bytes; larger pictures travel as documents
_PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp")
_ROW_WIDTH = 36  # columns of a phone; a Chinese character takes two
_ROW_BUTTONS = 5
_BELOW = "👇"  # a keyboard needs a message to hang on


@dataclass(frozen=True, slots=True)
class Call:
    """One Bot API call: `params` as they travel, `upload` as the multipart field `upload_as`."""

    method: str
    params: dict[str, Any]
    upload: Attachment | None = None
    upload_as: str = ""


def render_calls(address: Address, bubble: Bubble) -> tuple[Call, ...]:
    """The calls that show this bubble, in order; usually one. Buttons hang on the last."""
    where: dict[str, Any] = {"chat_id": int(address.chat)}
    if address.thread:
        where["message_thread_id"] = int(address.thread)
    markup = {"reply_markup": keyboard(bubble.buttons)} if bubble.buttons else {}
    files = [_file_call(where, file) for file in bubble.attachments]
    if len(files) == 1 and measure(bubble.text, TextUnit.UTF16) <= CAPTION_LIMIT:
        caption = {"caption": bubble.text} if bubble.text else {}
        only = files[0]
        return (Call(only.method, {**only.params, **caption, **markup}, only.upload, only.upload_as),)
    if not bubble.text and not bubble.buttons:
        return tuple(files)
    return (*files, Call("sendMessage", {**where, "text": bubble.text or _BELOW, **markup}))


def keyboard(buttons: tuple[Button, ...]) -> dict[str, Any]:
    """An inline keyboard; short choices share a row."""
    rows: list[list[dict[str, str]]] = []
    room = 0
    for button in buttons:
        width = _columns(button.title) + 4
        if not rows or width > room or len(rows[-1]) == _ROW_BUTTONS:
            rows.append([])
            room = _ROW_WIDTH
        rows[-1].append(_key(button))
        room -= width
    return {"inline_keyboard": rows}


def _key(button: Button) -> dict[str, str]:
    if button.url:
        return {"text": button.title, "url": button.url}
    return {"text": button.title, "callback_data": button.id}


def _columns(title: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in title)


def _file_call(where: dict[str, Any], file: Attachment) -> Call:
    kind, media_type = file.kind, file.media_type
    if kind is AttachmentKind.IMAGE and media_type in _PHOTO_TYPES and (file.size or 0) <= PHOTO_LIMIT:
        return Call("sendPhoto", dict(where), file, "photo")
    if kind is AttachmentKind.VIDEO and media_type == "video/mp4":
        return Call("sendVideo", dict(where), file, "video")
    if kind is AttachmentKind.AUDIO and media_type in ("audio/mpeg", "audio/mp4"):
        return Call("sendAudio", dict(where), file, "audio")
    return Call("sendDocument", dict(where), file, "document")
