"""Wake-ups: who waits for work is told when some was committed. Losing one costs a poll, never a message."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from secrets import token_hex

from desk.messages import ChannelName


class Topic(StrEnum):
    INBOUND = "inbound"
    OUTBOUND_WECHAT = "outbound_wechat"
    OUTBOUND_TELEGRAM = "outbound_telegram"
    OUTBOUND_SLACK = "outbound_slack"
    OUTBOUND_WEBCHAT = "outbound_webchat"
    TURN_DONE = "turn_done"
    TIMER = "timer"
    CAMPAIGN = "campaign"
    FAQ = "faq"
    EVENT = "event"
    CALENDAR = "calendar"
    WEBHOOK = "webhook"
    VALUE = "value"

    @classmethod
    def outbound(cls, channel: ChannelName) -> "Topic":
        """Each channel's sender is woken for its own messages only."""
        return cls(f"outbound_{channel.value}")


class Signals:
    """Counters per topic within one process; safe to publish from any thread once `bind` was called.

    A waiter reads `mark` before it looks into the database and passes it to `wait`, so a commit in between is
    never missed.
    """

    def __init__(self) -> None:
        self._counts: dict[Topic, int] = defaultdict(int)
        self._waiters: dict[Topic, set[asyncio.Future[None]]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.origin = token_hex(8)
        """Marks what this process told others, so that it does not hear itself."""

    def bind(self) -> None:
        """Remember the running event loop; publishing before that only counts."""
        self._loop = asyncio.get_running_loop()

    def mark(self, topic: Topic) -> int:
        return self._counts[topic]

    def publish(self, topics: Iterable[Topic]) -> None:
        wanted = set(topics)
        if wanted and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, wanted)

    async def wait(self, topic: Topic, mark: int, timeout: float) -> None:  # noqa: ASYNC109 - a poll interval, not a failure
        """Return at once if anything was published since `mark`, else when it is, or after `timeout` seconds."""
        if self._counts[topic] != mark:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters[topic].add(future)
        try:
            await asyncio.wait({future}, timeout=timeout)
        finally:
            self._waiters[topic].discard(future)

    def _wake(self, topics: set[Topic]) -> None:
        for topic in topics:
            self._counts[topic] += 1
            for future in self._waiters[topic]:
                if not future.done():
                    future.set_result(None)
