"""The web chat: frames of the page become messages, answers are announced to the page."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.webchat import WebChat
from desk.errors import MalformedRequest, NotFound
from desk.messages import Address, Attachment, AttachmentKind, ChannelName, EventName, InboundKind
from desk.ports import Channel, WebhookRequest
from desk.rendering import Bubble

VISITOR = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 22, 2, 0, 0, 7, tzinfo=UTC)
ADDRESS = Address(ChannelName.WEBCHAT, "web", chat=VISITOR, user=VISITOR)


@pytest.fixture
def announced():
    return []


@pytest.fixture
def chat(announced):
    async def deliver(address, bubble):
        announced.append((address, bubble))

    return WebChat(deliver)


def test_the_web_chat_is_a_channel(chat: WebChat) -> None:
    channel: Channel = chat
    assert (channel.name, channel.account) == (ChannelName.WEBCHAT, "web")


def test_a_visitors_text_is_a_message_of_theirs(chat):
    message = chat.parse(VISITOR, {"type": "text", "id": "m-1", "text": " 可以带宠物吗？ "}, NOW)
    assert (message.kind, message.text) == (InboundKind.TEXT, "可以带宠物吗？")
    assert message.address == ADDRESS
    assert message.sent_at == NOW


def test_a_frame_sent_again_after_a_lost_connection_has_the_same_key(chat):
    frame = {"type": "text", "id": "m-1", "text": "hi"}
    first, again = chat.parse(VISITOR, frame, NOW), chat.parse(VISITOR, frame, NOW + timedelta(seconds=9))
    assert first.key == again.key
    assert first.order < again.order


def test_the_same_frame_id_of_two_visitors_is_two_messages(chat):
    frame = {"type": "text", "id": "m-1", "text": "hi"}
    assert chat.parse(VISITOR, frame, NOW).key != chat.parse(VISITOR[::-1], frame, NOW).key


def test_a_tapped_button_is_a_choice(chat):
    message = chat.parse(VISITOR, {"type": "choice", "id": "m-2", "button": "k3JdPq81"}, NOW)
    assert (message.kind, message.choice) == (InboundKind.CHOICE, "k3JdPq81")


def test_opening_the_chat_tells_the_visitors_language(chat):
    message = chat.parse(VISITOR, {"type": "start", "id": "m-0", "locale": "zh-TW"}, NOW)
    assert (message.kind, message.event, message.locale) == (InboundKind.EVENT, EventName.STARTED, "zh-TW")


@pytest.mark.parametrize("frame", [
    {}, {"type": "text"}, {"type": "text", "id": "a"}, {"type": "text", "id": "a", "text": "  "},
    {"type": "text", "id": "a", "text": 7}, {"type": "text", "id": "a", "text": "x" * 8001},
    {"type": "text", "id": "", "text": "x"}, {"type": "text", "id": "x" * 65, "text": "x"},
    {"type": "text", "id": "a:b", "text": "x"}, {"type": "text", "id": None, "text": "x"},
    {"type": "choice", "id": "a"}, {"type": "choice", "id": "a", "button": "two words"},
    {"type": "choice", "id": "a", "button": "x" * 65}, {"type": "start", "id": "a", "locale": "<script>"},
    {"type": ["text"], "id": "a", "text": "x"}, {"type": "admin", "id": "a"},
])
def test_a_frame_that_no_page_of_ours_sends_is_malformed(chat, frame):
    with pytest.raises(MalformedRequest):
        chat.parse(VISITOR, frame, NOW)


@pytest.mark.parametrize("visitor", ["", "lin", VISITOR[:-1], VISITOR.upper(), VISITOR + "\n"])
def test_only_ids_made_by_the_server_are_visitors(chat, visitor):
    with pytest.raises(MalformedRequest):
        chat.parse(visitor, {"type": "text", "id": "a", "text": "x"}, NOW)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=st.dictionaries(
    st.sampled_from(["type", "id", "text", "button", "locale"]),
    st.sampled_from(["text", "choice", "start", "a"]) | st.text() | st.integers() | st.none() | st.lists(st.text()),
))
def test_no_frame_breaks_us_and_what_is_accepted_can_be_stored(chat, frame):
    try:
        message = chat.parse(VISITOR, frame, NOW)
    except MalformedRequest:
        return
    message.text.encode()
    assert "\0" not in message.text


async def test_an_answer_is_announced_and_has_an_id_of_its_own(chat, announced):
    first, second = await chat.send(ADDRESS, Bubble("您好")), await chat.send(ADDRESS, Bubble("您好"))
    assert announced == [(ADDRESS, Bubble("您好"))] * 2
    assert first != second


async def test_an_answer_counts_as_sent_when_nobody_is_looking():
    async def nobody(address, bubble):
        raise ConnectionError

    assert await WebChat(nobody).send(ADDRESS, Bubble("您好"))


async def test_the_web_chat_has_no_webhook_and_no_files_elsewhere(chat):
    with pytest.raises(NotFound):
        await chat.receive(WebhookRequest("POST", {}, {}, b"{}", NOW))
    with pytest.raises(NotFound):
        await chat.fetch(Attachment(AttachmentKind.IMAGE, remote="x"))


def test_the_web_chat_has_no_reply_windows(chat):
    assert chat.window(chat.parse(VISITOR, {"type": "text", "id": "m-1", "text": "hi"}, NOW)) is None


async def test_the_web_chat_serves_whenever_the_gateway_does(chat):
    await chat.start()
    assert await chat.check()
    await chat.show_typing(ADDRESS)
    await chat.stop()
