"""The stream that keeps open pages true, over a real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from itertools import pairwise

import httpx
import pytest
import uvicorn

from console import live_follower
from console.app import Console
from console.live_follower import TURN, TURNS_AT_ONCE, Follower, Turns
from console.reading import customer_mark
from crm_store.database import Database
from crm_store.signals import Signals, Topic
from crm_store.store import SqlStore
from desk.agents import Agent
from gateway.listener import listen as hear_others
from tests.conftest import Postgres, free_port
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


def test_fifty_pages_fetch_their_lists_one_after_another_and_a_small_desk_at_once():
    turns = Turns()
    waits = [turns.take(100.0) - 100.0 for _ in range(50)]
    assert waits[:TURNS_AT_ONCE] == [0.0] * TURNS_AT_ONCE
    assert [round(after - before, 6) for before, after in pairwise(waits[3:])] == [TURN] * 46
    assert turns.take(200.0) == 200.0, "after a pause nobody waits"


class NoPoll:
    """A database's follower whose poll takes longer than this test: only wake-ups count."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.signals = store, store.signals


async def hears_everything(store: SqlStore, writer: SqlStore) -> None:
    """Three at once, many times: a wake-up that came between looking and waiting would cost the poll."""
    follower, heard = Follower(NoPoll(store)), 0
    with follower.listen() as ear:
        await follower.since(0)
        for number in range(1, 41):
            await asyncio.gather(*(
                writer.transact(lambda tx: tx.announce("presence", conversation_id="c")) for _ in range(3)
            ))
            async with asyncio.timeout(5):
                while heard < 3 * number:
                    heard += len(await ear.next(5))


async def test_no_wake_up_is_lost_between_a_commit_and_the_stream(store: SqlStore, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live_follower, "POLL", 60.0)
    await hears_everything(store, store)


@pytest.mark.postgres
async def test_nor_when_another_process_commits(
    postgres: Postgres, migrated_postgres: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live_follower, "POLL", 60.0)
    name = postgres.create(migrated_postgres)
    here, there = (SqlStore(Database(postgres.url(name)), Signals()) for _ in range(2))
    here.signals.bind()
    mark = here.signals.mark(Topic.EVENT)
    listening = asyncio.create_task(hear_others(postgres.url(name), here.signals))
    try:
        await here.signals.wait(Topic.EVENT, mark, 5)  # as it says once it listens
        await hears_everything(here, there)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        here.database.close()
        there.database.close()
        postgres.drop(name)
