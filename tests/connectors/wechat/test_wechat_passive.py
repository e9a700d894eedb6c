import re
from base64 import b64encode
from datetime import timedelta

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from connectors.wechat.crypto import MessageCipher
from connectors.wechat.outbound import cut, image_message, passive_text, text_message
from simulators.wechat.envelope import Envelope

APP_ID, TOKEN, KEY = "wx5823bf96d3bd56c7", "frontdesk-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OPENID, ACCOUNT = "oMgHVjngRipVsoxg6TuX3vz6glDg", "gh_e136c6e50636"


def fields(body: bytes) -> dict[str, str]:
    return {child.tag: child.text or "" for child in fromstring(body)}


async def test_an_answer_in_time_goes_back_in_the_response(channel, plain, payload):
    passive = (await channel.receive(plain(payload("text")))).passive
    assert passive.within == timedelta(seconds=4.5)
    response = passive.compose("中午 12 点前退房。")
    assert (response.status, response.media_type) == (200, "application/xml; charset=utf-8")
    assert fields(response.body) == {
        "ToUserName": OPENID,
        "FromUserName": ACCOUNT,
        "CreateTime": "1735689600",
        "MsgType": "text",
        "Content": "中午 12 点前退房。",
    }


async def test_in_safe_mode_the_answer_is_encrypted_and_signed(channel, sealed, payload):
    response = (await channel.receive(sealed(payload("text")))).passive.compose("好的")
    assert "好的".encode() not in response.body
    platform = Envelope(APP_ID, TOKEN, KEY)  # raises when the signature, the key or the app id is wrong
    assert platform.unwrap(response.body)["Content"] == "好的"


async def test_an_event_may_be_answered_too_but_nobody_answers_who_left(channel, plain, payload):
    assert (await channel.receive(plain(payload("subscribe")))).passive is not None
    assert (await channel.receive(plain(payload("unsubscribe")))).passive is None


@pytest.mark.parametrize("text", ["", "  \n"])
async def test_an_empty_answer_is_success_not_a_failure_of_the_account(channel, plain, payload, text):
    assert (await channel.receive(plain(payload("text")))).passive.compose(text).body == b"success"


@pytest.mark.parametrize("text", ["a]]>b", "]]>]]>", "]]><ToUserName>x</ToUserName>", "<b>&amp;", "\x00\x0b\ud800tail"])
def test_no_text_can_break_out_of_its_element(text):
    said = fields(passive_text("u", "gh", text, 1))
    assert said["ToUserName"] == "u"
    assert said["Content"] == re.sub("[\x00\x0b]", "", text).replace("\ud800", "?")


@examples(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=900))
def test_any_text_arrives_within_the_limit(text):
    arrived = fields(passive_text("u", "gh", text, 1))["Content"]
    assert len(arrived.encode()) <= 2048
    whole = "".join(character for character in text if character not in "\ufffe\uffff")
    assert whole.startswith(arrived if len(text.encode()) <= 2048 else arrived.removesuffix("…"))


def test_a_long_answer_is_cut_between_characters_and_says_so():
    assert cut("住" * 682) == "住" * 682  # 2046 bytes
    assert cut("住" * 683) == "住" * 681 + "…"
    assert cut("a" + "🏨" * 600) == "a" + "🏨" * 511 + "…"


@examples(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.binary(max_size=300))
def test_what_is_encrypted_is_decrypted(message):
    cipher = MessageCipher(KEY)
    encrypted = cipher.encrypt(message, APP_ID)
    assert cipher.decrypt(encrypted) == (message, APP_ID)
    assert cipher.encrypt(message, APP_ID) != encrypted


@examples(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=80), st.binary(max_size=96).map(lambda raw: b64encode(raw).decode())))
def test_what_was_not_encrypted_with_our_key_is_a_value_error(garbage):
    with pytest.raises(ValueError):
        MessageCipher(KEY).decrypt(garbage)


def test_a_text_and_a_picture_have_the_platforms_form():
    assert text_message("u1", "你好") == {"touser": "u1", "msgtype": "text", "text": {"content": "你好"}}
    assert image_message("u1", "m") == {"touser": "u1", "msgtype": "image", "image": {"media_id": "m"}}
