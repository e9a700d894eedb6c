"""What people send: the fields each kind of message has on the wire."""

import base64
import re
from typing import Any

from simulators.telegram.world import StoredFile, World

# One grey pixel: the smallest picture every viewer opens.
PICTURE = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////"
    "////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA="
)
_ENTITY = re.compile(r"(?P<bot_command>^/\w+(@\w+)?)|(?P<mention>(?<!\w)@\w+)")


def content_of(kind: str, text: str, world: World) -> dict[str, Any]:
    """The fields of a message of this kind. Raises ValueError for a kind nobody can send."""
    caption = {"caption": text, "caption_entities": entities(text)} if text else {}
    match kind:
        case "text":
            return {"text": text} | ({"entities": entities(text)} if entities(text) else {})
        case "image" | "photo":
            return photo(world.store_file(PICTURE, "image/jpeg", "photo.jpg", "photos")) | caption
        case "document":
            file = world.store_file(b"%PDF-1.4\n%%EOF\n", "application/pdf", "document.pdf", "documents")
            return {"document": document(file)} | caption
        case "voice" | "audio":
            file = world.store_file(b"OggS", "audio/ogg", "voice.oga", "voice")
            return {kind: document(file) | {"duration": 2}} | caption
        case "video":
            file = world.store_file(b"\x00\x00\x00\x18ftypmp42", "video/mp4", "video.mp4", "videos")
            return {"video": document(file) | {"duration": 2, "width": 320, "height": 240}} | caption
        case "location":
            return {"location": _PLACE}
        case "venue":
            return {"location": _PLACE, "venue": {"location": _PLACE, "title": text or "外滩", "address": "中山东一路"}}
        case "contact":
            return {"contact": {"phone_number": "+8613800000000", "first_name": text or "小明"}}
        case "link":
            link = text or "https://example.com/"
            return {"text": link, "entities": [{"type": "url", "offset": 0, "length": units(link)}]}
        case "sticker":
            file = world.store_file(PICTURE, "image/webp", "sticker.webp", "stickers")
            return {"sticker": _sticker(file, text or "👍")}
    raise ValueError(f"nobody can send a {kind}")


_PLACE = {"latitude": 31.2397, "longitude": 121.4998}


def photo(file: StoredFile) -> dict[str, Any]:
    small = {"file_id": f"{file.id}", "file_unique_id": f"s{file.id}", "width": 90, "height": 67, "file_size": 1}
    large = small | {"file_unique_id": file.id, "width": 800, "height": 600, "file_size": len(file.content)}
    return {"photo": [small, large]}


def document(file: StoredFile) -> dict[str, Any]:
    return {
        "file_id": file.id,
        "file_unique_id": f"u{file.id}",
        "file_name": file.name,
        "mime_type": file.media_type,
        "file_size": len(file.content),
    }


def _sticker(file: StoredFile, emoji: str) -> dict[str, Any]:
    looks = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
    return {"file_id": file.id, "file_unique_id": f"u{file.id}", "emoji": emoji} | looks


def entities(text: str) -> list[dict[str, Any]]:
    """Mentions and a leading command, with offsets in UTF-16 units as Telegram counts."""
    return [
        {"type": found.lastgroup or "", "offset": units(text[: found.start()]), "length": units(found.group())}
        for found in _ENTITY.finditer(text)
    ]


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
