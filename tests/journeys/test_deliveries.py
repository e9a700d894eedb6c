"""What platforms deliver twice, out of order, or not at all as agreed; and what others try in their name."""

import asyncio
import json
import time
from secrets import randbelow, token_hex

import httpx
import pytest

from simulators import credentials
from simulators.slack.courier import signed_headers
from simulators.wechat.envelope import to_xml
from tests.journeys.conftest import Customers
from tests.journeys.house import House
from tests.journeys.phones import until
from tests.journeys.senders import TELEGRAM_HEADER, Sender, slack_text, telegram_text, wechat_fields
from tests.journeys.staff import Agent, said_by

SIGNED = ("telegram", "slack", "wechat")


@pytest.fixture
def sender(house: House, http: httpx.AsyncClient) -> Sender:
    return Sender(house, http)


async def test_ten_deliveries_of_one_message_at_once_are_one_message_and_one_answer(
    customers: Customers, sender: Sender, lin: Agent
) -> None:
    telegram, slack, wechat = await customers.telegram(), await customers.slack(), await customers.wechat()
    number, ts = int(time.time() * 1000), f"{time.time():.6f}"
    update = telegram_text(int(telegram.user), "停车怎么收费", number)
    event = slack_text(slack.user, "停车怎么收费", ts)
    fields = wechat_fields(wechat.user, "停车怎么收费", number)
    statuses = await asyncio.gather(
        *(sender.telegram(update) for _ in range(10)), *(sender.slack(event) for _ in range(10)),
        *(sender.wechat_sealed(fields) for _ in range(10)),
    )
    assert set(statuses) == {200}
    await asyncio.gather(telegram.hears("地下停车场"), slack.hears("地下停车场"))
    for phone in (telegram, slack, wechat):
        conversation = await lin.finds(phone)
        assert said_by(conversation, "customer") == ["停车怎么收费"], phone.channel
        assert len(said_by(conversation, "bot")) == 1, phone.channel


async def test_a_burst_that_arrives_out_of_order_is_read_in_the_order_it_was_written(
    customers: Customers, sender: Sender, lin: Agent
) -> None:
    phone = await customers.telegram()
    first = int(time.time() * 1000)
    await sender.telegram(telegram_text(int(phone.user), "你好", first))
    texts = {first + place: f"第 {place} 句：早餐几点到几点" for place in range(1, 6)}
    for number in sorted(texts, key=lambda number: (number * 7) % 5):
        assert await sender.telegram(telegram_text(int(phone.user), texts[number], number)) == 200
    found = await until(lambda: lin.finds(phone), lambda found: len(said_by(found, "customer")) == 6)
    assert said_by(found, "customer")[1:] == list(texts.values())


async def test_an_edit_that_arrives_late_does_not_stop_the_conversation(
    customers: Customers, sender: Sender
) -> None:
    phone = await customers.telegram()
    number = int(time.time() * 1000)
    update = json.loads(telegram_text(int(phone.user), "never seen before", number, message=number - 999))
    update["edited_message"] = update.pop("message") | {"edit_date": int(time.time())}
    assert await sender.telegram(json.dumps(update).encode()) == 200
    await (await phone.says("停车怎么收费")).hears("地下停车场")


def forged(user: str) -> dict[str, tuple[bytes, dict[str, str], dict[str, str]]]:
    """For each channel a good body whose signature is not the platform's: (body, query, headers)."""
    update, event = telegram_text(randbelow(10**9), "hi", randbelow(10**9)), slack_text(user, "hi", "1700000000.000100")
    plain = to_xml(wechat_fields(user, "hi", 1)).encode()
    now, secret = str(int(time.time())), credentials.SLACK_SIGNING_SECRET
    return {
        "telegram without its secret": (update, {}, {}),
        "telegram with a wrong secret": (update, {}, {TELEGRAM_HEADER: "guessed"}),
        "telegram with a secret that is no ASCII": (update, {}, {TELEGRAM_HEADER: "\u00fc\u00df"}),
        "slack without a signature": (event, {}, {}),
        "slack with another secret": (event, {}, signed_headers("another", event)),
        "slack ten minutes old": (event, {}, signed_headers(secret, event, time.time() - 600)),
        "slack from the future": (event, {}, signed_headers(secret, event, time.time() + 900)),
        "slack with a time that is no number":
            (event, {}, {"X-Slack-Request-Timestamp": "now", "X-Slack-Signature": "v0=00"}),
        "wechat without a signature": (plain, {}, {}),
        "wechat with a wrong signature": (plain, {"timestamp": now, "nonce": "n", "signature": "0" * 40}, {}),
        "wechat said to be encrypted": (plain, {"timestamp": now, "nonce": "n", "encrypt_type": "aes",
                                                "msg_signature": "0" * 40}, {}),
    }


async def test_what_is_not_signed_by_the_platform_is_refused_and_nothing_is_stored(
    house: House, sender: Sender, http: httpx.AsyncClient
) -> None:
    user = f"U{token_hex(5).upper()}"
    stored, logged = house.counts("inbound"), len(house.log)
    cases = forged(user)
    for name, (body, query, headers) in cases.items():
        channel = name.split()[0]
        encoded = [(key.encode(), value.encode()) for key, value in headers.items()]
        answer = await http.post(f"{house.url}/webhooks/{channel}", params=query, content=body, headers=encoded)
        assert answer.status_code in (401, 403), name
        assert user not in answer.text
    assert house.counts("inbound") == stored
    assert len(house.log_lines("webhook_refused", logged)) == len(cases)
    assert user not in house.log[logged:]


async def test_a_stale_wechat_message_is_refused(sender: Sender, house: House) -> None:
    stored = house.counts("inbound")
    body = to_xml(wechat_fields("o-stale", "hi", 1)).encode()
    assert await sender.wechat(body, at=time.time() - 3600) in (401, 403)
    assert house.counts("inbound") == stored


SECRET = "my-card-number-is-4111-1111"  # stands for what a customer would not want in a log
DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
DTD = b'<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "' + SECRET.encode() + b'">]><xml><Content>&a;</Content></xml>'
BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(8)) + b"]><xml>&i;</xml>"
)
MALFORMED = {
    "empty": b"",
    "not even text": b"\xff\xfe\x00\x01",
    "cut off": b'{"update_id": 1, "message": {"text": "' + SECRET.encode(),
    "no object": b"[1, 2, 3]",
    "null": b"null",
    "a number": b"42",
    "deep": DEEP,
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "huge number": b'{"update_id": ' + b"9" * 50_000 + b"}",
    "wrong types": b'{"update_id": "x", "message": [], "type": 5, "event": "y"}',
    "with a DTD": DTD,
    "with a bomb": BOMB,
    "cut-off XML": b"<xml><Content>" + SECRET.encode(),
    "deep XML": b"<a>" * 50_000 + b"</a>" * 50_000,
    "an event of nothing": b'{"type": "event_callback", "event": {}}',
    "a message of nothing": b'{"update_id": 7, "message": {}}',
    "a form": b"payload=%7B%22type%22%3A",
}


@pytest.mark.parametrize("channel", SIGNED)
async def test_nonsense_under_a_good_signature_stores_nothing_and_never_shows_in_the_log(
    house: House, sender: Sender, channel: str
) -> None:
    stored, logged = house.counts("inbound"), len(house.log)
    answers = {name: await sender.to(channel, body) for name, body in MALFORMED.items()}
    assert {name: status for name, status in answers.items() if not 200 <= status < 500} == {}
    dangerous = ["cut off", "not even text", "deep", "deep lists"] if channel != "wechat" else [
        "with a DTD", "with a bomb", "cut-off XML", "empty"
    ]
    assert {name: answers[name] for name in dangerous if not 400 <= answers[name] < 500} == {}
    assert house.counts("inbound") == stored
    log = house.log[logged:]
    assert SECRET not in log
    assert "Traceback" not in log
    refused = [name for name, status in answers.items() if status >= 400]
    assert len(house.log_lines("webhook_refused", logged)) == len(refused)


@pytest.mark.parametrize("channel", SIGNED)
async def test_a_body_over_one_megabyte_is_refused_before_it_is_read(
    house: House, sender: Sender, channel: str
) -> None:
    stored = house.counts("inbound")
    assert await sender.to(channel, b"x" * (2**20 + 1)) == 413
    assert house.counts("inbound") == stored


async def test_a_message_sealed_with_another_key_is_refused(sender: Sender, house: House) -> None:
    stored = house.counts("inbound")
    other = "z" * 42 + "A"
    assert 400 <= await sender.wechat_sealed(wechat_fields("o-sealed", "hi", 1), key=other) < 500
    assert house.counts("inbound") == stored


async def test_events_we_do_not_know_are_accepted_and_counted(house: House, sender: Sender) -> None:
    def counted() -> dict[str, float]:
        name = "frontdesk_webhooks_ignored_total"
        return {
            "telegram": house.metric(name, channel="telegram", why="unknown_update"),
            "slack": house.metric(name, channel="slack", why="unknown_event"),
            "wechat": house.metric(name, channel="wechat", why="unknown_event"),
        }

    before, stored = counted(), house.counts("inbound")
    unknown = json.dumps({"update_id": 1, "something_new": {"id": "1"}}).encode()
    emoji = {"type": "event_callback", "event_id": "Ev1", "team_id": "T0FRONTDESK",
             "event": {"type": "emoji_changed", "subtype": "add", "event_ts": "1.000001"}}
    fields = {"ToUserName": "gh", "FromUserName": "o-x", "CreateTime": str(int(time.time())), "MsgType": "event",
              "Event": "something_new"}
    assert await sender.telegram(unknown) == 200
    assert await sender.slack(json.dumps(emoji).encode()) == 200
    assert await sender.wechat_sealed(fields) == 200
    assert counted() == {channel: count + 1 for channel, count in before.items()}
    assert house.counts("inbound") == stored
