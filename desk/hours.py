"""Business hours: weekly opening times in one time zone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"^(\w{3})(?:-(\w{3}))?\s+(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$")


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When people serve. `week` maps a weekday (0 = Monday) to its opening and closing time."""

    zone: ZoneInfo
    week: Mapping[int, tuple[time, time]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, zone: str) -> "BusinessHours":
        """Read "Mon-Fri 09:00-18:00, Sat 10:00-16:00". Raises ValueError saying which part is wrong."""
        week: dict[int, tuple[time, time]] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            found = _SPAN.match(part.lower())
            if not found or found.group(1) not in _DAYS or (found.group(2) or "mon") not in _DAYS:
                raise ValueError(f"not an opening time: {part!r} (write for example Mon-Fri 09:00-18:00)")
            first = _DAYS.index(found.group(1))
            last = _DAYS.index(found.group(2)) if found.group(2) else first
            opens, closes = (time.fromisoformat(found.group(n).zfill(5)) for n in (3, 4))
            if closes <= opens:
                raise ValueError(f"closes before it opens: {part!r}")
            for offset in range((last - first) % 7 + 1):
                week[(first + offset) % 7] = (opens, closes)
        return cls(ZoneInfo(zone), week)

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        span = self.week.get(local.weekday())
        return span is not None and span[0] <= local.time() < span[1]

    def next_opening(self, at: datetime) -> datetime:
        """The next moment people serve, in local time; `at` itself while they do or if no hours are set."""
        if self.is_open(at) or not self.week:
            return at.astimezone(self.zone)
        local = at.astimezone(self.zone)
        for days in range(8):
            day = local.date() + timedelta(days=days)
            span = self.week.get(day.weekday())
            if span:
                opening = datetime.combine(day, span[0], self.zone)
                if opening > local:
                    return opening
        return local
