"""Service levels: clocks run in business time, wait for the customer, warn, and tell people when a target is missed."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_store.database import Database
from crm_store.signals import Signals
from crm_store.store import SqlStore
from desk import casework, handoff, service_levels, sla
from desk.agents import Agent
from desk.case_hearing import add_of_customer
from desk.complaints import Step
from desk.effects import OpenTicket, RequestHandoff
from desk.hours import BusinessHours, Holiday
from desk.sla import Clock, Matter, Metric, Outcome, Policy, Subject
from desk.tickets import Ticket, TicketKind, TicketPriority, TicketStatus
from tests.desk.conftest import Desk

OFFICE = BusinessHours.parse("Mon-Fri 09:00-18:00", "Asia/Shanghai")
HOUR = timedelta(hours=1)
TARGETS = {Metric.FIRST_RESPONSE: HOUR, Metric.NEXT_RESPONSE: HOUR, Metric.RESOLUTION: 8 * HOUR}
ASKED = [RequestHandoff("asked", "wants a refund")]
HEATING = [OpenTicket(TicketKind.COMPLAINT, "No heating", "It was off all night")]


async def policy(desk: Desk, **changes: object) -> Policy:
    """A policy for everything: an hour to answer, eight to resolve, in office hours."""
    now = desk.clock.now()
    await desk.store.transact(lambda tx: tx.calendar.save_week(OFFICE.zone, OFFICE.week, 0, now))
    wanted = replace(Policy("", "Standard", targets=TARGETS), **changes)  # type: ignore[arg-type]
    return await desk.store.transact(lambda tx: tx.levels.save_policy(wanted))


async def ring(desk: Desk) -> None:
    """Carry out the service-level timers that are due, as the housekeeper does."""
    now = desk.clock.now()
    for lease in await desk.store.transact(lambda tx: tx.timers.claim("w", 50, now, timedelta(seconds=30))):
        flow = {"sla_warning": service_levels.warn, "sla_breach": service_levels.breach}.get(lease.kind)
        await desk.store.transact(lambda tx, lease=lease: tx.timers.finish(lease))
        if flow:
            await desk.store.transact(lambda tx, flow=flow, lease=lease: flow(tx, lease.payload["clock"], now))


async def clocks(desk: Desk, subject: Subject, matter_id: str) -> dict[Metric, Clock]:
    """The newest clock of each metric."""
    found = await desk.store.read(lambda tx: tx.levels.list_of(subject, matter_id))
    return {clock.metric: clock for clock in found}


async def complaint(desk: Desk) -> Ticket:
    await desk.talks("the heating was off", "Noted.", HEATING)
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.list_page())
    return ticket


async def step(desk: Desk, ticket: Ticket, to: Step, agent: Agent) -> None:
    now = desk.clock.now()
    await desk.store.transact(lambda tx: casework.advance(tx, ticket.id, to, agent, now, "words"))


def test_the_first_policy_that_fits_counts() -> None:
    gold = Policy("gold", "Gold", 1, tiers=("Gold",), kinds=("complaint",))
    chat = Policy("chat", "Chat", 2, subjects=(Subject.CONVERSATION,), channels=("wechat",))
    rest = Policy("rest", "Rest", 9)
    policies = [rest, chat, gold, Policy("off", "Off", 0, active=False)]
    complaint_of_gold = Matter(Subject.TICKET, "1", "complaint", "high", "slack", "gold")
    assert sla.choose(policies, complaint_of_gold) is gold
    assert sla.choose(policies, replace(complaint_of_gold, tier="silver")) is rest
    assert sla.choose(policies, Matter(Subject.CONVERSATION, "2", channel="wechat")) is chat
    assert sla.choose([chat], complaint_of_gold) is None


def test_a_clock_counts_business_time_only_and_not_what_we_wait_for_the_customer() -> None:
    friday = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)  # 17:00 in Shanghai
    rules = Policy("p", "P", targets={Metric.RESOLUTION: 4 * HOUR})
    clock = sla.start(Matter(Subject.TICKET, "1"), Metric.RESOLUTION, rules, friday, OFFICE)
    assert clock.due_at == datetime(2026, 11, 30, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    paused = sla.pause(clock, friday + HOUR / 2, OFFICE)
    assert (paused.due_at, paused.spent) == (None, HOUR / 2)
    monday = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)  # 10:00
    resumed = sla.resume(paused, monday, OFFICE)
    assert resumed.due_at == datetime(2026, 11, 30, 13, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    stopped = sla.stop(resumed, monday + HOUR, OFFICE, "grace")
    assert (stopped.outcome, stopped.spent, stopped.wall) == (Outcome.MET, 1.5 * HOUR, 1.5 * HOUR)
    assert sla.stop(resumed, monday + 4 * HOUR, OFFICE, "grace").outcome is Outcome.MISSED


async def test_the_time_with_the_bot_counts_nothing_and_answers_stop_the_clocks(desk: Desk) -> None:
    await policy(desk)
    grace = await desk.agent()
    turn = await desk.talks("hello")
    talk = turn.turn.conversation_id
    desk.clock.forward(3 * HOUR)
    assert await clocks(desk, Subject.CONVERSATION, talk) == {}
    await desk.talks("a person please", "Of course.", ASKED)
    asked = desk.clock.now()
    desk.clock.forward(HOUR / 4)
    await desk.store.transact(lambda tx: handoff.claim(tx, talk, grace, desk.clock.now()))
    await desk.store.transact(lambda tx: handoff.answer(tx, talk, grace, "Hello!", "k1", desk.clock.now()))
    first = (await clocks(desk, Subject.CONVERSATION, talk))[Metric.FIRST_RESPONSE]
    assert (first.started_at, first.outcome, first.spent, first.agent_id) == (asked, Outcome.MET, HOUR / 4, grace.id)
    desk.clock.forward(2 * HOUR)  # the customer thinks
    await desk.settles("which papers?")
    desk.clock.forward(HOUR / 2)
    await desk.store.transact(lambda tx: handoff.answer(tx, talk, grace, "Your passport.", "k2", desk.clock.now()))
    await desk.store.transact(lambda tx: handoff.close(tx, talk, grace, desk.clock.now()))
    found = await clocks(desk, Subject.CONVERSATION, talk)
    assert found[Metric.NEXT_RESPONSE].spent == HOUR / 2
    assert (found[Metric.RESOLUTION].outcome, found[Metric.RESOLUTION].spent) == (Outcome.MET, 0.75 * HOUR)


async def test_a_target_that_is_missed_warns_the_owner_first_then_tells_the_named_people_and_changes_hands(
    desk: Desk,
) -> None:
    grace, boss, chief = await desk.agent("Grace"), await desk.agent("Boss"), await desk.agent("Chief")
    await policy(desk, escalate_to=(boss.id,), reassign_to=chief.id)
    ticket = await complaint(desk)
    now = desk.clock.now()
    await desk.store.transact(lambda tx: casework.change(tx, ticket.id, {"owner_id": grace.id}, grace, now))

    async def called(agent: Agent) -> list[str]:
        notices = await desk.store.read(lambda tx: tx.ticket_history.list_notices(agent.id))
        return [each.kind for each in notices]

    desk.clock.forward(timedelta(minutes=47))
    await ring(desk)
    assert (await called(grace), await called(boss)) == ([], [])
    desk.clock.forward(timedelta(minutes=1))
    await ring(desk)
    assert (await called(grace), await called(boss)) == (["sla_warning"], [])
    desk.clock.forward(timedelta(minutes=12))
    for _ in range(2):
        await ring(desk)
    assert (await called(grace), await called(boss)) == (["sla_missed", "sla_warning"], ["sla_missed"])
    assert (await desk.store.read(lambda tx: tx.tickets.get(ticket.id))).owner_id == chief.id
    desk.clock.forward(HOUR)
    await step(desk, ticket, Step.ACKNOWLEDGED, chief)
    first = (await clocks(desk, Subject.TICKET, ticket.id))[Metric.FIRST_RESPONSE]
    assert (first.outcome, first.spent) == (Outcome.MISSED, 2 * HOUR)
    assert first.breached_at is not None and first.warned_at is not None


async def test_an_answer_in_time_lets_no_timer_ring(desk: Desk) -> None:
    await policy(desk)
    grace = await desk.agent()
    ticket = await complaint(desk)
    desk.clock.forward(HOUR / 4)
    await step(desk, ticket, Step.ACKNOWLEDGED, grace)
    desk.clock.forward(2 * HOUR)
    await ring(desk)
    found = await clocks(desk, Subject.TICKET, ticket.id)
    assert (found[Metric.FIRST_RESPONSE].outcome, found[Metric.RESOLUTION].warned_at) == (Outcome.MET, None)


async def test_while_we_wait_for_the_customer_a_tickets_clocks_stand_still(desk: Desk) -> None:
    await policy(desk)
    grace = await desk.agent()
    await desk.talks("the invoice please", "ok", [OpenTicket(TicketKind.REQUEST, "Invoice", "May")])
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.list_page())
    desk.clock.forward(HOUR / 2)
    now = desk.clock.now()
    await desk.store.transact(
        lambda tx: casework.set_status(tx, ticket.id, TicketStatus.WAITING, grace, now, "which month?")
    )
    assert (await clocks(desk, Subject.TICKET, ticket.id))[Metric.RESOLUTION].is_paused
    desk.clock.forward(timedelta(days=2))
    await ring(desk)
    later = desk.clock.now()
    await desk.store.transact(lambda tx: add_of_customer(tx, tx.tickets.get(ticket.id), "May", "m9", later))
    found = await clocks(desk, Subject.TICKET, ticket.id)
    assert found[Metric.RESOLUTION].running_since == later and found[Metric.RESOLUTION].spent == HOUR / 2
    assert found[Metric.NEXT_RESPONSE].outcome is Outcome.RUNNING, "their word waits for an answer"


async def test_a_higher_priority_brings_the_end_nearer_and_a_new_holiday_moves_it(desk: Desk) -> None:
    await policy(desk)
    await desk.store.transact(lambda tx: tx.levels.save_policy(Policy(
        "", "Urgent", -1, priorities=("urgent",), targets={Metric.RESOLUTION: 2 * HOUR}, around_the_clock=True,
    )))
    grace = await desk.agent()
    ticket = await complaint(desk)
    opened = desk.clock.now()
    holiday = Holiday("Stocktaking")
    await desk.store.transact(lambda tx: tx.calendar.put_holidays([date(2026, 11, 24)], holiday))
    assert await desk.store.transact(service_levels.recompute) == 2
    due = (await clocks(desk, Subject.TICKET, ticket.id))[Metric.RESOLUTION].due_at
    assert due == OFFICE.add(opened, 8 * HOUR) == datetime(2026, 11, 23, 10, 0, tzinfo=UTC), "still on Monday"
    now = desk.clock.forward(HOUR)
    changes = {"priority": TicketPriority.URGENT}
    await desk.store.transact(lambda tx: casework.change(tx, ticket.id, changes, grace, now))
    found = await clocks(desk, Subject.TICKET, ticket.id)
    assert found[Metric.RESOLUTION].due_at == opened + 2 * HOUR
    assert found[Metric.FIRST_RESPONSE].outcome is Outcome.CANCELLED, "the urgent policy promises no first response"


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_of_two_workers_of_a_cluster_each_breach_is_told_once_also_after_a_restart(
    desk: Desk, database_url: str
) -> None:
    boss = await desk.agent("Boss")
    await policy(desk, escalate_to=(boss.id,))
    for number in range(12):
        await desk.talks(f"complaint {number}", "Noted.", HEATING)
    due = desk.clock.forward(2 * HOUR)

    async def work(name: str) -> int:
        """One worker process: its own connections, until nothing is due any more."""
        database = Database(database_url)
        signals = Signals()
        signals.bind()
        store, rung = SqlStore(database, signals), 0
        while leases := await store.transact(lambda tx: tx.timers.claim(name, 3, due, timedelta(seconds=30))):
            for lease in leases:
                flow = {"sla_warning": service_levels.warn, "sla_breach": service_levels.breach}[lease.kind]

                def carry_out(tx: object, lease=lease, flow=flow) -> bool:  # type: ignore[no-untyped-def]
                    if not tx.timers.finish(lease):  # type: ignore[attr-defined]
                        return False
                    flow(tx, lease.payload["clock"], due)
                    return True

                rung += await store.transact(carry_out)
        database.close()
        return rung

    rung = await asyncio.gather(work("one"), work("two"))
    notices = await desk.store.read(lambda tx: tx.ticket_history.list_notices(boss.id, 100))
    assert [each.kind for each in notices] == ["sla_missed"] * 12
    assert len({each.ticket_id for each in notices}) == 12
    assert sum(rung) == 24 and all(rung), "a warning and a breach each, shared between the two"
