"""The simulated Slack workspace behaves as Slack does, as far as an app can tell."""

import asyncio
import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.slack import SlackSimulator

SECRET, TOKEN = "8f742231b10e8888abcd99yyyzzz85a5", "xoxb-canary"
AUTH = {"Authorization": f"Bearer {TOKEN}"}


class App:
    """An app's request URL: keeps what comes, checks the signature, answers what a test wants."""

    def __init__(self):
        self.requests = []
        self.answers = []
        self.delay = 0.0

    async def __call__(self, scope, receive, send):
        await Starlette(routes=[Route("/hook", self.take, methods=["POST"])])(scope, receive, send)

    async def take(self, request):
        body = await request.body()
        timestamp = request.headers["x-slack-request-timestamp"]
        expected = hmac.new(SECRET.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
        assert request.headers["x-slack-signature"] == f"v0={expected}"
        form = request.headers["content-type"] == "application/x-www-form-urlencoded"
        content = json.loads(parse_qs(body.decode())["payload"][0] if form else body)
        self.requests.append((request.headers, content))
        await asyncio.sleep(self.delay)
        if content["type"] == "url_verification":
            return JSONResponse({"challenge": content["challenge"]})
        return self.answers.pop(0) if self.answers else Response(status_code=200)

    @property
    def events(self):
        return [content for _, content in self.requests if not content.get("event", {}).get("bot_id")]


@pytest.fixture
def app():
    return App()


@pytest.fixture
async def sim(app):
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport) as client:
        simulator = SlackSimulator(
            TOKEN, SECRET, "http://frontdesk/hook", client=client, answer_limit=0.2, retry_delays=(0, 0.05, 0.1),
            channel_rate=None, public_url="http://slack.test",
        )
        simulator.add_user("U1LIN", "林小姐")
        await simulator.start()
        yield simulator
        await simulator.stop()


@pytest.fixture
async def slack(sim):
    """An HTTP client of the simulator."""
    transport = httpx.ASGITransport(app=Starlette(routes=sim.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://slack.test") as client:
        yield client


async def post(slack, text, channel="U1LIN", **more):
    answer = await slack.post("/api/chat.postMessage", json={"channel": channel, "text": text, **more}, headers=AUTH)
    return answer.json()


def tries(sim):
    return [(entry["attempt"], entry["outcome"]) for entry in sim.ledger if entry["kind"] == "webhook"]


async def test_a_direct_message_is_one_signed_event(app, sim):
    ts = await sim.send("U1LIN", "a < b")
    await sim.settled()
    [content] = app.events
    assert content["event"]["ts"] == ts
    assert content["event"]["text"] == "a &lt; b"
    assert content["event"]["channel_type"] == "im"
    assert content["authorizations"][0]["user_id"] == sim.workspace.bot_user_id
    [line] = sim.messages("U1LIN")
    assert line.state == "delivered"


async def test_a_mention_in_a_channel_is_two_events_of_one_message(app, sim):
    await sim.send("U1LIN", "hi", channel="C1GENERAL")
    await sim.settled()
    first, second = app.events
    assert {first["event"]["type"], second["event"]["type"]} == {"message", "app_mention"}
    assert first["event"]["ts"] == second["event"]["ts"]
    assert first["event_id"] != second["event_id"]


async def test_a_failing_app_is_tried_four_times_with_the_reason(app, sim):
    app.answers = [Response(status_code=500)] * 4
    await sim.send("U1LIN", "hi")
    await sim.settled()
    assert tries(sim) == [(0, "http_error"), (1, "http_error"), (2, "http_error"), (3, "http_error")]
    headers = [headers for headers, _ in app.requests]
    assert "x-slack-retry-num" not in headers[0]
    assert [(h["x-slack-retry-num"], h["x-slack-retry-reason"]) for h in headers[1:]] == [
        ("1", "http_error"), ("2", "http_error"), ("3", "http_error")
    ]
    assert len({content["event_id"] for _, content in app.requests}) == 1
    assert sim.messages("U1LIN")[0].state == "failed"


async def test_a_slow_app_hears_the_event_again(app, sim):
    app.delay = 0.3
    await sim.send("U1LIN", "hi")
    await asyncio.sleep(0.25)
    app.delay = 0.0
    await sim.settled()
    assert tries(sim) == [(0, "http_timeout"), (1, "http_timeout"), (2, "accepted")]
    assert app.requests[1][0]["x-slack-retry-reason"] == "http_timeout"


async def test_an_app_can_decline_repeats(app, sim):
    app.answers = [Response(status_code=500, headers={"X-Slack-No-Retry": "1"})]
    await sim.send("U1LIN", "hi")
    await sim.settled()
    assert tries(sim) == [(0, "http_error")]


async def test_an_app_that_is_down_counts_as_a_failed_connection():
    sim = SlackSimulator(TOKEN, SECRET, "http://127.0.0.1:9/hook", retry_delays=())
    await sim.send("U1LIN", "hi")
    await sim.settled()
    assert tries(sim) == [(0, "connection_failed")]
    await sim.stop()


async def test_the_request_url_is_verified_by_its_challenge(app, sim):
    assert await sim.verify_url()
    assert app.requests[0][1]["type"] == "url_verification"


async def test_a_reply_appears_in_the_direct_chat_and_comes_back_as_the_apps_own(app, sim, slack):
    posted = await post(slack, "Tom &amp; Jerry")
    await sim.settled()
    [line] = sim.messages("U1LIN")
    assert (line.text, line.ts, line.chat) == ("Tom & Jerry", posted["ts"], posted["channel"])
    [(_, echo)] = app.requests
    assert echo["event"]["bot_id"]


async def test_a_form_with_blocks_as_json_text_is_read_too(sim, slack):
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "shown"}}
    form = {"channel": "U1LIN", "text": "fallback", "blocks": json.dumps([block]), "token": TOKEN}
    answer = await slack.post("/api/chat.postMessage", data=form)
    assert answer.json()["ok"]
    assert sim.messages("U1LIN")[0].text == "shown"


@pytest.mark.parametrize(("arguments", "error"), [
    ({"channel": "C404", "text": "x"}, "channel_not_found"),
    ({"channel": "U1LIN"}, "no_text"),
    ({"channel": "U1LIN", "text": "x" * 40_001}, "msg_too_long"),
    ({"channel": "U1LIN", "text": "x", "blocks": "{"}, "invalid_blocks_format"),
    ({"channel": "U1LIN", "text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]},
     "invalid_blocks"),
    ({"channel": "U1LIN", "text": "x", "blocks": [{"type": "actions", "elements": [
        {"type": "button", "text": {"type": "plain_text", "text": "x" * 76}, "action_id": "a"}]}]}, "invalid_blocks"),
    ({"channel": "U1LIN", "text": "x", "blocks": [{"type": "actions", "elements": [
        {"type": "button", "text": {"type": "plain_text", "text": "A"}, "action_id": "same"}] * 2}]}, "invalid_blocks"),
])
async def test_what_slack_refuses_is_refused(sim, slack, arguments, error):
    answer = await slack.post("/api/chat.postMessage", json=arguments, headers=AUTH)
    assert answer.json() == {"ok": False, "error": error}
    assert sim.messages("U1LIN") == []


async def test_tokens_and_methods_are_checked(slack):
    assert (await slack.post("/api/auth.test")).json()["error"] == "not_authed"
    wrong = await slack.post("/api/auth.test", headers={"Authorization": "Bearer xoxb-other"})
    assert wrong.json()["error"] == "invalid_auth"
    assert (await slack.post("/api/chat.nothing", headers=AUTH)).json()["error"] == "unknown_method"
    assert (await slack.post("/api/auth.test", headers=AUTH)).json()["ok"]


async def test_a_tap_is_a_form_encoded_interaction_with_the_buttons_value(app, sim, slack):
    title = {"type": "plain_text", "text": "转人工"}
    button = {"type": "button", "text": title, "action_id": "choice-0", "value": "k3J"}
    posted = await post(slack, "?", blocks=[{"type": "actions", "elements": [button]}])
    await sim.click("U1LIN", posted["ts"], "k3J")
    await sim.settled()
    [tap] = app.events
    assert tap["type"] == "block_actions"
    assert tap["actions"][0]["value"] == "k3J"
    assert tap["container"]["message_ts"] == posted["ts"]
    assert tap["user"]["id"] == "U1LIN"


async def test_one_message_a_second_with_short_bursts(app):
    sim = SlackSimulator(TOKEN, SECRET, "http://127.0.0.1:9/hook", channel_rate=1.0, channel_burst=2, retry_delays=())
    sim.add_user("U1", "a")
    sim.add_user("U2", "b")
    transport = httpx.ASGITransport(app=Starlette(routes=sim.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://slack.test") as client:
        def answer(user):
            return client.post("/api/chat.postMessage", json={"channel": user, "text": "x"}, headers=AUTH)

        assert [(await answer("U1")).status_code for _ in range(3)] == [200, 200, 429]
        limited = await answer("U1")
        assert (limited.headers["retry-after"], limited.json()["error"]) == ("1", "ratelimited")
        assert (await answer("U2")).status_code == 200
    await sim.stop()


async def test_a_fault_hits_as_often_as_asked_and_can_be_cleared(sim, slack):
    await slack.post("/sim/slack/fault", json={"kind": "token_revoked", "times": 1})
    assert (await post(slack, "a"))["error"] == "token_revoked"
    assert (await post(slack, "b"))["ok"]
    await slack.post("/sim/slack/fault", json={"kind": "channel_not_found", "user": "U1LIN"})
    assert (await post(slack, "c"))["error"] == "channel_not_found"
    await slack.delete("/sim/slack/fault")
    assert (await post(slack, "d"))["ok"]
    assert [line.text for line in sim.messages("U1LIN")] == ["b", "d"]


async def test_a_timeout_after_delivery_has_delivered(sim, slack):
    sim.faults.set(kind="timeout_after_delivery", seconds=0.05)
    answer = await slack.post("/api/chat.postMessage", json={"channel": "U1LIN", "text": "x"}, headers=AUTH)
    assert answer.status_code == 504
    assert [line.text for line in sim.messages("U1LIN")] == ["x"]
    [call] = [entry for entry in sim.ledger if entry["kind"] == "api"]
    assert (call["user"], call["text"]) == ("U1LIN", "x")
    assert (call["outcome"], call["fault"]) == ("ok", "timeout_after_delivery")


async def test_events_can_be_sent_twice(app, sim):
    sim.faults.set(kind="repeat_events", times=1)
    await sim.send("U1LIN", "hi")
    await sim.settled()
    first, second = app.events
    assert first["event_id"] == second["event_id"]


async def test_a_picture_can_be_downloaded_only_with_the_token(app, sim, slack):
    await sim.send("U1LIN", "look", kind="image")
    await sim.settled()
    [file] = app.events[0]["event"]["files"]
    got = await slack.get(file["url_private"], headers=AUTH)
    assert got.content.startswith(b"\x89PNG")
    assert len(got.content) == file["size"]
    assert (await slack.get(file["url_private"])).status_code == 302


async def test_the_control_paths_serve_a_phone(app, sim, slack):
    assert (await slack.post("/sim/slack/users", json={"id": "U2WANG", "name": "王先生"})).status_code == 200
    assert {"id": "U2WANG", "name": "王先生"} in (await slack.get("/sim/slack/users")).json()
    sent = (await slack.post("/sim/slack/send", json={"user": "U2WANG", "text": "看", "image": True})).json()["id"]
    button = {"type": "button", "text": {"type": "plain_text", "text": "好"}, "action_id": "choice-0", "value": "b1"}
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "收到"}}
    await post(slack, "收到", channel="U2WANG", blocks=[section, {"type": "actions", "elements": [button]}])
    theirs, ours = (await slack.get("/sim/slack/messages", params={"user": "U2WANG"})).json()
    assert (theirs["id"], theirs["direction"], theirs["text"]) == (sent, "in", "看")
    assert (await slack.get(theirs["image"])).headers["content-type"] == "image/png"
    assert (ours["direction"], ours["text"]) == ("out", "收到")
    assert ours["buttons"] == [{"title": "好", "id": "b1", "url": ""}]
    assert datetime.fromisoformat(ours["at"]).tzinfo == UTC
    tapped = await slack.post("/sim/slack/click", json={"user": "U2WANG", "message": ours["seq"], "button": "b1"})
    assert tapped.json() == {"ok": True}
    later = await slack.get("/sim/slack/messages", params={"user": "U2WANG", "after": ours["seq"]})
    assert later.json() == []
    await sim.settled()
    assert app.events[-1]["type"] == "block_actions"
    assert any(entry["kind"] == "webhook" for entry in (await slack.get("/sim/slack/ledger")).json())


@pytest.mark.parametrize(("event", "seen"), [
    ("start", "app_home_opened"), ("join", "member_joined_channel"), ("uninstall", "app_uninstalled"),
    ("rate_limited", "app_rate_limited"), ("verify_url", "url_verification"),
])
async def test_events_of_the_workspace_reach_the_app(app, sim, slack, event, seen):
    answer = await slack.post("/sim/slack/event", json={"user": "U1LIN", "event": event})
    await sim.settled()
    assert answer.json() == {"ok": True}
    [content] = app.events
    assert seen in (content["type"], content.get("event", {}).get("type"))


async def test_edits_and_deletions_reach_the_app(app, sim, slack):
    ts = await sim.send("U1LIN", "before")
    await slack.post("/sim/slack/event", json={"user": "U1LIN", "event": "edit", "message": ts, "text": "after"})
    await sim.settled()
    assert app.events[-1]["event"]["message"]["text"] == "after"
    await slack.post("/sim/slack/event", json={"user": "U1LIN", "event": "delete", "message": ts})
    await sim.settled()
    assert app.events[-1]["event"]["deleted_ts"] == ts
    assert sim.messages("U1LIN") == []


async def test_a_person_who_left_cannot_be_written_to_until_they_return(sim, slack):
    await slack.post("/sim/slack/event", json={"user": "U1LIN", "event": "block"})
    assert (await post(slack, "x"))["error"] == "channel_not_found"
    await slack.post("/sim/slack/event", json={"user": "U1LIN", "event": "unblock"})
    assert (await post(slack, "x"))["ok"]


@pytest.mark.parametrize(("path", "body"), [
    ("send", {}), ("click", {"user": "U1LIN", "message": "1.2", "button": "x"}), ("event", {"event": "dance"}),
    ("fault", {"kind": ""}), ("fault", {"nonsense": 1}), ("event", {"event": "block", "user": "U404"}),
])
async def test_a_control_request_that_cannot_be_done_says_so(slack, path, body):
    answer = await slack.post(f"/sim/slack/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_memory_is_bounded(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
        sim = SlackSimulator(TOKEN, SECRET, "http://frontdesk/hook", client=client, ledger_size=5)
        for number in range(20):
            await sim.send("U1LIN", str(number))
        await sim.settled()
        assert (len(sim.ledger), len(sim.messages("U1LIN"))) == (5, 5)
        await sim.stop()
