"""What Slack tells us, and what we make of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.slack import Slack, SlackSettings
from desk.errors import BadSignature, MalformedRequest
from desk.messages import Address, AttachmentKind, ChannelName, EventName, InboundKind
from desk.ports import Channel, WebhookRequest

LIN = Address(ChannelName.SLACK, "slack", chat="U1LIN", user="U1LIN")


async def received(slack, request):
    answer = await slack.receive(request)
    assert answer.response.status == 200
    [message] = answer.messages
    assert message.address.account == slack.account
    return message


async def test_the_connector_is_a_channel(slack: Slack) -> None:
    channel: Channel = slack
    assert (channel.name, channel.account) == (ChannelName.SLACK, "slack")


async def test_a_direct_message_reaches_us_with_slacks_time_and_order(slack, sign, payload):
    message = await received(slack, sign(payload("direct_message")))
    assert message.kind is InboundKind.TEXT
    assert message.text == "你们几点可以办理入住？"
    assert message.address == LIN
    assert message.key == "m:D1LIN:1700000000.000100"
    assert message.sent_at == datetime(2023, 11, 14, 22, 13, 20, 100, tzinfo=UTC)
    assert message.order == 1_700_000_000_000_100


async def test_a_repeated_delivery_has_the_same_key(slack, sign, payload):
    event = payload("direct_message")
    first = await received(slack, sign(event))
    again = sign(event)
    again.headers.update({"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"})
    assert (await received(slack, again)).key == first.key


async def test_two_messages_have_two_keys_and_keep_their_order(slack, sign, payload):
    event = payload("direct_message")
    first = await received(slack, sign(event))
    event["event"]["ts"] = "1700000000.000101"
    second = await received(slack, sign(event))
    assert first.key != second.key
    assert first.order < second.order


async def test_markup_becomes_the_words_that_the_customer_saw(slack, sign, payload):
    message = await received(slack, sign(payload("markup")))
    assert message.text == (
        "hi @wang & @U3, see the offer (https://example.com/a?b=1&c=2) or example.com, "
        "mail a@example.com @here in #general <b>"
    )


async def test_files_are_noted_with_slacks_reference_and_deleted_ones_left_out(slack, sign, payload):
    message = await received(slack, sign(payload("files")))
    picture, shared = message.attachments
    assert message.kind is InboundKind.MEDIA
    assert message.text == "这是房间的照片"
    assert (picture.kind, picture.name, picture.size) == (AttachmentKind.IMAGE, "room.png", 48211)
    assert picture.remote == "https://files.slack.com/files-pri/T024BE7LD-F0PNG/room.png"
    assert (shared.kind, shared.remote) == (AttachmentKind.FILE, "F0CONNECT")


async def test_a_mention_reported_twice_is_one_message(slack, sign, payload):
    mention = await received(slack, sign(payload("mention_as_app_mention")))
    message = await received(slack, sign(payload("mention_as_message")))
    assert mention == message
    assert message.text == "我想查订单"
    assert message.address == Address(
        ChannelName.SLACK, "slack", chat="C1GENERAL", user="U1LIN", thread="1700000100.000200"
    )


async def test_calling_only_our_name_starts_a_conversation(slack, sign, payload):
    message = await received(slack, sign(payload("bare_mention")))
    assert (message.kind, message.event, message.text) == (InboundKind.EVENT, EventName.STARTED, "")


async def test_a_reply_under_our_own_message_needs_no_mention(slack, sign, payload):
    message = await received(slack, sign(payload("reply_under_our_message")))
    assert message.text == "订单号是 12345"
    assert message.address.thread == "1700000100.000200"


async def test_two_people_in_one_thread_have_two_addresses(slack, sign, payload):
    lin = await received(slack, sign(payload("reply_under_our_message")))
    wang = await received(slack, sign(payload("mention_in_thread")))
    assert lin.address.thread == wang.address.thread
    assert lin.address != wang.address
    assert wang.text == "and again"


async def test_an_edit_says_what_it_replaces(slack, sign, payload):
    message = await received(slack, sign(payload("edited")))
    assert (message.kind, message.event) == (InboundKind.EVENT, EventName.EDITED)
    assert message.text == "几点退房？"
    assert message.replaces == (await received(slack, sign(payload("direct_message")))).key
    assert message.key != message.replaces
    assert message.address == LIN


async def test_a_tapped_button_is_a_choice_by_the_buttons_id(slack, sign, payload):
    message = await received(slack, sign(payload("button_tapped")))
    assert (message.kind, message.choice, message.text) == (InboundKind.CHOICE, "k3JdPq81", "转人工")
    assert message.address == LIN
    assert message.display_name == "林小姐"
    assert message.key == (await received(slack, sign(payload("button_tapped")))).key


async def test_a_button_tapped_in_a_thread_belongs_to_who_tapped_it(slack, sign, payload):
    message = await received(slack, sign(payload("button_tapped_in_thread")))
    assert message.address == Address(
        ChannelName.SLACK, "slack", chat="C1GENERAL", user="U2WANG", thread="1700000001.000001"
    )


@pytest.mark.parametrize(("name", "why"), [
    ("channel_chatter", "not_addressed"),
    ("reply_under_somebody_else", "not_addressed"),
    ("own_message", "bot_message"),
    ("other_bot", "bot_message"),
    ("other_bot_calls_us", "bot_message"),
    ("link_unfurled", "message_changed"),
    ("deleted", "message_deleted"),
    ("channel_join", "message_subtype"),
    ("app_home_opened", "app_home_opened"),
    ("app_uninstalled", "app_uninstalled"),
    ("tokens_revoked", "tokens_revoked"),
    ("reaction_added", "unknown_event"),
    ("app_rate_limited", "app_rate_limited"),
    ("link_button_tapped", "no_choice"),
    ("button_in_home_tab", "not_a_message"),
    ("view_submission", "unknown_event"),
])
async def test_what_is_not_for_us_is_acknowledged_and_named(slack, sign, payload, name, why):
    answer = await slack.receive(sign(payload(name)))
    assert (answer.response.status, answer.messages, answer.ignored) == (200, (), why)


async def test_a_slash_command_is_acknowledged(slack, sign):
    request = sign(b"command=%2Fhelp&text=&user_id=U1LIN", media_type="application/x-www-form-urlencoded")
    assert (await slack.receive(request)).ignored == "slash_command"


async def test_the_challenge_of_url_verification_is_given_back(slack, sign, payload):
    asked = payload("url_verification")
    answer = await slack.receive(sign(asked))
    assert json.loads(answer.response.body) == {"challenge": asked["challenge"]}
    assert answer.response.media_type.startswith("application/json")
    assert answer.messages == ()


async def test_json_with_a_charset_is_read(slack, sign, payload):
    request = sign(payload("direct_message"), media_type="application/json; charset=utf-8")
    assert (await received(slack, request)).text == "你们几点可以办理入住？"


async def test_text_that_no_database_takes_is_made_storable(slack, sign, payload):
    event = payload("direct_message")
    event["event"]["text"] = "a\0b\ud800c"
    message = await received(slack, sign(event))
    assert message.text.encode() == "ab\ufffdc".encode()


async def test_a_forged_request_is_refused_whichever_byte_was_changed(slack, sign, payload):
    genuine = sign(payload("direct_message"))
    for position in range(0, len(genuine.body), 37):
        body = bytearray(genuine.body)
        body[position] ^= 1
        forged = WebhookRequest("POST", {}, genuine.headers, bytes(body), genuine.received_at)
        with pytest.raises(BadSignature):
            await slack.receive(forged)


async def test_a_request_signed_with_another_secret_is_refused(slack, sign, payload):
    with pytest.raises(BadSignature):
        await slack.receive(sign(payload("direct_message"), secret="somebody-elses"))


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_request_older_or_newer_than_five_minutes_is_refused(slack, sign, payload, seconds):
    genuine = sign(payload("direct_message"))
    when = genuine.received_at + timedelta(seconds=seconds)
    with pytest.raises(BadSignature):
        await slack.receive(WebhookRequest("POST", {}, genuine.headers, genuine.body, when))


@pytest.mark.parametrize("changed", [
    {"x-slack-request-timestamp": ""},
    {"x-slack-request-timestamp": "yesterday"},
    {"x-slack-request-timestamp": "9" * 400},
    {"x-slack-request-timestamp": "-1"},
    {"x-slack-request-timestamp": "１７０００００００００"},
    {"x-slack-request-timestamp": "1e9"},
    {"x-slack-signature": ""},
    {"x-slack-signature": "v0=ÿþé"},
    {"x-slack-signature": "v0=\ud800"},
    {"x-slack-signature": "v1=00"},
])
async def test_senseless_signature_headers_are_refused(slack, sign, payload, changed):
    genuine = sign(payload("direct_message"))
    request = WebhookRequest("POST", {}, {**genuine.headers, **changed}, genuine.body, genuine.received_at)
    with pytest.raises(BadSignature):
        await slack.receive(request)


async def test_a_request_without_any_signature_is_refused_before_its_body_is_looked_at(slack, sign):
    for body in (b"", b"\xff\xfe", b"[" * 100_000, b'{"type":"url_verification","challenge":"x"}'):
        with pytest.raises(BadSignature):
            await slack.receive(WebhookRequest("POST", {}, {}, body, sign(b"").received_at))


async def test_both_secrets_hold_while_the_secret_is_being_changed(sign, payload):
    changing = Slack(SlackSettings("xoxb-1", "the-new-one", previous_signing_secret="the-old-one"))
    changed = Slack(SlackSettings("xoxb-1", "the-new-one"))
    for secret in ("the-new-one", "the-old-one"):
        assert (await changing.receive(sign(payload("direct_message"), secret=secret))).messages
    with pytest.raises(BadSignature):
        await changed.receive(sign(payload("direct_message"), secret="the-old-one"))


@pytest.mark.parametrize("body", [
    b"", b"{", b"\xff\xfe{}", b"[]", b"null", b"7", b'"text"', b"{}", b"[" * 100_000, b'{"a":' * 100_000,
    b'{"type":"event_callback"}', b'{"type":"event_callback","event":null}', b'{"type":"event_callback","event":[]}',
    b'{"type":"event_callback","event":{}}', b'{"type":["event_callback"]}',
    b'{"type":"event_callback","event":{"type":"message","channel":"D1","user":"U1","ts":"now","text":"x"}}',
    b'{"type":"event_callback","event":{"type":"message","channel":"D1","user":"U1","ts":1700000000.1,"text":"x"}}',
    b'{"type":"event_callback","event":{"type":"message","channel":"D 1","user":"U1","ts":"1.000001","text":"x"}}',
    b'{"type":"event_callback","event":{"type":"message","channel":"D1","user":"U 1","ts":"1.000001","text":"x"}}',
    b'{"type":"event_callback","event":{"type":"message","channel":"D1","user":"U1","ts":"1.000001","text":7}}',
    b'{"type":"event_callback","event":{"type":"message","channel":"D1","user":"U1","ts":"1.000001","files":[1]}}',
    b'{"type":"event_callback","authorizations":7,"event":{"type":"message"}}',
    b'{"type":"event_callback","authorizations":[7],"event":{"type":"message"}}',
    b'{"type":"block_actions","actions":[{"type":"button","value":"x"}],"container":{"type":"message"}}',
    b"payload=%7B", b"payload=", b"payload=[]", b"n=" + b"9" * 5000,
    b'{"type":"event_callback","n":' + b"9" * 5000 + b"}",
])
async def test_an_authentic_body_that_makes_no_sense_is_malformed(slack, sign, body):
    with pytest.raises(MalformedRequest):
        await slack.receive(sign(body))


async def test_an_error_never_carries_the_customers_words(slack, sign, payload):
    event = payload("direct_message")
    event["event"]["ts"] = "我的密码是 canary"
    with pytest.raises(MalformedRequest) as refused:
        await slack.receive(sign(event))
    assert "canary" not in repr(refused.value)
    assert refused.value.__cause__ is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), headers=st.dictionaries(
    st.sampled_from(["x-slack-signature", "x-slack-request-timestamp", "content-type"]), st.text(max_size=80)))
async def test_nothing_unsigned_ever_gets_further_than_the_signature(slack, sign, body, headers):
    with pytest.raises(BadSignature):
        await slack.receive(WebhookRequest("POST", {}, headers, body, sign(b"").received_at))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_signed_nonsense_is_ignored_or_malformed_but_never_breaks_us(slack, sign, payload, data):
    """Any field of a genuine payload, at any depth, may be something else altogether, or missing."""
    names = ["direct_message", "files", "mention_as_message", "edited", "button_tapped", "url_verification"]
    body = payload(data.draw(st.sampled_from(names)))
    place = body
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    if data.draw(st.booleans()):
        place[key] = data.draw(json_values)
    else:
        del place[key]
    try:
        answer = await slack.receive(sign(body))
    except MalformedRequest:
        return
    for message in answer.messages:
        message.text.encode()
        assert Address.from_key(message.address.key) == message.address
