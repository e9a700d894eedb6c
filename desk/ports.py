"""What the desk needs from the world: channels, the assistant, FAQ search. The store's port is in desk.store."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from desk.channels import Capabilities, ReplyWindow
from desk.effects import Effect
from desk.faq import FaqResult
from desk.messages import Address, Attachment, ChannelName, InboundMessage, Language, OutboundMessage
from desk.rendering import Bubble


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A platform's request, free of any framework. Header names are lower case; `received_at` is UTC."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    status: int = 200
    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class PassiveReply:
    """The platform takes one answer in the response itself, if it comes `within` this time of the request.

    `compose` turns the text of that answer into the response (signed or encrypted as the platform wants it).
    """

    within: timedelta
    compose: Callable[[str], WebhookResponse]


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What a webhook held, and what to answer once `messages` are stored.

    `ignored` says, in one metric-safe word, why an authentic request held nothing for us ("bot_message",
    "unknown_event"); `afterwards` is a courtesy to the platform that may fail (stop a button's spinner).
    """

    messages: tuple[InboundMessage, ...] = ()
    response: WebhookResponse = field(default_factory=WebhookResponse)
    passive: PassiveReply | None = None
    ignored: str = ""
    afterwards: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class FetchedFile:
    content: bytes
    media_type: str
    name: str = ""


class Channel(Protocol):
    """One platform account: verify, translate, send, classify errors. Knows nothing of conversations."""

    @property
    def name(self) -> ChannelName: ...

    @property
    def account(self) -> str:
        """Which account of ours this is; equals `Address.account` of every address it makes."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def start(self) -> None:
        """Open connections. Must not fail because the platform is down: that shows in `check`."""

    async def stop(self) -> None: ...

    async def check(self) -> str:
        """Ask the platform who we are; return its answer in a few words. Raises DeskError when it does not serve."""

    async def receive(self, request: WebhookRequest) -> WebhookAnswer:
        """Verify, then translate. Raises BadSignature before the body is parsed, MalformedRequest after."""

    def window(self, message: InboundMessage) -> ReplyWindow | None:
        """The reply window this contact opens, on channels that have windows."""

    async def send(self, address: Address, bubble: Bubble) -> str:
        """Send one bubble, return the platform's message id.

        Raises SendDeferred, SendRejected, WindowClosed or SendInDoubt, and nothing else.
        """

    async def fetch(self, attachment: Attachment) -> FetchedFile:
        """Download a file a customer sent. Raises SendDeferred (try later) or NotFound (gone or too large)."""

    async def show_typing(self, address: Address) -> None:
        """Show that an answer is being written, where the platform can. Never raises."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message for the assistant.

    `text` is neutralised customer text, or, when `trusted`, a command of ours ("/affirm", a button's payload).
    `key` is the inbound message's key: it travels as metadata, so that a repeated turn is recognised. `files`: how many
    pictures and files came with the text.
    """

    conversation_id: str
    key: str
    text: str
    language: Language
    trusted: bool = False
    attempt: int = 1
    files: int = 0


@dataclass(frozen=True, slots=True)
class BotAnswer:
    """What the assistant says and wants changed. At least one message: silence is BotFailed."""

    messages: tuple[OutboundMessage, ...]
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Understanding:
    intent: str
    confidence: float


class Bot(Protocol):
    """The assistant behind HTTP."""

    async def answer(self, turn: Turn) -> BotAnswer:
        """Answer one message. Before a repeated attempt the tracker is read back: what was already answered is
        returned, not asked again. Raises BotUnavailable or BotFailed."""

    async def understand(self, text: str) -> Understanding:
        """Only classify. Raises BotUnavailable or BotFailed."""

    async def tell(self, conversation_id: str, note: str, language: Language) -> None:
        """Let the tracker know that a person has spoken and the bot holds again. Raises BotUnavailable."""

    async def check(self) -> str:
        """The loaded model's name. Raises BotUnavailable."""


class FaqSearch(Protocol):
    async def search(self, text: str, language: Language | None = None, limit: int = 3) -> FaqResult:
        """The published articles nearest to `text`, answers in `language` where they exist."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, in UTC."""


Script = Callable[[str, Language], str]
"""Turns Chinese text into the script of the given language; leaves English alone."""

DetectLanguage = Callable[[str], Language | None]
"""The language and script of a text; None when it does not show any ("5", "ok", an emoji)."""
