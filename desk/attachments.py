"""Files that agents send: what they really are, and whether the customer's channel takes them."""

from dataclasses import dataclass
from pathlib import PurePath

from desk.channels import CAPABILITIES
from desk.errors import Invalid
from desk.messages import AttachmentKind, ChannelName

LARGEST = 20 * 2**20
"""Bytes: what every channel but WeChat carries."""
LARGEST_PICTURE = {ChannelName.WECHAT: 10 * 2**20, ChannelName.TELEGRAM: 10 * 2**20}
"""Bytes. WeChat: "Upload temporary media". Telegram: "sendPhoto"."""
MOST_FILES = 5

_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"), (b"\xff\xd8\xff", 0, "image/jpeg"), (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"), (b"WEBP", 8, "image/webp"), (b"%PDF-", 0, "application/pdf"),
    *((b"ftyp" + brand, 4, "image/heic") for brand in (b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1")),
    (b"ftypqt  ", 4, "video/quicktime"), (b"ftyp", 4, "video/mp4"),
    (b"ID3", 0, "audio/mpeg"), (b"\xff\xfb", 0, "audio/mpeg"), (b"OggS", 0, "audio/ogg"),
    (b"PK\x03\x04", 0, "application/zip"), (b"RIFF", 0, "audio/wav"),
)
_BY_NAME = {
    ".txt": "text/plain", ".csv": "text/csv", ".pdf": "application/pdf", ".zip": "application/zip",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".heic": "image/heic", ".heif": "image/heif",
    ".mp4": "video/mp4", ".mov": "video/quicktime",
    ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".wav": "audio/wav",
}
ENDINGS = tuple(sorted(_BY_NAME))
OFFERED = ",".join(["image/*", *(ending for ending in ENDINGS if not _BY_NAME[ending].startswith("image/"))])
"""What a file input offers to choose from. An iPhone that is asked for pictures without naming HEIC hands over a JPEG
of them, which everybody can see."""
_KINDS = {"image": AttachmentKind.IMAGE, "video": AttachmentKind.VIDEO, "audio": AttachmentKind.AUDIO}
_NOT_SHOWN = ("image/heic", "image/heif", "video/quicktime")
"""What phones make and most browsers and platforms cannot show: it travels as a file."""
_OFFICE = (".docx", ".xlsx", ".pptx")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that may be sent."""

    name: str
    kind: AttachmentKind
    media_type: str


def accept(channel: ChannelName, name: str, content: bytes) -> Accepted:
    """Look at a file an agent chose for a customer. Raises Invalid as `inspect` does, and with the field
    "file.channel" where the customer's channel does not carry it."""
    found = inspect(name, content)
    largest = LARGEST_PICTURE.get(channel, LARGEST)
    if found.kind is AttachmentKind.IMAGE and len(content) > largest:
        raise Invalid("file.size", f"{largest // 2**20}")
    if found.kind not in CAPABILITIES[channel].media:
        raise Invalid("file.channel", f"{channel.value} carries no {found.kind.value} files")
    return found


def inspect(name: str, content: bytes) -> Accepted:
    """Look at a file an agent chose. Raises Invalid; its `field` says which rule is broken: "file.name", "file.empty",
    "file.type" (no kind of file that we take), "file.content" (it is not what its name says), "file.size"."""
    clean = PurePath(name.replace("\\", "/")).name.strip()
    if not clean or len(clean) > 120 or any(not char.isprintable() for char in clean):
        raise Invalid("file.name", "the file's name is empty, longer than 120 characters, or holds control characters")
    if not content:
        raise Invalid("file.empty", "the file is empty")
    ending = PurePath(clean).suffix.lower()
    media_type = _BY_NAME.get(ending)
    if media_type is None:
        raise Invalid("file.type", f"{ending or clean} files are not taken")
    if not _is(media_type, ending, content):
        raise Invalid("file.content", f"{clean} is not a {ending} file inside")
    shown_as = _KINDS.get(media_type.partition("/")[0], AttachmentKind.FILE)
    kind = AttachmentKind.FILE if media_type in _NOT_SHOWN else shown_as
    if len(content) > LARGEST:
        raise Invalid("file.size", f"{LARGEST // 2**20}")
    return Accepted(clean, kind, media_type)


def accept_picture(name: str, content: bytes) -> Accepted:
    """Look at a picture that is to go to every channel. Raises Invalid as `accept` does."""
    found = inspect(name, content)
    if found.kind is not AttachmentKind.IMAGE:
        raise Invalid("file.type", "this is no picture")
    largest = min(LARGEST_PICTURE.values())
    if len(content) > largest:
        raise Invalid("file.size", f"{largest // 2**20}")
    return found


def _is(media_type: str, ending: str, content: bytes) -> bool:
    """Whether the first bytes are those of the type that the name claims; texts must be text."""
    found = next((kind for mark, at, kind in _MAGIC if content[at : at + len(mark)] == mark), None)
    if media_type.startswith("text/"):
        return found is None and b"\x00" not in content[:4096]
    if ending in _OFFICE:
        return found == "application/zip"
    if ending in (".doc", ".xls", ".ppt"):
        return content.startswith(b"\xd0\xcf\x11\xe0")
    if media_type in ("audio/mp4", "video/mp4", "video/quicktime"):
        return found in ("video/mp4", "video/quicktime")
    if media_type == "image/heif":
        return found == "image/heic"
    if media_type == "audio/mpeg":
        return found == "audio/mpeg" or content[:2] in (b"\xff\xf3", b"\xff\xf2")
    return found == media_type
