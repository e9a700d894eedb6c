"""The action server on Rasa's wire format: compressed bodies, missing domains, unknown and slow actions."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import structlog

from bot.actions.catalogue import build_actions
from bot.actions.server import LARGEST_BODY, build_app
from tests.fakes.faq import InMemoryFaq
from tests.fakes.records import InMemoryRecords

DOMAIN = {"slots": {}, "intents": []}


class BrokenRecords(InMemoryRecords):
    async def orders_of(self, conversation_id: str) -> Any:
        raise RuntimeError(f"cannot read the orders of {conversation_id} 13800138000")


def call(action: str, text: str = "早餐几点开始", **extra: Any) -> dict[str, Any]:
    message = {"text": text, "intent": {"name": "ask_question", "confidence": 0.9}, "entities": []}
    user = {"event": "user", "text": text, "parse_data": message, "metadata": {"key": "k", "language": "zh-Hans"}}
    tracker = {
        "sender_id": "c1", "slots": {}, "latest_message": message, "events": [user], "paused": False,
        "active_loop": {}, "latest_action_name": "action_listen",
    }
    return {"next_action": action, "sender_id": "c1", "tracker": tracker, "domain": {"intents": []}} | extra


def server(
    faq: InMemoryFaq | None = None, records: InMemoryRecords | None = None, slowest: float = 8.0
) -> httpx.AsyncClient:
    app = build_app(build_actions(records or InMemoryRecords(), faq or InMemoryFaq()), DOMAIN, slowest)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://actions")


async def test_an_action_answers_with_events_and_responses() -> None:
    async with server() as http:
        answer = await http.post("/webhook", json=call("action_answer_question"))
    assert answer.status_code == 200
    assert answer.json()["responses"][0]["text"] == "早餐 7:00 到 10:00。"
    assert answer.json()["events"] == [{"event": "slot", "name": "last_question", "value": "早餐几点开始"}]


async def test_a_compressed_body_is_read() -> None:
    body = zlib.compress(json.dumps(call("action_answer_question")).encode())
    async with server() as http:
        answer = await http.post("/webhook", content=body, headers={"content-encoding": "deflate"})
    assert answer.status_code == 200


async def test_a_call_without_domain_gets_ours() -> None:
    async with server() as http:
        answer = await http.post("/webhook", json=call("action_answer_question", domain=None))
    assert answer.status_code == 200


@pytest.mark.parametrize(("body", "encoding"), [
    (b"not json", ""),
    (b"[1, 2]", ""),
    (b"not deflated", "deflate"),
    (zlib.compress(b" " * (LARGEST_BODY + 1)), "deflate"),
])
async def test_a_body_that_is_no_call_is_refused(body: bytes, encoding: str) -> None:
    async with server() as http:
        answer = await http.post("/webhook", content=body, headers={"content-encoding": encoding} if encoding else {})
    assert answer.status_code == 400


async def test_an_unknown_action_is_not_found() -> None:
    async with server() as http:
        answer = await http.post("/webhook", json=call("action_of_somebody_else"))
    assert answer.status_code == 404
    assert answer.json()["action_name"] == "action_of_somebody_else"


async def test_a_slow_action_is_given_up_in_time() -> None:
    async with server(InMemoryFaq(delay=5), slowest=0.05) as http:
        answer = await http.post("/webhook", json=call("action_answer_question"))
    assert answer.status_code == 504


async def test_a_failing_action_is_logged_without_what_the_customer_said() -> None:
    with structlog.testing.capture_logs() as logs:
        async with server(records=BrokenRecords()) as http:
            answer = await http.post("/webhook", json=call("action_check_order", "我的电话 13800138000"))
    assert answer.status_code == 500
    assert logs == [{
        "event": "action.failed", "action": "action_check_order", "conversation": "c1", "kind": "RuntimeError",
        "log_level": "error",
    }]
    assert "138" not in answer.text


async def test_the_servers_health_is_told() -> None:
    async with server() as http:
        answer = (await http.get("/health")).json()
    assert answer["status"] == "ok"
    assert answer["actions"] > 20


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/webhook", 405), ("POST", "/health", 405), ("POST", "/webhooks", 404), ("GET", "/", 404),
])
async def test_whatever_else_is_asked_for_is_not_there(method: str, path: str, status: int) -> None:
    async with server() as http:
        answer = await http.request(method, path)
    assert answer.status_code == status
    assert "error" in answer.json()


async def test_a_body_over_the_limit_is_not_read_to_its_end() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 2**20
            yield b" " * 2**20

    async with server() as http:
        answer = await asyncio.wait_for(http.post("/webhook", content=endless()), 10)
    assert answer.status_code == 400
    assert read <= LARGEST_BODY + 2**21
