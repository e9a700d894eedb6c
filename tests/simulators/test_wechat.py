"""The simulated platform behaves as the real one is documented to."""

import asyncio
import inspect
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.wechat import WechatSimulator
from simulators.wechat.deliveries import FAULT_NOTICE
from simulators.wechat.envelope import Envelope, from_xml, sign, to_xml

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SECRETS = {"app_id": "wx1", "app_secret": "s", "token": "t"}
SEND, TYPING = "/cgi-bin/message/custom/send", "/cgi-bin/message/custom/typing"


class Account:
    """The other side: answers every webhook with `answers` in turn, the last one for ever."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Response | float] = [Response("success")]

    async def webhook(self, request: Request) -> Response:
        self.seen.append((dict(request.query_params), await request.body()))
        answer = self.answers[min(len(self.seen), len(self.answers)) - 1]
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return Response("success")
        return answer

    def fields(self, n: int = -1) -> dict[str, str]:
        return from_xml(self.seen[n][1])


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2025, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **parts: float) -> None:
        self.time += timedelta(**parts)


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def build(account, clock):
    """Makes a simulator in a hurry whose webhooks reach the account."""
    made = []

    def make(**settings):
        app = Starlette(routes=[Route("/hook", account.webhook, methods=["GET", "POST"])])
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app))
        hurry = {"answer_limit": 0.1, "retry_delays": (0.1, 0.1), "clock": clock}
        simulator = WechatSimulator(**SECRETS, webhook_url="http://us/hook", http=http, **(hurry | settings))
        made.append(simulator)
        return simulator

    yield make
    for simulator in made:
        await simulator.stop()


@pytest.fixture
def simulator(build):
    return build()


@pytest.fixture
async def api(simulator):
    transport = httpx.ASGITransport(Starlette(routes=simulator.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://platform") as client:
        yield client


async def token(api, *, force=False):
    body = {"grant_type": "client_credential", "appid": "wx1", "secret": "s", "force_refresh": force}
    return (await api.post("/cgi-bin/stable_token", json=body)).json()


async def call(api, path, body, given=None):
    given = given or (await token(api))["access_token"]
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    response = await api.post(path, params={"access_token": given}, content=raw)
    assert response.status_code == 200
    return response.json()["errcode"]


def text(content, user="u1"):
    return {"touser": user, "msgtype": "text", "text": {"content": content}}


def shown(simulator, user="u1"):
    return [(line.text, line.state) for line in simulator.messages(user) if line.direction == "out"]


def webhooks(simulator):
    return [entry for entry in simulator.ledger.entries() if entry["kind"] == "webhook"]


async def test_a_message_is_delivered_signed_once_when_it_is_answered(simulator, account):
    message_id = await simulator.send("u1", "你好")
    await simulator.settled()
    ((query, _),) = account.seen
    assert query["signature"] == sign("t", query["timestamp"], query["nonce"])
    assert (account.fields()["MsgId"], account.fields()["Content"]) == (message_id, "你好")
    assert simulator.messages("u1")[0].state == "delivered"


async def test_in_safe_mode_nobody_can_read_the_message_on_its_way(build, account):
    simulator = build(encoding_aes_key=KEY)
    await simulator.send("u1", "password1")
    await simulator.settled()
    ((query, body),) = account.seen
    assert query["encrypt_type"] == "aes"
    assert query["msg_signature"] == sign("t", query["timestamp"], query["nonce"], from_xml(body)["Encrypt"])
    assert b"password1" not in body


@pytest.mark.parametrize("answer", ["", "success"])
async def test_success_and_an_empty_answer_show_nothing(simulator, account, answer):
    account.answers = [Response(answer)]
    await simulator.send("u1", "你好")
    await simulator.settled()
    assert (len(account.seen), shown(simulator)) == (1, [])


async def test_the_platform_hangs_up_and_asks_three_times_with_the_same_id(simulator, account):
    account.answers = [9.0]
    await simulator.send("u1", "你好")
    await simulator.settled()
    assert len({account.fields(n)["MsgId"] for n in range(3)}) == 1
    assert [(w["attempt"], w["outcome"], w["status"]) for w in webhooks(simulator)] == [
        (1, "timeout", None),
        (2, "timeout", None),
        (3, "timeout", None),
    ]
    assert shown(simulator) == [(FAULT_NOTICE, "fault")]
    assert simulator.messages("u1")[0].state == "failed"


async def test_an_answer_to_the_second_try_stops_the_third(simulator, account):
    account.answers = [9.0, Response("success")]
    await simulator.send("u1", "你好")
    await simulator.settled()
    assert (len(account.seen), shown(simulator)) == (2, [])


async def test_tries_are_as_far_apart_as_told_although_refused_at_once(build, account):
    simulator = build(retry_delays=(0.2, 0.2))
    account.answers = [Response("{}", 500), Response("{}", 500), Response("success")]
    started = asyncio.get_running_loop().time()
    await simulator.send("u1", "你好")
    await simulator.settled()
    assert len(account.seen) == 3
    assert asyncio.get_running_loop().time() - started >= 0.4


def test_by_default_the_platform_waits_five_seconds_three_times():
    settings = inspect.signature(WechatSimulator).parameters
    assert (settings["answer_limit"].default, settings["retry_delays"].default) == (5.0, (5.0, 5.0))


@pytest.mark.parametrize("answer", ['{"ok":true}', "<xml>", "<html/>", "<xml><MsgType>text</MsgType></xml>"])
async def test_an_answer_nobody_can_read_is_shown_as_a_failure(simulator, account, answer):
    account.answers = [Response(answer)]
    await simulator.send("u1", "你好")
    await simulator.settled()
    assert len(account.seen) == 3
    assert shown(simulator) == [(FAULT_NOTICE, "fault")]


async def test_a_plain_answer_in_safe_mode_is_a_failure(build, account):
    simulator = build(encoding_aes_key=KEY)
    account.answers = [Response("<xml><ToUserName>u1</ToUserName><MsgType>text</MsgType><Content>x</Content></xml>")]
    await simulator.send("u1", "你好")
    await simulator.settled()
    assert {w["outcome"] for w in webhooks(simulator)} == {"unreadable"}


@pytest.mark.parametrize(("signing_token", "outcome"), [("t", "reply"), ("another", "unreadable")])
async def test_an_answer_counts_only_when_it_is_signed_with_the_accounts_token(build, account, signing_token, outcome):
    simulator = build(encoding_aes_key=KEY)
    reply = {"ToUserName": "u1", "FromUserName": "gh_5imul4t0r000", "MsgType": "text", "Content": "在"}
    encrypted = from_xml(Envelope("wx1", "t", KEY).wrap(reply, 1).body)["Encrypt"]
    signature = sign(signing_token, "1", "n", encrypted)
    signed = {"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": "1", "Nonce": "n"}
    account.answers = [Response(to_xml(signed))]
    await simulator.send("u1", "你好")
    await simulator.settled()
    assert {w["outcome"] for w in webhooks(simulator)} == {outcome}


async def test_a_reply_to_somebody_else_is_a_failure(simulator, account):
    reply = "<xml><ToUserName>u2</ToUserName><FromUserName>gh_5imul4t0r000</FromUserName><MsgType>text</MsgType>"
    account.answers = [Response(reply + "<Content>x</Content></xml>")]
    await simulator.send("u1", "你好")
    await simulator.settled()
    assert {w["outcome"] for w in webhooks(simulator)} == {"misaddressed"}


async def test_a_lost_answer_is_asked_for_again_and_shown_once(simulator, account):
    reply = "<xml><ToUserName>u1</ToUserName><FromUserName>gh_5imul4t0r000</FromUserName><MsgType>text</MsgType>"
    account.answers = [Response(reply + "<Content>在</Content></xml>")]
    simulator.faults.add({"kind": "unheard"})
    await simulator.send("u1", "在吗")
    await simulator.settled()
    assert [w["outcome"] for w in webhooks(simulator)] == ["unheard", "reply"]
    assert shown(simulator) == [("在", "passive")]


async def test_who_leaves_sees_nothing_more(simulator, account, api):
    account.answers = [Response("nonsense")]
    await simulator.event("u1", "unfollow")
    await simulator.settled()
    assert account.fields()["Event"] == "unsubscribe"
    assert shown(simulator) == []
    with pytest.raises(ValueError, match="follow"):
        await simulator.send("u1", "在吗")
    assert await call(api, SEND, text("回来吧")) == 43004


async def test_events_are_worded_as_the_platform_does(simulator, account):
    for event, key in (("follow", "lobby"), ("scan", "lobby"), ("menu", "ORDERS"), ("some_new_event", "")):
        await simulator.event("u1", event, key)
        await simulator.settled()
    assert [(account.fields(n)["Event"], account.fields(n)["EventKey"]) for n in range(4)] == [
        ("subscribe", "qrscene_lobby"),
        ("SCAN", "lobby"),
        ("CLICK", "ORDERS"),
        ("some_new_event", ""),
    ]


async def test_a_message_allows_five_answers_within_two_days(simulator, api, clock):
    assert await call(api, SEND, text("hi")) == 40003
    simulator.add_user("u1")
    assert await call(api, SEND, text("hi")) == 45015
    await simulator.send("u1", "你好")
    assert [await call(api, SEND, text("hi")) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    await simulator.send("u1", "还在吗")
    clock.pass_by(hours=47, minutes=59)
    assert await call(api, SEND, text("hi")) == 0
    clock.pass_by(minutes=2)
    assert await call(api, SEND, text("hi")) == 45015


async def test_an_event_allows_three_answers_within_a_minute_and_leaves_the_others_alone(simulator, api, clock):
    await simulator.event("u1", "menu", "ORDERS")
    assert [await call(api, SEND, text("hi")) for _ in range(4)] == [0, 0, 0, 45047]
    await simulator.send("u1", "你好")
    await simulator.event("u1", "scan", "lobby")
    assert [await call(api, SEND, text("hi")) for _ in range(9)] == [0] * 8 + [45047]
    await simulator.event("u1", "menu", "ORDERS")
    clock.pass_by(seconds=61)
    assert await call(api, SEND, text("hi")) == 45047  # the message's window is open still, but used up


async def test_windows_can_be_short_for_a_demonstration(build):
    simulator = build(window_seconds=0.0)
    person = simulator.add_user("u1")
    simulator.people.contact(person, "message")
    assert simulator.people.spend(person) == 45015


async def test_a_passive_reply_costs_nothing(simulator, account, api):
    reply = "<xml><ToUserName>u1</ToUserName><FromUserName>gh_5imul4t0r000</FromUserName><MsgType>text</MsgType>"
    account.answers = [Response(reply + "<Content>在</Content></xml>")]
    await simulator.send("u1", "在吗")
    await simulator.settled()
    assert [await call(api, SEND, text("hi")) for _ in range(6)] == [0] * 5 + [45047]


async def test_texts_are_limited_and_shown_as_they_came(simulator, api):
    await simulator.send("u1", "你好")
    assert await call(api, SEND, text("住" * 683)) == 45002
    assert await call(api, SEND, text("")) == 44004
    assert await call(api, SEND, {"touser": "u1", "msgtype": "hologram"}) == 40008
    assert await call(api, SEND, b"{") == 47001
    assert await call(api, SEND, text("住" * 682)) == 0
    assert await call(api, SEND, json.dumps(text("你好")).encode()) == 0
    assert shown(simulator)[1] == ("\\u4f60\\u597d", "delivered")  # escapes are not decoded for the user


async def test_a_token_lasts_and_an_old_one_outlives_its_successor_by_five_minutes(api, simulator, clock):
    await simulator.send("u1", "你好")
    first = await token(api)
    assert first["expires_in"] == 7200
    assert await token(api) == first
    second = await token(api, force=True)
    assert second["access_token"] != first["access_token"]
    assert await call(api, SEND, text("hi"), first["access_token"]) == 0
    clock.pass_by(minutes=6)
    assert await call(api, SEND, text("hi"), first["access_token"]) == 42001
    assert await call(api, SEND, text("hi"), second["access_token"]) == 0
    clock.pass_by(hours=2)
    assert await call(api, SEND, text("hi"), second["access_token"]) == 42001
    assert await call(api, SEND, text("hi"), "never-issued") == 40001


async def test_tokens_are_not_forced_often(api, clock):
    assert "access_token" in await token(api, force=True)
    assert (await token(api, force=True))["errcode"] == 45011
    for _ in range(19):
        clock.pass_by(seconds=31)
        assert "access_token" in await token(api, force=True)
    clock.pass_by(seconds=31)
    assert (await token(api, force=True))["errcode"] == 45009


@pytest.mark.parametrize(("field", "code"), [("appid", 40013), ("secret", 40125), ("grant_type", 40002)])
async def test_wrong_credentials_get_no_token(api, field, code):
    body = {"grant_type": "client_credential", "appid": "wx1", "secret": "s"} | {field: "wrong"}
    assert (await api.post("/cgi-bin/stable_token", json=body)).json()["errcode"] == code


async def test_typing_is_shown_only_soon_after_a_contact_and_not_twice(simulator, api, clock):
    typing = {"touser": "u1", "command": "Typing"}
    simulator.add_user("u1")
    assert await call(api, TYPING, typing) == 45080
    await simulator.send("u1", "你好")
    assert await call(api, TYPING, typing) == 0
    assert await call(api, TYPING, typing) == 45081
    clock.pass_by(seconds=16)
    assert await call(api, TYPING, typing) == 0
    assert await call(api, TYPING, typing | {"command": "CancelTyping"}) == 0
    assert await call(api, TYPING, typing | {"command": "Sing"}) == 45072
    clock.pass_by(seconds=31)
    assert await call(api, TYPING, typing) == 45080


async def test_a_picture_is_stored_sent_and_seen(simulator, api):
    await simulator.send("u1", "有照片吗")
    given = {"access_token": (await token(api))["access_token"]}
    files = {"media": ("a.png", b"PNG", "image/png")}
    kept = (await api.post("/cgi-bin/media/upload", params=given | {"type": "image"}, files=files)).json()
    image = {"touser": "u1", "msgtype": "image", "image": {"media_id": kept["media_id"]}}
    assert await call(api, SEND, image) == 0
    assert await call(api, SEND, image | {"image": {"media_id": "gone"}}) == 40007
    (seen,) = [line.image for line in simulator.messages("u1") if line.image]
    assert (await api.get(seen)).content == b"PNG"
    downloaded = await api.get("/cgi-bin/media/get", params=given | {"media_id": kept["media_id"]})
    assert (downloaded.content, downloaded.headers["content-type"]) == (b"PNG", "image/png")
    assert (await api.post("/cgi-bin/media/upload", params=given | {"type": "image"})).json()["errcode"] == 41005


async def test_an_item_of_a_menu_message_can_be_tapped(simulator, account, api):
    await simulator.send("u1", "评价")
    menu = {"head_content": "满意吗？", "list": [{"id": "101", "content": "满意"}], "tail_content": ""}
    assert await call(api, SEND, {"touser": "u1", "msgtype": "msgmenu", "msgmenu": menu}) == 0
    offered = simulator.messages("u1")[-1]
    assert offered.buttons == [{"title": "满意", "id": "101", "url": ""}]
    await simulator.settled()
    await simulator.click("u1", offered.seq, "101")
    await simulator.settled()
    assert (account.fields()["Content"], account.fields()["bizmsgmenuid"]) == ("满意", "101")
    with pytest.raises(ValueError, match="no such item"):
        await simulator.click("u1", offered.seq, "102")


async def test_faults_hit_as_often_as_told_and_can_be_cleared(simulator, api):
    await simulator.send("u1", "你好")
    simulator.faults.add({"kind": "busy", "count": 2})
    assert [await call(api, SEND, text("hi")) for _ in range(3)] == [-1, -1, 0]
    simulator.faults.add({"kind": "errcode", "code": 45009, "count": None})
    assert [await call(api, SEND, text("hi")) for _ in range(3)] == [45009] * 3
    simulator.faults.clear()
    assert await call(api, SEND, text("hi")) == 0


async def test_a_share_of_the_calls_can_fail(simulator, api):
    simulator.add_user("u1")
    simulator.faults.add({"kind": "busy", "count": None, "share": 0.5})
    codes = [await call(api, SEND, text("hi")) for _ in range(40)]
    assert 5 < codes.count(-1) < 35


async def test_the_ledger_tells_what_a_customer_really_got(simulator, api):
    await simulator.send("u1", "你好")
    given = (await token(api))["access_token"]
    simulator.faults.add({"kind": "status_after", "code": 502})
    lost = await api.post(SEND, params={"access_token": given}, json=text("hi"))
    simulator.faults.add({"kind": "status", "code": 503})
    refused = await api.post(SEND, params={"access_token": given}, json=text("hi"))
    assert (lost.status_code, refused.status_code) == (502, 503)
    sends = [e for e in simulator.ledger.entries() if e["kind"] == "call" and e["path"] == SEND]
    assert [(e["delivered"], e["outcome"], e["user"], e["text"]) for e in sends] == [
        (True, "0", "u1", "hi"),
        (False, "http_503", "", ""),
    ]
    assert shown(simulator) == [("hi", "delivered")]


async def test_memory_is_bounded(build):
    simulator = build(kept=3)
    for n in range(9):
        await simulator.send("u1", str(n))
    await simulator.settled()
    assert len(simulator.ledger.entries()) == 3
    assert [line.text for line in simulator.messages("u1")] == ["6", "7", "8"]


async def test_it_is_steered_over_http(simulator, api, account):
    chen = {"id": "u1", "name": "陈小姐"}
    assert (await api.post("/sim/wechat/users", json=chen)).json() == chen
    assert (await api.get("/sim/wechat/users")).json() == [chen | {"follows": True}]
    sent = (await api.post("/sim/wechat/send", json={"user": "u1", "text": "你好"})).json()
    await api.post("/sim/wechat/send", json={"user": "u1", "image": True})
    await api.post("/sim/wechat/event", json={"user": "u1", "event": "menu", "key": "ORDERS"})
    await simulator.settled()
    assert await call(api, SEND, text("您好")) == 0
    mine, picture, answer = (await api.get("/sim/wechat/messages", params={"user": "u1"})).json()
    assert mine | {"at": ""} == {
        "seq": 1, "direction": "in", "text": "你好", "buttons": [], "image": None, "at": "", "state": "delivered",
    }  # fmt: skip
    assert mine["at"] == "2025-01-01T00:00:00Z"
    assert (await api.get(picture["image"])).headers["content-type"] == "image/png"
    newer = await api.get("/sim/wechat/messages", params={"user": "u1", "after": picture["seq"]})
    assert newer.json() == [answer]
    ledger = (await api.get("/sim/wechat/ledger")).json()
    assert sent["id"] in {entry.get("key") for entry in ledger}
    assert (await api.post("/sim/wechat/check")).json() == {"ok": False}  # this account answers no echo


async def test_faults_are_set_over_http(simulator, api):
    await simulator.send("u1", "你好")
    before = await token(api)
    await api.post("/sim/wechat/fault", json={"kind": "token_lifetime", "seconds": 60})
    await api.post("/sim/wechat/fault", json={"kind": "expire_token"})
    assert await call(api, SEND, text("hi"), before["access_token"]) == 42001
    assert (await token(api))["expires_in"] == 60
    await api.post("/sim/wechat/fault", json={"kind": "busy", "count": None})
    assert await call(api, SEND, text("hi")) == -1
    await api.delete("/sim/wechat/fault")
    assert await call(api, SEND, text("hi")) == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("send", b'{"text":"no user"}'),
        ("send", b"["),
        ("send", b"[]"),
        ("send", b'{"user":"u1","kind":"hologram"}'),
        ("click", b'{"user":"u1","message":1,"button":"1"}'),
        ("fault", b'{"kind":"earthquake"}'),
        ("fault", b'{"kind":"busy","colour":1}'),
    ],
)
async def test_a_wrong_control_call_says_what_is_wrong(api, path, body):
    response = await api.post(f"/sim/wechat/{path}", content=body)
    assert (response.status_code, bool(response.json()["error"])) == (400, True)
