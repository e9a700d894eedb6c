"""Who serves: teams, what agents can do and how much, and the rules by which waiting customers reach them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from desk.agents import Availability
from desk.messages import Language


class AssignmentMode(StrEnum):
    MANUAL = "manual"  # agents claim
    ROUND_ROBIN = "round_robin"  # whoever was given one longest ago
    LEAST_BUSY = "least_busy"  # whoever has most room left


class VipRule(StrEnum):
    """What a customer of a VIP tier gets beyond going first in the queue."""

    PRIORITY = "priority"  # nothing more
    FIRST_MISS = "first_miss"  # a person as soon as the bot does not understand
    AT_ONCE = "at_once"  # a person from the first message on


@dataclass(frozen=True, slots=True)
class StaffingRules:
    """What a business sets. A duration of zero, as a count of zero, switches its rule off."""

    mode: AssignmentMode = AssignmentMode.MANUAL
    capacity: int = 5  # conversations at a time, for agents without a number of their own
    reassign_after: timedelta = timedelta(minutes=5)  # a customer's message that the agent leaves unanswered
    escalate_after: timedelta = timedelta(minutes=5)  # after that, to the supervisors
    release_after: timedelta = timedelta(hours=2)  # of the customer's silence: back to the bot
    misses: int = 2  # messages in a row that the bot does not understand
    anger: bool = True
    vip_tiers: tuple[str, ...] = ()
    vip_rule: VipRule = VipRule.PRIORITY

    def is_vip(self, tier: str) -> bool:
        return tier.casefold() in {one.casefold() for one in self.vip_tiers}


@dataclass(frozen=True, slots=True)
class Team:
    """People for certain topics and languages; empty means any."""

    id: str
    name: str
    topics: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    members: tuple[str, ...] = ()  # agents' ids


@dataclass(frozen=True, slots=True)
class Skills:
    """What one agent can do: languages (none: any), and how many conversations at a time (None: the rules' number)."""

    agent_id: str
    languages: tuple[Language, ...] = ()
    capacity: int | None = None
    availability: Availability = Availability.AVAILABLE


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who is there now, as the assignment sees them."""

    agent_id: str
    name: str
    load: int
    capacity: int
    languages: tuple[Language, ...]
    team_ids: tuple[str, ...]
    last_assigned_at: datetime | None
