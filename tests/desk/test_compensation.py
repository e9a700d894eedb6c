"""Compensation: who may give how much, who else must agree, that customers hear of it; causes and improvements."""

from dataclasses import replace
from datetime import timedelta

import pytest

from desk import casework, compensating
from desk.agents import Agent, Role
from desk.audit import AuditFilter
from desk.compensation import Compensation, Remedy, Stage
from desk.complaints import Step
from desk.customers import Order
from desk.errors import Invalid, Refused
from desk.money import read_money, write_money
from desk.tickets import Ticket
from tests.desk.conftest import Desk
from tests.desk.test_tickets import complaint, step

LIMITS = {(Role.AGENT, "CNY"): 20_000, (Role.SUPERVISOR, "CNY"): 200_000, (Role.AGENT, "points"): 500}


async def staff(desk: Desk, name: str, role: Role = Role.AGENT) -> Agent:
    return replace(await desk.agent(name), role=role)


async def propose(
    desk: Desk, ticket: Ticket, agent: Agent, amount: int, remedy: Remedy = Remedy.REFUND, unit: str = "CNY",
    note: str = "", key: str = "",
) -> Compensation:
    now = desk.clock.now()
    await desk.store.transact(lambda tx: tx.compensations.set_limits(LIMITS))
    return await desk.store.transact(lambda tx: compensating.propose(
        tx, ticket.id, remedy, amount, unit, note, agent, key or f"form-{amount}-{remedy}", now
    ))


async def act(desk: Desk, flow: str, item: Compensation, agent: Agent, *more: str) -> Compensation:
    now = desk.clock.now()
    return await desk.store.transact(lambda tx: getattr(compensating, flow)(tx, item.id, *more, agent, now))


async def test_within_the_limit_an_agent_gives_alone_and_the_customer_is_told_once_it_is_done(desk: Desk) -> None:
    grace = await staff(desk, "Grace")
    ticket = await complaint(desk)
    refund = await propose(desk, ticket, grace, 20_000, key="form-1")
    assert refund.stage is Stage.APPROVED
    assert await propose(desk, ticket, grace, 20_000, key="form-1") == refund, "a double click proposes once"
    done = await act(desk, "carry_out", refund, grace)
    assert (done.stage, done.carried_out_by) == (Stage.CARRIED_OUT, grace.id)
    assert (await desk.customer_got())[-1].startswith("Your refund of ¥200.00 has been made (T-1001)")
    with pytest.raises(Refused, match="is carried out"):
        await act(desk, "carry_out", refund, grace)


async def test_above_the_limit_somebody_else_whose_limit_covers_it_must_approve(desk: Desk) -> None:
    grace, lin = await staff(desk, "Grace"), await staff(desk, "Lin")
    boss, chief = await staff(desk, "Boss", Role.SUPERVISOR), await staff(desk, "Chief", Role.ADMIN)
    ticket = await complaint(desk)
    large, huge = await propose(desk, ticket, grace, 20_001), await propose(desk, ticket, boss, 200_001)
    assert (large.stage, huge.stage) == (Stage.PROPOSED, Stage.PROPOSED)
    for who, why in ((grace, "somebody else must approve"), (lin, "above the limit of your role")):
        with pytest.raises(Refused, match=why):
            await act(desk, "approve", large, who)
    assert (await act(desk, "approve", large, boss)).decided_by == boss.id
    with pytest.raises(Refused, match="somebody else"):
        await act(desk, "approve", huge, boss)
    refused = await act(desk, "refuse", huge, chief, "too much for one night")
    assert (refused.stage, refused.reason) == (Stage.REFUSED, "too much for one night")
    with pytest.raises(Refused, match="is refused"):
        await act(desk, "carry_out", huge, chief)


async def test_points_are_booked_on_the_customer_when_carried_out(desk: Desk) -> None:
    grace = await staff(desk, "Grace")
    ticket = await complaint(desk)
    before = (await desk.store.read(lambda tx: tx.customers.get(ticket.customer_id))).points
    points = await propose(desk, ticket, grace, 500, Remedy.POINTS, "")
    assert (await desk.store.read(lambda tx: tx.customers.get(ticket.customer_id))).points == before
    await act(desk, "carry_out", points, grace)
    assert (await desk.store.read(lambda tx: tx.customers.get(ticket.customer_id))).points == before + 500
    apology = await propose(desk, ticket, grace, 0, Remedy.APOLOGY, note="We are truly sorry.")
    await act(desk, "carry_out", apology, grace)
    assert (await desk.customer_got())[-2:] == ["500 points have been added to your account (T-1001).",
                                                "We are truly sorry."]


async def test_a_complaint_is_neither_approved_nor_done_before_its_compensation(desk: Desk) -> None:
    grace, boss = await staff(desk, "Grace"), await staff(desk, "Boss", Role.SUPERVISOR)
    ticket = await complaint(desk)
    for to in (Step.ACKNOWLEDGED, Step.INVESTIGATING, Step.REMEDY_PROPOSED):
        ticket = await step(desk, ticket, to, grace, "A refund.")
    voucher = await propose(desk, ticket, grace, 50_000, Remedy.VOUCHER, note="CODE-7")
    with pytest.raises(Refused, match="second approval"):
        await step(desk, ticket, Step.APPROVED, grace)
    await act(desk, "approve", voucher, boss)
    await step(desk, ticket, Step.APPROVED, grace)
    with pytest.raises(Refused, match="not been carried out"):
        await step(desk, ticket, Step.DONE, grace)
    await act(desk, "carry_out", voucher, grace)
    assert "CODE-7" in (await desk.customer_got())[-1]
    assert (await step(desk, ticket, Step.DONE, grace)).step is Step.DONE


async def test_refunds_never_exceed_what_was_paid_and_every_move_is_in_the_audit_log(desk: Desk) -> None:
    grace = await staff(desk, "Grace")
    ticket = await complaint(desk)
    now = desk.clock.now()
    order = Order("HZ-1", ticket.customer_id, "Suite", "completed", 30_000, "CNY", now)
    await desk.store.transact(lambda tx: tx.orders.put_all([order]))
    await desk.store.transact(lambda tx: casework.change(tx, ticket.id, {"order_number": "HZ-1"}, grace, now))
    first = await propose(desk, ticket, grace, 20_000)
    with pytest.raises(Refused, match="exceed what was paid"):
        await propose(desk, ticket, grace, 10_001)
    await act(desk, "withdraw", first, grace)
    assert (await propose(desk, ticket, grace, 10_001)).stage is Stage.APPROVED
    with pytest.raises(Invalid):
        await propose(desk, ticket, grace, 0)
    entries = await desk.store.read(lambda tx: tx.audit.list_page(AuditFilter(action="compensation.")))
    assert sorted(each.action for each in entries) == [
        "compensation.withdrawn", "compensation.within_limit", "compensation.within_limit",
    ]


async def test_causes_are_counted_and_an_improvement_shows_the_complaints_before_and_after(desk: Desk) -> None:
    grace = await staff(desk, "Grace")
    boiler = await desk.store.transact(lambda tx: tx.causes.add({"en": "Boiler"}))
    last: Ticket | None = None
    for _ in range(3):
        last = await complaint(desk)
        now = desk.clock.forward(timedelta(days=5))
        await desk.store.transact(
            lambda tx, last=last, now=now: casework.change(tx, last.id, {"cause_id": boiler.id}, grace, now)
        )
    assert last is not None
    for to in (Step.ACKNOWLEDGED, Step.INVESTIGATING, Step.REMEDY_PROPOSED, Step.APPROVED, Step.DONE, Step.ACCEPTED):
        last = await step(desk, last, to, grace, "A refund.")
    await step(desk, last, Step.IMPROVEMENT_NOTED, grace, "The boiler is checked weekly.")
    desk.clock.forward(timedelta(days=40))
    later = await complaint(desk)
    now = desk.clock.now()
    await desk.store.transact(lambda tx: casework.change(tx, later.id, {"cause_id": boiler.id}, grace, now))
    desk.clock.forward(timedelta(hours=1))
    assert await desk.store.read(lambda tx: tx.causes.counts()) == {boiler.id: 4}
    (made,) = await desk.store.read(lambda tx: tx.causes.improvements_of(boiler.id, desk.clock.now()))
    assert (made.text, made.before, made.after, made.days) == ("The boiler is checked weekly.", 3, 1, 40)


async def test_an_improvement_needs_the_cause_it_is_about(desk: Desk) -> None:
    grace = await staff(desk, "Grace")
    ticket = await complaint(desk)
    for to in (Step.ACKNOWLEDGED, Step.INVESTIGATING, Step.REMEDY_PROPOSED, Step.APPROVED, Step.DONE, Step.ACCEPTED):
        ticket = await step(desk, ticket, to, grace, "A refund.")
    with pytest.raises(Refused, match="name the complaint's cause first"):
        await step(desk, ticket, Step.IMPROVEMENT_NOTED, grace, "Something")


@pytest.mark.parametrize(("written", "currency", "amount"), [("128", "CNY", 12800), ("1,128.5", "CNY", 112850),
                                                             ("500", "JPY", 500)])
def test_amounts_are_read_as_people_write_them(written: str, currency: str, amount: int) -> None:
    assert read_money(written, currency) == amount
    assert write_money(112850, "CNY") == "¥1,128.50"


@pytest.mark.parametrize(("written", "currency"), [("", "CNY"), ("1.234", "CNY"), ("5.5", "JPY"), ("-3", "CNY"),
                                                   ("ten", "CNY"), ("1e5", "CNY")])
def test_what_is_no_amount_is_refused(written: str, currency: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        read_money(written, currency)
