"""The demo has a past: enough to see in every report, and nothing that is still going out."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm_store.campaign_rows import campaigns, recipients, surveys
from crm_store.level_rows import sla_clocks
from crm_store.queue_rows import outbound, timers
from crm_store.rows import conversations, events, messages, metadata, tickets
from crm_store.store import SqlStore
from crm_store.ticket_rows import ticket_notices
from demo.past import Stage, draw_past
from desk.past import Past
from gateway.demo_data import load_anyway, load_demo, unload_demo
from insights.indicators import Indicator, measure
from insights.periods import Preset, named
from insights.service import counted
from knowledge_base.script import to_script
from tests.conftest import HandClock
from tests.desk.conftest import OFFICE


@pytest.fixture
async def hotel(store: SqlStore, clock: HandClock) -> SqlStore:
    assert (await load_demo(store, clock)) is not None
    return store


async def count(store: SqlStore, table: object, *where: object) -> int:
    query = select(func.count()).select_from(table).where(*where)
    return int(await store.read(lambda tx: tx.connection.scalar(query)) or 0)


async def test_every_report_has_something_to_show(hotel: SqlStore, clock: HandClock) -> None:
    now, zone = clock.now(), OFFICE.hours.zone
    period = named(Preset.DAYS_90, now, zone)
    facts = await hotel.read(lambda tx: tx.reports.facts(period))
    before = await hotel.read(lambda tx: tx.reports.facts(period.previous()))
    measured = measure(facts, before, lambda began, ended: (ended - began).total_seconds())
    assert {one.indicator for one in measured if one.value is None} == set()
    assert counted(facts.contacts) > 500 and counted(before.contacts) > 300
    languages = await hotel.read(lambda tx: {item.about.language for item in tx.reports.rated(period)})
    assert languages == {"zh-Hans", "zh-Hant", "en"}
    opened = await hotel.read(lambda tx: tx.ticket_reports.opened(period))
    assert len(opened) > 20 and sum(case.settled_at is None for case in opened) > 3
    assert {one.indicator for one in measured if one.count < 30} <= {Indicator.REOPENED}
    assert await count(hotel, recipients, recipients.c.stage == "finished") > 60


async def test_nothing_of_the_past_goes_out_calls_anybody_or_begins_to_run(hotel: SqlStore, clock: HandClock) -> None:
    assert [await count(hotel, table) for table in (outbound, timers, events, ticket_notices)] == [0, 0, 0, 0]
    later = clock.now() + timedelta(days=1)
    assert await count(hotel, sla_clocks, sla_clocks.c.due_at <= later) == 0
    running = await hotel.read(lambda tx: tx.campaigns.list_page())
    assert [each.state.value for each in running] == ["finished"]


async def test_it_is_the_same_past_every_time_and_loaded_once(hotel: SqlStore, clock: HandClock) -> None:
    found = await count(hotel, conversations)
    again = await load_anyway(hotel, clock)
    assert (again.conversations, await count(hotel, conversations)) == (0, found)

    async def drawn() -> Past:
        articles, guests = await hotel.read(lambda tx: (tx.articles.list_all(), tx.customers.list_page(limit=300)))
        return draw_past(Stage(guests, articles, ("a", "b", "c"), {}, to_script), clock.now())

    assert await drawn() == await drawn()


async def test_taking_the_demo_out_takes_its_past_along(hotel: SqlStore, clock: HandClock) -> None:
    await unload_demo(hotel, clock)
    for table in (conversations, messages, tickets, campaigns, recipients, surveys, sla_clocks):
        assert await count(hotel, table) == 0, table
    kept = {table.name for table in metadata.sorted_tables if await count(hotel, table)}
    assert not kept & {"conversation_topics", "faq_answers", "gaps", "ratings", "compensations", "customers"}
