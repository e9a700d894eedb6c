"""A whole gateway over the platforms' simulators and a played Rasa: all of it on real sockets, in one event loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from crm_store.store import SqlTransaction
from desk.conversations import Author, Message
from gateway.runtime import Runtime
from knowledge_base.service import LiveFaq
from simulators.app import Pace, Platforms, build_platforms
from tests.conftest import free_port
from tests.fakes.played_rasa import Fault, PlayedRasa
from tests.fakes.wire import Post, sections
from wiring.services import Services, StoredArticles, build_services
from wiring.settings import load_settings

PACE = Pace(wechat_repeats=(5.0, 5.0), telegram_repeats=(0.1,) * 30, slack_repeats=(0.0, *(0.1,) * 30),
            telegram_rate=None, slack_rate=None)


@contextlib.asynccontextmanager
async def served(app: Any, port: int) -> AsyncIterator[None]:
    """The app on a loopback port."""
    config = uvicorn.Config(app, port=port, log_level="critical", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@dataclass
class Stage:
    """The gateway `services` with everything around it."""

    services: Services
    platforms: Platforms
    rasa: PlayedRasa
    port: int
    http: httpx.AsyncClient = field(repr=False)

    async def post(self, post: Post) -> httpx.Response:
        """A platform delivers something."""
        return await self.http.post(post.path, content=post.body, headers=post.headers, params=post.query)

    def breaks(self, kind: str, **how: Any) -> None:
        """The assistant will misbehave."""
        self.rasa.faults.append(Fault(kind, **how))

    async def read(self, look: Callable[[SqlTransaction], Any]) -> Any:
        return await self.services.store.read(look)

    async def inbound(self) -> dict[str, int]:
        return await self.read(lambda tx: tx.inbound.count_by_status())

    async def outbound(self) -> dict[str, int]:
        return {str(k): v for k, v in (await self.read(lambda tx: tx.outbound.count_by_status())).items()}

    async def history(self) -> list[Message]:
        """Every message of every conversation."""
        def look(tx: SqlTransaction) -> list[Message]:
            return tx.messages.list_of([c.id for c in tx.conversations.list_page(None)])

        return await self.read(look)

    async def said(self, author: Author = Author.BOT) -> list[str]:
        return [message.text for message in await self.history() if message.author is author]

    async def until(self, fact: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
        """Wait for something to become true."""
        async with asyncio.timeout(seconds):
            while not await fact():  # noqa: ASYNC110 - a fact in the database announces itself to nobody
                await asyncio.sleep(0.02)

    async def until_said(self, *texts: str, author: Author = Author.BOT, seconds: float = 15) -> None:
        async def there() -> bool:
            return set(texts) <= set(await self.said(author))

        await self.until(there, seconds)

    async def until_sent(self, number: int, seconds: float = 15) -> None:
        """Wait until this many of our messages were taken by their platforms."""
        async def sent() -> bool:
            return (await self.outbound()).get("sent", 0) >= number

        await self.until(sent, seconds)


Play = Callable[..., contextlib.AbstractAsyncContextManager[Stage]]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Start a stage; `database_url` "" is a SQLite file of its own. Used again on the same one, it is a restart."""

    @contextlib.asynccontextmanager
    async def start(
        database_url: str = "", *, work: bool = True, rasa: PlayedRasa | None = None, **settings: Any
    ) -> AsyncIterator[Stage]:
        rasa = rasa or PlayedRasa()
        port, platforms_port, rasa_port = free_port(), free_port(), free_port()
        platforms = build_platforms(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{platforms_port}", PACE)
        given: dict[str, Any] = {
            "home": tmp_path, "database_url": database_url, "port": port, "actions_port": free_port(),
            "rasa_url": f"http://127.0.0.1:{rasa_port}", "simulators_port": platforms_port,
            "secret_key": "a key for tests only",
            **sections(f"http://127.0.0.1:{platforms_port}"),
        }
        services = build_services(load_settings(env_file=None, **(given | settings)))
        # Without vectors the FAQ starts at once; what it finds is nobody's concern here.
        services = replace(services, faq=LiveFaq(StoredArticles(services.store), None))
        runtime = Runtime(services, serve=True, work=work)
        runtime.prepare()
        for user in ("7001", "7002"):
            platforms.telegram.add_user(user)
            platforms.slack.add_user(f"U{user}", user)
            platforms.wechat.people.contact(platforms.wechat.add_user(f"o{user}"), "message")
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(served(rasa.app, rasa_port))
            await stack.enter_async_context(served(platforms.app, platforms_port))
            await stack.enter_async_context(runtime.running())
            http = await stack.enter_async_context(
                httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=15)
            )
            yield Stage(services, platforms, rasa, port, http)

    return start


@pytest.fixture
async def stage(play: Play, database_url: str) -> AsyncIterator[Stage]:
    """A stage on each engine."""
    async with play(database_url) as running:
        yield running


@pytest.fixture
async def sqlite_stage(play: Play) -> AsyncIterator[Stage]:
    async with play() as running:
        yield running
