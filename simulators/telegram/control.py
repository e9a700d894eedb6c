"""The control paths: JSON in and out, the same verbs as the simulator's methods."""

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.telegram.faults import KINDS

if TYPE_CHECKING:
    from simulators.telegram.simulator import TelegramSimulator

Handler = Callable[[Request], Awaitable[Response]]


def control_routes(sim: "TelegramSimulator", prefix: str) -> list[Route]:
    """Routes under `prefix`: users, send, click, event, messages, files, fault, ledger."""
    control = Control(sim)
    return [
        Route(f"{prefix}/users", _forgiving(control.users), methods=["GET", "POST"]),
        Route(f"{prefix}/send", _forgiving(control.send), methods=["POST"]),
        Route(f"{prefix}/click", _forgiving(control.click), methods=["POST"]),
        Route(f"{prefix}/event", _forgiving(control.event), methods=["POST"]),
        Route(f"{prefix}/messages", _forgiving(control.messages)),
        Route(f"{prefix}/files/{{id}}", _forgiving(control.file)),
        Route(f"{prefix}/fault", _forgiving(control.fault), methods=["GET", "POST", "DELETE"]),
        Route(f"{prefix}/ledger", _forgiving(control.ledger)),
    ]


class Control:
    """Each handler reads its JSON, does one thing, and says what came of it."""

    def __init__(self, sim: "TelegramSimulator") -> None:
        self._sim = sim

    async def users(self, request: Request) -> Response:
        if request.method == "POST":
            body = await _body(request)
            self._sim.add_user(
                str(body["id"]),
                str(body.get("name", "")),
                language=str(body.get("language", "zh-hans")),
                started=bool(body.get("started", True)),
            )
        return JSONResponse(self._sim.users())

    async def send(self, request: Request) -> Response:
        body = await _body(request)
        message = await self._sim.send(
            str(body["user"]),
            str(body.get("text", "")),
            kind=str(body.get("kind") or ("image" if body.get("image") else "text")),
            group=str(body.get("group") or body.get("channel") or ""),
            thread=int(body.get("thread", 0)),
            reply_to=str(body.get("reply_to", "")),
        )
        return JSONResponse({"id": message})

    async def click(self, request: Request) -> Response:
        body = await _body(request)
        return JSONResponse({"id": await self._sim.click(str(body["user"]), str(body["message"]), str(body["button"]))})

    async def event(self, request: Request) -> Response:
        body = await _body(request)
        user = str(body["user"])
        match body["event"]:
            case "start" | "follow":
                return JSONResponse({"id": await self._sim.start_bot(user, str(body.get("payload", "")))})
            case "block" | "unfollow":
                await self._sim.block(user)
            case "unblock":
                await self._sim.unblock(user)
            case "edit":
                await self._sim.edit(user, str(body["message"]), str(body["text"]))
            case unknown:
                raise ValueError(f"unknown event {unknown}; known: start, block, unblock, edit")
        return JSONResponse({})

    async def messages(self, request: Request) -> Response:
        after = int(request.query_params.get("after", 0))
        return JSONResponse(self._sim.messages(request.query_params["user"], after))

    async def file(self, request: Request) -> Response:
        found = self._sim.file(request.path_params["id"])
        if found is None:
            raise LookupError("no such file")
        return Response(found[0], media_type=found[1], headers={"X-Content-Type-Options": "nosniff"})

    async def fault(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._sim.faults.clear()
        elif request.method == "POST":
            self._sim.faults.add(await _body(request))
        return JSONResponse(KINDS)

    async def ledger(self, request: Request) -> Response:  # noqa: ARG002 - a route's signature
        return JSONResponse(self._sim.ledger())


def _forgiving(handler: Handler) -> Handler:
    """Say what was wrong with a request instead of failing."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except KeyError as missing:
            return JSONResponse({"error": f"{missing.args[0]} is missing"}, 422)
        except LookupError as error:
            return JSONResponse({"error": str(error)}, 404)
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 422)

    return handle


async def _body(request: Request) -> dict[str, Any]:
    body = json.loads(await request.body())
    if not isinstance(body, dict):
        raise ValueError("a JSON object is expected")
    return body
