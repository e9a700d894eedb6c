"""The connector and the platform's simulator together, webhook and API, in both modes."""

from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.wechat import WechatChannel, WechatSettings
from desk.errors import BadSignature, MalformedRequest
from desk.messages import AttachmentKind, EventName, InboundKind
from desk.ports import WebhookRequest
from desk.rendering import Bubble
from simulators.wechat import WechatSimulator

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ALICE = "oAlice"


class Desk:
    """The least a gateway does: hand requests to the channel, keep messages, answer passively when told to."""

    def __init__(self) -> None:
        self.channel: WechatChannel | None = None
        self.received = []
        self.refused = 0
        self.passive_answer = ""

    async def webhook(self, request: Request) -> Response:
        wanted = WebhookRequest(
            request.method, dict(request.query_params), dict(request.headers), await request.body(), datetime.now(UTC)
        )
        try:
            answer = await self.channel.receive(wanted)
        except (BadSignature, MalformedRequest):
            self.refused += 1
            return Response(status_code=403)
        self.received += answer.messages
        response = answer.response
        if self.passive_answer and answer.passive:
            response = answer.passive.compose(self.passive_answer)
        return Response(response.body, response.status, media_type=response.media_type)


@pytest.fixture(params=["", KEY], ids=["plain", "safe"])
def key(request):
    return request.param


@pytest.fixture
async def meeting(key):
    """A desk and a platform that agree on their secrets."""
    desk = Desk()
    app = Starlette(routes=[Route("/webhooks/wechat", desk.webhook, methods=["GET", "POST"])])
    secrets = {"app_id": "wx1", "app_secret": "s", "token": "t", "encoding_aes_key": key}
    to_desk = httpx.AsyncClient(transport=httpx.ASGITransport(app))
    platform = WechatSimulator(
        **secrets, webhook_url="http://desk/webhooks/wechat", http=to_desk, answer_limit=1, retry_delays=(0.05, 0.05)
    )
    to_platform = httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=platform.routes)))
    settings = WechatSettings(**secrets, api_base="http://platform", require_safe_mode=bool(key))
    desk.channel = WechatChannel(settings, http=to_platform)
    yield desk, platform
    await platform.stop()
    await desk.channel.stop()


async def test_the_platform_accepts_the_address(meeting):
    _, platform = meeting
    assert await platform.check_url()


async def test_a_question_is_answered_later_through_the_api(meeting):
    desk, platform = meeting
    await platform.send(ALICE, "几点退房？ <&>]]>")
    await platform.settled()
    (message,) = desk.received
    assert message.text == "几点退房？ <&>]]>"
    await desk.channel.send(message.address, Bubble("中午 12 点。"))
    assert [(line.text, line.state) for line in platform.messages(ALICE)] == [
        ("几点退房？ <&>]]>", "delivered"),
        ("中午 12 点。", "delivered"),
    ]


async def test_a_passive_answer_is_shown_and_costs_no_quota(meeting):
    desk, platform = meeting
    desk.passive_answer = "中午 12 点。]]>"
    await platform.send(ALICE, "几点退房？")
    await platform.settled()
    assert [(line.text, line.state) for line in platform.messages(ALICE)][1:] == [("中午 12 点。]]>", "passive")]
    for _ in range(5):
        await desk.channel.send(desk.received[0].address, Bubble("还有问题吗？"))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("image", AttachmentKind.IMAGE),
        ("voice", AttachmentKind.AUDIO),
        ("video", AttachmentKind.VIDEO),
    ],
)
async def test_files_of_customers_can_be_fetched(meeting, kind, expected):
    desk, platform = meeting
    await platform.send(ALICE, kind=kind)
    await platform.settled()
    (attachment,) = desk.received[0].attachments
    assert attachment.kind is expected
    assert (await desk.channel.fetch(attachment)).media_type.split("/")[0] in (kind, "audio")


@pytest.mark.parametrize(("kind", "expected"), [("location", InboundKind.LOCATION), ("link", InboundKind.LINK)])
async def test_places_and_links_arrive(meeting, kind, expected):
    desk, platform = meeting
    await platform.send(ALICE, "前台", kind=kind)
    await platform.settled()
    assert (desk.received[0].kind, "前台" in desk.received[0].text) == (expected, True)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("follow", EventName.STARTED),
        ("scan", EventName.SCANNED),
        ("menu", EventName.MENU),
        ("unfollow", EventName.STOPPED),
    ],
)
async def test_events_arrive_with_their_value(meeting, event, expected):
    desk, platform = meeting
    await platform.event(ALICE, event, "" if event == "unfollow" else "lobby")
    await platform.settled()
    (message,) = desk.received
    assert (message.event, message.event_value) == (expected, "" if event == "unfollow" else "lobby")


async def test_a_repeat_after_a_lost_answer_has_the_same_key(meeting):
    desk, platform = meeting
    platform.faults.add({"kind": "unheard"})
    await platform.send(ALICE, "在吗")
    await platform.settled()
    first, repeat = desk.received
    assert first == repeat


async def test_messages_written_one_after_the_other_keep_their_order(meeting):
    desk, platform = meeting
    for n in range(10):
        await platform.send(ALICE, str(n))
    await platform.settled()
    assert [m.text for m in sorted(desk.received, key=lambda m: m.order)] == [str(n) for n in range(10)]


async def test_a_platform_with_other_secrets_is_refused(meeting, key):
    desk, platform = meeting
    settings = WechatSettings("wx1", "s", "another-token", key, require_safe_mode=bool(key))
    desk.channel = WechatChannel(settings)
    assert not await platform.check_url()
    await platform.send(ALICE, "在吗")
    await platform.settled()
    assert (desk.received, desk.refused) == ([], 4)
    assert platform.messages(ALICE)[-1].state == "fault"
