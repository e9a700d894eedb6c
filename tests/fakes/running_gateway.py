"""The gateway as it runs, on a free port with a database of its own; only the assistant is played."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import websockets

from connectors.webchat import ACCOUNT
from desk.conversations import Author, Message
from desk.messages import Address, ChannelName, Language, OutboundMessage
from desk.ports import BotAnswer, Turn, Understanding
from gateway.runtime import Runtime
from knowledge_base.service import LiveFaq
from tests.conftest import free_port
from wiring.services import Services, StoredArticles, build_services
from wiring.settings import load_settings

VISITOR = "0123456789abcdef0123456789abcdef"


@dataclass
class PlayedBot:
    """desk.ports.Bot: answers by a function instead of a Rasa server."""

    answers: Callable[[Turn], tuple[OutboundMessage, ...]]

    async def answer(self, turn: Turn) -> BotAnswer:
        return BotAnswer(self.answers(turn))

    async def understand(self, text: str) -> Understanding:
        return Understanding("ask_question", 1.0)

    async def tell(self, conversation_id: str, note: str, language: Language) -> None:
        """It remembers nothing."""

    async def check(self) -> str:
        return "played"

    async def close(self) -> None:
        """Nothing is open."""


def echo(turn: Turn) -> tuple[OutboundMessage, ...]:
    return (OutboundMessage("Welcome!" if turn.trusted else f"You said: {turn.text}"),)


@dataclass(frozen=True)
class Gateway:
    """A running gateway; `history` is what a visitor of the web chat and we said."""

    services: Services
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def socket(self, visitor: str = VISITOR, **headers: str) -> websockets.connect:
        sent = {"Cookie": f"frontdesk_visitor={visitor}", "Origin": self.url} | headers
        return websockets.connect(
            f"ws://127.0.0.1:{self.port}/chat/socket", additional_headers={k: v for k, v in sent.items() if v},
            proxy=None,
        )

    async def history(self, visitor: str = VISITOR) -> list[Message]:
        address = Address(ChannelName.WEBCHAT, ACCOUNT, visitor, visitor)
        return await self.services.store.read(lambda tx: tx.messages.list_of_address(address))

    async def said(self, visitor: str = VISITOR) -> list[str]:
        """What this visitor said, as the desk has it."""
        return [m.text for m in await self.history(visitor) if m.author is Author.CUSTOMER and m.text]


@contextlib.asynccontextmanager
async def running_gateway(
    home: Path, *, answers: Callable[[Turn], tuple[OutboundMessage, ...]] = echo, port: int = 0,
    simulators_port: int = 0, **settings: object,
) -> AsyncIterator[Gateway]:
    """Start everything of ours on `home`'s database; leaving stops it. Used again on the same home, it is a restart."""
    port = port or free_port()
    found = load_settings(
        env_file=None, home=home, port=port, actions_port=free_port(), simulators_port=simulators_port or free_port(),
        secret_key="a key for tests only", **settings,
    )
    services = build_services(found)
    # Without vectors the FAQ starts at once; what it finds is nobody's concern here.
    services = replace(services, bot=PlayedBot(answers), faq=LiveFaq(StoredArticles(services.store), None))
    runtime = Runtime(services, serve=True, work=True)
    runtime.prepare()
    async with runtime.running():
        yield Gateway(services, port)
