"""The control paths under /sim/slack, for the playground and for tests in other processes."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.slack.workspace import Line, SlackError

if TYPE_CHECKING:
    from simulators.slack.simulator import SlackSimulator

_EVENT_NAMES = {
    "start": "app_home_opened", "follow": "app_home_opened", "open": "app_home_opened",
    "join": "member_joined_channel", "uninstall": "app_uninstalled", "revoke": "tokens_revoked",
}
_NOT_SLACK_KINDS = {
    "location": "https://maps.example.com/?q=31.2304,121.4737", "link": "https://example.com/booking",
}


class Controls:
    """JSON in, JSON out; what cannot be done answers 400 with {"error": word}."""

    def __init__(self, simulator: "SlackSimulator") -> None:
        self._simulator = simulator

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/sim/slack/users", self._list_users, methods=["GET"]),
            Route("/sim/slack/users", _safely(self._add_user), methods=["POST"]),
            Route("/sim/slack/send", _safely(self._send), methods=["POST"]),
            Route("/sim/slack/click", _safely(self._click), methods=["POST"]),
            Route("/sim/slack/event", _safely(self._event), methods=["POST"]),
            Route("/sim/slack/messages", self._messages, methods=["GET"]),
            Route("/sim/slack/fault", _safely(self._set_fault), methods=["POST"]),
            Route("/sim/slack/fault", self._clear_faults, methods=["DELETE"]),
            Route("/sim/slack/ledger", self._ledger, methods=["GET"]),
            Route("/sim/slack/files/{file_id}", self._file, methods=["GET"]),
        ]

    async def _list_users(self, _: Request) -> Response:
        people = self._simulator.workspace.people.values()
        return JSONResponse([{"id": person.id, "name": person.name} for person in people])

    async def _add_user(self, body: dict[str, Any]) -> dict[str, Any]:
        self._simulator.add_user(body["id"], body.get("name") or body["id"])
        return {"id": body["id"]}

    async def _send(self, body: dict[str, Any]) -> dict[str, Any]:
        kind = "image" if body.get("image") else str(body.get("kind", "text"))
        text = " ".join(filter(None, (str(body.get("text") or ""), _NOT_SLACK_KINDS.get(kind))))
        ts = await self._simulator.send(
            body["user"], text, channel=str(body.get("channel") or body.get("group") or ""),
            thread=str(body.get("thread") or ""), mention=bool(body.get("mention", True)), kind=kind,
        )
        return {"id": ts}

    async def _click(self, body: dict[str, Any]) -> dict[str, Any]:
        await self._simulator.click(body["user"], body["message"], body["button"])
        return {"ok": True}

    async def _event(self, body: dict[str, Any]) -> dict[str, Any]:
        match body["event"]:
            case "block" | "unfollow":
                await self._simulator.deactivate(body["user"])
            case "unblock":
                await self._simulator.deactivate(body["user"], active=True)
            case "edit":
                await self._simulator.edit(body["message"], body["text"])
            case "delete":
                await self._simulator.delete(body["message"])
            case "verify_url":
                return {"ok": await self._simulator.verify_url()}
            case "rate_limited":
                await self._simulator.report_rate_limit()
            case name if name in _EVENT_NAMES:
                await self._simulator.happen(_EVENT_NAMES[name], body.get("user", ""))
            case _:
                raise SlackError("no_such_event")
        return {"ok": True}

    async def _messages(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        lines = self._simulator.messages(request.query_params.get("user", ""), int(after) if after.isdecimal() else 0)
        return JSONResponse([self._shown(line, str(request.base_url).rstrip("/")) for line in lines])

    def _shown(self, line: Line, base_url: str) -> dict[str, Any]:
        stored = self._simulator.workspace.files.get(line.file_id)
        is_image = stored is not None and stored.content.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF"))
        return {
            "seq": line.seq, "id": line.ts, "direction": self._direction(line), "text": line.text,
            "buttons": [{"title": b.title, "id": b.id, "url": b.url} for b in line.buttons],
            "image": f"{base_url}/sim/slack/files/{line.file_id}" if is_image else None,
            "file": stored.name if stored else None, "at": line.at.isoformat(), "state": line.state,
            "user": line.author, "channel": line.chat, "thread": line.thread,
        }

    def _direction(self, line: Line) -> str:
        return "out" if line.author == self._simulator.workspace.bot_user_id else "in"

    async def _set_fault(self, body: dict[str, Any]) -> dict[str, Any]:
        self._simulator.faults.set(**body)
        return {"ok": True}

    async def _clear_faults(self, _: Request) -> Response:
        self._simulator.faults.clear()
        return JSONResponse({"ok": True})

    async def _ledger(self, _: Request) -> Response:
        return JSONResponse(self._simulator.ledger)

    async def _file(self, request: Request) -> Response:
        stored = self._simulator.workspace.files.get(request.path_params["file_id"])
        if stored is None:
            return Response(status_code=404)
        is_image = stored.content.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF"))
        headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "inline" if is_image else "attachment"}
        media_type = stored.media_type if stored.media_type.startswith("image/") else "application/octet-stream"
        return Response(stored.content, media_type=media_type, headers=headers)


def _safely(action: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await action(await request.json()))
        except SlackError as error:
            return JSONResponse({"error": error.code}, 400)
        except (KeyError, TypeError, ValueError):
            return JSONResponse({"error": "bad_request"}, 400)

    return endpoint
