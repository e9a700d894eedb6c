from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from desk.errors import BadSignature, MalformedRequest
from desk.messages import Address, Attachment, AttachmentKind, ChannelName, EventName, InboundKind
from desk.ports import Channel, WebhookRequest

OPENID = "oMgHVjngRipVsoxg6TuX3vz6glDg"
MESSAGE = "m:24567890123456789"
CREATED = 1735689600


async def received(channel, request):
    answer = await channel.receive(request)
    (message,) = answer.messages
    return message


def test_the_connector_is_a_channel(make_channel):
    channel: Channel = make_channel()
    assert (channel.name, channel.account) == (ChannelName.WECHAT, "wx5823bf96d3bd56c7")
    assert channel.capabilities.windowed


async def test_a_text_becomes_a_message_of_its_sender(channel, plain, payload):
    message = await received(channel, plain(payload("text")))
    assert message.text == "你好，我想问退房时间 <b>几点</b>？"
    assert message.kind is InboundKind.TEXT
    assert message.address == Address(ChannelName.WECHAT, channel.account, chat=OPENID, user=OPENID)
    assert message.key == MESSAGE
    assert message.sent_at == datetime(2025, 1, 1, tzinfo=UTC)


async def test_a_message_in_safe_mode_says_the_same(channel, plain, sealed, payload):
    assert await received(channel, sealed(payload("text"))) == await received(channel, plain(payload("text")))


async def test_a_message_encrypted_by_another_implementation_is_read(channel, vector):
    query = {name: vector[name] for name in ("timestamp", "nonce", "signature", "msg_signature")}
    body = f"<xml><ToUserName>gh</ToUserName><Encrypt>{vector['encrypt']}</Encrypt></xml>".encode()
    now = datetime.fromtimestamp(int(vector["timestamp"]), UTC)
    message = await received(channel, WebhookRequest("POST", query | {"encrypt_type": "aes"}, {}, body, now))
    assert (message.text, message.address.user) == ("你好，我要退房", "oUser1")


async def test_a_tap_on_a_menu_message_is_a_text_with_a_choice(channel, plain, payload):
    message = await received(channel, plain(payload("text_menu_tap")))
    assert (message.kind, message.text, message.choice) == (InboundKind.TEXT, "满意", "101")


@pytest.mark.parametrize(
    ("name", "kind", "media_id", "text"),
    [
        ("image", AttachmentKind.IMAGE, "Media-Image-1", ""),
        ("voice", AttachmentKind.AUDIO, "Media-Voice-1", ""),
        ("voice_recognised", AttachmentKind.AUDIO, "Media-Voice-1", "我要开发票。"),
        ("video", AttachmentKind.VIDEO, "Media-Video-1", ""),
        ("shortvideo", AttachmentKind.VIDEO, "Media-Short-1", ""),
    ],
)
async def test_media_keep_the_platforms_reference(channel, plain, payload, name, kind, media_id, text):
    message = await received(channel, plain(payload(name)))
    assert message.kind is InboundKind.MEDIA
    assert message.attachments == (Attachment(kind, remote=media_id),)
    assert message.text == text


async def test_a_file_is_at_least_named(channel, plain, payload):
    message = await received(channel, plain(payload("file")))
    assert message.attachments == (Attachment(AttachmentKind.FILE, name="订单.pdf"),)


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("location", InboundKind.LOCATION, "广州市天河区 (23.134521, 113.358803)"),
        ("location_unnamed", InboundKind.LOCATION, "23.134521, 113.358803"),
        ("link", InboundKind.LINK, "入住须知\nhttps://example.com/a?b=1&c=2"),
    ],
)
async def test_places_and_links_become_readable(channel, plain, payload, name, kind, text):
    message = await received(channel, plain(payload(name)))
    assert (message.kind, message.text) == (kind, text)


@pytest.mark.parametrize(
    ("name", "event", "value", "platform_event"),
    [
        ("subscribe", EventName.STARTED, "", "subscribe:"),
        ("subscribe_by_code", EventName.STARTED, "lobby", "subscribe:qrscene_lobby"),
        ("unsubscribe", EventName.STOPPED, "", "unsubscribe:"),
        ("scan", EventName.SCANNED, "lobby", "SCAN:lobby"),
        ("click", EventName.MENU, "MENU_ORDERS", "CLICK:MENU_ORDERS"),
    ],
)
async def test_events_say_what_happened(channel, plain, payload, name, event, value, platform_event):
    message = await received(channel, plain(payload(name)))
    assert (message.kind, message.event, message.event_value) == (InboundKind.EVENT, event, value)
    assert message.key == f"e:{OPENID}:{CREATED}:{platform_event}"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("view", "view"),
        ("location_report", "location_report"),
        ("template_result", "template_result"),
        ("subscribe_msg_popup", "unknown_event"),
        ("unknown_message", "unknown_message"),
    ],
)
async def test_what_is_not_for_us_is_acknowledged_and_named(channel, plain, payload, name, reason):
    answer = await channel.receive(plain(payload(name)))
    assert (answer.messages, answer.ignored, answer.passive) == ((), reason, None)
    assert (answer.response.status, answer.response.body) == (200, b"success")


async def test_a_repeat_has_the_same_key_and_another_message_has_not(channel, plain, sealed, payload):
    first = await received(channel, plain(payload("text"), timestamp="1735689601"))
    repeat = await received(channel, sealed(payload("text")))
    other = await received(channel, plain(payload("text").replace(b"56789<", b"56790<")))
    assert first.key == repeat.key != other.key


async def test_order_grows_with_time_and_within_a_second_with_the_message_id(channel, plain, payload):
    follow = await received(channel, plain(payload("subscribe")))
    first = await received(channel, plain(payload("text")))
    second = await received(channel, plain(payload("text").replace(b"56789<", b"56790<")))
    later = await received(channel, plain(payload("text").replace(b"1735689600", b"1735689601")))
    assert follow.order < first.order < second.order < later.order < 2**63


async def test_the_answer_stops_the_platforms_repeats(channel, plain, payload):
    assert (await channel.receive(plain(payload("text")))).response.body == b"success"


async def test_the_url_check_gets_its_echo(channel, plain):
    answer = await channel.receive(replace(plain(b"", echostr="4375120948345356249"), method="GET"))
    assert (answer.response.status, answer.response.body) == (200, b"4375120948345356249")
    assert answer.messages == ()


async def test_an_encrypted_url_check_gets_the_decrypted_echo(channel, sealed, payload):
    request = sealed(b"8314325")
    encrypted = request.body.decode().split("CDATA[")[2].split("]")[0]
    query = {**request.query, "echostr": encrypted}
    answer = await channel.receive(replace(request, method="GET", body=b"", query=query))
    assert answer.response.body == b"8314325"


async def test_a_forged_url_check_is_refused(channel, plain):
    with pytest.raises(BadSignature):
        await channel.receive(replace(plain(b"", echostr="1", signature="0" * 40), method="GET"))


@pytest.mark.parametrize("signature", ["", "0" * 40, "é签名", "\udcff", "a" * 100_000])
async def test_a_forged_plain_message_is_refused(channel, plain, payload, signature):
    with pytest.raises(BadSignature):
        await channel.receive(plain(payload("text"), signature=signature))


@pytest.mark.parametrize("signature", ["", "0" * 40, "é签名"])
async def test_a_forged_safe_message_is_refused_whatever_its_bytes(channel, sealed, payload, signature):
    for body in (sealed(payload("text")).body, b"", b"\xff\xfe<Encrypt>", b"<Encrypt>QUJD</Encrypt>"):
        with pytest.raises(BadSignature):
            await channel.receive(replace(sealed(b"", msg_signature=signature), body=body))


async def test_an_unsigned_request_is_refused(channel, payload):
    for body in (payload("text"), b"", b"\xff\x00"):
        with pytest.raises(BadSignature):
            await channel.receive(WebhookRequest("POST", {}, {}, body, datetime(2025, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize("timestamp", ["1735689299", "1735689901", "", "now", "9" * 5000, "-1", "１７３５６８９６００"])
async def test_a_stale_or_senseless_timestamp_is_refused_although_signed(channel, plain, payload, timestamp):
    with pytest.raises(BadSignature):
        await channel.receive(plain(payload("text"), timestamp=timestamp))


@pytest.mark.parametrize("timestamp", ["1735689300", "1735689900"])
async def test_clocks_may_differ_by_five_minutes(channel, plain, payload, timestamp):
    assert await received(channel, plain(payload("text"), timestamp=timestamp))


async def test_a_captured_safe_message_is_refused_later(channel, sealed, payload):
    request = sealed(payload("text"))
    with pytest.raises(BadSignature):
        await channel.receive(replace(request, received_at=request.received_at + timedelta(minutes=6)))


async def test_a_message_for_another_account_is_refused(channel, sealed, payload):
    with pytest.raises(BadSignature):
        await channel.receive(sealed(payload("text"), app_id="wx0000000000000000"))


async def test_safe_mode_without_a_key_of_ours_is_refused(make_channel, sealed, payload):
    with pytest.raises(BadSignature):
        await make_channel(encoding_aes_key="").receive(sealed(payload("text")))


async def test_plain_messages_are_refused_where_safe_mode_is_required(make_channel, plain, sealed, payload):
    strict = make_channel(require_safe_mode=True)
    assert await received(strict, sealed(payload("text")))
    with pytest.raises(BadSignature):
        await strict.receive(plain(payload("text")))


async def test_a_message_encrypted_with_another_key_is_malformed(channel, sealed, payload):
    with pytest.raises(MalformedRequest):
        await channel.receive(sealed(payload("text"), key="Z" * 43))


TEXT = "<xml><FromUserName>u</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><MsgId>1</MsgId></xml>"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"not xml",
        b"{}",
        b"<html/>",
        b"<xml>" + b"<a>" * 200_000,
        b"<xml>" + b"<a>" * 100_000 + b"</a>" * 100_000,
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
        b'<?xml version="1.0" encoding="no-such"?><xml/>',
        b'<?xml version="1.0" encoding="utf-7"?><xml/>',
        TEXT.replace("<MsgId>1</MsgId>", "").encode(),
        TEXT.replace("<MsgId>1", "<MsgId>abc").encode(),
        TEXT.replace("<MsgId>1", "<MsgId>" + "1" * 5000).encode(),
        TEXT.replace("<CreateTime>1", "<CreateTime>").encode(),
        TEXT.replace("<CreateTime>1", "<CreateTime>9999999999").encode(),
        TEXT.replace("<CreateTime>1", "<CreateTime>" + "1" * 5000).encode(),
        TEXT.replace("<FromUserName>u", "<FromUserName>").encode(),
        TEXT.replace("text", "image").encode(),
    ],
    ids=range(18),
)
async def test_an_authentic_but_senseless_body_is_malformed(channel, plain, sealed, body):
    for request in (plain(body), sealed(body)):
        with pytest.raises(MalformedRequest):
            await channel.receive(request)


async def test_deep_nesting_is_no_crash(channel, plain):
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    with pytest.raises(MalformedRequest):
        await channel.receive(plain(b"<xml>" + deep + b"</xml><"))
    assert (await channel.receive(plain(b"<xml>" + deep + b"</xml>"))).ignored == "unknown_message"


FUZZ = examples(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.sampled_from([b"<xml>", b"</xml>", b"<MsgType>", b"</MsgType>", b"<Encrypt>", b"]]>", b"<![CDATA["])
BODIES = st.one_of(st.binary(max_size=200), st.lists(st.one_of(WORDS, st.binary(max_size=9))).map(b"".join))


@FUZZ
@given(body=BODIES, authentic=st.booleans(), safe=st.booleans())
async def test_any_body_is_answered_or_refused(channel, plain, sealed, body, authentic, safe):
    request = (sealed if safe else plain)(body)
    if not authentic:
        request = replace(request, body=body, query={**request.query, "signature": "x", "msg_signature": "x"})
    try:
        answer = await channel.receive(request)
        assert authentic
        assert answer.response.status == 200
    except (BadSignature, MalformedRequest):
        pass


NAMES = st.sampled_from(["signature", "timestamp", "nonce", "msg_signature", "echostr"])


@FUZZ
@given(query=st.dictionaries(NAMES, st.text()))
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_any_query_without_our_token_is_refused(channel, method, query):
    with pytest.raises(BadSignature):
        await channel.receive(WebhookRequest(method, query, {}, b"<xml/>", datetime(2025, 1, 1, tzinfo=UTC)))


@FUZZ
@given(
    fields=st.dictionaries(
        st.sampled_from(["MsgType", "Event", "EventKey", "CreateTime", "MsgId", "FromUserName", "MediaId", "Content"]),
        st.one_of(
            st.sampled_from(["text", "image", "voice", "link", "location", "event", "subscribe", "CLICK", "1", "99"]),
            st.text(st.characters(codec="utf-8", exclude_characters="<&", exclude_categories=["Cc"]), max_size=30),
        ),
    )
)
async def test_any_fields_are_a_message_or_refused(channel, plain, fields):
    body = "<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + "</xml>"
    try:
        answer = await channel.receive(plain(body.encode()))
    except MalformedRequest:
        return
    assert bool(answer.messages) != bool(answer.ignored)
    for message in answer.messages:
        assert message.order < 2**63
        assert message.address.user == fields["FromUserName"].replace("\r", "\n")
