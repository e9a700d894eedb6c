"""Access tokens as the platform issues them."""

import secrets
from datetime import datetime, timedelta

from simulators.wechat.people import Clock

OVERLAP = timedelta(minutes=5)
_FORCED_APART = timedelta(seconds=30)
_FORCED_A_DAY = 20


class Tokens:
    """The tokens of one account: the old one works five minutes longer than the new one's birth."""

    def __init__(self, clock: Clock, lifetime: timedelta) -> None:
        self.lifetime = lifetime
        self._clock = clock
        self._current = ""
        self._ends: dict[str, datetime] = {}
        self._forced: list[datetime] = []

    def issue(self, *, force: bool) -> dict[str, object]:
        """The answer to stable_token: the token that lasts, or a new one."""
        now = self._clock()
        if force and (refusal := self._refuse_force(now)):
            return refusal
        if force or self._ends.get(self._current, now) <= now:
            self._replace(now)
        left = int((self._ends[self._current] - now).total_seconds())
        return {"access_token": self._current, "expires_in": left}

    def check(self, token: str) -> int:
        """0, or the errcode for this token."""
        if not token:
            return 41001
        if token not in self._ends:
            return 40001
        return 0 if self._ends[token] > self._clock() else 42001

    def expire(self) -> None:
        """Let every token given out have run out."""
        now = self._clock()
        self._ends = dict.fromkeys(self._ends, now)

    def _replace(self, now: datetime) -> None:
        self._ends = {token: min(end, now + OVERLAP) for token, end in self._ends.items() if end > now - OVERLAP}
        self._current = f"sim-{secrets.token_urlsafe(48)}"
        self._ends[self._current] = now + self.lifetime

    def _refuse_force(self, now: datetime) -> dict[str, object] | None:
        self._forced = [at for at in self._forced if at > now - timedelta(days=1)]
        if len(self._forced) >= _FORCED_A_DAY:
            return {"errcode": 45009, "errmsg": "reach max api daily quota limit"}
        if self._forced and now - self._forced[-1] < _FORCED_APART:
            return {"errcode": 45011, "errmsg": "api minute-quota reach limit"}
        self._forced.append(now)
        return None
