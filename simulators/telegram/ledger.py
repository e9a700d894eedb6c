"""Everything that went in or out, for tests that count."""

from collections import deque
from datetime import UTC, datetime
from itertools import count
from typing import Any


class Ledger:
    """The last `size` events: kind "webhook" (one per attempt) and kind "call" (one per Bot API call)."""

    def __init__(self, size: int) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=size)
        self._numbers = count(1)

    def note(self, kind: str, **facts: Any) -> dict[str, Any]:
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        entry = {"seq": next(self._numbers), "at": at, "kind": kind, **facts}
        self._entries.append(entry)
        return entry

    def all(self) -> list[dict[str, Any]]:
        return list(self._entries)
