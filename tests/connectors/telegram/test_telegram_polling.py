"""Development without a public address: the same updates, asked for instead of posted."""

import asyncio
import contextlib

from desk.errors import MalformedRequest
from desk.messages import EventName


async def poll_until(channel, handle, done) -> None:
    task = asyncio.create_task(channel.poll(handle, pause=0.01))
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110 - any condition of a test
            await asyncio.sleep(0.01)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_polled_updates_are_what_the_webhook_would_have_brought(channel, platform) -> None:
    await channel.set_webhook("http://127.0.0.1:9/webhooks/telegram")
    messages = []

    async def handle(request) -> None:
        messages.extend((await channel.receive(request)).messages)

    await platform.sim.start_bot("1001", "room_9")
    first = await platform.sim.send("1001", "第一句")
    await platform.sim.send("1001", "第二句")

    def all_confirmed() -> bool:
        return [line["state"] for line in platform.sim.messages("1001")] == ["delivered"] * 3

    await poll_until(channel, handle, all_confirmed)
    assert [message.event or message.text for message in messages] == [EventName.STARTED, "第一句", "第二句"]
    assert messages[1].key == f"m:1001:{first}"


async def test_an_update_that_cannot_be_stored_is_handed_over_again_before_the_next(channel, platform) -> None:
    seen = []

    async def handle(request) -> None:
        (message,) = (await channel.receive(request)).messages
        seen.append(message.text)
        if len(seen) == 1:
            raise OSError("database is away")

    await platform.sim.send("1001", "a")
    await platform.sim.send("1001", "b")
    await poll_until(channel, handle, lambda: len(seen) == 3)
    assert seen == ["a", "a", "b"]


async def test_an_update_that_makes_no_sense_does_not_hold_up_the_next(channel, platform) -> None:
    seen = []

    async def handle(request) -> None:
        if b"poison" in request.body:
            raise MalformedRequest("cannot be read")
        seen.append(request)

    await platform.sim.send("1001", "poison")
    await platform.sim.send("1001", "b")
    await poll_until(channel, handle, lambda: bool(seen))
    assert len(seen) == 1


async def test_a_broken_answer_only_delays_polling(channel, platform) -> None:
    seen = []

    async def handle(request) -> None:
        seen.append(request)

    platform.sim.faults.add({"kind": "status", "code": 502, "method": "getUpdates"})
    await platform.sim.send("1001", "a")
    await poll_until(channel, handle, lambda: bool(seen))
