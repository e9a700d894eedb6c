"""What people can do on their phone, as the fields of the message that the account gets."""

import base64

from simulators.wechat.api import Media

# The smallest files that are what they say.
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_AMR = b"#!AMR\n" + bytes.fromhex("3c9117164be35e8c") * 4
_MP4 = bytes.fromhex("00000018667479706d703432000000006d70343269736f6d")

MEDIA = {
    "image": Media(_PNG, "image/png", "picture.png"),
    "voice": Media(_AMR, "audio/amr", "voice.amr"),
    "video": Media(_MP4, "video/mp4", "video.mp4"),
}
ALIASES = {"photo": "image", "document": "file"}
EVENTS = {
    "follow": "subscribe",
    "start": "subscribe",
    "unblock": "subscribe",
    "unfollow": "unsubscribe",
    "block": "unsubscribe",
    "scan": "SCAN",
    "menu": "CLICK",
    "view": "VIEW",
    "location": "LOCATION",
}
OPENS_WINDOW = ("subscribe", "SCAN", "CLICK")


def message_fields(kind: str, text: str, media_id: str, picture_url: str) -> dict[str, str]:
    """A message's own fields. Raises ValueError when people cannot send such a thing."""
    match kind:
        case "text":
            return {"MsgType": kind, "Content": text}
        case "image":
            return {"MsgType": kind, "PicUrl": picture_url, "MediaId": media_id}
        case "voice":
            return {"MsgType": kind, "MediaId": media_id, "Format": "amr", "Recognition": text}
        case "video":
            return {"MsgType": kind, "MediaId": media_id, "ThumbMediaId": media_id}
        case "location":
            point = {"Location_X": "23.134521", "Location_Y": "113.358803", "Scale": "20"}
            return {"MsgType": kind, **point, "Label": text}
        case "link":
            return {"MsgType": kind, "Title": text, "Description": "", "Url": "https://example.com/"}
        case "file":
            return {"MsgType": kind, "Title": text or "document.pdf", "Description": "", "FileKey": media_id}
        case _:
            raise ValueError(f"nobody can send a {kind} here")


def event_fields(event: str, key: str) -> dict[str, str]:
    """An event's own fields; a code scanned while following anew is named with the platform's prefix."""
    if event == "subscribe":
        ticket = {"Ticket": f"ticket-of-{key}"} if key else {}
        return {"MsgType": "event", "Event": event, "EventKey": f"qrscene_{key}" if key else "", **ticket}
    if event == "LOCATION":
        return {"MsgType": "event", "Event": event, "Latitude": "23.137466", "Longitude": "113.352425"}
    return {"MsgType": "event", "Event": event, "EventKey": key}
