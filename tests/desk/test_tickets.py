"""Working a case: a complaint goes step by step, the customer hears of each, and has the last word."""

from datetime import timedelta

import pytest

from crm_store.ticket_lists import TicketFilter
from desk import case_files, casework
from desk.agents import Agent
from desk.case_hearing import settled_silently
from desk.case_moves import SILENCE_SETTLES_AFTER
from desk.casework import NewCase
from desk.complaints import Step
from desk.effects import TICKET_NUMBER, OpenTicket, SetConsent
from desk.errors import Refused
from desk.messages import Address, ChannelName, InboundKind
from desk.tickets import Happened, Link, LinkKind, Ticket, TicketKind, TicketPriority, TicketStatus
from tests.desk.conftest import CUSTOMER, Desk

HEATING = OpenTicket(TicketKind.COMPLAINT, "No heating", "It was off all night", wished_remedy="a refund")
TO_DONE = (Step.ACKNOWLEDGED, Step.INVESTIGATING, Step.REMEDY_PROPOSED, Step.APPROVED, Step.DONE)


async def complaint(desk: Desk, address: Address = CUSTOMER) -> Ticket:
    desk.clock.forward(timedelta(minutes=1))
    await desk.talks("the heating was off all night", f"Noted: {TICKET_NUMBER}", [HEATING], address=address)
    return (await desk.store.read(lambda tx: tx.tickets.list_page()))[0]


async def step(desk: Desk, ticket: Ticket, to: Step, agent: Agent, note: str = "") -> Ticket:
    desk.clock.forward(timedelta(hours=1))
    now = desk.clock.now()
    return await desk.store.transact(lambda tx: casework.advance(tx, ticket.id, to, agent, now, note))


async def done(desk: Desk, agent: Agent) -> Ticket:
    """A complaint that has been dealt with; the customer was asked whether it is settled."""
    ticket = await complaint(desk)
    for to in TO_DONE:
        ticket = await step(desk, ticket, to, agent, "We refund the night." if to is Step.REMEDY_PROPOSED else "")
    return ticket


async def told(desk: Desk, ticket: Ticket) -> list[tuple[str, str]]:
    """What the history says, without the texts."""
    events = await desk.store.read(lambda tx: tx.ticket_history.list_of(ticket.id))
    return [(event.happened.value, event.after) for event in events]


async def reload(desk: Desk, ticket: Ticket) -> Ticket:
    return await desk.store.read(lambda tx: tx.tickets.get(ticket.id))


async def test_a_complaint_goes_through_every_step_and_the_customer_accepts_with_a_button(desk: Desk) -> None:
    grace = await desk.agent()
    ticket = await done(desk, grace)
    assert (ticket.status, ticket.owner_id) == (TicketStatus.RESOLVED, grace.id)
    said = await desk.customer_got()
    assert [text.split(".")[0] for text in said[-5:]] == [
        "Grace is now looking after your complaint T-1001", "We are now looking into your complaint T-1001",
        "About your complaint T-1001, this is what we propose: We refund the night",
        "The remedy for your complaint T-1001 has been approved and is being carried out",
        "Your complaint T-1001 has been dealt with",
    ]
    assert said[-1].endswith("Is it settled for you?")
    yes = (await desk.buttons())[0]
    await desk.settles(choice=yes.id, kind=InboundKind.CHOICE)
    ticket = await reload(desk, ticket)
    assert (ticket.step, ticket.status, ticket.reopened) == (Step.ACCEPTED, TicketStatus.CLOSED, 0)
    assert (await desk.customer_got())[-1].startswith("Thank you for letting us know; T-1001 is closed")
    boiler = await desk.store.transact(lambda tx: tx.causes.add({"en": "Boiler"}))
    now = desk.clock.now()
    await desk.store.transact(lambda tx: casework.change(tx, ticket.id, {"cause_id": boiler.id}, grace, now))
    ticket = await step(desk, ticket, Step.IMPROVEMENT_NOTED, grace, "The boiler is now checked every week.")
    assert ticket.status is TicketStatus.CLOSED
    steps = [after for happened, after in await told(desk, ticket) if happened == "step"]
    assert steps == [*(each.value for each in TO_DONE), "accepted", "improvement_noted"]


async def test_a_customer_who_says_no_reopens_the_complaint_and_their_reason_is_kept(desk: Desk) -> None:
    grace = await desk.agent()
    ticket = await done(desk, grace)
    await desk.settles("No, it isn't.")
    ticket = await reload(desk, ticket)
    assert (ticket.step, ticket.status, ticket.reopened) == (Step.DISPUTED, TicketStatus.IN_PROGRESS, 1)
    assert ticket.resolved_at is None
    await desk.settles("The refund has not arrived")
    assert (await desk.customer_got())[-1] == "Thank you, that is now in T-1001."
    events = await desk.store.read(lambda tx: tx.ticket_history.list_of(ticket.id))
    assert events[-1].text == "The refund has not arrived"
    notices = await desk.store.read(lambda tx: tx.ticket_history.list_notices(grace.id))
    assert [each.kind for each in notices] == ["customer_wrote", "disputed"]
    assert (await step(desk, ticket, Step.INVESTIGATING, grace)).status is TicketStatus.IN_PROGRESS


async def test_a_yes_to_something_else_is_for_the_assistant(desk: Desk) -> None:
    grace = await desk.agent()
    ticket = await done(desk, grace)
    await desk.talks("Do you have a pool?", "Yes. Shall I book a lane?")
    await desk.talks("yes", "Booked.")
    assert (await reload(desk, ticket)).step is Step.DONE


@pytest.mark.parametrize("to", [Step.APPROVED, Step.DONE, Step.ACCEPTED, Step.RECEIVED, Step.IMPROVEMENT_NOTED])
async def test_a_step_out_of_order_is_refused_with_a_sentence_and_tells_nobody(desk: Desk, to: Step) -> None:
    grace = await desk.agent()
    ticket = await complaint(desk)
    before = await desk.customer_got()
    with pytest.raises(Refused, match=r"a complaint that is received cannot become .*; next comes acknowledged"):
        await step(desk, ticket, to, grace, "because")
    assert await desk.customer_got() == before


async def test_who_wants_no_messages_unasked_hears_the_results_but_no_progress_notes(desk: Desk) -> None:
    grace = await desk.agent()
    ticket = await complaint(desk)
    await desk.talks("unsubscribe", "Done.", [SetConsent(False, "unsubscribe")])
    for to in TO_DONE:
        ticket = await step(desk, ticket, to, grace, "We refund the night.")
    said = "\n".join(await desk.customer_got())
    assert "this is what we propose" in said and "has been dealt with" in said
    assert "looking into" not in said and "has been approved" not in said
    assert ("not_told", "no_consent") in await told(desk, ticket)


async def test_a_customer_who_left_cannot_be_told_and_the_history_says_so(desk: Desk) -> None:
    grace = await desk.agent()
    ticket = await complaint(desk)
    await desk.store.transact(lambda tx: tx.customers.set_unreachable(CUSTOMER))
    moved = await step(desk, ticket, Step.ACKNOWLEDGED, grace)
    assert moved.first_response_at is None, "nobody heard it"
    assert ("not_told", "unreachable") in await told(desk, ticket)


async def test_every_change_is_written_down_with_who_and_when(desk: Desk) -> None:
    grace, lin = await desk.agent("Grace"), await desk.agent("Lin")
    ticket = await complaint(desk)
    now = desk.clock.forward(timedelta(minutes=5))
    changes = {"owner_id": lin.id, "priority": TicketPriority.URGENT, "due_at": now + timedelta(days=1)}
    await desk.store.transact(lambda tx: casework.change(tx, ticket.id, changes, grace, now))
    await desk.store.transact(lambda tx: casework.change(tx, ticket.id, changes, grace, now))
    events = await desk.store.read(lambda tx: tx.ticket_history.list_of(ticket.id))
    changed = [(each.field, each.after, each.agent_id, each.at) for each in events if each.happened is Happened.CHANGED]
    assert [line[0] for line in changed] == ["owner", "priority", "due_at"], "setting it again changes nothing"
    assert changed[0] == ("owner", "Lin", grace.id, now) and changed[1][1] == "urgent"
    notices = await desk.store.read(lambda tx: tx.ticket_history.list_notices(lin.id))
    assert [each.kind for each in notices] == ["assigned"]


async def test_a_request_waits_for_the_customer_is_resolved_and_closes_by_itself_after_a_week(desk: Desk) -> None:
    grace = await desk.agent()
    await desk.talks("please send me the invoice", "ok", [OpenTicket(TicketKind.REQUEST, "Invoice", "for May")])
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.list_page())
    now = desk.clock.now()
    for to, note in ((TicketStatus.WAITING, "to which address?"), (TicketStatus.RESOLVED, "It is on its way.")):
        await desk.store.transact(lambda tx, to=to, note=note: casework.set_status(tx, ticket.id, to, grace, now, note))
    assert "we are waiting for you: to which address?" in (await desk.customer_got())[-2]
    assert (await desk.customer_got())[-1].startswith("Ticket T-1001 (Invoice) has been dealt with. It is on its way.")
    week = desk.clock.forward(SILENCE_SETTLES_AFTER)
    timers = await desk.store.transact(lambda tx: tx.timers.claim("w", 10, week, timedelta(seconds=30)))
    payload = next(each.payload for each in timers if each.kind == "unanswered_settlement")
    await desk.store.transact(
        lambda tx: settled_silently(tx, payload["ticket"], payload["resolved_at"], week)
    )
    assert (await reload(desk, ticket)).status is TicketStatus.CLOSED


async def test_two_tickets_about_the_same_become_one_with_all_that_was_tied_to_them(desk: Desk) -> None:
    grace = await desk.agent()
    first, second = await complaint(desk), await complaint(desk)
    stranger = await complaint(desk, Address(ChannelName.TELEGRAM, "bot", "88", "88"))
    assert (first.number, stranger.number) == ("T-1001", "T-1003")
    now = desk.clock.now()
    await desk.store.transact(lambda tx: case_files.watch(tx, second.id, grace.id, grace, now))
    with pytest.raises(Refused, match="another customer"):
        await desk.store.transact(lambda tx: case_files.merge(tx, second.id, "T-1003", grace, now))
    goes_on = await desk.store.transact(lambda tx: case_files.merge(tx, second.id, "t-1001", grace, now))
    assert goes_on.id == first.id
    assert await desk.store.read(lambda tx: tx.ticket_history.watchers(first.id)) == [grace.id]
    assert Link(LinkKind.TICKET, second.id) in await desk.store.read(lambda tx: tx.ticket_history.links(first.id))
    merged = await reload(desk, second)
    assert (merged.status, merged.merged_into) == (TicketStatus.CLOSED, first.id)
    assert (await desk.customer_got())[-1] == "Ticket T-1002 continues as T-1001."
    with pytest.raises(Refused, match="merged"):
        await step(desk, second, Step.ACKNOWLEDGED, grace)
    split = await desk.store.transact(
        lambda tx: case_files.split(tx, first.id, "Towels", "none in the room", TicketKind.REQUEST, grace, now)
    )
    assert Link(LinkKind.TICKET, first.id) in await desk.store.read(lambda tx: tx.ticket_history.links(split.id))


async def test_a_case_opened_by_hand_reaches_a_customer_whose_conversation_is_long_over(desk: Desk) -> None:
    grace = await desk.agent()
    turn = await desk.talks("hello")
    conversation = await desk.store.read(lambda tx: tx.conversations.find(turn.turn.conversation_id))
    assert conversation is not None
    now = desk.clock.forward(timedelta(days=3))
    await desk.store.transact(lambda tx: tx.conversations.close_idle(now - timedelta(days=1), now))
    case = NewCase(TicketKind.REQUEST, conversation.customer_id, subject="Lost umbrella")
    ticket = await desk.store.transact(lambda tx: casework.open_case(tx, case, now))
    sent = [await desk.store.transact(lambda tx: casework.write(tx, ticket.id, "We found it!", grace, "k-1234567", now))
            for _ in range(2)]
    assert sent == [True, False], "a double click sends once"
    assert (await desk.customer_got()).count("We found it!") == 1
    assert (await reload(desk, ticket)).first_response_at == now


async def test_the_list_is_filtered_searched_sorted_and_paged(desk: Desk) -> None:
    grace = await desk.agent()
    for number in range(7):
        desk.clock.forward(timedelta(minutes=1))
        await desk.talks("x", "ok", [OpenTicket(TicketKind.REQUEST, f"Request {number} 100%", "热水不热")])
    tickets = await desk.store.read(lambda tx: tx.tickets.list_page())
    now = desk.clock.now()
    await desk.store.transact(
        lambda tx: casework.change(tx, tickets[3].id, {"priority": TicketPriority.URGENT, "due_at": now}, grace, now)
    )
    for sort in ("newest", "oldest", "changed", "due", "priority"):
        seen: list[str] = []
        while page := await desk.store.read(
            lambda tx, sort=sort, seen=seen: tx.tickets.list_page(sort=sort, after=seen[-1] if seen else "", limit=3)
        ):
            seen += [each.id for each in page]
        assert sorted(seen) == sorted(each.id for each in tickets), f"{sort}: every ticket once"
        if sort in ("due", "priority"):
            assert seen[0] == tickets[3].id

    async def numbers(**wanted: object) -> list[str]:
        found = TicketFilter(**wanted)  # type: ignore[arg-type]
        return [each.number for each in await desk.store.read(lambda tx: tx.tickets.list_page(found))]

    assert await numbers(text="request 5 100%") == ["T-1006"]
    assert await numbers(text="100_") == [], "what is written is searched, not a pattern"
    assert len(await numbers(text="水不热")) == 7
    assert await numbers(overdue_at=now + timedelta(hours=1)) == [tickets[3].number]
    assert await numbers(owner="-", priorities=[TicketPriority.URGENT]) == [tickets[3].number]
