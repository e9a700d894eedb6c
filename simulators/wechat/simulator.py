"""The platform of one Official Account: its followers, its webhooks, its API."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
from starlette.routing import BaseRoute

from simulators.wechat.api import Api, Media
from simulators.wechat.control import control_routes
from simulators.wechat.deliveries import Deliveries, Delivery, Pace
from simulators.wechat.envelope import Envelope
from simulators.wechat.faults import Faults
from simulators.wechat.ledger import Ledger
from simulators.wechat.people import Allowance, Clock, Line, People, Person
from simulators.wechat.phone import ALIASES, EVENTS, MEDIA, OPENS_WINDOW, event_fields, message_fields
from simulators.wechat.tokens import Tokens


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WechatSimulator:
    """Plain mode, or safe mode when an `encoding_aes_key` is given. Times in seconds, the real platform's by default.

    `http` carries the webhooks (an ASGI transport in tests). `kept` bounds the ledger and each person's messages.
    """

    def __init__(
        self,
        *,
        app_id: str,
        app_secret: str,
        token: str,
        webhook_url: str,
        encoding_aes_key: str = "",
        account_id: str = "gh_5imul4t0r000",
        http: httpx.AsyncClient | None = None,
        answer_limit: float = 5.0,
        retry_delays: tuple[float, ...] = (5.0, 5.0),
        window_seconds: float = 48 * 3600,
        event_window_seconds: float = 60.0,
        token_lifetime: float = 7200.0,
        clock: Clock = _utc_now,
        kept: int = 10_000,
    ) -> None:
        message = Allowance(timedelta(seconds=window_seconds), 5)
        event = Allowance(timedelta(seconds=event_window_seconds), 3)
        self.people = People(clock, {"message": message, "event": event}, kept)
        self.ledger = Ledger(clock, kept)
        self.faults = Faults()
        self._tokens = Tokens(clock, timedelta(seconds=token_lifetime))
        self._api = Api(app_id, app_secret, self.people, self._tokens, self.ledger, self.faults, clock)
        self._http = http or httpx.AsyncClient(timeout=answer_limit, trust_env=False)  # never through a proxy
        envelope, pace = Envelope(app_id, token, encoding_aes_key), Pace(answer_limit, retry_delays)
        self._deliveries = Deliveries(
            self._http, webhook_url, envelope, pace, self.people, self.ledger, self.faults, clock
        )
        self._account_id = account_id
        self._clock = clock
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self.routes: list[BaseRoute] = [*self._api.routes(), *control_routes(self, self._api)]

    async def start(self) -> None:
        """Nothing to open: the first webhook connects."""

    async def stop(self) -> None:
        """End what is on its way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    async def settled(self) -> None:
        """Wait until every webhook on its way, with its repeats, has ended."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def check_url(self) -> bool:
        """The check that the admin page makes when the webhook's address is saved."""
        return await self._deliveries.check_url()

    def add_user(self, id: str, name: str = "") -> Person:
        """Somebody who follows the account."""
        return self.people.add(id, name)

    def messages(self, user: str, after: int = 0) -> list[Line]:
        """What is on a person's phone, oldest first."""
        person = self.people.find(user)
        return [line for line in person.lines if line.seq > after] if person else []

    async def send(self, user: str, text: str = "", kind: str = "text") -> str:
        """A person sends something; its delivery goes on in the background. Returns the message id.

        Raises ValueError when people cannot do that.
        """
        person = self._follower(user)
        kind = ALIASES.get(kind, kind)
        media_id = self._api.keep(MEDIA[kind]) if kind in MEDIA else ""
        picture = f"/sim/wechat/media/{media_id}" if kind == "image" else None
        fields = message_fields(kind, text, media_id, f"http://mmbiz.qpic.cn{picture}" if picture else "")
        shown = text if kind in ("text", "voice") else f"[{kind}] {text}".strip()
        line = self.people.show(person, "in", shown, "sent", image=picture)
        self.people.contact(person, "message")
        return self._deliver_message(person, fields, line)

    async def click(self, user: str, message: int, button: str) -> str:
        """A person taps an item of a menu message. Raises ValueError when it has no such item."""
        person = self._follower(user)
        offered = [b for line in person.lines if line.seq == message for b in line.buttons if b["id"] == button]
        if not offered:
            raise ValueError("that message has no such item")
        title = offered[0]["title"]
        line = self.people.show(person, "in", title, "sent")
        self.people.contact(person, "event")
        return self._deliver_message(person, {"MsgType": "text", "Content": title, "bizmsgmenuid": button}, line)

    async def event(self, user: str, event: str, key: str = "") -> None:
        """A person does something without words: follow, unfollow, scan, menu; other names go out as they are."""
        person = self.people.add(user)
        name = EVENTS.get(event, event)
        if name in ("subscribe", "unsubscribe"):
            person.follows = name == "subscribe"
        if name in OPENS_WINDOW:
            self.people.contact(person, "event")
        self._start(Delivery(person, self._head(person) | event_fields(name, key)))

    def add_media(self, content: bytes, media_type: str, name: str = "file") -> str:
        """A file as though somebody had sent it; its media id."""
        return self._api.keep(Media(content, media_type, name))

    def expire_token(self) -> None:
        """Let every access token have run out."""
        self._tokens.expire()

    def set_token_lifetime(self, seconds: float) -> None:
        """How long the tokens given from now on last."""
        self._tokens.lifetime = timedelta(seconds=seconds)

    def _follower(self, user: str) -> Person:
        person = self.people.add(user)
        if not person.follows:
            raise ValueError("this person does not follow the account")
        return person

    def _deliver_message(self, person: Person, fields: dict[str, str], line: Line) -> str:
        head = self._head(person)
        # Unique over restarts and growing, as the platform's ids are.
        message_id = str(int(head["CreateTime"]) << 32 | next(self._numbers))
        self._start(Delivery(person, head | fields | {"MsgId": message_id}, line))
        return message_id

    def _head(self, person: Person) -> dict[str, str]:
        created = str(int(self._clock().timestamp()))
        return {"ToUserName": self._account_id, "FromUserName": person.id, "CreateTime": created}

    def _start(self, delivery: Delivery) -> None:
        work: Coroutine[Any, Any, None] = self._deliveries.deliver(delivery)
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
