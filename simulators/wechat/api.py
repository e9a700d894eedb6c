"""The platform's API: tokens, customer-service messages, typing, media. Refusals are HTTP 200 with an errcode."""

import asyncio
import json
import re
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.wechat.faults import Faults
from simulators.wechat.ledger import Ledger
from simulators.wechat.people import Clock, People, Person
from simulators.wechat.tokens import Tokens

MAX_TEXT = 2048  # bytes
_MAX_IMAGE = 10 * 1024 * 1024
_TYPING_LASTS = timedelta(seconds=15)
_TYPING_AFTER_CONTACT = timedelta(seconds=30)
_MEDIA_KEPT = 200
_SILENCE = 30.0  # seconds
# The platform does not decode \uXXXX: users see it. So it is read as the letters it is.
_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\u")


@dataclass(frozen=True, slots=True)
class Media:
    content: bytes
    media_type: str
    name: str


@dataclass(frozen=True, slots=True)
class Done:
    """A call's answer, and what the ledger keeps of it."""

    answer: dict[str, Any] | Response
    user: str = ""
    text: str = ""
    delivered: bool = False


Handler = Callable[[Request], Awaitable[Done]]


def error(code: int, message: str = "refused") -> dict[str, Any]:
    """A refusal as the platform words it."""
    return {"errcode": code, "errmsg": message} if code else {"errcode": 0, "errmsg": "ok"}


class Api:
    """The calls an account may make."""

    def __init__(
        self, app_id: str, app_secret: str, people: People, tokens: Tokens, ledger: Ledger, faults: Faults, clock: Clock
    ) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._people = people
        self._tokens = tokens
        self._ledger = ledger
        self._faults = faults
        self._clock = clock
        self._media: OrderedDict[str, Media] = OrderedDict()

    def routes(self) -> list[Route]:
        return [
            self._route("/cgi-bin/stable_token", "POST", self._token),
            self._route("/cgi-bin/message/custom/send", "POST", self._with_token(self._send)),
            self._route("/cgi-bin/message/custom/typing", "POST", self._with_token(self._type)),
            self._route("/cgi-bin/media/upload", "POST", self._with_token(self._upload)),
            self._route("/cgi-bin/media/get", "GET", self._with_token(self._download)),
        ]

    def keep(self, media: Media) -> str:
        """Store a file for as long as there is room; its media id."""
        media_id = secrets.token_urlsafe(24)
        self._media[media_id] = media
        while len(self._media) > _MEDIA_KEPT:
            self._media.popitem(last=False)
        return media_id

    def find_media(self, media_id: str) -> Media | None:
        return self._media.get(media_id)

    def _route(self, path: str, method: str, handler: Handler) -> Route:
        async def answer(request: Request) -> Response:
            if slow := self._faults.take("slow", path):
                await asyncio.sleep(slow.seconds)
            if status := self._faults.take("status", path):
                self._ledger.call(path=path, user="", text="", outcome=f"http_{status.code}", delivered=False)
                return Response(status_code=status.code)
            done = self._refused(path) or await handler(request)
            outcome = str(done.answer.get("errcode", 0)) if isinstance(done.answer, dict) else "0"
            self._ledger.call(path=path, user=done.user, text=done.text, outcome=outcome, delivered=done.delivered)
            if lost := self._faults.take("lost_answer", path):
                await asyncio.sleep(lost.seconds or _SILENCE)
            if after := self._faults.take("status_after", path):
                return Response(status_code=after.code)
            return JSONResponse(done.answer) if isinstance(done.answer, dict) else done.answer

        return Route(path, answer, methods=[method])

    def _refused(self, path: str) -> Done | None:
        if self._faults.take("busy", path):
            return Done(error(-1, "system error"))
        fault = self._faults.take("errcode", path)
        return Done(error(fault.code, "set as a fault")) if fault else None

    def _with_token(self, handler: Handler) -> Handler:
        async def checked(request: Request) -> Done:
            code = self._tokens.check(request.query_params.get("access_token", ""))
            return Done(error(code, "invalid credential, access_token")) if code else await handler(request)

        return checked

    async def _token(self, request: Request) -> Done:
        body = await _json(request)
        if body is None or body.get("grant_type") != "client_credential":
            return Done(error(40002, "invalid grant_type"))
        if body.get("appid") != self._app_id:
            return Done(error(40013, "invalid appid"))
        if body.get("secret") != self._app_secret:
            return Done(error(40125, "invalid appsecret"))
        return Done(self._tokens.issue(force=body.get("force_refresh") is True))

    async def _send(self, request: Request) -> Done:
        body = await _json(request)
        if body is None:
            return Done(error(47001, "data format error"))
        user, text = str(body.get("touser", "")), _text_of(body)
        code = self._deliver(body, user, text)
        return Done(error(code), user, text, delivered=code == 0)

    def _deliver(self, body: dict[str, Any], user: str, text: str) -> int:
        person = self._people.find(user)
        if person is None:
            return 40003
        if not person.follows:
            return 43004
        if code := self._check_content(body, text) or self._people.spend(person):
            return code
        person.typing_until = None
        self._people.show(person, "out", text, "delivered", buttons=_buttons(body), image=_image(body))
        return 0

    def _check_content(self, body: dict[str, Any], text: str) -> int:
        match body.get("msgtype"):
            case "text" | "msgmenu":
                if not text:
                    return 44004
                return 45002 if len(text.encode()) > MAX_TEXT else 0
            case "image":
                return 0 if _media_id(body) in self._media else 40007
            case _:
                return 40008

    async def _type(self, request: Request) -> Done:
        body = await _json(request) or {}
        user = str(body.get("touser", ""))
        person = self._people.find(user)
        code = 40003 if person is None else self._set_typing(person, body.get("command"))
        return Done(error(code), user)

    def _set_typing(self, person: Person, command: object) -> int:
        now = self._clock()
        if command == "CancelTyping":
            person.typing_until = None
            return 0
        if command != "Typing":
            return 45072
        if person.last_contact is None or now - person.last_contact > _TYPING_AFTER_CONTACT:
            return 45080
        if person.typing_until is not None and person.typing_until > now:
            return 45081
        person.typing_until = now + _TYPING_LASTS
        return 0

    async def _upload(self, request: Request) -> Done:
        kind = request.query_params.get("type", "")
        if kind not in ("image", "voice", "video", "thumb"):
            return Done(error(40004, "invalid media type"))
        async with request.form(max_part_size=_MAX_IMAGE + 1) as form:
            media = form.get("media")
            if not isinstance(media, UploadFile):
                return Done(error(41005, "media data missing"))
            content = await media.read()
            kept = Media(content, media.content_type or "application/octet-stream", media.filename or "file")
        if len(content) > _MAX_IMAGE:
            return Done(error(40009, "invalid image size"))
        created = int(self._clock().timestamp())
        return Done({"type": kind, "media_id": self.keep(kept), "created_at": created})

    async def _download(self, request: Request) -> Done:
        media_id = request.query_params.get("media_id", "")
        media = self._media.get(media_id)
        if media is None:
            return Done(error(40007, "invalid media_id"))
        if media.media_type.startswith("video/"):  # videos are not sent here: the answer says where they are
            return Done({"video_url": str(request.base_url.replace(path=f"/sim/wechat/media/{media_id}"))})
        headers = {"Content-Disposition": f'attachment; filename="{media.name}"'}
        return Done(Response(media.content, media_type=media.media_type, headers=headers))


async def _json(request: Request) -> dict[str, Any] | None:
    try:
        body = json.loads(_ESCAPE.sub(rb"\1\\\\u", await request.body()))
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _part(body: dict[str, Any], name: str) -> dict[str, Any]:
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def _text_of(body: dict[str, Any]) -> str:
    menu = _part(body, "msgmenu")
    menu_text = "\n".join(str(menu[name]) for name in ("head_content", "tail_content") if menu.get(name))
    return str(_part(body, "text").get("content", "")) or menu_text


def _buttons(body: dict[str, Any]) -> list[dict[str, str]]:
    items = _part(body, "msgmenu").get("list", [])
    return [{"title": str(i.get("content", "")), "id": str(i.get("id", "")), "url": ""} for i in items]


def _media_id(body: dict[str, Any]) -> str:
    return str(_part(body, "image").get("media_id", ""))


def _image(body: dict[str, Any]) -> str | None:
    media_id = _media_id(body)
    return f"/sim/wechat/media/{media_id}" if media_id else None
