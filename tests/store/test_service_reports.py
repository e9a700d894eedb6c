"""The service reports count what happened: a small day worked out by hand, and a large past counted by plain SQL."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, text

from benchmarks.history import fill
from crm_store.level_rows import sla_clocks
from crm_store.reports import ALL, Detail, Which
from crm_store.store import SqlStore, SqlTransaction
from desk.effects import RequestHandoff
from desk.handoff import answer, claim, close
from desk.messages import Address, ChannelName
from insights.business_time import BusinessTime, calendar_seconds
from insights.indicators import Indicator, measure
from insights.periods import Period
from insights.service import (
    Dimension,
    Facts,
    backlog,
    bot_solved,
    by_dimension,
    contacts_by_step,
    counted,
    grouped,
    reasons,
    reopened,
    satisfaction,
    speed,
)
from insights.tickets import causes, promises_kept, reopened_cases
from tests.conftest import HandClock
from tests.desk.conftest import OFFICE, Desk

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
WEEK = Period(MONDAY, date(2026, 11, 29), SHANGHAI)


def who(name: str, channel: ChannelName = ChannelName.TELEGRAM) -> Address:
    return Address(channel, "ours", name, name)


class Day:
    """Two agents and five customers, from Monday 10:00 in Shanghai."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.talks: dict[str, str] = {}

    def at(self, day: int, clock: str) -> None:
        moment = datetime.fromisoformat(f"2026-11-{day}T{clock}:00+08:00").astimezone(UTC)
        self.desk.clock.forward(moment - self.desk.clock.now())

    async def asks(self, name: str, channel: ChannelName = ChannelName.TELEGRAM, why: str = "asked") -> None:
        turn = await self.desk.talks("a person please", "Of course.", [RequestHandoff(why, "")],
                                     address=who(name, channel))
        self.talks[name] = turn.turn.conversation_id

    async def is_answered(self, name: str, agent: object, words: str = "Hello") -> None:
        now, talk = self.desk.clock.now(), self.talks[name]
        await self.desk.store.transact(lambda tx: claim(tx, talk, agent, now))
        await self.desk.store.transact(lambda tx: answer(tx, talk, agent, words, f"key-{now.timestamp():.0f}", now))

    async def is_closed(self, name: str, agent: object) -> None:
        now = self.desk.clock.now()
        await self.desk.store.transact(lambda tx: close(tx, self.talks[name], agent, now))


@pytest.fixture
async def day(store: SqlStore, clock: HandClock) -> AsyncIterator[Day]:
    told = Day(Desk(store, clock))
    lin, wu = await told.desk.agent("Lin"), await told.desk.agent("Wu")
    told.at(23, "10:00")
    await told.desk.talks("When is breakfast?", "At seven.", address=who("ann"))
    await told.asks("bo", ChannelName.WECHAT)
    told.at(23, "10:03")
    await told.is_answered("bo", lin)
    told.at(23, "10:30")
    await told.is_closed("bo", lin)
    await told.desk.settles("5", address=who("bo", ChannelName.WECHAT))
    told.at(23, "10:40")
    await told.asks("cai", why="complaint")
    told.at(23, "10:50")
    await told.is_answered("cai", wu)
    told.at(23, "11:40")
    await told.is_closed("cai", wu)
    await told.desk.settles("2", address=who("cai"))
    told.at(23, "17:50")
    await told.asks("dee", ChannelName.WEBCHAT)
    await told.asks("eve", ChannelName.WEBCHAT)
    told.at(24, "09:10")
    await told.is_answered("dee", lin)
    await told.desk.talks("It is still broken", "Let me see.", address=who("cai"))
    told.at(24, "12:00")
    now = clock.now()
    await store.transact(lambda tx: tx.conversations.close_idle(now - timedelta(hours=24), now))
    yield told


async def facts_of(store: SqlStore, period: Period = WEEK, which: Which = ALL) -> Facts:
    return await store.read(lambda tx: tx.reports.facts(period, which))


async def test_a_day_worked_out_by_hand(day: Day) -> None:
    store = day.desk.store
    facts = await facts_of(store)
    assert counted(facts.contacts) == 6  # Ann, Bo, Cai twice, Dee, Eve
    assert reasons(facts.hand_overs) == [("asked", 3), ("complaint", 1)]
    assert facts.unanswered == 1  # Eve
    assert bot_solved(facts.contacts) == (1, 5)  # Ann; Cai's second talk still runs
    assert reopened(facts.closed) == (1, 2)  # Cai came back the next morning

    calendar = speed(facts.first_replies, calendar_seconds)
    business = speed(facts.first_replies, BusinessTime(OFFICE.hours, WEEK.start, WEEK.end))
    dee = (15 * 60 + 20) * 60
    assert (calendar.count, calendar.median, calendar.p90) == (3, 600, pytest.approx(600 + 0.8 * (dee - 600)))
    assert (business.median, business.p90) == (600, pytest.approx(600 + 0.8 * (20 * 60 - 600)))  # Dee: 10 + 10 min
    assert speed(facts.closed, calendar_seconds).median == 45 * 60  # 30 and 60 minutes

    marks = satisfaction(facts.rated)
    assert (marks.count, marks.mean, marks.by_score) == (2, 3.5, {5: 1, 2: 1})
    assert marks.csat is not None and marks.csat.value == 0.5


async def test_figures_are_broken_down_by_agent_channel_hour_and_weekday(day: Day) -> None:
    facts = await facts_of(day.desk.store)
    agents = await day.desk.store.read(lambda tx: {agent.name: agent.id for agent in tx.agents.list_all()})
    replies = await day.desk.store.read(lambda tx: tx.reports.first_replies(WEEK))
    by_agent = by_dimension(replies, Dimension.AGENT, SHANGHAI)
    assert {name: len(by_agent[agents[name]]) for name in ("Lin", "Wu")} == {"Lin": 2, "Wu": 1}
    rated = by_dimension(await day.desk.store.read(lambda tx: tx.reports.rated(WEEK)), Dimension.AGENT, SHANGHAI)
    assert [one.score for one in rated[agents["Wu"]]] == [2]
    by_channel = grouped(facts.contacts, lambda group: group.channel)
    assert {name: counted(found) for name, found in by_channel.items()} == {"telegram": 3, "wechat": 1, "webchat": 2}
    by_hour = by_dimension(facts.first_replies, Dimension.HOUR, SHANGHAI)
    assert {hour: len(items) for hour, items in by_hour.items()} == {"10": 2, "09": 1}
    by_weekday = by_dimension(facts.first_replies, Dimension.WEEKDAY, SHANGHAI)
    assert {weekday: len(items) for weekday, items in by_weekday.items()} == {"0": 2, "1": 1}
    per_day = {group.day: counted(each for each in facts.contacts if each.day == group.day) for group in facts.contacts}
    assert per_day == {MONDAY: 5, TUESDAY: 1}


async def test_only_the_channel_that_was_chosen_is_counted(day: Day) -> None:
    facts = await facts_of(day.desk.store, which=Which(channel="webchat"))
    assert (counted(facts.contacts), facts.hand_overs, len(facts.first_replies), facts.unanswered) == (
        2, {"asked": 2}, 1, 1)
    assert not facts.rated and not facts.closed
    assert not (await facts_of(day.desk.store, which=Which(language="zh-Hans"))).contacts


async def test_the_backlog_is_what_people_had_on_their_hands_at_the_end_of_each_day(day: Day) -> None:
    now = day.desk.clock.now()
    held = await day.desk.store.read(lambda tx: tx.reports.held(WEEK))
    assert backlog(held, WEEK, now) == [(MONDAY, 2), (TUESDAY, 2)]  # Dee and Eve; the days to come are left out


async def test_a_period_is_compared_with_the_one_before_it(day: Day) -> None:
    monday = await facts_of(day.desk.store, Period(MONDAY, MONDAY, SHANGHAI))
    tuesday = await facts_of(day.desk.store, Period(TUESDAY, TUESDAY, SHANGHAI))
    measured = {one.indicator: one for one in measure(tuesday, monday, calendar_seconds)}
    opened = measured[Indicator.CONVERSATIONS]
    assert (opened.value, opened.previous, opened.change) == (1, 5, -0.8)
    answered = measured[Indicator.FIRST_RESPONSE]
    assert (answered.count, answered.previous_count, answered.is_small, answered.verdict) == (1, 2, True, 0)
    assert measured[Indicator.CSAT].value is None and measured[Indicator.CSAT].change is None


async def test_each_conversation_stands_in_the_list_with_what_happened_to_it(day: Day) -> None:
    lines = {line.id: line for line in await day.desk.store.read(lambda tx: tx.reports.list_conversations(WEEK))}
    assert len(lines) == 6
    bo, eve = lines[day.talks["bo"]], lines[day.talks["eve"]]
    assert (bo.waited, bo.reason, bo.score, bo.about.channel) == (180, "asked", 5, "wechat")
    assert bo.closed_at is not None and bo.closed_at - bo.opened_at == timedelta(minutes=30)
    assert (eve.waited, eve.first_reply_at, eve.closed_at, eve.score) == (None, None, None, None)


async def test_every_figure_agrees_with_a_plain_sql_count(store: SqlStore) -> None:
    now = datetime(2026, 11, 23, 2, tzinfo=UTC)
    period = Period(date(2026, 10, 1), date(2026, 10, 31), SHANGHAI)
    await store.transact(lambda tx: fill(tx.connection, 1500, now))
    facts = await facts_of(store, period)
    between = "{} >= '2026-09-30 16:00:00' AND {} < '2026-10-31 16:00:00'"  # October in Shanghai, in UTC
    if not store.database.is_sqlite:
        between = between.replace(":00'", ":00+00'")

    async def count(what: str, moment: str, where: str = "1 = 1") -> float:
        query = text(f"SELECT {what} WHERE {where} AND {between.format(moment, moment)}")
        return float((await store.read(lambda tx: tx.connection.execute(query).scalar())) or 0)

    events = "count(*) FROM conversation_events e JOIN conversations c ON c.id = e.conversation_id"
    reply = "SELECT 1 FROM conversation_events r WHERE r.conversation_id = {}.id AND r.kind = 'first_reply'"
    assert counted(facts.contacts) == await count("count(*) FROM conversations c", "c.opened_at")
    assert counted(item for item in facts.contacts if item.needed_person) == await count(
        "count(DISTINCT c.id) FROM conversations c JOIN conversation_events e ON e.conversation_id = c.id",
        "c.opened_at", "e.kind IN ('queued', 'claimed')",
    )
    unneeded = "NOT EXISTS (SELECT 1 FROM conversation_events e WHERE e.conversation_id = c.id AND e.kind = 'queued')"
    assert bot_solved(facts.contacts)[0] == await count(
        "count(*) FROM conversations c", "c.opened_at", f"c.holder = 'nobody' AND {unneeded}"
    )
    for reason, number in reasons(facts.hand_overs):
        asked = await count(events, "e.at", f"e.kind = 'queued' AND e.reason = '{reason}'")
        taken = await count(events, "e.at", "e.kind = 'claimed' AND e.reason = 'taken'") if reason == "taken" else 0
        assert number == asked + taken
    assert len(facts.first_replies) == await count(events, "e.at", "e.kind = 'first_reply'")
    assert sum((item.ended - item.began).total_seconds() for item in facts.first_replies) == await count(
        events.replace("count(*)", "sum(e.seconds)"), "e.at", "e.kind = 'first_reply'"
    )
    assert facts.unanswered == await count(
        events, "e.at", f"e.kind = 'queued' AND NOT EXISTS ({reply.format('c')})"
    )
    answered = f"EXISTS ({reply.format('c')})"
    assert len(facts.closed) == await count("count(*) FROM conversations c", "c.closed_at", answered)
    assert len(facts.rated) == await count("count(*) FROM ratings r", "r.answered_at", "r.score IS NOT NULL")
    marks = satisfaction(facts.rated)
    assert marks.mean == pytest.approx(await count("avg(r.score) FROM ratings r", "r.answered_at"))
    assert marks.csat is not None and marks.csat.value * marks.count == pytest.approx(
        await count("count(*) FROM ratings r", "r.answered_at", "r.score >= 4")
    )
    for channel, found in grouped(facts.contacts, lambda group: group.channel).items():
        assert counted(found) == await count("count(*) FROM conversations c", "c.opened_at", f"c.channel = '{channel}'")
    told = await store.read(lambda tx: tx.reports.rated(period))
    for agent, rated in by_dimension(told, Dimension.AGENT, SHANGHAI).items():
        assert len(rated) == await count("count(*) FROM ratings r", "r.answered_at", f"r.agent_id = '{agent}'")
    assert sum(counted(found) for _, found in contacts_by_step(facts.contacts, period)) == counted(facts.contacts)


async def test_in_a_year_conversations_are_counted_by_weeks_and_none_is_lost(store: SqlStore) -> None:
    await store.transact(lambda tx: fill(tx.connection, 500, datetime(2026, 11, 23, 2, tzinfo=UTC)))
    year = Period(date(2025, 12, 31), date(2026, 12, 31), SHANGHAI)
    contacts = await store.read(lambda tx: tx.reports.contacts(year))
    assert counted(contacts) == 500
    weeks = contacts_by_step(contacts, year)
    assert all(day.weekday() == 0 for day, _ in weeks[1:]) and sum(counted(found) for _, found in weeks) == 500


async def test_a_conversation_counts_with_each_of_its_topics_as_a_plain_sql_count_does(store: SqlStore) -> None:
    period = Period(date(2026, 10, 1), date(2026, 10, 31), SHANGHAI)
    await store.transact(lambda tx: fill(tx.connection, 1500, datetime(2026, 11, 23, 2, tzinfo=UTC)))
    zone = "" if store.database.is_sqlite else "+00"
    october = f"'2026-09-30 16:00:00{zone}' AND {{0}} < '2026-10-31 16:00:00{zone}'"

    async def count(table: str, moment: str, topic: str, where: str) -> int:
        about = "FROM conversation_topics t WHERE t.conversation_id = f.conversation_id"
        of = f"EXISTS (SELECT 1 {about} AND t.topic = '{topic}')" if topic else f"NOT EXISTS (SELECT 1 {about})"
        query = f"SELECT count(*) FROM {table} f WHERE {of} AND {where} AND {moment} >= {october.format(moment)}"
        return int((await store.read(lambda tx: tx.connection.execute(text(query)).scalar())) or 0)

    replies = await store.read(lambda tx: tx.reports.first_replies(period, detail=Detail.TOPICS))
    rated = await store.read(lambda tx: tx.reports.rated(period, detail=Detail.TOPICS))
    by_topic = by_dimension(replies, Dimension.TOPIC, SHANGHAI)
    assert len(by_topic) == 7 and sum(map(len, by_topic.values())) > len(replies)
    for topic, items in by_topic.items():
        assert len(items) == await count("conversation_events", "f.at", topic, "f.kind = 'first_reply'")
    for topic, marks in by_dimension(rated, Dimension.TOPIC, SHANGHAI).items():
        assert len(marks) == await count("ratings", "f.answered_at", topic, "f.score IS NOT NULL")


async def test_a_promise_is_counted_as_kept_or_missed_once_it_is_decided(store: SqlStore) -> None:
    now = datetime(2026, 11, 23, 2, tzinfo=UTC)
    day = now - timedelta(hours=1)

    def fill_in(tx: SqlTransaction) -> None:
        for matter, outcome, breached, started in (
            ("a", "met", None, day), ("b", "missed", day, day), ("c", "running", None, day), ("d", "running", day, day),
            ("e", "cancelled", None, day), ("f", "met", None, day - timedelta(days=30)),
        ):
            tx.connection.execute(insert(sla_clocks).values(
                subject="ticket", matter_id=matter, metric="resolution", policy_id="p", policy_name="p", kind="",
                priority="", channel="", tier="", target_seconds=60, started_at=started, spent_seconds=1,
                wall_seconds=1, outcome=outcome, breached_at=breached,
            ))

    await store.transact(fill_in)
    today = Period(MONDAY, MONDAY, SHANGHAI)
    promises = await store.read(lambda tx: tx.ticket_reports.promises(today))
    assert promises_kept(promises) == (1, 3)  # a was kept; b and d were not; c and e are not decided


async def test_the_figures_of_tickets_agree_with_a_plain_sql_count(store: SqlStore) -> None:
    now = datetime(2026, 11, 23, 2, tzinfo=UTC)
    period = Period(date(2026, 10, 1), date(2026, 10, 31), SHANGHAI)
    await store.transact(lambda tx: fill(tx.connection, 1500, now))
    opened = await store.read(lambda tx: tx.ticket_reports.opened(period))
    settled = await store.read(lambda tx: tx.ticket_reports.settled(period))
    lasting = await store.read(lambda tx: tx.ticket_reports.lasting(period))
    promises = await store.read(lambda tx: tx.ticket_reports.promises(period))
    zone = "" if store.database.is_sqlite else "+00"
    first, last = f"'2026-09-30 16:00:00{zone}'", f"'2026-10-31 16:00:00{zone}'"

    async def count(where: str, what: str = "tickets") -> int:
        query = text(f"SELECT count(*) FROM {what} WHERE {where}")
        return int((await store.read(lambda tx: tx.connection.execute(query).scalar())) or 0)

    began = f"created_at >= {first} AND created_at < {last}"
    ended = f"resolved_at >= {first} AND resolved_at < {last}"
    assert len(opened) == await count(began) > 20
    for cause, number in causes(opened):
        named = f"cause_id = '{cause}'" if cause else "cause_id IS NULL"
        assert number == await count(f"{began} AND kind = 'complaint' AND {named}")
    assert reopened_cases(settled) == (await count(f"{ended} AND reopened > 0"), await count(ended))
    at_the_end = f"created_at < {last} AND (resolved_at IS NULL OR resolved_at >= {last})"
    assert backlog(lasting, period, now)[-1] == (date(2026, 10, 31), await count(at_the_end))
    started = f"started_at >= {first} AND started_at < {last}"
    kept = await count(f"{started} AND outcome = 'met'", "sla_clocks")
    missed = await count(f"{started} AND (outcome = 'missed' OR outcome = 'running' AND breached_at IS NOT NULL)",
                         "sla_clocks")
    assert promises_kept(promises) == (kept, kept + missed)
