"""Other processes hear of what one has committed."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from crm_store.database import Database
from crm_store.signals import Signals, Topic
from crm_store.store import SqlStore
from crm_store.webhooks import SILENT_SECONDS
from desk.messages import Address, ChannelName, InboundKind, InboundMessage
from gateway.listener import listen
from tests.conftest import HandClock, Postgres

MESSAGE = "conversation.message"


@pytest.fixture
async def others(database_url: str) -> AsyncIterator[SqlStore]:
    """The store as another process has opened it."""
    signals = Signals()
    signals.bind()
    opened = SqlStore(Database(database_url), signals)
    yield opened
    await opened.close()
    opened.database.close()


@pytest.mark.postgres
async def test_each_kind_of_work_that_is_committed_wakes_the_other_processes_and_a_burst_wakes_them_seldom(
    postgres: Postgres, migrated_postgres: str, clock: HandClock
) -> None:
    url = postgres.url(postgres.create(migrated_postgres))
    ours, theirs = Signals(), Signals()
    ours.bind()
    theirs.bind()
    store = SqlStore(Database(url), ours)
    listener = asyncio.create_task(listen(url, theirs))
    async with asyncio.timeout(10):
        await theirs.wait(Topic.INBOUND, 0, 10)  # it listens now, and looks at everything once
        before = {topic: theirs.mark(topic) for topic in Topic}
        for number in range(40):
            message = _message(clock, number)
            await store.transact(lambda tx, message=message: tx.inbound.add([message], clock.now()))
        await store.transact(lambda tx: tx.announce("message"))
        await theirs.wait(Topic.EVENT, before[Topic.EVENT], 10)
    assert 1 <= theirs.mark(Topic.INBOUND) - before[Topic.INBOUND] < 40
    assert theirs.mark(Topic.EVENT) == before[Topic.EVENT] + 1
    assert theirs.mark(Topic.TIMER) == before[Topic.TIMER]
    listener.cancel()
    await store.close()
    store.database.close()


async def test_an_endpoint_that_another_process_makes_hears_what_happens_a_second_later(
    store: SqlStore, others: SqlStore, clock: HandClock
) -> None:
    await store.transact(lambda tx: tx.announce("message"))  # nobody listens, which is remembered
    made = await others.transact(lambda tx: tx.webhooks.add("https://example.com/hook", "", [MESSAGE], clock.now()))
    await asyncio.sleep(SILENT_SECONDS)
    await store.transact(lambda tx: tx.announce("message"))
    (told,) = await store.read(lambda tx: tx.webhooks.list_deliveries(made.id))
    assert told.event == MESSAGE


async def test_an_endpoint_hears_what_happens_right_after_it_was_made_here(store: SqlStore, clock: HandClock) -> None:
    await store.transact(lambda tx: tx.announce("message"))
    made = await store.transact(lambda tx: tx.webhooks.add("https://example.com/hook", "", [MESSAGE], clock.now()))
    await store.transact(lambda tx: tx.announce("message"))
    assert len(await store.read(lambda tx: tx.webhooks.list_deliveries(made.id))) == 1


def _message(clock: HandClock, number: int) -> InboundMessage:
    address = Address(ChannelName.TELEGRAM, "bot", f"u{number}", f"u{number}")
    return InboundMessage(f"m{number}", address, clock.now(), number, InboundKind.TEXT, text="hello")
