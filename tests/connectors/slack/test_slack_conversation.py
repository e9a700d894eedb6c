"""The connector and the simulated workspace, talking to each other through the whole wire format."""

from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from connectors.slack import Slack, SlackSettings
from desk.errors import BadSignature
from desk.messages import Address, Button, ChannelName, EventName, InboundKind
from desk.ports import WebhookRequest
from desk.rendering import Bubble
from simulators.slack import SlackSimulator

SECRET, TOKEN = "8f742231b10e8888abcd99yyyzzz85a5", "xoxb-canary-token-0001"


class Desk:
    """A gateway in small: hands requests to the connector and keeps what each key said first."""

    def __init__(self, channel):
        self.channel = channel
        self.heard = {}
        self.ignored = []

    async def take(self, request):
        headers = dict(request.headers.items())
        taken = WebhookRequest(request.method, {}, headers, await request.body(), datetime.now(UTC))
        try:
            answer = await self.channel.receive(taken)
        except BadSignature:
            return Response(status_code=401)
        for message in answer.messages:
            self.heard.setdefault(message.key, message)
        self.ignored += [answer.ignored] if answer.ignored else []
        return Response(answer.response.body, answer.response.status, media_type=answer.response.media_type)

    @property
    def messages(self):
        return sorted(self.heard.values(), key=lambda message: message.order)


@pytest.fixture
def hooks():
    """Our side of the webhooks."""
    return Starlette()


@pytest.fixture
async def workspace_and_desk(serve, hooks):
    """The two, connected both ways. The workspace is on a real port; its webhooks come to us in-process."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=hooks)) as client:
        sim = SlackSimulator(TOKEN, SECRET, "http://frontdesk/hook", client=client, retry_delays=())
        sim.add_user("U1LIN", "林小姐")
        sim.add_user("U2WANG", "王先生")
        async with serve(Starlette(routes=sim.routes)) as base:
            channel = Slack(SlackSettings(TOKEN, SECRET, api_base=f"{base}/api/"))
            await channel.check()
            desk = Desk(channel)
            hooks.routes.append(Route("/hook", desk.take, methods=["POST"]))
            yield sim, desk
            await channel.stop()
            await sim.stop()


async def test_a_question_is_answered_and_the_choice_comes_back(workspace_and_desk):
    sim, desk = workspace_and_desk
    await sim.send("U1LIN", "行李寄存 & <早餐>？")
    await sim.settled()
    [asked] = desk.messages
    assert asked.text == "行李寄存 & <早餐>？"
    offer = Bubble("要转人工吗？", (Button("好", "/affirm", id="b1"), Button("官网", url="https://example.com")))
    sent = await desk.channel.send(asked.address, offer)
    await sim.click("U1LIN", sent, "b1")
    await sim.click("U1LIN", sent, "https://example.com")
    await sim.settled()
    choice = desk.messages[-1]
    assert (choice.kind, choice.choice, choice.address) == (InboundKind.CHOICE, "b1", asked.address)
    assert desk.ignored == ["bot_message", "no_choice"]


async def test_a_mention_is_answered_in_its_thread_and_kept_apart_from_others(workspace_and_desk):
    sim, desk = workspace_and_desk
    ts = await sim.send("U1LIN", "我想查订单", channel="C1GENERAL")
    await sim.settled()
    [asked] = desk.messages
    assert asked.address == Address(ChannelName.SLACK, "slack", "C1GENERAL", "U1LIN", ts)
    await desk.channel.send(asked.address, Bubble("请告诉我订单号。"))
    await sim.send("U2WANG", "me too", channel="C1GENERAL", thread=ts)
    await sim.send("U2WANG", "lunch?", channel="C1GENERAL", mention=False)
    await sim.settled()
    assert [(m.text, m.address.user) for m in desk.messages] == [("我想查订单", "U1LIN"), ("me too", "U2WANG")]
    assert "not_addressed" in desk.ignored


async def test_an_edit_and_a_picture_arrive(workspace_and_desk):
    sim, desk = workspace_and_desk
    ts = await sim.send("U1LIN", "入住", kind="image")
    await sim.edit(ts, "退房")
    await sim.settled()
    picture, edit = desk.messages
    assert (edit.event, edit.text, edit.replaces) == (EventName.EDITED, "退房", picture.key)
    got = await desk.channel.fetch(picture.attachments[0])
    assert (got.media_type, got.content[:4]) == ("image/png", b"\x89PNG")


async def test_a_handshake_is_answered_and_a_strangers_request_is_not(workspace_and_desk, hooks):
    sim, _ = workspace_and_desk
    assert await sim.verify_url()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=hooks)) as client:
        stranger = SlackSimulator(TOKEN, "another-secret", "http://frontdesk/hook", client=client)
        assert not await stranger.verify_url()


async def test_repeated_events_say_nothing_new(workspace_and_desk):
    sim, desk = workspace_and_desk
    sim.faults.set(kind="repeat_events")
    for text in ("一", "二", "三"):
        await sim.send("U1LIN", text)
    await sim.settled()
    assert [message.text for message in desk.messages] == ["一", "二", "三"]
    assert len(desk.ignored) == 0
