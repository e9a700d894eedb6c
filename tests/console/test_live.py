"""The stream that keeps open pages true, over a real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx
import pytest
import uvicorn

from console.app import Console
from console.reading import customer_mark
from desk.agents import Agent
from tests.conftest import free_port
from tests.console.life import Browser, Life, complaint
from wiring.services import Services


class Ear:
    """An open stream; collects the events it hears."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.last_id = ""

    async def next(self) -> str:
        async for line in self._lines:
            if line.startswith("id: "):
                self.last_id = line[4:]
            if line.startswith("event: "):
                return line[7:]
        return "the end"

    async def until(self, wanted: str) -> None:
        async with asyncio.timeout(3):
            while (heard := await self.next()) != wanted:
                assert heard != "the end"


@pytest.fixture
async def http(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(
        Console(services), port=port, log_level="warning", timeout_graceful_shutdown=1, ws="none",
    ))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.02)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
        yield client
    server.should_exit = True
    await serving


@pytest.fixture
async def lin(http: httpx.AsyncClient, life: Life) -> Agent:
    agent = await life.hires("Lin")
    await Browser(http).sign_in(agent)
    return agent


Listen = Callable[[Ear], Awaitable[None]]


async def listen(http: httpx.AsyncClient, then: Listen, **options: object) -> None:
    async with http.stream("GET", "/console/events", **options) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        await then(Ear(answer.aiter_lines()))


async def test_a_new_message_is_heard_by_pages_that_show_its_customer(http, lin, life: Life):
    mark = customer_mark(await life.customer_of(await life.writes("first")))

    async def hear(ear: Ear) -> None:
        await ear.until("inbox")
        await life.writes("second")
        await ear.until(f"customer-{mark}")
        await ear.until("inbox")

    await listen(http, hear)


async def test_a_new_ticket_is_heard_by_the_ticket_list(http, lin, life: Life):
    async def hear(ear: Ear) -> None:
        await life.writes("dirty", effects=[complaint("dirty towels")])
        await ear.until("ticket")

    await listen(http, hear)


async def test_a_reconnect_hears_what_happened_meanwhile_and_nothing_twice(http, lin, life: Life):
    heard: list[str] = []

    async def first(ear: Ear) -> None:
        await life.writes("one")
        await ear.until("inbox")
        heard.append(ear.last_id)

    async def again(ear: Ear) -> None:
        await ear.until("inbox")
        heard.append(ear.last_id)

    await listen(http, first)
    await life.writes("two, while nobody listened", user="other")
    await listen(http, again, headers={"Last-Event-ID": heard[0]})
    assert int(heard[1]) > int(heard[0])


async def test_an_agent_counts_as_present_while_a_page_is_open(http, lin, life: Life, services: Services):
    long_ago = life.now() - timedelta(hours=1)
    await services.store.transact(lambda tx: tx.agents.seen(lin.id, long_ago))

    async def hear(ear: Ear) -> None:
        await life.writes("hello")
        await ear.until("inbox")

    await listen(http, hear)
    assert await services.store.read(lambda tx: tx.agents.count_present(life.now() - timedelta(minutes=1))) == 1


async def test_an_ended_session_ends_its_stream(http, lin, services: Services):
    async def hear(ear: Ear) -> None:
        await services.store.transact(lambda tx: tx.agents.set_password(lin.id, "changed"))
        await ear.until("signed-out")
        assert await ear.next() == "the end"

    await listen(http, hear)


async def test_a_stranger_hears_nothing(http: httpx.AsyncClient):
    assert (await http.get("/console/events")).headers["location"].startswith("/console/sign-in")
