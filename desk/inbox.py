"""Accepting what arrives: stored once, before the platform hears "ok"."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

from desk.messages import InboundMessage
from desk.store import Transaction

BURST = timedelta(seconds=2)
"""Messages of one customer closer together than this may overtake each other on their way to us."""


class Settling:
    """When a message may first be worked on.

    The first message of a customer at once. One that follows another within two seconds waits a moment, because a
    platform that delivers over several connections may hand over the later one first.
    """

    def __init__(self, wait: timedelta = timedelta(milliseconds=150), remembered: int = 10_000) -> None:
        self._wait = wait
        self._remembered = remembered
        self._last: OrderedDict[str, datetime] = OrderedDict()

    def due(self, message: InboundMessage, now: datetime) -> datetime:
        key = message.address.key
        last = self._last.pop(key, None)
        self._last[key] = now
        if len(self._last) > self._remembered:
            self._last.popitem(last=False)
        return now + self._wait if last is not None and now - last < BURST else now


def accept(tx: Transaction, items: Sequence[tuple[InboundMessage, datetime]], now: datetime) -> int:
    """Store messages with the time each may be worked on; a platform's repeat adds nothing. Returns the new ones."""
    return tx.inbound.add(items, now)
