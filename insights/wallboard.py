"""How things stand right now, for a screen on the wall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from insights.service import Satisfaction


@dataclass(frozen=True, slots=True)
class AgentLoad:
    """Somebody who is there: how many conversations they hold, of how many they take, and their open tickets."""

    name: str
    is_available: bool
    conversations: int
    capacity: int
    tickets: int

    @property
    def is_full(self) -> bool:
        return self.conversations >= self.capacity


@dataclass(frozen=True, slots=True)
class Board:
    """`waiting_since`: since when the customer waits who has waited longest; None when nobody waits."""

    waiting: int
    waiting_since: datetime | None
    agents: Sequence[AgentLoad]
    with_agents: int
    open_tickets: int
    overdue_tickets: int
    closed_today: int
    rated_today: Satisfaction

    def longest_wait(self, now: datetime) -> timedelta:
        return max(timedelta(), now - self.waiting_since) if self.waiting_since else timedelta()
