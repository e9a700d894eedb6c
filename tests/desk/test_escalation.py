"""Nobody is forgotten: unanswered means another agent, then the supervisors; silence means the bot; restarts change
nothing, because each step is a timer in the database."""

from dataclasses import replace
from datetime import timedelta

from crm_store.database import Database
from crm_store.signals import Signals
from crm_store.store import SqlStore, SqlTransaction
from desk.agents import Agent, Role
from desk.conversations import Conversation, HandoffReason, Holder, Priority
from desk.effects import NotUnderstood, RequestHandoff
from desk.escalation import escalate, fell_silent, unanswered
from desk.handoff import answer, claim, waited_too_long
from desk.messages import OutboundMessage
from desk.queue import TimerKind
from desk.router import AskBot
from desk.staffing import AssignmentMode, StaffingRules, VipRule
from tests.desk.conftest import Desk

ASKED = [RequestHandoff("asked", "wants a refund", "question", {"question": "refund?"})]
RULES = StaffingRules()


async def held(desk: Desk, agent: Agent) -> str:
    talk = (await desk.talks("I want to talk to a person", effects=ASKED)).turn.conversation_id
    await desk.store.transact(lambda tx: claim(tx, talk, agent, desk.clock.now()))
    return talk


async def ring(desk: Desk, kind: TimerKind, store: SqlStore | None = None) -> list[str]:
    """Carry out the timers of this kind that are due, as the housekeeper does; returns their conversations."""
    now = desk.clock.now()

    def carry_out(tx: SqlTransaction) -> list[str]:
        due = [timer for timer in tx.timers.claim("w", 10, now, timedelta(seconds=30)) if timer.kind is kind]
        for timer in due:
            tx.timers.finish(timer)
            talk = timer.payload["conversation"]
            match kind:
                case TimerKind.UNCLAIMED:
                    waited_too_long(tx, talk, desk.rules, now)
                case TimerKind.UNANSWERED:
                    unanswered(tx, talk, desk.rules, now)
                case TimerKind.ESCALATION:
                    escalate(tx, talk, now)
                case TimerKind.SILENCE:
                    fell_silent(tx, talk, now)
        return [timer.payload["conversation"] for timer in due]

    return await (store or desk.store).transact(carry_out)


async def now_held(desk: Desk) -> Conversation:
    found = await desk.conversation()
    assert found is not None
    return found


async def supervisor(desk: Desk) -> Agent:
    return await desk.store.transact(lambda tx: tx.agents.add(
        email="chief@example.com", name="Chief", role=Role.SUPERVISOR, password_hash="x", now=desk.clock.now()
    ))


async def test_left_unanswered_the_customer_goes_back_to_the_head_of_the_line_then_to_the_supervisors(
    desk: Desk,
) -> None:
    grace, chief = await desk.agent("Grace"), await supervisor(desk)
    talk = await held(desk, grace)
    desk.clock.forward(RULES.reassign_after)
    assert await ring(desk, TimerKind.UNANSWERED) == [talk]
    back = await now_held(desk)
    assert (back.holder, back.agent_id, back.priority) == (Holder.QUEUE, None, Priority.HIGH)
    assert "another colleague" in (await desk.customer_got())[-1]
    desk.clock.forward(RULES.escalate_after)
    assert await ring(desk, TimerKind.ESCALATION) == [talk]
    assert (await now_held(desk)).priority is Priority.URGENT
    alerts = await desk.store.read(lambda tx: tx.attention.list_alerts(chief.id))
    assert [(alert.kind.value, alert.conversation_id) for alert in alerts] == [("escalated", talk)]


async def test_with_another_agent_free_the_customer_is_given_to_them(desk: Desk) -> None:
    grace = await desk.agent("Grace")
    await desk.store.transact(lambda tx: tx.staffing.set_rules(
        replace(RULES, mode=AssignmentMode.LEAST_BUSY), desk.clock.now()
    ))
    await held(desk, grace)
    desk.clock.forward(RULES.reassign_after)
    lin = await desk.agent("Lin")
    await ring(desk, TimerKind.UNANSWERED)
    assert (await now_held(desk)).agent_id == lin.id
    assert (await desk.customer_got())[-1] == "You are now talking to Lin."


async def test_an_answer_in_time_stops_the_clock_and_the_next_question_starts_it(desk: Desk) -> None:
    grace = await desk.agent("Grace")
    talk = await held(desk, grace)
    await desk.store.transact(lambda tx: answer(tx, talk, grace, "Hello!", "key-1", desk.clock.now()))
    desk.clock.forward(RULES.reassign_after)
    assert await ring(desk, TimerKind.UNANSWERED) == []
    await desk.settles("and my refund?")
    assert (await now_held(desk)).unanswered_since == desk.clock.now()
    desk.clock.forward(RULES.reassign_after)
    assert await ring(desk, TimerKind.UNANSWERED) == [talk]


async def test_after_silence_the_bot_has_the_word_again(desk: Desk) -> None:
    grace = await desk.agent("Grace")
    talk = await held(desk, grace)
    await desk.store.transact(lambda tx: answer(tx, talk, grace, "Done!", "key-1", desk.clock.now()))
    desk.clock.forward(RULES.release_after / 2)
    await desk.settles("one moment")
    await desk.store.transact(lambda tx: answer(tx, talk, grace, "Sure", "key-2", desk.clock.now()))
    desk.clock.forward(RULES.release_after / 2)
    await ring(desk, TimerKind.SILENCE)
    assert (await now_held(desk)).holder is Holder.AGENT, "the silence began anew"
    desk.clock.forward(RULES.release_after / 2)
    await ring(desk, TimerKind.SILENCE)
    assert (await now_held(desk)).holder is Holder.BOT
    assert isinstance(await desk.begins(await desk.receives("hello again")), AskBot)


async def test_a_restart_in_the_middle_of_a_hand_over_forgets_nobody(desk: Desk, database_url: str) -> None:
    await desk.agent("Grace")
    chief = await supervisor(desk)
    waiting = (await desk.talks("I want to talk to a person", effects=ASKED)).turn.conversation_id
    database = Database(database_url)  # another process takes over the same database
    signals = Signals()
    signals.bind()
    again = SqlStore(database, signals)
    desk.clock.forward(desk.rules.unclaimed_after)
    assert await ring(desk, TimerKind.UNCLAIMED, again) == [waiting]
    assert await ring(desk, TimerKind.UNCLAIMED) == [], "once in a cluster"
    database.close()
    assert any("T-1001" in text for text in await desk.customer_got())
    assert await desk.store.read(lambda tx: tx.attention.count_alerts(chief.id)) == 1


async def test_not_understood_twice_in_a_row_a_person_is_fetched(desk: Desk) -> None:
    await desk.agent()
    await desk.talks("blorp", "Did you mean …?", [NotUnderstood()])
    await desk.talks("What time is breakfast?", "From 6:30.")
    await desk.talks("blorp", "Did you mean …?", [NotUnderstood()])
    assert (await now_held(desk)).holder is Holder.BOT, "not in a row"
    await desk.talks("blorp blorp", "Did you mean …?", [NotUnderstood()])
    conversation = await now_held(desk)
    assert (conversation.holder, conversation.handoff_reason) == (Holder.QUEUE, HandoffReason.LOW_CONFIDENCE)
    assert (await desk.customer_got())[-2].startswith("I'm sorry, I can't work out what you need")


async def test_the_rules_can_be_switched_off(desk: Desk) -> None:
    await desk.agent()
    await desk.store.transact(lambda tx: tx.staffing.set_rules(
        replace(RULES, anger=False, misses=0), desk.clock.now()
    ))
    for _ in range(3):
        await desk.talks("you are liars!!", "Did you mean …?", [NotUnderstood()])
    assert (await now_held(desk)).holder is Holder.BOT


async def test_out_of_hours_an_angry_customer_gets_one_ticket_and_the_bot_goes_on(desk: Desk) -> None:
    desk.clock.forward(timedelta(hours=14))
    await desk.talks("你们这群骗子！")
    await desk.talks("你们这群骗子！！", "请问发生了什么？")
    texts = await desk.customer_got()
    assert sum("T-1001" in text for text in texts) == 1
    assert texts[-1] == "请问发生了什么？"
    await desk.talks("转人工", "好的。", ASKED)
    assert "T-1001" in (await desk.customer_got())[-1], "the same promise, no second ticket"


async def test_a_vip_goes_first_and_where_the_business_wants_it_to_a_person_at_once(desk: Desk) -> None:
    await desk.agent()
    await desk.talks("hello", "Hi!")
    conversation = await now_held(desk)

    def promote(tx: SqlTransaction) -> None:
        tx.customers.put(replace(tx.customers.get(conversation.customer_id), tier="Gold"))
        tx.conversations.save(replace(conversation, holder=Holder.NOBODY))
        tx.staffing.set_rules(replace(RULES, vip_tiers=("gold",), vip_rule=VipRule.AT_ONCE), desk.clock.now())

    await desk.store.transact(promote)
    lease = await desk.receives("hello")
    step = await desk.begins(lease)
    await desk.concludes(lease, step, OutboundMessage("Hi!"))
    vip = await now_held(desk)
    assert (vip.holder, vip.priority, vip.handoff_reason) == (Holder.QUEUE, Priority.HIGH, HandoffReason.VIP)
