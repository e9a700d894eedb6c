"""One contract for every channel: what the gateway and the outbox rely on, whatever the platform."""

import dataclasses

import pytest

from desk.channels import CAPABILITIES
from desk.conversations import DeliveryStatus
from desk.errors import BadSignature, MalformedRequest, NotFound, SendDeferred, SendInDoubt, SendRejected
from desk.messages import Attachment, AttachmentKind, Button, ChannelName, InboundKind, OutboundMessage
from desk.outbox import deliver
from desk.ports import Channel
from desk.queue import LeasedOutbound
from desk.rendering import Bubble, render
from tests.contracts.conftest import PLATFORM_NAMES, World, answering, connect, customer, delivered
from tests.fakes import wire

HELLO = Bubble("hello")
UNKNOWN = {
    ChannelName.WECHAT: lambda: wire.wechat_fields({"MsgType": "event", "Event": "something_new_in_2031"}),
    ChannelName.TELEGRAM: lambda: wire.telegram_update({"update_id": 5, "something_new_in_2031": {"a": 1}}),
    ChannelName.SLACK: lambda: wire.slack_event({"type": "something_new_in_2031", "event_ts": "1.000001"}),
}


async def test_what_a_customer_writes_is_translated(world: World) -> None:
    answer = await world.channel.receive(delivered(wire.WRITERS[world.channel.name]("你好 👋")))
    (message,) = answer.messages
    assert (message.kind, message.text, message.address) == (InboundKind.TEXT, "你好 👋", world.address)
    assert message.address.account == world.channel.account


async def test_a_forged_webhook_is_refused(world: World) -> None:
    with pytest.raises(BadSignature):
        await world.channel.receive(delivered(wire.WRITERS[world.channel.name]("hello").forged()))


async def test_a_forged_webhook_is_refused_before_its_body_is_read(world: World) -> None:
    forged = dataclasses.replace(wire.WRITERS[world.channel.name]("hello").forged(), body=b"\xff not { < anything")
    with pytest.raises(BadSignature):
        await world.channel.receive(delivered(forged))


async def test_the_same_delivery_twice_has_the_same_key_and_another_one_has_not(world: World) -> None:
    write = wire.WRITERS[world.channel.name]
    first, again, other = [
        (await world.channel.receive(delivered(write("hello", number=number)))).messages[0]
        for number in (41, 41, 42)
    ]
    assert first.key == again.key
    assert first.key != other.key
    assert first.order < other.order


async def test_an_event_nobody_knows_yet_is_answered_and_holds_nothing(world: World) -> None:
    answer = await world.channel.receive(delivered(UNKNOWN[world.channel.name]()))
    assert answer.messages == ()
    assert answer.response.status == 200
    assert answer.ignored


async def test_an_authentic_body_that_makes_no_sense_is_malformed_and_says_nothing_of_its_content(
    world: World,
) -> None:
    nonsense = {
        ChannelName.WECHAT: lambda: wire.wechat_fields({"MsgType": "text", "CreateTime": "secret words"}),
        ChannelName.TELEGRAM: lambda: wire.telegram_update({"update_id": "secret words", "message": 5}),
        ChannelName.SLACK: lambda: wire.slack_signed(b'{"secret words": '),
    }[world.channel.name]()
    with pytest.raises(MalformedRequest) as refused:
        await world.channel.receive(delivered(nonsense))
    assert "secret words" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["好" * 9000, "a" * 9000, "👩‍👩‍👧" * 1500, "<&>" * 3000], ids=["han", "ascii", "emoji", "markup"]
)
async def test_a_text_over_the_limit_arrives_whole_in_pieces_that_the_platform_takes(world: World, text: str) -> None:
    bubbles = render([OutboundMessage(text)], world.channel.capabilities)
    assert len(bubbles) > 1
    for bubble in bubbles[:5]:  # WeChat takes five
        await world.channel.send(world.address, bubble)
    assert world.arrived() == [bubble.text for bubble in bubbles[:5]]


async def test_as_many_buttons_as_the_table_says_are_taken(world: World) -> None:
    most = world.channel.capabilities.max_buttons
    id_length = min(64, world.channel.capabilities.payload_max_bytes)
    buttons = tuple(Button("长" * 100, f"/p{n}", id=f"{n:0{id_length}}") for n in range(most))
    (bubble,) = render([OutboundMessage("Choose", buttons)], world.channel.capabilities)
    assert len(bubble.buttons) == most
    await world.channel.send(world.address, bubble)


async def test_more_buttons_become_a_numbered_list(world: World) -> None:
    too_many = world.channel.capabilities.max_buttons + 1
    buttons = tuple(Button(f"Choice {n}", f"/p{n}", id=f"id{n}") for n in range(too_many))
    (bubble,) = render([OutboundMessage("Choose", buttons)], world.channel.capabilities)
    await world.channel.send(world.address, bubble)
    (arrived,) = world.arrived()
    assert arrived.splitlines()[-1] == f"{len(buttons)}. Choice {len(buttons) - 1}"


async def test_a_message_that_could_not_leave_is_deferred(channel: Channel) -> None:
    with pytest.raises(SendDeferred):
        await channel.send(customer(channel), HELLO)


@pytest.mark.parametrize("name", PLATFORM_NAMES, ids=str)
@pytest.mark.parametrize("answer", [
    b"", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html/>??",
], ids=["hung up", "cut off", "bad gateway", "not JSON"])
async def test_a_message_whose_answer_was_lost_is_in_doubt(name: ChannelName, answer: bytes) -> None:
    async with answering(answer) as url:
        channel = connect(name, url)
        with pytest.raises(SendInDoubt):
            await channel.send(customer(channel), HELLO)
        await channel.stop()


async def test_a_customer_who_is_not_there_is_a_refusal_for_good(world: World) -> None:
    nobody = {ChannelName.WECHAT: "o9999", ChannelName.TELEGRAM: "9999", ChannelName.SLACK: "U9999"}
    somewhere = dataclasses.replace(world.address, chat=nobody[world.channel.name], user=nobody[world.channel.name])
    with pytest.raises(SendRejected) as refused:
        await world.channel.send(somewhere, HELLO)
    assert refused.value.unreachable


async def test_failures_never_tell_a_secret_or_what_was_said(channel: Channel) -> None:
    with pytest.raises(SendDeferred) as failure:
        await channel.send(customer(channel), Bubble("my card number"))
    told = str(failure.value) + repr(channel)
    assert "my card number" not in told
    for section in wire.SECTIONS.values():
        for name, secret in section.items():
            assert name == "app_id" or secret not in told


async def test_a_delivery_goes_on_where_it_stopped(world: World) -> None:
    message = OutboundMessage("好" * (world.channel.capabilities.max_text * 2))
    bubbles = render([message], world.channel.capabilities)
    lease = LeasedOutbound(1, "k", world.address, message, 2, delivered(wire.telegram("x")).received_at, "w",
                           sent_bubbles=len(bubbles) - 1)
    outcome = await deliver(lease, world.channel, lease.created_at)
    assert (outcome.status, outcome.sent_bubbles) == (DeliveryStatus.SENT, len(bubbles))
    assert world.arrived() == [bubbles[-1].text]


async def test_only_wechat_has_reply_windows(world: World) -> None:
    (message,) = (await world.channel.receive(delivered(wire.WRITERS[world.channel.name]("hi")))).messages
    assert (world.channel.window(message) is not None) == CAPABILITIES[world.channel.name].windowed


async def test_a_file_nobody_has_is_not_found_or_worth_another_try(world: World) -> None:
    with pytest.raises((NotFound, SendDeferred)):
        await world.channel.fetch(Attachment(AttachmentKind.IMAGE, remote="nobody-has-this"))
