"""The control paths: people, what they do, faults and the ledger, as JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.wechat.api import Api

if TYPE_CHECKING:
    from simulators.wechat.simulator import WechatSimulator

_ROOT = "/sim/wechat"
Act = Callable[[dict[str, Any]], Awaitable[Any]]


def control_routes(simulator: WechatSimulator, api: Api) -> list[Route]:
    """The routes that steer this simulator."""
    steering = _Steering(simulator)

    async def media(request: Request) -> Response:
        found = api.find_media(request.path_params["media_id"])
        return Response(found.content, media_type=found.media_type) if found else Response(status_code=404)

    async def users(_: Request) -> Response:
        return JSONResponse([{"id": p.id, "name": p.name, "follows": p.follows} for p in simulator.people.all()])

    async def messages(request: Request) -> Response:
        query = request.query_params
        after = query.get("after", "0")
        lines = simulator.messages(query.get("user", ""), int(after) if after.isdecimal() else 0)
        return JSONResponse([line.as_json() for line in lines])

    async def ledger(_: Request) -> Response:
        return JSONResponse(simulator.ledger.entries())

    async def clear(_: Request) -> Response:
        simulator.faults.clear()
        return JSONResponse({})

    return [
        Route(f"{_ROOT}/media/{{media_id}}", media),
        Route(f"{_ROOT}/users", users),
        Route(f"{_ROOT}/users", _post(steering.add_user), methods=["POST"]),
        Route(f"{_ROOT}/send", _post(steering.send), methods=["POST"]),
        Route(f"{_ROOT}/click", _post(steering.click), methods=["POST"]),
        Route(f"{_ROOT}/event", _post(steering.event), methods=["POST"]),
        Route(f"{_ROOT}/check", _post(steering.check), methods=["POST"]),
        Route(f"{_ROOT}/fault", _post(steering.fault), methods=["POST"]),
        Route(f"{_ROOT}/fault", clear, methods=["DELETE"]),
        Route(f"{_ROOT}/messages", messages),
        Route(f"{_ROOT}/ledger", ledger),
    ]


class _Steering:
    """The control calls with a body; each raises ValueError, KeyError or TypeError on a wrong one."""

    def __init__(self, simulator: WechatSimulator) -> None:
        self._simulator = simulator

    async def add_user(self, body: dict[str, Any]) -> dict[str, str]:
        person = self._simulator.add_user(str(body["id"]), str(body.get("name", "")))
        return {"id": person.id, "name": person.name}

    async def send(self, body: dict[str, Any]) -> dict[str, str]:
        kind = "image" if body.get("image") else str(body.get("kind", "text"))
        return {"id": await self._simulator.send(str(body["user"]), str(body.get("text", "")), kind)}

    async def click(self, body: dict[str, Any]) -> dict[str, str]:
        return {"id": await self._simulator.click(str(body["user"]), int(body["message"]), str(body["button"]))}

    async def event(self, body: dict[str, Any]) -> dict[str, str]:
        await self._simulator.event(str(body["user"]), str(body["event"]), str(body.get("key", "")))
        return {}

    async def check(self, _: dict[str, Any]) -> dict[str, bool]:
        return {"ok": await self._simulator.check_url()}

    async def fault(self, body: dict[str, Any]) -> dict[str, str]:
        match body.get("kind"):
            case "expire_token":
                self._simulator.expire_token()
            case "token_lifetime":
                self._simulator.set_token_lifetime(float(body["seconds"]))
            case _:
                self._simulator.faults.add(body)
        return {}


def _post(act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            body = await request.json() if raw else {}
            if not isinstance(body, dict):
                raise TypeError("the body must be a JSON object")
            return JSONResponse(await act(body))
        except KeyError as missing:
            return JSONResponse({"error": f"missing: {missing.args[0]}"}, status_code=400)
        except (ValueError, TypeError) as wrong:
            return JSONResponse({"error": str(wrong)}, status_code=400)

    return endpoint
