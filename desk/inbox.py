"""Accepting what arrives: stored once, before the platform hears "ok"."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from desk.messages import InboundMessage
from desk.store import Transaction

SETTLE = timedelta(milliseconds=150)
"""How long a message waits for an earlier one that a platform with several connections may deliver later."""


def accept(tx: Transaction, messages: Sequence[InboundMessage], now: datetime) -> int:
    """Store messages; a platform's repeat adds nothing. Returns how many were new.

    A message is due at once, unless an earlier one of its customer is still being worked on: then they are writing
    in a burst, whose messages may overtake each other on their way to us.
    """
    return tx.inbound.add(messages, now, SETTLE)
