"""Between the bot and people: a hand-over always has a next step."""

import asyncio
from datetime import timedelta

import pytest

from desk.conversations import HandoffReason, Holder
from desk.effects import RequestHandoff
from desk.errors import Conflict
from desk.handoff import answer, claim, close, release, transfer, waited_too_long
from desk.messages import Address, ChannelName, InboundKind
from desk.ports import Understanding
from desk.router import AskBot, AskMeaning
from tests.desk.conftest import CUSTOMER, OFFICE, Desk

ASKED = [RequestHandoff("asked", "wants a refund")]


async def waiting(desk: Desk, address: Address = CUSTOMER) -> str:
    """A customer who asked for a person; returns the conversation's id."""
    turn = await desk.talks("I want to talk to a person", "Of course.", ASKED, address=address)
    return turn.turn.conversation_id


async def closed(desk: Desk) -> str:
    agent = await desk.agent()
    conversation_id = await waiting(desk)
    await desk.store.transact(lambda tx: claim(tx, conversation_id, agent, desk.clock.now()))
    await desk.store.transact(lambda tx: close(tx, conversation_id, agent, desk.clock.now()))
    return conversation_id


async def test_a_customer_who_asks_for_a_person_waits_in_the_queue_and_knows_their_place(desk: Desk) -> None:
    await desk.agent()
    await waiting(desk)
    desk.clock.forward(timedelta(seconds=1))
    second = Address(ChannelName.TELEGRAM, "bot", "88", "88")
    await waiting(desk, second)
    assert (await desk.customer_got())[-1].startswith("I've called a colleague. You are next")
    assert "People before you: 1" in (await desk.customer_got(second))[-1]
    conversation = await desk.conversation()
    assert conversation is not None
    assert (conversation.holder, conversation.handoff_reason, conversation.handoff_note) == (
        Holder.QUEUE, HandoffReason.ASKED, "wants a refund"
    )


async def test_out_of_hours_with_nobody_there_the_customer_gets_a_ticket_number_and_a_promised_time(
    desk: Desk,
) -> None:
    desk.clock.forward(timedelta(hours=14))  # midnight in Shanghai
    await waiting(desk)
    text = (await desk.customer_got())[-1]
    assert "ticket T-1001" in text
    assert "13:00 on Tuesday, 24 November" in text, "four hours after the desk opens at nine"
    conversation = await desk.conversation()
    assert conversation is not None and conversation.holder is Holder.BOT
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.list_page())
    assert ticket.promised_by is not None


async def test_out_of_hours_with_an_agent_still_there_the_customer_reaches_them(desk: Desk) -> None:
    desk.clock.forward(timedelta(hours=14))
    await desk.agent()
    await waiting(desk)
    conversation = await desk.conversation()
    assert conversation is not None and conversation.holder is Holder.QUEUE


async def test_who_waits_too_long_gets_a_ticket_and_stays_in_the_queue(desk: Desk) -> None:
    await desk.agent()
    conversation_id = await waiting(desk)
    desk.clock.forward(OFFICE.unclaimed_after)
    due = desk.clock.now()
    (timer,) = await desk.store.transact(lambda tx: tx.timers.claim("w", 10, due, timedelta(seconds=30)))
    assert timer.payload == {"conversation": conversation_id}
    for _ in range(2):  # a timer that rings twice tells the customer once
        await desk.store.transact(lambda tx: waited_too_long(tx, conversation_id, OFFICE, due))
    promises = [text for text in await desk.customer_got() if "T-1001" in text]
    assert len(promises) == 1
    conversation = await desk.conversation()
    assert conversation is not None and conversation.holder is Holder.QUEUE


async def test_of_many_agents_claiming_at_once_exactly_one_gets_the_conversation(desk: Desk) -> None:
    agents = [await desk.agent(f"agent{n}") for n in range(6)]
    conversation_id = await waiting(desk)
    now = desk.clock.now()
    results = await asyncio.gather(
        *(desk.store.transact(lambda tx, a=agent: claim(tx, conversation_id, a, now)) for agent in agents),
        return_exceptions=True,
    )
    losers = [result for result in results if isinstance(result, Conflict)]
    assert len(losers) == 5
    assert all("has this conversation" in str(loser) for loser in losers)


async def test_only_the_agent_who_holds_it_may_answer(desk: Desk) -> None:
    grace, lin = await desk.agent("Grace"), await desk.agent("Lin")
    conversation_id = await waiting(desk)
    now = desk.clock.now()
    with pytest.raises(Conflict, match="claim"):
        await desk.store.transact(lambda tx: answer(tx, conversation_id, grace, "hi", "k1", now))
    await desk.store.transact(lambda tx: claim(tx, conversation_id, grace, now))
    with pytest.raises(Conflict, match="Grace has this conversation"):
        await desk.store.transact(lambda tx: answer(tx, conversation_id, lin, "hi", "k2", now))


async def test_a_double_click_sends_once(desk: Desk) -> None:
    agent = await desk.agent()
    conversation_id = await waiting(desk)
    now = desk.clock.now()
    await desk.store.transact(lambda tx: claim(tx, conversation_id, agent, now))
    for _ in range(2):
        await desk.store.transact(lambda tx: answer(tx, conversation_id, agent, "Here I am", "form-1", now))
    assert (await desk.customer_got()).count("Here I am") == 1


async def test_the_same_key_for_another_customer_reaches_them_too(desk: Desk) -> None:
    agent = await desk.agent()
    now = desk.clock.now()
    for customer in (CUSTOMER, Address(ChannelName.TELEGRAM, CUSTOMER.account, "78", "78")):
        conversation_id = await waiting(desk, customer)
        await desk.store.transact(lambda tx, at=conversation_id: claim(tx, at, agent, now))  # type: ignore[misc]
        await desk.store.transact(lambda tx, at=conversation_id: answer(tx, at, agent, "Hello!", "reply-1", now))  # type: ignore[misc]
        assert "Hello!" in await desk.customer_got(customer)


async def test_given_back_to_the_bot_the_customer_is_told_and_the_bot_answers_again(desk: Desk) -> None:
    agent = await desk.agent()
    conversation_id = await waiting(desk)
    now = desk.clock.now()
    await desk.store.transact(lambda tx: claim(tx, conversation_id, agent, now))
    await desk.store.transact(lambda tx: release(tx, conversation_id, agent, now))
    assert "back with the assistant" in (await desk.customer_got())[-1]
    assert isinstance(await desk.begins(await desk.receives("thanks")), AskBot)


async def test_handed_to_a_colleague_the_first_agent_may_no_longer_answer(desk: Desk) -> None:
    grace, lin = await desk.agent("Grace"), await desk.agent("Lin")
    conversation_id = await waiting(desk)
    now = desk.clock.now()
    await desk.store.transact(lambda tx: claim(tx, conversation_id, grace, now))
    await desk.store.transact(lambda tx: transfer(tx, conversation_id, grace, lin, now))
    with pytest.raises(Conflict, match="Lin"):
        await desk.store.transact(lambda tx: answer(tx, conversation_id, grace, "hi", "k", now))


async def test_after_closing_the_customer_rates_with_a_tap_and_comments(desk: Desk) -> None:
    conversation_id = await closed(desk)
    four = (await desk.buttons())[3]
    await desk.settles(kind=InboundKind.CHOICE, choice=four.id)
    assert "Thank you for the 4" in (await desk.customer_got())[-1]
    lease = await desk.receives("Quick, but the chat was hard to find")
    assert isinstance(await desk.begins(lease), AskMeaning)
    await desk.begins(lease, meaning=Understanding("nlu_fallback", 0.3), asked=True)
    rating = await desk.store.read(lambda tx: tx.ratings.find_of_conversation(conversation_id))
    assert rating is not None
    assert (rating.score, rating.comment) == (4, "Quick, but the chat was hard to find")
    assert await desk.conversation() is None, "a rating opens no new conversation"


async def test_a_score_and_its_reason_in_one_message_are_kept_together_and_begin_no_complaint(desk: Desk) -> None:
    conversation_id = await closed(desk)
    lease = await desk.receives("两星，等太久了")
    assert isinstance(await desk.begins(lease), AskMeaning)
    await desk.begins(lease, meaning=Understanding("file_complaint", 0.9), asked=True)
    rating = await desk.store.read(lambda tx: tx.ratings.find_of_conversation(conversation_id))
    assert rating is not None
    assert (rating.score, rating.comment) == (2, "等太久了")
    assert await desk.conversation() is None


@pytest.mark.parametrize(
    ("words", "score"), [("5", 5), ("四分", 4), ("２", 2), ("three stars", 3), ("很满意", 5), ("⭐⭐⭐⭐", 4)]
)
async def test_a_rating_in_words_counts(desk: Desk, words: str, score: int) -> None:
    conversation_id = await closed(desk)
    await desk.settles(words)
    rating = await desk.store.read(lambda tx: tx.ratings.find_of_conversation(conversation_id))
    assert rating is not None and rating.score == score


async def test_who_asks_something_instead_of_rating_is_answered_and_reminded_once(desk: Desk) -> None:
    await closed(desk)
    five = (await desk.buttons())[4]
    await desk.talks("When is breakfast?", "From 6:30.")
    assert "how would you rate" in (await desk.customer_got())[-1]
    await desk.talks("And lunch?", "From noon.")
    assert (await desk.customer_got())[-1] == "From noon."
    await desk.settles(kind=InboundKind.CHOICE, choice=five.id)
    assert "Thank you for the 5" in (await desk.customer_got())[-1]


async def test_a_question_after_the_score_is_a_question_and_no_comment(desk: Desk) -> None:
    conversation_id = await closed(desk)
    await desk.settles("5")
    lease = await desk.receives("Where is my order?")
    await desk.begins(lease)
    step = await desk.begins(lease, meaning=None, asked=True)
    assert isinstance(step, AskBot)
    rating = await desk.store.read(lambda tx: tx.ratings.find_of_conversation(conversation_id))
    assert rating is not None and rating.comment == ""


async def test_a_score_two_days_later_is_just_a_message(desk: Desk) -> None:
    await closed(desk)
    desk.clock.forward(timedelta(days=3))
    assert isinstance(await desk.begins(await desk.receives("5")), AskBot)
