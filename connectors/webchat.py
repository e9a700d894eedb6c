"""The web chat: our own page's visitors, who talk through a WebSocket in the gateway."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog

from desk.channels import CAPABILITIES, Capabilities, ReplyWindow
from desk.errors import MalformedRequest, NotFound
from desk.messages import Address, Attachment, ChannelName, EventName, InboundKind, InboundMessage
from desk.ports import FetchedFile, WebhookAnswer, WebhookRequest
from desk.rendering import Bubble

ACCOUNT = "web"
MAX_TEXT = 8000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VISITOR = re.compile(r"[0-9a-f]{32,64}")
_FRAME_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BUTTON = re.compile(r"[\x21-\x7e]{1,64}")
_LOCALE = re.compile(r"[A-Za-z0-9_-]{0,35}")
_log = structlog.get_logger()


class WebChat:
    """The web chat connector (see desk.ports.Channel).

    `deliver` tells the gateway that there is something new for an address. The page reads the conversation's history
    from our database, so a message is sent once it is stored there, whether anybody is looking or not.
    """

    def __init__(self, deliver: Callable[[Address, Bubble], Awaitable[None]]) -> None:
        self._deliver = deliver

    @property
    def name(self) -> ChannelName:
        return ChannelName.WEBCHAT

    @property
    def account(self) -> str:
        return ACCOUNT

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES[ChannelName.WEBCHAT]

    async def start(self) -> None:
        """Nothing to open: the gateway holds the sockets."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def check(self) -> str:
        return "served by the gateway"

    async def receive(self, request: WebhookRequest) -> WebhookAnswer:  # noqa: ARG002 - whatever it holds
        """The web chat has no webhook: raises NotFound."""
        raise NotFound("the web chat has no webhook")

    def parse(self, visitor_id: str, frame: Mapping[str, Any], received_at: datetime) -> InboundMessage:
        """The message in one frame of the page's socket; a frame sent again has the same key.

        Frames are `{"type": "text", "id", "text"}`, `{"type": "choice", "id", "button"}` and
        `{"type": "start", "id", "locale"}`; the page makes `id`, unique for its visitor, of at most 64 characters.
        `visitor_id` is the server's own (32 or more hex digits). Raises MalformedRequest.
        """
        kind, said = _content(frame)
        return replace(_empty(visitor_id, frame, received_at), kind=kind, **said)

    def parse_files(
        self, visitor_id: str, fields: Mapping[str, Any], attachments: Sequence[Attachment], received_at: datetime
    ) -> InboundMessage:
        """The message in one upload of the page: `id` as of a frame, a `text`, which may be empty, and files that we
        keep already. Raises MalformedRequest."""
        caption = _text(fields) if str(fields.get("text", "")).strip() else ""
        return replace(_empty(visitor_id, fields, received_at), text=caption, attachments=tuple(attachments))

    def window(self, message: InboundMessage) -> ReplyWindow | None:  # noqa: ARG002 - there are no windows
        return None

    async def send(self, address: Address, bubble: Bubble) -> str:
        try:
            await self._deliver(address, bubble)
        except Exception as error:  # the page finds the message in the history all the same
            _log.warning("webchat_notice_failed", visitor=address.user, error=type(error).__name__)
        return uuid4().hex

    async def fetch(self, attachment: Attachment) -> FetchedFile:  # noqa: ARG002 - none of its files are remote
        """Visitors' files are ours from the start: raises NotFound."""
        raise NotFound("the web chat keeps no files elsewhere")

    async def show_typing(self, address: Address) -> None:
        """The gateway shows the page that an answer is being written."""


def _empty(visitor_id: str, frame: Mapping[str, Any], received_at: datetime) -> InboundMessage:
    if not _VISITOR.fullmatch(visitor_id):
        raise MalformedRequest("not a visitor")
    return InboundMessage(
        key=f"{visitor_id}:{_matching(frame, 'id', _FRAME_ID)}",
        address=Address(ChannelName.WEBCHAT, ACCOUNT, chat=visitor_id, user=visitor_id),
        sent_at=received_at,
        order=(received_at - _EPOCH) // timedelta(microseconds=1),
        kind=InboundKind.MEDIA,
    )


def _content(frame: Mapping[str, Any]) -> tuple[InboundKind, dict[str, Any]]:
    """The kind of a frame, and the fields of InboundMessage that it fills."""
    match frame.get("type"):
        case "text":
            return InboundKind.TEXT, {"text": _text(frame)}
        case "choice":
            return InboundKind.CHOICE, {"choice": _matching(frame, "button", _BUTTON)}
        case "start":
            return InboundKind.EVENT, {"event": EventName.STARTED, "locale": _matching(frame, "locale", _LOCALE)}
    raise MalformedRequest("unknown type of frame")


def _text(frame: Mapping[str, Any]) -> str:
    value = frame.get("text")
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise MalformedRequest("text is missing or too long")
    # NUL and halves of surrogate pairs are what no database takes.
    text = value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
    if not text:
        raise MalformedRequest("text is empty")
    return text


def _matching(frame: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = frame.get(name, "")
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise MalformedRequest(f"{name} is not valid")
    return value
