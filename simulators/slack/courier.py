"""Delivers webhooks as Slack does: signed, answered within 3 s or repeated at once, after 1 and after 5 minutes.

https://docs.slack.dev/apis/events-api/#retries
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook. `key` is its event_id or trigger_id; only events are `repeated`."""

    key: str
    body: bytes
    media_type: str
    repeated: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended. `reason` is Slack's word for the failure, "" for success."""

    status: int | None
    reason: str = ""
    no_retry: bool = False
    body: bytes = b""


def signed_headers(secret: str, body: bytes, now: float | None = None) -> dict[str, str]:
    """Slack's signature, version 0, for a request made now."""
    timestamp = str(int(time.time() if now is None else now))
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


class Courier:
    """Sends deliveries to one address; every attempt is reported to `note`."""

    def __init__(
        self, webhook_url: str, signing_secret: str, client: httpx.AsyncClient, *,
        answer_limit: float, retry_delays: Sequence[float], note: Callable[[dict[str, Any]], None],
    ) -> None:
        self._url = webhook_url
        self._secret = signing_secret
        self._client = client
        self._answer_limit = answer_limit
        self._retry_delays = tuple(retry_delays)
        self._note = note
        self._tasks: set[asyncio.Task[Any]] = set()

    def send(self, delivery: Delivery, done: Callable[[bool], None] = lambda _: None) -> None:
        """Deliver in the background; `done` hears whether it was taken in the end."""
        self._spawn(self._deliver(delivery, done))

    async def ask(self, delivery: Delivery) -> Attempt:
        """One attempt, awaited."""
        return await self._attempt(delivery, 0, "")

    async def settled(self) -> None:
        """Wait until nothing is on its way any more."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def stop(self) -> None:
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Any) -> "asyncio.Task[Any]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _deliver(self, delivery: Delivery, done: Callable[[bool], None]) -> None:
        delays = (0.0, *self._retry_delays) if delivery.repeated else (0.0,)
        reason = ""
        for number, delay in enumerate(delays):
            await asyncio.sleep(delay)
            attempt = await self._attempt(delivery, number, reason)
            reason = attempt.reason
            if not reason or attempt.no_retry:
                break
        done(not reason)

    async def _attempt(self, delivery: Delivery, number: int, last_reason: str) -> Attempt:
        headers = signed_headers(self._secret, delivery.body) | {"Content-Type": delivery.media_type}
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": last_reason}
        # The app may go on working on a request that Slack no longer waits for, so it is not cancelled here.
        request = self._spawn(
            self._client.post(self._url, content=delivery.body, headers=headers, timeout=self._answer_limit)
        )
        await asyncio.wait({request}, timeout=self._answer_limit)
        attempt = _judge(request)
        self._note({
            "kind": "webhook", "key": delivery.key, "attempt": number, "status": attempt.status,
            "outcome": attempt.reason or "accepted",
        })
        return attempt


def _judge(request: "asyncio.Task[httpx.Response]") -> Attempt:
    if not request.done():
        request.add_done_callback(lambda task: task.cancelled() or task.exception())  # nobody else reads it
        return Attempt(None, "http_timeout")
    error = request.exception()
    if isinstance(error, httpx.TimeoutException):
        return Attempt(None, "http_timeout")
    if isinstance(error, Exception):
        return Attempt(None, "connection_failed")
    response = request.result()
    no_retry = response.headers.get("x-slack-no-retry") == "1"
    reason = "" if response.is_success else "http_error"
    return Attempt(response.status_code, reason, no_retry, response.content)
