"""Webhooks as the platform sends them: it waits five seconds, asks three times, then tells the user of a failure."""

import asyncio
import time
from dataclasses import dataclass

import httpx

from simulators.wechat.envelope import Envelope, Unreadable
from simulators.wechat.faults import Faults
from simulators.wechat.ledger import Ledger
from simulators.wechat.people import Clock, Line, People, Person

FAULT_NOTICE = "该公众号提供的服务出现故障，请稍后再试"


@dataclass(frozen=True, slots=True)
class Pace:
    """`answer_limit`: seconds to answer in; `retry_delays`: seconds from one attempt's start to the next one's."""

    answer_limit: float = 5.0
    retry_delays: tuple[float, ...] = (5.0, 5.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. Only "stored" and "reply" stop the repeats; `text` is a passive reply's."""

    name: str
    status: int | None = None
    text: str = ""

    @property
    def settled(self) -> bool:
        return self.name in ("stored", "reply")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a person did, on its way: `line` is what they see of it on their phone, if anything."""

    person: Person
    fields: dict[str, str]
    line: Line | None = None

    @property
    def key(self) -> str:
        fields = self.fields
        event = (fields["FromUserName"], fields["CreateTime"], fields.get("Event", ""), fields.get("EventKey", ""))
        return fields.get("MsgId") or ":".join(event)


class Deliveries:
    """Sends webhooks and takes passive replies."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        webhook_url: str,
        envelope: Envelope,
        pace: Pace,
        people: People,
        ledger: Ledger,
        faults: Faults,
        clock: Clock,
    ) -> None:
        self._http = http
        self._url = webhook_url
        self._envelope = envelope
        self._pace = pace
        self._people = people
        self._ledger = ledger
        self._faults = faults
        self._clock = clock

    async def check_url(self) -> bool:
        """The check that the admin page makes when the address is saved."""
        query = self._envelope.echo(self._now())
        try:
            response = await self._http.get(self._url, params=query, timeout=self._pace.answer_limit)
        except httpx.HTTPError:
            return False
        return response.status_code == httpx.codes.OK and response.text == query["echostr"]

    async def deliver(self, delivery: Delivery) -> None:
        """Deliver until it is answered, at most once more than there are retry delays."""
        outcome = Outcome("none")
        for attempt, pause in enumerate((*self._pace.retry_delays, 0.0), 1):
            started = time.monotonic()
            outcome = await self._attempt(delivery)
            took = time.monotonic() - started
            self._ledger.webhook(
                key=delivery.key, user=delivery.person.id, attempt=attempt,
                status=outcome.status, outcome=outcome.name, seconds=took,
            )  # fmt: skip
            if outcome.settled:
                break
            await asyncio.sleep(max(0.0, pause - took))
        self._show(delivery, outcome)

    def _show(self, delivery: Delivery, outcome: Outcome) -> None:
        if delivery.line is not None:
            delivery.line.state = "delivered" if outcome.settled else "failed"
        if not delivery.person.follows:
            return
        if outcome.name == "reply":
            self._people.show(delivery.person, "out", outcome.text, "passive")
        elif not outcome.settled:
            self._people.show(delivery.person, "out", FAULT_NOTICE, "fault")

    async def _attempt(self, delivery: Delivery) -> Outcome:
        post = self._envelope.wrap(delivery.fields, self._now())
        headers = {"Content-Type": "text/xml"}
        try:
            async with asyncio.timeout(self._pace.answer_limit):
                response = await self._http.post(self._url, params=post.query, content=post.body, headers=headers)
        except (TimeoutError, httpx.TimeoutException):
            return Outcome("timeout")
        except httpx.HTTPError:
            return Outcome("unreachable")
        if self._faults.take("unheard"):
            return Outcome("unheard")
        if response.status_code != httpx.codes.OK:
            return Outcome("http_error", response.status_code)
        return self._read(delivery, response)

    def _read(self, delivery: Delivery, response: httpx.Response) -> Outcome:
        if response.content in (b"", b"success"):
            return Outcome("stored", response.status_code)
        try:
            fields = self._envelope.unwrap(response.content)
        except Unreadable:
            return Outcome("unreadable", response.status_code)
        sent = delivery.fields
        if fields.get("ToUserName") != sent["FromUserName"] or fields.get("FromUserName") != sent["ToUserName"]:
            return Outcome("misaddressed", response.status_code)
        text = fields.get("Content", "")
        if fields.get("MsgType") != "text" or not text or len(text.encode()) > 2048:
            return Outcome("unreadable", response.status_code)
        return Outcome("reply", response.status_code, text)

    def _now(self) -> int:
        return int(self._clock().timestamp())
