"""What a campaign would do if it started now: for each channel who is reached when, who never, and why."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from campaigns.audience import Exclusion
from campaigns.planner import Obstacle, Placement, Timing
from desk.messages import ChannelName


@dataclass(slots=True)
class Forecast:
    """Grows slice by slice; holds counts only."""

    audience: int = 0
    excluded: Counter[Exclusion] = field(default_factory=Counter)
    never: Counter[Obstacle] = field(default_factory=Counter)
    timings: Counter[tuple[ChannelName, Timing]] = field(default_factory=Counter)
    obstacles: Counter[tuple[ChannelName, Obstacle]] = field(default_factory=Counter)
    accounts: Counter[str] = field(default_factory=Counter)
    opens_at: dict[ChannelName, datetime] = field(default_factory=dict)

    def add(self, exclusion: Exclusion | None, placement: Placement | None) -> None:
        self.audience += 1
        if exclusion is not None:
            self.excluded[exclusion] += 1
        elif placement is None or placement.address is None or placement.timing is Timing.NEVER:
            self.never[placement.obstacle if placement and placement.obstacle else Obstacle.NO_ADDRESS] += 1
        else:
            channel = placement.address.channel
            self.timings[channel, placement.timing] += 1
            self.accounts[f"{channel.value}:{placement.address.account}"] += 1
            if placement.obstacle is not None:
                self.obstacles[channel, placement.obstacle] += 1
            if placement.timing is Timing.LATER:
                self.opens_at[channel] = min(placement.due_at, self.opens_at.get(channel, placement.due_at))

    @property
    def asked(self) -> int:
        """How many will be asked, some of them only when they write next."""
        return self.timings.total()

    @property
    def channels(self) -> list[ChannelName]:
        return [channel for channel in ChannelName if any(self.timings[channel, timing] for timing in Timing)]

    def takes(self, rates: dict[str, float]) -> timedelta:
        """How long the wire needs, at these messages a second by account: as long as the slowest account."""
        times = (timedelta(seconds=many / rates[account]) for account, many in self.accounts.items()
                 if rates.get(account))
        return max(times, default=timedelta())
