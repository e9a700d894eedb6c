"""Giving compensation: proposed, approved by somebody else above the limit, carried out, told; all of it audited."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from desk.agents import Agent
from desk.case_telling import Telling, tell
from desk.compensation import POINTS, Compensation, Remedy, Stage, covers
from desk.errors import Invalid, Refused
from desk.store import Transaction
from desk.tickets import By, Happened, Ticket, TicketEvent

LARGEST = 10**11
"""In minor units or points: more is a typing error."""


def propose(
    tx: Transaction, ticket_id: str, remedy: Remedy, amount: int, unit: str, note: str, agent: Agent, key: str,
    now: datetime,
) -> Compensation:
    """Propose compensation; within the proposer's limit it is approved at once. The same `key` again proposes nothing.

    Raises Invalid, or Refused with a sentence.
    """
    ticket = tx.tickets.lock(ticket_id)
    made = tx.compensations.find_by_key(f"{agent.id}:{key}")
    if made is not None:
        return made
    wanted = Compensation(uuid4().hex, ticket_id, remedy, *_amount(remedy, amount, unit), note.strip(),
                          Stage.PROPOSED, agent.id, now)
    _check(tx, ticket, wanted)
    if covers(tx.compensations.limits(), agent.role, wanted):
        wanted = replace(wanted, stage=Stage.APPROVED, decided_by=agent.id, decided_at=now)
    tx.compensations.add(wanted, f"{agent.id}:{key}")
    _note(tx, ticket, wanted, "proposed" if wanted.stage is Stage.PROPOSED else "within_limit", agent, now)
    if wanted.stage is Stage.PROPOSED:
        deciders = [each for each in tx.staffing.supervisors() if each != agent.id]
        tx.ticket_history.call(deciders, ticket.id, "approval_needed", now)
        for each in deciders:
            tx.announce(f"alert:{each}", ticket_id=ticket.id)
    return wanted


def approve(tx: Transaction, compensation_id: str, agent: Agent, now: datetime) -> Compensation:
    """The second approval. Raises Refused for the proposer, and above the approver's own limit."""
    found, ticket = _locked(tx, compensation_id, Stage.PROPOSED)
    if found.proposed_by == agent.id:
        raise Refused("own_proposal", "somebody else must approve what you proposed")
    if not covers(tx.compensations.limits(), agent.role, found):
        raise Refused("above_limit", f"{found.worth} is above the limit of your role ({agent.role})")
    return _decided(tx, ticket, replace(found, stage=Stage.APPROVED), "approved", agent, now)


def refuse(tx: Transaction, compensation_id: str, reason: str, agent: Agent, now: datetime) -> Compensation:
    """Say no, with a reason for the proposer."""
    found, ticket = _locked(tx, compensation_id, Stage.PROPOSED)
    if not reason.strip():
        raise Invalid("reason", "say why, for the one who proposed it")
    if found.proposed_by == agent.id:
        raise Refused("own_proposal", "withdraw your own proposal instead")
    return _decided(tx, ticket, replace(found, stage=Stage.REFUSED, reason=reason.strip()), "refused", agent, now)


def withdraw(tx: Transaction, compensation_id: str, agent: Agent, now: datetime) -> Compensation:
    """Take back what was not carried out yet."""
    found, ticket = _locked(tx, compensation_id, Stage.PROPOSED, Stage.APPROVED)
    return _decided(tx, ticket, replace(found, stage=Stage.WITHDRAWN), "withdrawn", agent, now)


def carry_out(tx: Transaction, compensation_id: str, agent: Agent, now: datetime) -> Compensation:
    """It has been done: points are booked on the customer, who is told. Raises Refused before it is approved."""
    found, ticket = _locked(tx, compensation_id, Stage.APPROVED)
    done = replace(found, stage=Stage.CARRIED_OUT, carried_out_by=agent.id, carried_out_at=now)
    tx.compensations.save(done)
    if done.remedy is Remedy.POINTS:
        tx.customers.add_points(ticket.customer_id, done.amount)
    _note(tx, ticket, done, "carried_out", agent, now)
    values: dict[str, object] = {"amount": done.worth, "number": ticket.number, "note": done.note}
    tell(tx, ticket, Telling(done.remedy, values), f"compensation:{done.id}", now)
    return done


def _amount(remedy: Remedy, amount: int, unit: str) -> tuple[int, str]:
    """The amount and unit that fit the remedy. Raises Invalid."""
    if remedy is Remedy.APOLOGY:
        return 0, ""
    if not 0 < amount <= LARGEST:
        raise Invalid("amount", "give an amount above nothing")
    if remedy is Remedy.POINTS:
        return amount, POINTS
    if len(unit) != 3 or not unit.isascii() or not unit.isalpha() or not unit.isupper():
        raise Invalid("currency", "a currency has three letters, such as CNY")
    return amount, unit


def _check(tx: Transaction, ticket: Ticket, wanted: Compensation) -> None:
    if ticket.merged_into:
        raise Refused("merged", "this ticket was merged into another; work there")
    if wanted.remedy is Remedy.APOLOGY and not wanted.note:
        raise Invalid("note", "write the apology in words for the customer")
    if len(wanted.note) > 1000:
        raise Invalid("note", "at most 1000 characters")
    order = tx.orders.find(ticket.order_number) if ticket.order_number else None
    if wanted.remedy is not Remedy.REFUND or order is None or order.currency != wanted.unit:
        return
    given = sum(
        each.amount for each in tx.compensations.refunds_of(ticket.order_number)
        if each.unit == wanted.unit and (each.stage.is_open or each.stage is Stage.CARRIED_OUT)
    )
    if given + wanted.amount > order.amount:
        raise Refused("above_order", f"the refunds for order {order.number} would exceed what was paid for it")


def _locked(tx: Transaction, compensation_id: str, *stages: Stage) -> tuple[Compensation, Ticket]:
    """The compensation at one of these stages, with its ticket locked. Raises NotFound or Refused."""
    ticket = tx.tickets.lock(tx.compensations.get(compensation_id).ticket_id)
    found = tx.compensations.get(compensation_id)
    if found.stage not in stages:
        raise Refused("stage", f"this compensation is {found.stage.replace('_', ' ')}; nothing was changed")
    return found, ticket


def _decided(
    tx: Transaction, ticket: Ticket, decided: Compensation, how: str, agent: Agent, now: datetime
) -> Compensation:
    kept = replace(decided, decided_by=agent.id, decided_at=now)
    tx.compensations.save(kept)
    _note(tx, ticket, kept, how, agent, now)
    if kept.proposed_by != agent.id:
        tx.ticket_history.call([kept.proposed_by], ticket.id, f"compensation_{how}", now)
        tx.announce(f"alert:{kept.proposed_by}", ticket_id=ticket.id)
    return kept


def _note(tx: Transaction, ticket: Ticket, item: Compensation, how: str, agent: Agent, now: datetime) -> None:
    tx.audit.record(agent, f"compensation.{how}", f"compensation:{item.id}", now, ticket=ticket.id,
                    remedy=item.remedy.value, amount=item.amount, unit=item.unit)
    text = item.reason if how == "refused" else item.note if how in ("proposed", "within_limit") else ""
    tx.ticket_history.add(TicketEvent(
        ticket.id, now, Happened.COMPENSATION, By.AGENT, agent.id, field=how, before=item.remedy, after=item.worth,
        text=text,
    ))
    tx.announce("ticket", conversation_id=ticket.conversation_id or None, ticket_id=ticket.id)
