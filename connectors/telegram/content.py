"""What one Telegram message says: its text, its files, its place."""

from dataclasses import dataclass

from telegram import Location, Message

from connectors.telegram.fields import number, words
from desk.messages import Attachment, AttachmentKind, InboundKind


@dataclass(frozen=True, slots=True)
class Content:
    kind: InboundKind
    text: str = ""
    attachments: tuple[Attachment, ...] = ()


def read_content(message: Message) -> Content | None:
    """The content in the desk's words; None for what says nothing to a desk (games, polls, service messages)."""
    if message.text is not None:
        return Content(InboundKind.TEXT, words(message.text))
    if message.sticker:
        return Content(InboundKind.TEXT, words(message.sticker.emoji)) if message.sticker.emoji else None
    if message.venue:
        venue = message.venue
        name = ", ".join(part for part in (words(venue.title), words(venue.address)) if part)
        return Content(InboundKind.LOCATION, f"{name} ({_coordinates(venue.location)})")
    if message.location:
        return Content(InboundKind.LOCATION, _coordinates(message.location))
    if message.contact:
        contact = message.contact
        parts = (contact.first_name, contact.last_name, contact.phone_number)
        return Content(InboundKind.TEXT, " ".join(words(part) for part in parts if part))
    file = _file(message)
    return Content(InboundKind.MEDIA, words(message.caption), (file,)) if file else None


def _coordinates(place: Location) -> str:
    return f"{float(place.latitude):.6f},{float(place.longitude):.6f}"


def _file(message: Message) -> Attachment | None:
    if message.photo:
        largest = max(message.photo, key=lambda size: number(size.width) * number(size.height))
        return _attachment(AttachmentKind.IMAGE, largest, "image/jpeg")
    # A GIF comes as "animation" and again as "document": the first is the better word.
    if message.animation or message.video:
        return _attachment(AttachmentKind.VIDEO, message.animation or message.video, "video/mp4")
    if message.video_note:
        return _attachment(AttachmentKind.VIDEO, message.video_note, "video/mp4")
    if message.voice:
        return _attachment(AttachmentKind.AUDIO, message.voice, "audio/ogg")
    if message.audio:
        return _attachment(AttachmentKind.AUDIO, message.audio, "audio/mpeg")
    if message.document:
        return _attachment(AttachmentKind.FILE, message.document, "application/octet-stream")
    return None


def _attachment(kind: AttachmentKind, file: object, usual_type: str) -> Attachment:
    size = getattr(file, "file_size", None)
    return Attachment(
        kind,
        name=words(getattr(file, "file_name", None)),
        media_type=words(getattr(file, "mime_type", None)) or usual_type,
        size=None if size is None else number(size),
        remote=words(getattr(file, "file_id", None)),
    )
