"""Slack's Web API: https://docs.slack.dev/reference/methods"""

import asyncio
import json
import math
import mimetypes
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulators.slack import blocks
from simulators.slack.faults import Fault, Faults
from simulators.slack.workspace import Line, Shown, SlackError, StoredFile, Workspace

Arguments = dict[str, Any]
NO_BUTTONS: tuple[Shown, ...] = ()


class WebApi:
    """The methods an app calls. `posted` hears of every message; `note` of every call and its outcome."""

    def __init__(
        self, workspace: Workspace, bot_token: str, faults: Faults, *, channel_rate: float | None, channel_burst: int,
        posted: Callable[[Line], None], note: Callable[[dict[str, Any]], None],
    ) -> None:
        self._workspace = workspace
        self._token = bot_token
        self._faults = faults
        self._rate = channel_rate
        self._burst = channel_burst
        self._buckets: dict[str, tuple[float, float]] = {}  # conversation -> tokens left, when counted
        self._posted = posted
        self._note = note
        self._stopping = asyncio.Event()
        self.called_at = ""  # the address by which the app reaches us
        self._methods: dict[str, Callable[[Arguments], dict[str, Any]]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post_message,
            "conversations.open": self._open,
            "users.info": self._user_info,
            "files.info": self._file_info,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._complete_upload,
        }

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/api/{method}", self._call, methods=["GET", "POST"]),
            Route("/upload/v1/{file_id}", self._upload, methods=["POST"]),
            Route("/files-pri/{team_and_id}/{path:path}", self._download, methods=["GET"]),
        ]

    def release(self) -> None:
        """Let go of the calls that a fault keeps waiting."""
        self._stopping.set()

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        arguments = await _arguments(request)
        self.called_at = str(request.base_url).rstrip("/")
        user = self._user_of(arguments)
        fault = self._faults.take_call(method, user)
        if fault is not None and not fault.acts_first:
            response, outcome = _failure(fault), fault.kind
        else:
            response, outcome = self._carry_out(method, arguments, _bearer(request) or arguments.get("token", ""))
        self._note({
            "kind": "api", "method": method, "user": user, "text": _words(arguments),
            "outcome": outcome, "fault": fault.kind if fault else "",
        })
        if fault is not None and fault.acts_first:
            return await self._fail_after(fault)
        return response

    def _carry_out(self, method: str, arguments: Arguments, token: str) -> tuple[Response, str]:
        try:
            self._check_token(token)
            if method not in self._methods:
                raise SlackError("unknown_method")
            wait = self._wait(arguments) if method == "chat.postMessage" else 0
            if wait:
                return _rate_limited(wait), "ratelimited"
            return JSONResponse({"ok": True, **self._methods[method](arguments)}), "ok"
        except SlackError as error:
            return JSONResponse({"ok": False, "error": error.code}), error.code

    async def _fail_after(self, fault: Fault) -> Response:
        if fault.kind == "timeout_after_delivery":
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), fault.seconds)
            return JSONResponse({"ok": False, "error": "request_timeout"}, 504)
        if fault.kind == "garbage":
            return Response(b"<html>not what you asked for", media_type="text/html")
        return PlainTextResponse("Internal Server Error", 500)

    def _check_token(self, token: str) -> None:
        if not token:
            raise SlackError("not_authed")
        if token != self._token:
            raise SlackError("invalid_auth")

    def _wait(self, arguments: Arguments) -> int:
        """Seconds until this conversation takes another message: about one a second, with short bursts."""
        if self._rate is None:
            return 0
        chat, now = self._workspace.chat(str(arguments.get("channel", ""))), time.monotonic()
        left, counted = self._buckets.get(chat, (float(self._burst), now))
        left = min(float(self._burst), left + (now - counted) * self._rate)
        self._buckets[chat] = (left - 1 if left >= 1 else left, now)
        return 0 if left >= 1 else math.ceil((1 - left) / self._rate)

    def _user_of(self, arguments: Arguments) -> str:
        channel = str(arguments.get("channel") or arguments.get("channel_id") or arguments.get("users") or "")
        try:
            return self._workspace.recipient(self._workspace.chat(channel), str(arguments.get("thread_ts") or ""))
        except SlackError:
            return channel

    def _auth_test(self, _: Arguments) -> dict[str, Any]:
        return {
            "url": "https://simulated.slack.com/", "team": "Simulated", "user": "frontdesk",
            "team_id": self._workspace.team_id, "user_id": self._workspace.bot_user_id, "bot_id": "B0FRONTDESK",
        }

    def _post_message(self, arguments: Arguments) -> dict[str, Any]:
        chat = self._workspace.chat(str(arguments.get("channel", "")))
        text = str(arguments.get("text") or "")
        shown, buttons = blocks.unescape(text), NO_BUTTONS
        if arguments.get("blocks"):
            shown, buttons = blocks.read(_parsed(arguments["blocks"], "invalid_blocks_format"))
        elif not text:
            raise SlackError("no_text")
        if len(text) > 40_000:
            raise SlackError("msg_too_long")
        line = self._workspace.add_line(
            chat, self._workspace.bot_user_id, shown, thread=str(arguments.get("thread_ts") or ""), buttons=buttons
        )
        self._posted(line)
        return {"channel": chat, "ts": line.ts, "message": {"type": "message", "text": text, "ts": line.ts}}

    def _open(self, arguments: Arguments) -> dict[str, Any]:
        person = self._workspace.person(str(arguments.get("users", "")))
        if not person.active:
            raise SlackError("user_disabled")
        return {"channel": {"id": person.direct_chat}}

    def _user_info(self, arguments: Arguments) -> dict[str, Any]:
        person = self._workspace.person(str(arguments.get("user", "")))
        profile = {"display_name": person.name, "real_name": person.name}
        return {"user": {"id": person.id, "name": person.name, "deleted": not person.active, "is_bot": False,
                         "profile": profile}}

    def _file_info(self, arguments: Arguments) -> dict[str, Any]:
        return {"file": self._workspace.file_json(self._file(str(arguments.get("file", ""))), self.called_at)}

    def _upload_url(self, arguments: Arguments) -> dict[str, Any]:
        length = str(arguments.get("length", ""))
        if not length.isascii() or not length.isdigit() or not arguments.get("filename"):
            raise SlackError("invalid_arguments")
        name = str(arguments["filename"])
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        stored = self._workspace.add_file(name, media_type, size=int(length))
        return {"upload_url": f"{self.called_at}/upload/v1/{stored.id}", "file_id": stored.id}

    def _complete_upload(self, arguments: Arguments) -> dict[str, Any]:
        chat = str(arguments.get("channel_id") or "")
        if chat[:1] not in {"C", "D", "G"}:  # a user id is refused here, unlike in chat.postMessage
            raise SlackError("invalid_channel")
        chat = self._workspace.chat(chat)
        files = [self._file(str(entry.get("id"))) for entry in _parsed(arguments.get("files"), "invalid_arguments")]
        comment = blocks.unescape(str(arguments.get("initial_comment") or ""))
        for number, stored in enumerate(files):
            self._posted(self._workspace.add_line(
                chat, self._workspace.bot_user_id, comment if number == 0 else "",
                thread=str(arguments.get("thread_ts") or ""), file_id=stored.id,
            ))
        return {"files": [{"id": stored.id, "title": stored.name} for stored in files]}

    def _file(self, file_id: str) -> StoredFile:
        stored = self._workspace.files.get(file_id)
        if stored is None:
            raise SlackError("file_not_found")
        return stored

    async def _upload(self, request: Request) -> Response:
        stored = self._workspace.files.get(request.path_params["file_id"])
        content = await request.body()
        if stored is None or len(content) != stored.size:
            return PlainTextResponse("invalid upload", 400)
        stored.content = content
        return PlainTextResponse(f"OK - {len(content)}")

    async def _download(self, request: Request) -> Response:
        stored = self._workspace.files.get(request.path_params["team_and_id"].partition("-")[2])
        if stored is None:
            return PlainTextResponse("not found", 404)
        if _bearer(request) != self._token:
            return Response(status_code=302, headers={"Location": "https://simulated.slack.com/sign-in"})
        return Response(stored.content, media_type=stored.media_type)


async def _arguments(request: Request) -> Arguments:
    if "application/json" in request.headers.get("content-type", ""):
        try:
            body = await request.json()
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}
    return {**request.query_params, **{name: str(value) for name, value in (await request.form()).items()}}


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _words(arguments: Arguments) -> str:
    """What the person would read: the sections of blocks, else the text."""
    try:
        shown, _ = blocks.read(_parsed(arguments["blocks"], "invalid_blocks_format"))
    except (KeyError, SlackError):
        shown = ""
    return shown or blocks.unescape(str(arguments.get("text") or arguments.get("initial_comment") or ""))


def _parsed(value: Any, error: str) -> list[Any]:
    """A list argument, which a form carries as JSON text."""
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise SlackError(error) from None
    if not isinstance(parsed, list):
        raise SlackError(error)
    return parsed


def _failure(fault: Fault) -> Response:
    if fault.kind == "ratelimited":
        return _rate_limited(fault.retry_after)
    if fault.kind == "server_error":
        return PlainTextResponse("Internal Server Error", 500)
    return JSONResponse({"ok": False, "error": fault.kind})


def _rate_limited(seconds: int) -> Response:
    return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers={"Retry-After": str(seconds)})
