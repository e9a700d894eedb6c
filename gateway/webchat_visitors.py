"""Who is at the other end of the web chat, and how fast they may go."""

import re
from collections import OrderedDict, deque
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

COOKIE = "frontdesk_visitor"
_VISITOR = re.compile(r"[0-9a-f]{32}")


def visitor_of(connection: HTTPConnection) -> str:
    """The id in the visitor's cookie; empty when there is none of ours."""
    visitor = connection.cookies.get(COOKIE, "")
    return visitor if _VISITOR.fullmatch(visitor) else ""


def comes_from_our_page(connection: HTTPConnection, base_url: str) -> bool:
    """Browsers send cookies along with what any site asks for: only our own page may speak for a visitor."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc in (connection.headers.get("host"), urlsplit(base_url).netloc)


class Pace:
    """At most `limit` things in `seconds` of one visitor, through whatever connections they come; the newest visitors
    count."""

    def __init__(self, limit: int, seconds: float = 60, remembered: int = 10_000) -> None:
        self._limit = limit
        self._seconds = seconds
        self._remembered = remembered
        self._taken: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, visitor: str, now: float) -> float:
        """Seconds until this visitor's next thing is welcome; 0 when this one is, which then counts."""
        taken = self._taken.setdefault(visitor, deque())
        self._taken.move_to_end(visitor)
        while len(self._taken) > self._remembered:
            self._taken.popitem(last=False)
        while taken and now - taken[0] >= self._seconds:
            taken.popleft()
        if len(taken) >= self._limit:
            return taken[0] + self._seconds - now
        taken.append(now)
        return 0
