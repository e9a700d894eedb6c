"""A customer's words in, our answer out, over simulated Telegram's own webhook."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.telegram import TelegramChannel, TelegramSettings
from desk.errors import BadSignature
from desk.messages import Button, InboundMessage
from desk.ports import WebhookRequest
from desk.rendering import Bubble
from simulators.telegram import TelegramSimulator

HOOK = "http://desk.test/webhooks/telegram"


class Desk:
    """Verifies, remembers by key, acknowledges, and does the courtesy afterwards."""

    def __init__(self) -> None:
        self.settings: TelegramSettings | None = None
        self.channel: TelegramChannel | None = None
        self.messages: dict[str, InboundMessage] = {}
        self.deliveries = 0
        self.app = Starlette(routes=[Route("/webhooks/telegram", self.hook, methods=["POST"])])

    async def hook(self, request: Request) -> Response:
        assert self.channel is not None
        try:
            answer = await self.channel.receive(
                WebhookRequest("POST", {}, dict(request.headers), await request.body(), datetime.now(UTC))
            )
        except BadSignature:
            return Response(status_code=401)
        self.deliveries += 1
        for message in answer.messages:
            self.messages.setdefault(message.key, message)
        if answer.afterwards:
            await answer.afterwards()
        return Response(answer.response.body, answer.response.status)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def sim(desk, settings, serve) -> AsyncIterator[TelegramSimulator]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(desk.app)) as client:
        sim = TelegramSimulator(
            settings.bot_token, settings.webhook_secret, HOOK, client=client, retry_delays=(0.01, 0.01)
        )
        sim.add_user("1001", "小明 王")
        platform = await serve(sim)
        desk.settings = replace(settings, api_base=platform.url, connect_timeout=5, answer_timeout=5)
        desk.channel = TelegramChannel(desk.settings)
        await sim.start()
        yield sim
        await sim.stop()
        await desk.channel.stop()
        await platform.stop()


async def test_a_question_a_choice_and_its_tap_go_round(sim, desk) -> None:
    await sim.send("1001", "订单？")
    await sim.settled()
    (question,) = desk.messages.values()
    sent = await desk.channel.send(question.address, Bubble("哪一个？", (Button("最近的", payload="/x", id="b1"),)))
    await sim.click("1001", sent, "b1")
    await sim.settled()
    assert [message.choice or message.text for message in desk.messages.values()] == ["订单？", "b1"]
    assert [(line["text"], line["buttons"]) for line in sim.messages("1001")] == [("订单？", []), ("哪一个？", [])]


async def test_second_delivery_of_the_same_update_adds_no_message(sim, desk) -> None:
    sim.faults.add({"kind": "repeat", "count": 2})
    await sim.send("1001", "订单？")
    await sim.settled()
    assert (desk.deliveries, len(desk.messages)) == (3, 1)


async def test_messages_keep_the_order_in_which_they_were_written(sim, desk) -> None:
    for n in range(20):
        await sim.send("1001", str(n))
    await sim.settled()
    ordered = sorted(desk.messages.values(), key=lambda message: message.order)
    assert [message.text for message in ordered] == [str(n) for n in range(20)]


async def test_after_a_change_of_secret_only_the_new_one_is_heard(sim, desk) -> None:
    before, desk.channel = desk.channel, TelegramChannel(replace(desk.settings, webhook_secret="new-secret"))
    await sim.send("1001", "lost on the way")
    await sim.settled()
    assert desk.messages == {}
    await desk.channel.set_webhook(HOOK)
    await sim.send("1001", "heard")
    await sim.settled()
    assert [message.text for message in desk.messages.values()] == ["heard"]
    await before.stop()


async def test_every_answer_of_a_busy_minute_arrives_once_or_is_told_to_wait(sim, desk) -> None:
    await sim.send("1001", "hi")
    await sim.settled()
    (hello,) = desk.messages.values()
    results = await asyncio.gather(
        *(desk.channel.send(hello.address, Bubble(str(n))) for n in range(100)), return_exceptions=True
    )
    arrived = {line["id"] for line in sim.messages("1001") if line["direction"] == "out"}
    assert {result for result in results if isinstance(result, str)} == arrived
    waits = [result for result in results if not isinstance(result, str)]
    assert waits
    assert all(type(wait).__name__ == "SendDeferred" and wait.whole_channel for wait in waits)
