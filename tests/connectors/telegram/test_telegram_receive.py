"""What a webhook of Telegram's becomes."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.telegram import TelegramChannel, TelegramSettings
from desk.errors import BadSignature, MalformedRequest
from desk.messages import AttachmentKind, ChannelName, EventName, InboundKind, InboundMessage

PAYLOADS = Path(__file__).parents[2] / "payloads" / "telegram"


@pytest.fixture
async def channel(settings: TelegramSettings, scripted) -> AsyncIterator[TelegramChannel]:
    """A bot that has been told its name."""

    def get_me(request: Request) -> Response:
        me = {"id": 123456, "is_bot": True, "first_name": "Frontdesk", "username": "demo_bot"}
        hook = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        return JSONResponse({"ok": True, "result": me if request.url.path.endswith("getMe") else hook})

    scripted.answer = get_me
    named = TelegramChannel(replace(settings, api_base=scripted.url))
    await named.check()
    yield named
    await named.stop()


async def said(channel: TelegramChannel, post, payload: str | bytes) -> InboundMessage:
    answer = await channel.receive(post(payload))
    assert answer.response.status == 200
    assert len(answer.messages) == 1, answer.ignored
    return answer.messages[0]


def changed(payload: str, **changes: Any) -> bytes:
    """A payload whose message has these fields instead; "update_id" changes the update's."""
    update = json.loads((PAYLOADS / f"{payload}.json").read_text())
    update["update_id"] = changes.pop("update_id", update["update_id"])
    next(value for key, value in update.items() if key != "update_id").update(changes)
    return json.dumps(update).encode()


async def test_a_text_arrives_with_its_words_sender_and_time(channel, post) -> None:
    message = await said(channel, post, "text")
    assert (message.kind, message.text) == (InboundKind.TEXT, "我的订单到哪里了？")
    assert (message.display_name, message.locale) == ("小明 王", "zh-hans")
    assert message.sent_at == datetime(2025, 11, 22, 2, 0, tzinfo=UTC)
    assert (message.address.channel, message.address.account) == (ChannelName.TELEGRAM, channel.account)
    assert (message.address.chat, message.address.user, message.address.thread) == ("1001", "1001", "")


async def test_second_delivery_of_the_same_update_has_the_same_key_and_order(channel, post) -> None:
    first, second = await said(channel, post, "text"), await said(channel, post, "text")
    assert (first.key, first.order) == (second.key, second.order)


async def test_different_messages_never_share_a_key(channel, post) -> None:
    keys = []
    for path in sorted(PAYLOADS.glob("*.json")):
        keys += [message.key for message in (await channel.receive(post(path.stem))).messages]
    assert len(keys) > 25
    assert len(keys) == len(set(keys))


async def test_of_a_photo_the_largest_size_is_kept_with_its_caption(channel, post) -> None:
    message = await said(channel, post, "photo_with_caption")
    assert (message.kind, message.text) == (InboundKind.MEDIA, "房间是这样的")
    (photo,) = message.attachments
    assert (photo.kind, photo.remote, photo.size) == (AttachmentKind.IMAGE, "AgACbig", 98211)
    assert photo.media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("payload", "kind", "remote", "media_type"),
    [
        ("document", AttachmentKind.FILE, "BQACdoc", "application/pdf"),
        ("voice", AttachmentKind.AUDIO, "AwACvoice", "audio/ogg"),
        ("audio", AttachmentKind.AUDIO, "CQACaudio", "audio/mpeg"),
        ("video", AttachmentKind.VIDEO, "BAACvideo", "video/mp4"),
        ("video_note", AttachmentKind.VIDEO, "DQACnote", "video/mp4"),
        ("animation", AttachmentKind.VIDEO, "CgACgif", "video/mp4"),
    ],
)
async def test_every_kind_of_file_arrives_as_one_attachment(channel, post, payload, kind, remote, media_type) -> None:
    message = await said(channel, post, payload)
    (file,) = message.attachments
    assert (message.kind, file.kind, file.remote, file.media_type) == (InboundKind.MEDIA, kind, remote, media_type)


async def test_a_document_keeps_the_name_the_customer_gave_it(channel, post) -> None:
    assert (await said(channel, post, "document")).attachments[0].name == "发票.pdf"


@pytest.mark.parametrize(
    ("payload", "kind", "text"),
    [
        ("location", InboundKind.LOCATION, "31.239702,121.499763"),
        ("venue", InboundKind.LOCATION, "东方明珠, 世纪大道 1 号 (31.239702,121.499763)"),
        ("contact", InboundKind.TEXT, "小红 李 +8613800000000"),
        ("sticker", InboundKind.TEXT, "👍"),
        ("command", InboundKind.TEXT, "/help"),
    ],
)
async def test_what_is_not_text_is_put_into_words(channel, post, payload, kind, text) -> None:
    message = await said(channel, post, payload)
    assert (message.kind, message.text) == (kind, text)


@pytest.mark.parametrize(
    ("payload", "value"), [("start", ""), ("start_deep_link", "room_1208"), ("group_start", "room_9")]
)
async def test_pressing_start_is_an_event_that_keeps_the_deep_link(channel, post, payload, value) -> None:
    message = await said(channel, post, payload)
    assert (message.kind, message.event) == (InboundKind.EVENT, EventName.STARTED)
    assert (message.event_value, message.text) == (value, "")


@pytest.mark.parametrize("text", [" hello", "\u3000／restart", "  /start"])
async def test_words_behind_a_space_stay_words(channel, post, text: str) -> None:
    message = await said(channel, post, changed("text", text=text))
    assert (message.kind, message.text) == (InboundKind.TEXT, text)


async def test_words_that_only_begin_like_start_stay_words(channel, post) -> None:
    message = await said(channel, post, changed("text", text="/starting tomorrow"))
    assert (message.kind, message.text) == (InboundKind.TEXT, "/starting tomorrow")


async def test_blocking_the_bot_makes_the_customer_unreachable_and_unblocking_brings_them_back(channel, post) -> None:
    blocked, back = await said(channel, post, "blocked"), await said(channel, post, "unblocked")
    assert (blocked.event, back.event) == (EventName.STOPPED, EventName.STARTED)
    assert blocked.address == back.address == (await said(channel, post, "text")).address
    assert blocked.order < back.order


@pytest.mark.parametrize(
    ("original", "edited", "text"),
    [("text", "edited_text", "我要改成两间房"), ("photo_with_caption", "edited_caption", "是这间房")],
)
async def test_an_edit_names_the_message_it_replaces(channel, post, original, edited, text) -> None:
    before, after = await said(channel, post, original), await said(channel, post, edited)
    assert (after.kind, after.event, after.text) == (InboundKind.EVENT, EventName.EDITED, text)
    assert after.replaces == before.key
    assert after.key != before.key
    assert after.sent_at > before.sent_at


async def test_two_edits_of_one_message_are_two_events(channel, post) -> None:
    first = await said(channel, post, "edited_text")
    second = await said(channel, post, changed("edited_text", update_id=999_999_999))
    assert first.key != second.key
    assert first.replaces == second.replaces


async def test_a_tapped_button_is_a_choice_of_who_tapped_it(channel, post) -> None:
    message = await said(channel, post, "button")
    assert (message.kind, message.choice, message.text) == (InboundKind.CHOICE, "k3J9xQ2a", "")
    assert message.address == (await said(channel, post, "text")).address


async def test_a_button_of_a_message_telegram_no_longer_shows_still_counts(channel, post) -> None:
    assert (await said(channel, post, "button_of_an_old_message")).choice == "old4567x"


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("group_mention", "😀 早餐几点？"),
        ("group_mention_by_name", ", when is breakfast?"),
        ("group_command", "/help please"),
        ("group_reply_to_bot", "那两间呢？"),
        ("group_photo", "坏了"),
        ("group_topic", "hi"),
    ],
)
async def test_in_a_group_the_bot_hears_what_is_said_to_it_without_its_name(channel, post, payload, text) -> None:
    assert (await said(channel, post, payload)).text == text


@pytest.mark.parametrize("payload", ["group_chatter", "group_mention_of_another", "group_topic_chatter"])
async def test_in_a_group_the_bot_does_not_hear_what_people_say_to_each_other(channel, post, payload) -> None:
    answer = await channel.receive(post(payload))
    assert (answer.messages, answer.ignored, answer.response.status) == ((), "not_addressed", 200)


async def test_calling_the_bot_by_its_bare_name_starts_a_talk(channel, post) -> None:
    assert (await said(channel, post, "group_bare_mention")).event is EventName.STARTED


async def test_two_members_of_a_group_never_share_an_address(channel, post) -> None:
    update = json.loads((PAYLOADS / "group_mention.json").read_text())
    update["message"]["from"]["id"] = 1002
    one, other = await said(channel, post, "group_mention"), await said(channel, post, json.dumps(update).encode())
    assert one.address.chat == other.address.chat
    assert one.address.key != other.address.key


async def test_a_forum_topic_is_a_thread_of_its_own(channel, post) -> None:
    assert (await said(channel, post, "group_topic")).address.thread == "77"


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ("channel_post", "channel_post"),
        ("reaction", "unknown_update"),
        ("unknown_kind", "unknown_update"),
        ("live_location", "live_location"),
        ("dice", "nothing_said"),
        ("group_joined", "nothing_said"),
        ("added_to_group", "group_membership"),
        ("group_anonymous_admin", "not_a_person"),
        ("button_of_inline_message", "inline_callback"),
    ],
)
async def test_what_is_none_of_our_business_is_acknowledged_and_ignored(channel, post, payload, why) -> None:
    answer = await channel.receive(post(payload))
    assert (answer.messages, answer.ignored, answer.response.status) == ((), why, 200)


async def test_before_the_bot_knows_its_name_a_mention_is_asked_for_again(offline, post) -> None:
    answer = await offline.receive(post("group_mention"))
    assert (answer.messages, answer.response.status) == ((), 503)
    assert (await offline.receive(post("group_chatter"))).response.status == 200
    assert len((await offline.receive(post("text"))).messages) == 1


@pytest.mark.parametrize(
    "secret", [None, "", "wrong", "s3cret_-Z ", "S3CRET_-z", "sécret", "密钥", "\udcff", "x" * 10_000]
)
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000])
async def test_a_forged_webhook_is_refused_whatever_it_says(offline, post, secret, body) -> None:
    with pytest.raises(BadSignature):
        await offline.receive(post(body, secret))


DEEP = b'{"update_id":1,"message":' + b'{"reply_to_message":' * 50_000 + b"1" + b"}" * 50_001
NONSENSE = {
    "nothing": b"",
    "half": b'{"update_id": 1',
    "not UTF-8": b'{"update_id": \xff}',
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "no update id": b'{"message": {}}',
    "deep lists": b"[" * 200_000,
    "deep messages": DEEP,
    "many digits": b'{"update_id": ' + b"9" * 10_000 + b"}",
    "message is a text": b'{"update_id": 1, "message": "hello"}',
    "text is an object": changed("text", text={"a": 1}),
    "text is a number": changed("text", text=5),
    "date is a text": changed("text", date="today"),
    "date out of range": changed("text", date=10**18),
    "chat without id": changed("text", chat={"type": "private"}),
    "chat id is a text": changed("text", chat={"id": "1001", "type": "private"}),
    "message id too big for a database": changed("text", message_id=2**63),
    "update id too big for a database": changed("text", update_id=2**70),
    "update id is true": changed("text", update_id=True),
    "photo of texts": changed("photo_with_caption", photo=["a", "b"]),
    "file type is a number": changed("document", document={"file_id": "f", "file_unique_id": "x", "mime_type": 5}),
    "place is a text": changed("location", location={"latitude": "here", "longitude": "there"}),
    "mention outside the text": changed("group_mention", entities=[{"type": "mention", "offset": -9, "length": 3}]),
    "data is a list": changed("button", data=["x"]),
}


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
async def test_an_authentic_request_that_makes_no_sense_is_called_malformed(channel, post, body) -> None:
    with pytest.raises(MalformedRequest) as caught:
        await channel.receive(post(body))
    assert caught.value.__cause__ is None
    assert "hello" not in str(caught.value)


async def test_half_characters_and_zero_bytes_never_reach_the_database(channel, post) -> None:
    message = await said(channel, post, changed("text", text="a\ud800b\x00c 👋"))
    assert message.text == "a\ufffdbc 👋"
    message.text.encode()


FUZZ = hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@FUZZ
@given(body=st.binary(max_size=300), secret=st.none() | st.text(max_size=40))
async def test_no_bytes_and_no_header_get_past_the_secret(offline, post, body, secret) -> None:
    if secret == "s3cret_-Z":
        return
    with pytest.raises(BadSignature):
        await offline.receive(post(body, secret))


@FUZZ
@given(payload=st.sampled_from(sorted(path.stem for path in PAYLOADS.glob("*.json"))), data=st.data())
async def test_a_damaged_update_is_understood_or_ignored_or_malformed(offline, post, payload, data) -> None:
    update = json.loads((PAYLOADS / f"{payload}.json").read_text())
    place: Any = update
    while isinstance(place, dict) and place:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    try:
        answer = await offline.receive(post(json.dumps(update).encode()))
    except MalformedRequest:
        return
    for message in answer.messages:
        texts = (message.text, message.choice, message.display_name, message.locale)
        assert all(isinstance(text, str) for text in texts)
        assert abs(message.order) < 2**63
        message.text.encode()
        message.address.key.encode()
