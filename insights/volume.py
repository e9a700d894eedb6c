"""How much comes in, day by day."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from insights.periods import Period


@dataclass(frozen=True, slots=True)
class DailyVolume:
    """Conversations that began on a local day, on each channel."""

    day: date
    by_channel: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_channel.values())


def daily_volume(opened: Iterable[tuple[datetime, str]], period: Period) -> Sequence[DailyVolume]:
    """One entry for each day of the period, also for those without any conversation."""
    counts = Counter((period.day_of(moment), channel) for moment, channel in opened)
    channels = sorted({channel for _, channel in counts})
    return [DailyVolume(day, {channel: counts[day, channel] for channel in channels}) for day in period.days]
