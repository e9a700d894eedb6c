"""What becomes of a turn when the assistant is slow, silent, broken or gone."""

import asyncio
import time

from desk.conversations import Author, HandoffReason, Holder
from desk.messages import Address, ChannelName
from simulators import credentials
from tests.fakes.wire import telegram, wechat
from tests.gateway.conftest import Play, Stage


def customer(user: int = 7001) -> Address:
    account = credentials.TELEGRAM_BOT_TOKEN.split(":", 1)[0]
    return Address(ChannelName.TELEGRAM, account, str(user), str(user))


async def test_a_message_is_answered_once(stage: Stage) -> None:
    await stage.post(telegram("hello"))
    await stage.until_sent(1)
    assert [line["text"] for line in stage.platforms.telegram.messages("7001") if line["direction"] == "out"] == [
        "Answer to hello"
    ]


async def test_an_answer_lost_on_its_way_is_read_back_and_the_assistant_is_not_asked_again(stage: Stage) -> None:
    stage.breaks("lost_answer")
    await stage.post(telegram("hello"))
    await stage.until_said("Answer to hello")
    assert list(stage.rasa.asked.values()) == [1]


async def test_silence_is_looked_up_in_the_tracker_before_it_counts_as_a_failure(sqlite_stage: Stage) -> None:
    sqlite_stage.breaks("unrecorded")
    await sqlite_stage.post(telegram("hello"))
    await sqlite_stage.until_said("Answer to hello")
    assert list(sqlite_stage.rasa.asked.values()) == [1]


async def test_a_message_that_fails_three_times_gets_an_apology_and_a_person_and_the_next_one_is_answered(
    sqlite_stage: Stage,
) -> None:
    stage = sqlite_stage
    stage.breaks("error", text="poison", count=None)
    await stage.post(telegram("poison"))

    async def given_up() -> bool:
        return (await stage.inbound()).get("dead") == 1

    await stage.until(given_up)
    conversation = await stage.read(lambda tx: tx.conversations.find_open(customer()))
    assert conversation.handoff_reason is HandoffReason.BOT_FAILED
    (apology, *_) = await stage.said(Author.SYSTEM)
    assert "抱歉" in apology or "sorry" in apology
    await stage.post(telegram("still there?"))

    async def shown() -> bool:
        return "still there?" in await stage.said(Author.CUSTOMER)

    await stage.until(shown)


async def test_one_customers_trouble_holds_up_nobody_else(sqlite_stage: Stage) -> None:
    sqlite_stage.breaks("slow", text="long story", seconds=4)
    await sqlite_stage.post(telegram("long story", user=7001))
    await sqlite_stage.post(telegram("quick one", user=7002))
    await sqlite_stage.until_said("Answer to quick one", seconds=3)
    assert "Answer to long story" not in await sqlite_stage.said()


async def test_messages_wait_while_the_assistant_is_down_and_the_customer_hears_of_it(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    stage.breaks("error", code=503, count=None)
    started = time.monotonic()
    await stage.post(telegram("hello"))
    await stage.post(telegram("anybody?"))

    async def told() -> bool:
        return len(await stage.said(Author.SYSTEM)) > 0

    await stage.until(told, 20)
    assert time.monotonic() - started > 7, "a short hiccup is not worth a message"
    conversation = await stage.read(lambda tx: tx.conversations.find_open(customer()))
    assert (conversation.holder, conversation.handoff_reason) == (Holder.BOT, HandoffReason.BOT_DOWN)
    stage.rasa.faults.clear()
    await stage.until_said("Answer to hello", "Answer to anybody?", seconds=20)
    assert await stage.said() == ["Answer to hello", "Answer to anybody?"], "in the order they were asked"
    assert len(await stage.said(Author.SYSTEM)) == 1, "said once, not for every message"


async def test_a_message_whose_worker_died_before_it_began_still_opens_the_reply_window(play: Play) -> None:
    async with play(work=False) as stage:
        async with asyncio.timeout(20):
            answered = asyncio.create_task(stage.post(wechat("hello")))

            async def stored() -> bool:
                return (await stage.inbound()).get("queued") == 1

            await stage.until(stored)
            now = stage.services.clock.now()
            await stage.services.store.transact(
                lambda tx: tx.inbound.claim("a worker that dies", 1, now, stage.services.settings.lease)
            )
            await answered
    async with play() as stage:
        await stage.until_said("Answer to hello")
        await stage.until_sent(1)
