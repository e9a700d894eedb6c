"""What passed between the platform and the account: every delivery attempt and every call."""

from collections import deque
from typing import Any

from simulators.wechat.people import Clock


class Ledger:
    """The newest entries, oldest first."""

    def __init__(self, clock: Clock, kept: int) -> None:
        self._clock = clock
        self._entries: deque[dict[str, Any]] = deque(maxlen=kept)

    def webhook(self, *, key: str, user: str, attempt: int, status: int | None, outcome: str, seconds: float) -> None:
        """One delivery attempt; `status` None: no HTTP answer came in time."""
        took = round(seconds, 3)
        self._add(kind="webhook", key=key, user=user, attempt=attempt, status=status, outcome=outcome, seconds=took)

    def call(self, *, path: str, user: str, text: str, outcome: str, delivered: bool) -> None:
        """One API call; `delivered`: it put something on the user's phone, whatever the caller was told."""
        self._add(kind="call", path=path, user=user, text=text, outcome=outcome, delivered=delivered)

    def entries(self) -> list[dict[str, Any]]:
        return list(self._entries)

    def _add(self, **entry: Any) -> None:
        self._entries.append({"at": self._clock().isoformat().replace("+00:00", "Z"), **entry})
