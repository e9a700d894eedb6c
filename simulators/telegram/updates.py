"""Updates on their way to the bot: by webhook, one after another, or held for getUpdates."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

from simulators.telegram.errors import ApiError
from simulators.telegram.faults import WEBHOOK, Faults
from simulators.telegram.ledger import Ledger
from simulators.telegram.world import Line

# What setWebhook without allowed_updates leaves out.
_ONLY_WHEN_ASKED = ("chat_member", "message_reaction", "message_reaction_count")


@dataclass(slots=True)
class Waiting:
    update: dict[str, Any]
    line: Line | None
    attempts: int = 0


@dataclass(slots=True)
class Webhook:
    url: str = ""
    secret: str = ""
    allowed: Sequence[str] = ()
    last_error: str = ""
    last_error_at: int = 0

    def wants(self, update: dict[str, Any]) -> bool:
        kind = next(key for key in update if key != "update_id")
        return kind in self.allowed if self.allowed else kind not in _ONLY_WHEN_ASKED


class UpdateQueue:
    """In order and one at a time: an update the bot does not acknowledge holds up those behind it.

    After `retry_delays` (seconds between attempts) are used up the update is dropped. `answer_limit`: how long a
    webhook may take, in seconds.
    """

    def __init__(
        self, webhook: Webhook, http: httpx.AsyncClient, ledger: Ledger, faults: Faults,
        answer_limit: float, retry_delays: Sequence[float],
    ) -> None:  # fmt: skip
        self.webhook = webhook
        self._http = http
        self._ledger = ledger
        self._faults = faults
        self._answer_limit = answer_limit
        self._retry_delays = tuple(retry_delays)
        self._waiting: deque[Waiting] = deque()
        self._changed = asyncio.Condition()
        self._ids = count(int(time.time() * 1000))

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def push(self, kind: str, body: dict[str, Any], line: Line | None = None) -> int:
        """Queue one update of this kind; returns its id. Kinds the bot did not ask for vanish."""
        number = next(self._ids)
        update: dict[str, Any] = {"update_id": number, kind: body}
        if self.webhook.wants(update):
            self._waiting.append(Waiting(update, line))
            await self.wake()
        return number

    async def wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def settled(self) -> None:
        """Return when nothing is waiting to be delivered."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._waiting)

    async def deliver_forever(self) -> None:
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._waiting and self.webhook.url))
            await self._deliver(self._waiting[0])

    async def _deliver(self, head: Waiting) -> None:
        head.attempts += 1
        status = await self._post(head)
        if status.isdigit() and 200 <= int(status) < 300:
            if not self._faults.take(("repeat",), WEBHOOK, ""):
                await self._finish(head, "delivered")
            return
        self.webhook.last_error = f"Wrong response from the webhook: {status}"
        self.webhook.last_error_at = int(time.time())
        if head.attempts > len(self._retry_delays):
            await self._finish(head, "failed")
            return
        await asyncio.sleep(self._retry_delays[head.attempts - 1])

    async def _finish(self, head: Waiting, state: str) -> None:
        if head.line is not None:
            head.line.state = state
        if self._waiting and self._waiting[0] is head:  # else dropped meanwhile by deleteWebhook
            self._waiting.popleft()
        await self.wake()

    async def _post(self, head: Waiting) -> str:
        """The status of one attempt: HTTP's, or what went wrong."""
        began = time.monotonic()
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.secret} if self.webhook.secret else {}
        try:
            async with asyncio.timeout(self._answer_limit):
                response = await self._http.post(self.webhook.url, json=head.update, headers=headers)
            status = str(response.status_code)
        except TimeoutError:
            status = "timeout"
        except Exception as error:  # whatever stands behind the address must not stop Telegram
            status = type(error).__name__
        ms = round((time.monotonic() - began) * 1000, 1)
        self._ledger.note(
            "webhook", key=_key(head.update), update_id=head.update["update_id"], attempt=head.attempts,
            status=status, ms=ms,
        )  # fmt: skip
        return status

    async def take(self, offset: int, limit: int, wait: float) -> list[dict[str, Any]]:
        """getUpdates: forget what is below `offset`, return what is left, waiting for the first."""
        if self.webhook.url:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        while offset > 0 and self._waiting and self._waiting[0].update["update_id"] < offset:
            await self._finish(self._waiting[0], "delivered")
        try:
            async with asyncio.timeout(wait), self._changed:
                await self._changed.wait_for(lambda: bool(self._waiting))
        except TimeoutError:
            return []
        return [waiting.update for waiting in list(self._waiting)[: max(1, min(limit, 100))]]

    async def drop_pending(self) -> None:
        self._waiting.clear()
        await self.wake()


def _key(update: dict[str, Any]) -> str:
    """Names the thing delivered: the same for every repeat, and for nothing else."""
    if message := update.get("message"):
        return f"m:{message['chat']['id']}:{message['message_id']}"
    return f"u:{update['update_id']}"
