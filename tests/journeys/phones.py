"""Customers' phones: people act on a platform's simulator (or in the web chat) and read what reaches them there."""

import asyncio
import json
import re
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, Self, TypeVar

import httpx
import websockets

from tests.journeys.house import House

WITHIN = 20.0  # seconds; a busy machine is no reason to fail
T = TypeVar("T")
Line = dict[str, Any]


class Phone(ABC):
    """One customer on one channel. What was heard is what has arrived since they last said or did something."""

    channel: str

    def __init__(self, house: House, http: httpx.AsyncClient, user: str) -> None:
        self.house = house
        self.http = http
        self.user = user
        self._mark = 0

    @abstractmethod
    async def lines(self, after: int = 0) -> list[Line]:
        """What stands on the phone: {"seq", "direction", "text", "buttons", ...}."""

    @abstractmethod
    async def _send(self, text: str) -> None: ...

    @abstractmethod
    async def _tap(self, line: Line, button: dict[str, str]) -> None: ...

    async def says(self, text: str) -> Self:
        await self.listens()
        await self._send(text)
        return self

    async def taps(self, title: str) -> Self:
        """Choose what was offered last: a button, or, where the channel has none, the number in the list."""
        for line in reversed([line for line in await self.lines() if line["direction"] == "out"]):
            for button in line["buttons"]:
                if title in button["title"]:
                    await self.listens()
                    await self._tap(line, button)
                    return self
            if found := re.search(rf"^(\d+)\. .*{re.escape(title)}", line["text"], re.MULTILINE):
                return await self.says(found[1])
        raise AssertionError(f"nothing to choose called {title!r}\n{await self.transcript()}")

    async def listens(self) -> None:
        """From here on only what is new counts as heard."""
        self._mark = max((line["seq"] for line in await self.lines()), default=0)

    async def heard(self) -> str:
        return "\n".join(line["text"] for line in await self.lines(self._mark) if line["direction"] == "out")

    async def hears(self, *parts: str, within: float = WITHIN) -> str:
        """Wait until all of these have been heard; returns everything heard."""
        deadline = time.monotonic() + within
        while True:
            text = await self.heard()
            missing = [part for part in parts if part not in text]
            if text and not missing:
                return text
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.channel} {self.user} never heard {missing}\n{await self.transcript()}")
            await asyncio.sleep(0.1)

    async def hears_any(self, *parts: str, within: float = WITHIN) -> str:
        """Wait until one of these has been heard; returns everything heard."""
        return await until(self.heard, lambda text: any(part in text for part in parts), within,
                           f"{self.channel} {self.user} heard none of {parts}")

    async def transcript(self) -> str:
        return "\n".join(f"{line['direction']:3} {line['text']} {[b['title'] for b in line['buttons']]}"
                         for line in await self.lines())


class SimulatedPhone(Phone):
    """On a platform's simulator, steered by its control paths."""

    async def lines(self, after: int = 0, chat: str = "") -> list[Line]:
        params = {"user": chat or self.user, "after": after}
        found: list[Line] = await self._control("GET", "messages", params=params)
        return found

    async def joins(self, name: str) -> Self:
        await self.control("users", id=self.user, name=name)
        return self

    async def control(self, verb: str, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self._control("POST", verb, json=body)
        return answer

    async def sends(self, kind: str, text: str = "", **where: Any) -> str:
        """A picture, a place, a file, or a text somewhere else than in the private chat; returns the message's id."""
        await self.listens()
        return str((await self.control("send", user=self.user, kind=kind, text=text, **where))["id"])

    async def does(self, event: str, **more: Any) -> None:
        """Follow, block, edit: what people do without saying anything."""
        await self.listens()
        await self.control("event", user=self.user, event=event, **more)

    async def _send(self, text: str) -> None:
        await self.control("send", user=self.user, text=text)

    async def _tap(self, line: Line, button: dict[str, str]) -> None:
        message = line["id"] if "id" in line else line["seq"]
        await self.control("click", user=self.user, message=message, button=button["id"])

    async def _control(self, method: str, verb: str, **request: Any) -> Any:
        answer = await self.http.request(method, f"{self.house.platforms}/sim/{self.channel}/{verb}", **request)
        assert answer.status_code == 200, f"{verb}: {answer.status_code} {answer.text}"
        return answer.json()


class WechatPhone(SimulatedPhone):
    channel = "wechat"


class TelegramPhone(SimulatedPhone):
    channel = "telegram"


class SlackPhone(SimulatedPhone):
    channel = "slack"


class WebPhone(Phone):
    """The web chat's page: its socket shows the history and then whatever is new."""

    channel = "webchat"
    _frames: list[dict[str, Any]]

    async def opens(self, locale: str = "") -> Self:
        """Load the page, open its socket; with a locale, press start as the page does."""
        page = await self.http.get(f"{self.house.url}/chat")
        self.user = page.cookies["frontdesk_visitor"]
        self._frames = []
        address = f"ws://127.0.0.1:{self.house.port}/chat/socket"
        self._socket = await websockets.connect(
            address, additional_headers={"Cookie": f"frontdesk_visitor={self.user}"}, proxy=None
        )
        self._reader = asyncio.create_task(self._read())
        if locale:
            await self._frame(type="start", locale=locale)
        return self

    async def closes(self) -> None:
        await self._socket.close()
        await asyncio.gather(self._reader, return_exceptions=True)

    @property
    def refusals(self) -> list[dict[str, Any]]:
        return [frame for frame in self._frames if frame["type"] == "error"]

    async def lines(self, after: int = 0) -> list[Line]:
        shown = [message for frame in self._frames if frame["type"] == "messages" for message in frame["messages"]]
        return [
            {**message, "direction": "in" if message["author"] == "customer" else "out"}
            for message in sorted(shown, key=lambda message: message["seq"]) if message["seq"] > after
        ]

    async def _send(self, text: str) -> None:
        await self._frame(type="text", text=text)

    async def _tap(self, line: Line, button: dict[str, str]) -> None:
        await self._frame(type="choice", button=button["id"])

    async def _frame(self, **frame: str) -> None:
        """Send a frame and wait until the gateway says that it is stored (or why not)."""
        frame_id = secrets.token_hex(8)
        await self._socket.send(json.dumps({"id": frame_id, **frame}))
        await until(self._answers, lambda frames: frame_id in frames, WITHIN, "the gateway did not take the frame")

    async def _answers(self) -> list[str]:
        return [frame["id"] for frame in self._frames if frame["type"] in ("stored", "error")]

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                self._frames.append(json.loads(frame))
        except websockets.ConnectionClosed:
            return


async def until(
    ask: Callable[[], Awaitable[T]], fits: Callable[[T], bool], within: float = WITHIN, failing: str = "it never came"
) -> T:
    """Ask again and again until the answer fits."""
    deadline = time.monotonic() + within
    while True:
        answer = await ask()
        if fits(answer):
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{failing}; last: {answer!r}")
        await asyncio.sleep(0.1)
