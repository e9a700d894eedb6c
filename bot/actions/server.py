"""The action server: rasa-sdk's executor behind our own small web application.

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
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

SLOWEST = 8.0
"""Seconds an action may take: less than the 60 s that Rasa holds a conversation's lock, and than the gateway waits."""
LARGEST_BODY = 16 * 2**20

log = structlog.get_logger()


def build_app(actions: Sequence[Action], domain: Mapping[str, Any], slowest: float = SLOWEST) -> Starlette:
    """POST /webhook runs an action, GET /health says that we serve.

    `domain` stands in where Rasa leaves it out (enable_selective_domain), which keeps requests at a tenth of the size.
    """
    executor = ActionExecutor()
    for action in actions:
        executor.register_action(action)
    stand_in = dict(domain)

    async def webhook(request: Request) -> JSONResponse:
        try:
            call = _read(await request.body(), request.headers.get("content-encoding", ""))
        except (ValueError, zlib.error):
            return JSONResponse({"error": "the body is not a JSON object"}, 400)
        if not call.get("domain"):
            call["domain"] = stand_in
        return await _run(executor, call, slowest)

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "actions": len(executor.actions)})

    return Starlette(routes=[Route("/webhook", webhook, methods=["POST"]), Route("/health", health)])


async def _run(executor: ActionExecutor, call: dict[str, Any], slowest: float) -> JSONResponse:
    name, conversation = str(call.get("next_action", "")), str(call.get("sender_id", ""))
    try:
        result = await asyncio.wait_for(executor.run(call), slowest)
    except ActionExecutionRejection as rejection:
        return JSONResponse({"error": rejection.message, "action_name": rejection.action_name}, 400)
    except ActionNotFoundException as missing:
        return JSONResponse({"error": missing.message, "action_name": missing.action_name}, 404)
    except TimeoutError:
        log.error("action.slow", action=name, conversation=conversation, seconds=slowest)
        return JSONResponse({"error": "the action took too long", "action_name": name}, 504)
    except Exception as error:
        # The text of an error may hold the customer's words: the log gets its kind only.
        log.error("action.failed", action=name, conversation=conversation, kind=type(error).__name__)
        return JSONResponse({"error": "the action failed", "action_name": name}, 500)
    return JSONResponse(result.model_dump() if result else {"events": [], "responses": []})


def _read(body: bytes, encoding: str) -> dict[str, Any]:
    if encoding == "deflate":
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
