"""The action server: rasa-sdk's executor behind an ASGI application of its own.

A web framework's routing, request and response objects would take as long as many an action.

Protocol: Rasa 3.6 posts {"next_action", "tracker", "domain", ...} to /webhook and reads {"events", "responses"}.
"""

import asyncio
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import Action, ActionExecutionRejection, ActionNotFoundException
from starlette.types import ASGIApp, Receive, Scope, Send

SLOWEST = 8.0
"""Seconds an action may take: less than the 60 s that Rasa holds a conversation's lock, and than the gateway waits."""
LARGEST_BODY = 16 * 2**20

Answer = tuple[int, dict[str, Any]]
"""A status and what is said with it."""
log = structlog.get_logger()


def build_app(actions: Sequence[Action], domain: Mapping[str, Any], slowest: float = SLOWEST) -> ASGIApp:
    """POST /webhook runs an action, GET /health says that we serve.

    `domain` stands in where Rasa leaves it out (enable_selective_domain), which keeps requests at a tenth of the size.
    """
    executor = ActionExecutor()
    for action in actions:
        executor.register_action(action)
    stand_in = dict(domain)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError("nothing but HTTP is spoken here")
        match scope["path"], scope["method"]:
            case "/webhook", "POST":
                answer = await webhook(scope, receive)
            case "/health", "GET" | "HEAD":
                answer = 200, {"status": "ok", "actions": len(executor.actions)}
            case "/webhook" | "/health", _:
                answer = 405, {"error": "not this method"}
            case _:
                answer = 404, {"error": "not found"}
        await _send(send, scope, answer)

    async def webhook(scope: Scope, receive: Receive) -> Answer:
        encoding = next((value for name, value in scope["headers"] if name == b"content-encoding"), b"")
        try:
            call = _read(await _body(receive), encoding)
        except (ValueError, zlib.error):
            return 400, {"error": "the body is not a JSON object"}
        if not call.get("domain"):
            call["domain"] = stand_in
        return await _run(executor, call, slowest)

    return app


async def _body(receive: Receive) -> bytes:
    """Raises ValueError where the other side hangs up before its end, or never comes to one."""
    body, more = bytearray(), True
    while more:
        part = await receive()
        if part["type"] == "http.disconnect":
            raise ValueError("cut off")
        body += part.get("body", b"")
        more = part.get("more_body", False)
        if len(body) > LARGEST_BODY:
            raise ValueError("too large")
    return bytes(body)


async def _send(send: Send, scope: Scope, answer: Answer) -> None:
    status, content = answer
    body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _run(executor: ActionExecutor, call: dict[str, Any], slowest: float) -> Answer:
    name, conversation = str(call.get("next_action", "")), str(call.get("sender_id", ""))
    try:
        result = await asyncio.wait_for(executor.run(call), slowest)
    except ActionExecutionRejection as rejection:
        return 400, {"error": rejection.message, "action_name": rejection.action_name}
    except ActionNotFoundException as missing:
        return 404, {"error": missing.message, "action_name": missing.action_name}
    except TimeoutError:
        log.error("action.slow", action=name, conversation=conversation, seconds=slowest)
        return 504, {"error": "the action took too long", "action_name": name}
    except Exception as error:
        # The text of an error may hold the customer's words: the log gets its kind only.
        log.error("action.failed", action=name, conversation=conversation, kind=type(error).__name__)
        return 500, {"error": "the action failed", "action_name": name}
    return 200, result.model_dump() if result else {"events": [], "responses": []}


def _read(body: bytes, encoding: bytes) -> dict[str, Any]:
    if encoding == b"deflate":
        body = _inflate(body)
    call = json.loads(body)
    if not isinstance(call, dict):
        raise ValueError("not an object")
    return call


def _inflate(body: bytes) -> bytes:
    """Raises ValueError when a small body would become a huge one."""
    reader = zlib.decompressobj()
    plain = reader.decompress(body, LARGEST_BODY)
    if reader.unconsumed_tail:
        raise ValueError("too large")
    return plain
