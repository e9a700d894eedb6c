"""From WeChat's fields to the desk's words. Source: "Receiving messages" and "Receiving event pushes"."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from desk.errors import MalformedRequest
from desk.messages import Address, Attachment, AttachmentKind, ChannelName, EventName, InboundKind, InboundMessage

Fields = Mapping[str, str]

_SECONDS = re.compile(r"[0-9]{1,10}")
_MESSAGE_ID = re.compile(r"[0-9]{1,20}")
_LAST_SECOND = 2**31 - 1  # beyond it an order would not fit into 63 bits

_EVENTS = {
    "subscribe": EventName.STARTED,
    "unsubscribe": EventName.STOPPED,
    "scan": EventName.SCANNED,
    "click": EventName.MENU,
}
_NOT_FOR_US = {
    "view": "view",
    "location": "location_report",
    "templatesendjobfinish": "template_result",
}


@dataclass(frozen=True, slots=True)
class Ignored:
    """An authentic message that holds nothing for us; `reason` is one metric-safe word."""

    reason: str


def translate(fields: Fields, app_id: str) -> InboundMessage | Ignored:
    """What a customer said or did. Raises MalformedRequest when a field that every message has is missing."""
    if fields.get("MsgType") == "event":
        return _event(fields, app_id)
    parts = _PARTS.get(fields.get("MsgType", ""))
    if parts is None:
        return Ignored("unknown_message")
    message_id = fields.get("MsgId", "")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise MalformedRequest("WeChat message without a message id")
    return parts(_blank(fields, app_id, f"m:{message_id}", int(message_id)), fields)


def _event(fields: Fields, app_id: str) -> InboundMessage | Ignored:
    # The platform spells some names in capitals; what else differs only in case is the same event.
    name = fields.get("Event", "").lower()
    if name not in _EVENTS:
        return Ignored(_NOT_FOR_US.get(name, "unknown_event"))
    value = fields.get("EventKey", "")
    key = ":".join(("e", fields.get("FromUserName", ""), fields.get("CreateTime", ""), fields["Event"], value))
    blank = _blank(fields, app_id, key, 0)
    return replace(blank, kind=InboundKind.EVENT, event=_EVENTS[name], event_value=value.removeprefix("qrscene_"))


def _blank(fields: Fields, app_id: str, key: str, message_id: int) -> InboundMessage:
    user, created = fields.get("FromUserName", ""), fields.get("CreateTime", "")
    if not user or not _SECONDS.fullmatch(created) or int(created) > _LAST_SECOND:
        raise MalformedRequest("WeChat message without a sender or a time")
    return InboundMessage(
        key=key,
        address=Address(ChannelName.WECHAT, app_id, chat=user, user=user),
        sent_at=datetime.fromtimestamp(int(created), UTC),
        # WeChat's time has seconds only; message ids grow, so their low bits order what one second holds.
        order=int(created) << 32 | message_id & 0xFFFFFFFF,
        kind=InboundKind.TEXT,
    )


def _text(blank: InboundMessage, fields: Fields) -> InboundMessage:
    return replace(blank, text=fields.get("Content", ""), choice=fields.get("bizmsgmenuid", ""))


def _image(blank: InboundMessage, fields: Fields) -> InboundMessage:
    return _media(blank, fields, AttachmentKind.IMAGE)


def _voice(blank: InboundMessage, fields: Fields) -> InboundMessage:
    return replace(_media(blank, fields, AttachmentKind.AUDIO), text=fields.get("Recognition", ""))


def _video(blank: InboundMessage, fields: Fields) -> InboundMessage:
    return _media(blank, fields, AttachmentKind.VIDEO)


def _file(blank: InboundMessage, fields: Fields) -> InboundMessage:
    # WeChat tells that a file was sent, but gives accounts no way to download it.
    named = Attachment(AttachmentKind.FILE, name=fields.get("Title", ""))
    return replace(blank, kind=InboundKind.MEDIA, attachments=(named,))


def _media(blank: InboundMessage, fields: Fields, kind: AttachmentKind) -> InboundMessage:
    media_id = fields.get("MediaId", "")
    if not media_id:
        raise MalformedRequest("WeChat media message without a media id")
    return replace(blank, kind=InboundKind.MEDIA, attachments=(Attachment(kind, remote=media_id),))


def _location(blank: InboundMessage, fields: Fields) -> InboundMessage:
    point = f"{fields.get('Location_X', '')}, {fields.get('Location_Y', '')}"
    label = fields.get("Label", "")
    return replace(blank, kind=InboundKind.LOCATION, text=f"{label} ({point})" if label else point)


def _link(blank: InboundMessage, fields: Fields) -> InboundMessage:
    lines = (fields.get(name, "") for name in ("Title", "Description", "Url"))
    return replace(blank, kind=InboundKind.LINK, text="\n".join(line for line in lines if line))


_PARTS: Mapping[str, Callable[[InboundMessage, Fields], InboundMessage]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "file": _file,
    "location": _location,
    "link": _link,
}
