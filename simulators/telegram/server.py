"""The Bot API's HTTP side: bodies in all forms, the envelope, faults, and the ledger."""

import asyncio
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from simulators.telegram.bot_api import BotApi, RateLimit
from simulators.telegram.errors import ApiError, bad_request, blocked, flood
from simulators.telegram.faults import Fault, Faults
from simulators.telegram.ledger import Ledger
from simulators.telegram.world import World

_INSTEAD = ("flood", "status", "blocked", "chat_not_found", "migrate", "bad_token")
_AFTERWARDS = ("lost_answer", "status_after", "garbage_after")
_JSON_FIELDS = ("reply_markup", "allowed_updates", "link_preview_options", "reply_parameters")


class BotServer:
    """Answers `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

    def __init__(self, token: str, world: World, api: BotApi, faults: Faults, ledger: Ledger, limit: RateLimit) -> None:
        self._token = token
        self._world = world
        self._methods = {name.lower(): (name, method) for name, method in api.methods.items()}
        self._faults = faults
        self._ledger = ledger
        self._limit = limit

    async def call(self, request: Request) -> Response:
        """One API call."""
        name, method = self._methods.get(request.path_params["method"].lower(), ("", None))
        if request.path_params["token"] != self._token:
            return _refusal(ApiError(401, "Unauthorized"))
        if method is None:
            return _refusal(ApiError(404, "Not Found"))
        params = await _parameters(request)
        user = str(params.get("chat_id", ""))
        text = str(params.get("text") or params.get("caption") or "")
        entry = self._ledger.note(
            "call", method=name, user=user, text=text, outcome="unfinished", delivered=False, message_id=None
        )
        await self._faults.delay("slow", name, user)
        if fault := self._faults.take(_INSTEAD, name, user):
            entry["outcome"] = fault.kind
            return _instead(fault)
        try:
            if name.startswith("send") and name != "sendChatAction":
                self._limit.spend()
            result = await method(params)
        except ApiError as error:
            entry["outcome"] = f"{error.code} {error.description}"
            return _refusal(error)
        except (KeyError, ValueError):
            entry["outcome"] = "400"
            return _refusal(bad_request("can't parse the parameters"))
        sent = name.startswith("send") and isinstance(result, dict)
        entry |= {"outcome": "ok", "delivered": sent, "message_id": str(result["message_id"]) if sent else None}
        fault = self._faults.take(_AFTERWARDS, name, user)
        return await self._afterwards(fault, entry) if fault else JSONResponse({"ok": True, "result": result})

    async def _afterwards(self, fault: Fault, entry: dict[str, Any]) -> Response:
        entry["outcome"] = fault.kind
        if fault.kind == "lost_answer":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "garbage_after":
            return PlainTextResponse("<html>ok</html>")
        return PlainTextResponse("Bad Gateway", fault.code)

    async def file(self, request: Request) -> Response:
        """One download; its address is good for whoever knows the token."""
        if request.path_params["token"] != self._token:
            return _refusal(ApiError(401, "Unauthorized"))
        found = (file for file in self._world.files.values() if file.path == request.path_params["path"])
        file = next(found, None)
        if file is None:
            return _refusal(ApiError(404, "Not Found"))
        return Response(file.content, media_type=file.media_type)


def _instead(fault: Fault) -> Response:
    match fault.kind:
        case "flood":
            return _refusal(flood(fault.retry_after))
        case "blocked":
            return _refusal(blocked())
        case "chat_not_found":
            return _refusal(bad_request("chat not found"))
        case "migrate":
            return _refusal(
                bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=fault.new_chat)
            )
        case "bad_token":
            return _refusal(ApiError(401, "Unauthorized"))
    return PlainTextResponse("Internal Server Error", fault.code)


def _refusal(error: ApiError) -> JSONResponse:
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return JSONResponse(body, error.code)


async def _parameters(request: Request) -> dict[str, Any]:
    """Query, JSON, form or multipart: the API takes them all."""
    params: dict[str, Any] = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        params |= await request.json()
        return params
    params |= dict(await request.form())
    for name in _JSON_FIELDS:
        if isinstance(params.get(name), str):
            params[name] = json.loads(params[name])
    return params
