"""Customers who wait for a person are not met with silence, and need not wait on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_store.store import SqlTransaction
from desk.conversations import Author, HandoffReason, Holder
from desk.effects import NotUnderstood, RequestHandoff
from desk.handoff import claim, waited_too_long
from desk.messages import Address, ChannelName, InboundKind, Language
from desk.queue import TimerKind
from desk.router import AskBot, Settled
from desk.staffing import Skills, Team
from desk.timeline import Happening
from desk.waiting import AGAIN_AFTER
from desk.waiting_words import is_nod, wants_to_leave
from tests.desk.conftest import CUSTOMER, OFFICE, Desk

ASKED = [RequestHandoff("asked", "wants a refund")]
SECOND = Address(ChannelName.TELEGRAM, "bot", "88", "88")
THIRD = Address(ChannelName.TELEGRAM, "bot", "99", "99")
WECHAT = Address(ChannelName.WECHAT, "gh", "o-1", "o-1")


async def waiting(desk: Desk, words: str = "I want to talk to a person", address: Address = CUSTOMER) -> str:
    """A customer in line; returns the conversation's id."""
    return (await desk.talks(words, "Of course.", ASKED, address=address)).turn.conversation_id


async def told(desk: Desk, text: str = "", *, address: Address = CUSTOMER, **arrival: object) -> list[str]:
    """What a customer in line hears after writing this."""
    before = len(await desk.customer_got(address))
    await desk.settles(text, address=address, **arrival)
    return (await desk.customer_got(address))[before:]


async def test_what_is_written_in_line_is_acknowledged_with_the_place_and_the_way_out(desk: Desk) -> None:
    await desk.agent()
    await waiting(desk)
    desk.clock.forward(timedelta(seconds=1))
    await waiting(desk, address=SECOND)
    (first,) = await told(desk, "My room is leaking")
    (behind,) = await told(desk, "And mine has no light", address=SECOND)
    assert first == ("Noted: whoever takes over will see everything you write. You are next in line. "
                     "Rather not wait? Say \"cancel\" to go on with the assistant.")
    assert "People before you: 1." in behind
    conversation = await desk.conversation()
    assert conversation is not None
    assert (conversation.holder, conversation.unread, conversation.last_text) == (
        Holder.QUEUE, 1, "My room is leaking")


async def test_the_place_counts_only_customers_who_wait_for_the_same_people(desk: Desk) -> None:
    grace, lin = await desk.agent("Grace"), await desk.agent("Lin")

    def teams(tx: SqlTransaction) -> None:
        tx.staffing.put_team(Team("", "Complaints", ("complaint",), (), (grace.id,)))
        tx.staffing.put_team(Team("", "Points", ("points",), (), (lin.id,)))

    await desk.store.transact(teams)
    asking = {"points": SECOND, "complaint": CUSTOMER}
    for topic, address in asking.items():
        await desk.talks("A person please", effects=[replace(ASKED[0], topic=topic)], address=address)
        desk.clock.forward(timedelta(seconds=1))
    assert "You are next in line" in (await desk.customer_got(CUSTOMER))[-1], "who waits for Lin is not before them"
    assert "You are next in line" in (await told(desk, "Room 512"))[0]
    await waiting(desk, address=THIRD)  # for anybody: Grace and Lin may take either of the two before
    assert "People before you: 2." in (await desk.customer_got(THIRD))[-1]


async def test_the_place_counts_no_customer_in_a_language_that_only_others_speak(desk: Desk) -> None:
    grace, lin = await desk.agent("Grace"), await desk.agent("Lin")

    def skills(tx: SqlTransaction) -> None:
        tx.staffing.set_skills(Skills(grace.id, (Language.EN,)))
        tx.staffing.set_skills(Skills(lin.id, (Language.ZH_HANS,)))

    await desk.store.transact(skills)
    await waiting(desk, "请转人工客服", SECOND)
    desk.clock.forward(timedelta(seconds=1))
    await waiting(desk)
    assert "You are next in line" in (await desk.customer_got())[-1]
    assert "You are next in line" in (await told(desk, "Room 512"))[0]


async def test_who_waits_for_a_team_of_which_nobody_is_there_is_told_so(desk: Desk) -> None:
    await desk.agent("Lin")
    grace = await desk.agent("Grace", present=False)
    team = Team("", "Complaints", ("complaint",), (), (grace.id,))
    await desk.store.transact(lambda tx: tx.staffing.put_team(team))
    await desk.talks("A person please", effects=[replace(ASKED[0], topic="complaint")])
    assert "nobody is at the desk just now" in (await desk.customer_got())[-1]
    assert "next in line" not in (await told(desk, "Room 512"))[0]


@pytest.mark.parametrize(("wish", "words", "noted", "place", "way_out"), [
    ("转人工客服", "房间漏水了", "已记下", "您是下一位。", "“取消”"),
    ("請幫我轉真人客服", "房間漏水了，請快點", "已記下", "您是下一位。", "「取消」"),
])
async def test_in_the_customers_own_language_and_script(
    desk: Desk, wish: str, words: str, noted: str, place: str, way_out: str
) -> None:
    await desk.agent()
    await waiting(desk, wish)
    (text,) = await told(desk, words)
    assert text.startswith(noted)
    assert place in text
    assert way_out in text


async def test_acknowledged_quietly_once_in_some_minutes_and_never_for_a_thank_you(desk: Desk) -> None:
    await desk.agent()
    await waiting(desk)
    assert await told(desk, "OK, thanks") == []
    assert len(await told(desk, "Room 512")) == 1
    for words in ("hello?", "anybody there", "???"):
        assert await told(desk, words) == []
    desk.clock.forward(AGAIN_AFTER)
    assert await told(desk, "👍") == []
    assert len(await told(desk, "still here")) == 1
    assert len(await told(desk, kind=InboundKind.MEDIA)) == 0


async def test_with_nobody_at_the_desk_nothing_is_promised_and_no_place_repeated(desk: Desk) -> None:
    await desk.agent(present=False)
    await waiting(desk)
    assert "nobody is at the desk just now" in (await desk.customer_got())[-1]
    assert "usually about" not in (await desk.customer_got())[-1]
    (text,) = await told(desk, "Room 512")
    assert "next in line" not in text
    assert "before you" not in text
    assert "cancel" in text


async def test_after_a_promise_the_time_is_repeated_while_it_holds_and_not_at_once(desk: Desk) -> None:
    await desk.agent()
    conversation_id = await waiting(desk)
    now = desk.clock.now()
    await desk.store.transact(lambda tx: waited_too_long(tx, conversation_id, OFFICE, now))
    assert await told(desk, "hm") == [], "the promise was a moment ago"
    desk.clock.forward(AGAIN_AFTER)
    (text,) = await told(desk, "any news?")
    assert "Ticket T-1001: we will reply by 06:00 on Monday, 23 November." in text, "in the zone of the store: UTC here"
    desk.clock.forward(timedelta(days=1))
    assert "T-1001" not in (await told(desk, "any news now?"))[0], "a time that has passed is no promise"


async def test_a_message_that_is_worked_on_twice_is_acknowledged_once(desk: Desk) -> None:
    await desk.agent()
    await waiting(desk)
    lease = await desk.receives("Room 512")
    assert isinstance(await desk.begins(lease), Settled)
    before = len(await desk.customer_got())
    assert await desk.claim() == []
    assert len(await desk.customer_got()) == before


async def test_an_agent_who_holds_the_conversation_is_never_spoken_over(desk: Desk) -> None:
    agent = await desk.agent()
    conversation_id = await waiting(desk)
    await desk.store.transact(lambda tx: claim(tx, conversation_id, agent, desk.clock.now()))
    desk.clock.forward(AGAIN_AFTER * 2)
    for words in ("Room 512", "cancel", "不用了"):
        assert await told(desk, words) == []
    conversation = await desk.conversation()
    assert conversation is not None and conversation.holder is Holder.AGENT


@pytest.mark.parametrize(("wish", "words", "heard"), [
    ("I want to talk to a person", "Cancel.", "back with the assistant"),
    ("转人工客服", "不用了，谢谢", "已为您退出排队"),
    ("請幫我轉真人客服", "算了，不等了", "已為您退出排隊"),
])
async def test_who_leaves_the_line_goes_on_with_the_assistant(desk: Desk, wish: str, words: str, heard: str) -> None:
    await desk.agent()
    conversation_id = await waiting(desk, wish)
    step = await desk.begins(await desk.receives(words))
    assert isinstance(step, Settled)
    assert step.back is not None and step.back.id == conversation_id, "the assistant is told that it holds again"
    assert heard in (await desk.customer_got())[-1]
    conversation = await desk.conversation()
    assert conversation is not None
    assert (conversation.holder, conversation.handoff_reason, conversation.unread) == (Holder.BOT, None, 0)
    assert isinstance(await desk.begins(await desk.receives("When is breakfast?")), AskBot)
    left = await desk.store.read(lambda tx: tx.timeline.find_latest(conversation_id, Happening.RELEASED))
    assert left is not None and left.reason == "left_line"
    desk.clock.forward(OFFICE.unclaimed_after)
    now = desk.clock.now()
    timers = await desk.store.transact(lambda tx: tx.timers.claim("w", 10, now, timedelta(seconds=30)))
    assert TimerKind.UNCLAIMED not in {timer.kind for timer in timers}


async def test_a_ticket_that_was_promised_stays_and_the_customer_is_told_so(desk: Desk) -> None:
    await desk.agent()
    conversation_id = await waiting(desk)
    await desk.store.transact(lambda tx: waited_too_long(tx, conversation_id, OFFICE, desk.clock.now()))
    assert "Ticket T-1001 stays open" in (await told(desk, "never mind"))[-1]
    (ticket,) = await desk.store.read(lambda tx: tx.tickets.list_page())
    assert not ticket.status.is_settled


async def test_who_left_the_line_is_not_put_back_for_being_misunderstood_but_when_they_ask_or_are_angry(
    desk: Desk,
) -> None:
    await desk.agent()
    await waiting(desk)
    await told(desk, "cancel")
    for _ in range(3):
        await desk.talks("flurb the wibble", "Pardon?", [NotUnderstood()])
    conversation = await desk.conversation()
    assert conversation is not None and conversation.holder is Holder.BOT
    await desk.talks("This is ridiculous, you idiots, I will call my lawyer!!", "Oh.")
    conversation = await desk.conversation()
    assert conversation is not None
    assert (conversation.holder, conversation.handoff_reason) == (Holder.QUEUE, HandoffReason.ANGER)
    await told(desk, "forget it")
    await desk.talks("I want to talk to a person", "Of course.", ASKED)
    conversation = await desk.conversation()
    assert conversation is not None and conversation.holder is Holder.QUEUE


async def test_on_wechat_the_acknowledgement_rides_in_the_response_and_leaves_the_scarce_sends_alone(
    desk: Desk,
) -> None:
    await desk.agent()
    await waiting(desk, "转人工客服", WECHAT)
    lease = await desk.receives("房间漏水了", address=WECHAT)
    await desk.begins(lease)
    carried = await desk.store.read(lambda tx: tx.outbound.find_passive(lease.key))
    assert carried is not None and carried.messages[0].text.startswith("已记下")


async def test_the_desk_speaks_as_itself(desk: Desk) -> None:
    await desk.agent()
    await waiting(desk)
    await told(desk, "Room 512")
    assert (await desk.history())[-1].author is Author.SYSTEM


@pytest.mark.parametrize("text", [
    "取消", "不用了", "算了", "算了吧", "不等了", "我不等了", "不想等了", "不排队了", "取消排队", "退出排队",
    "不用人工了", "不需要真人客服",
    "那不用了", "没事了谢谢", "已经解决了", "问题解决了，谢谢", "回到智能助手", "換回智慧助理", "不用等了",
    "还是算了吧！", "取消等待",
    "我不要等了", "不用麻煩了", "cancel", "Cancel it please", "never mind", "Nevermind!", "forget it",
    "no need, thanks",
    "I don't want to wait any longer", "leave the queue", "back to the bot", "It's solved, thanks", "stop waiting",
    "I don’t need an agent anymore", "already resolved", "quit",
])
def test_words_that_leave_the_line(text: str) -> None:
    assert wants_to_leave(text)


@pytest.mark.parametrize("text", [
    "取消订单", "我要取消预订", "不用早餐", "取消昨天那个订单可以吗", "等了很久了", "我还在等", "还要等多久",
    "人呢", "不用了的毛巾放哪里",
    "我不需要发票", "解决了吗", "问题还没解决", "退房", "退出登录不了", "不等于", "客服", "人工", "助手没用", "",
    "cancel my order", "I want to cancel the booking for Friday", "how do I cancel?", "it is not solved", "wait",
    "I don't want to pay twice", "I need an agent", "leave a message for room 5", "is it solved?", "never",
    "x" * 5000, "cancel " * 400,
])
def test_words_that_do_not(text: str) -> None:
    assert not wants_to_leave(text)


@pytest.mark.parametrize(("text", "nod"), [
    ("好的", True), ("好的，谢谢", True), ("OK thanks!", True), ("👍", True), ("嗯嗯", True), ("知道了", True),
    ("收到，謝謝您", True),
    ("？？？", False), ("?", False), ("你好", False), ("好了吗", False), ("谢谢，房间号是 512", False),
    ("ok but when", False),
    ("5", False), ("在吗", False), ("", False),
])
def test_a_nod_needs_no_answer(text: str, nod: bool) -> None:
    assert is_nod(text) is nod
