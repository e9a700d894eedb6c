"""Who is reached where and when: now, later, with their next message, or never, and why."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from campaigns.campaigns import QuietHours
from desk.messages import Address, ChannelName

SHARE = 0.7
"""Campaigns never take more than this of what a platform allows."""
MOST = 70.0
"""Nor more than so many a second on one account, where a platform allows hundreds: the database serves others, too."""
_PACE = 0.985
"""Of the limit: what is left lets a message be some milliseconds late without a second holding one too many."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One address of a customer and what its platform allows now."""

    address: Address
    last_seen_at: datetime
    reachable: bool  # the platform has not told us that we may not write there
    connected: bool  # the account is switched on
    windowed: bool = False
    window_until: datetime | None = None
    sends_left: int = 0

    def is_open(self, at: datetime) -> bool:
        """Whether a message may leave at this moment."""
        if not self.reachable or not self.connected:
            return False
        return not self.windowed or (self.window_until is not None and self.window_until > at and self.sends_left > 0)


class Timing(StrEnum):
    NOW = "now"
    LATER = "later"  # after the quiet hours
    NEXT_CONTACT = "next_contact"  # when the customer writes: the platform's window is closed
    NEVER = "never"


class Obstacle(StrEnum):
    """Why not now."""

    QUIET = "quiet"
    WINDOW_CLOSED = "window_closed"  # WeChat: 48 hours since the customer's last message are over
    QUOTA_SPENT = "quota_spent"  # WeChat: every message that the last contact allowed is sent
    BLOCKED = "blocked"
    UNFOLLOWED = "unfollowed"
    UNINSTALLED = "uninstalled"
    DISCONNECTED = "disconnected"  # our account is switched off
    NO_ADDRESS = "no_address"  # no address on the campaign's channels


_GONE = {ChannelName.WECHAT: Obstacle.UNFOLLOWED, ChannelName.SLACK: Obstacle.UNINSTALLED}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where and when one customer is asked. `address` is None only when they never are."""

    timing: Timing
    address: Address | None
    due_at: datetime
    obstacle: Obstacle | None = None


def place(
    reaches: Sequence[Reach], channels: Sequence[ChannelName], quiet: QuietHours, zone: ZoneInfo, now: datetime
) -> Placement:
    """The best address of a customer: open when they are to be asked, then used last, then first of `channels`."""
    local = now.astimezone(zone)
    due_local = quiet.over_at(local)
    due = now if due_local == local else due_local.astimezone(now.tzinfo)
    usable = [reach for reach in reaches if reach.address.channel in channels]
    if not usable:
        return Placement(Timing.NEVER, None, now, Obstacle.NO_ADDRESS)
    alive = [reach for reach in usable if reach.reachable and reach.connected]
    if not alive:
        best = max(usable, key=lambda reach: reach.last_seen_at)
        gone = _GONE.get(best.address.channel, Obstacle.BLOCKED)
        return Placement(Timing.NEVER, None, now, gone if not best.reachable else Obstacle.DISCONNECTED)

    def preference(reach: Reach) -> tuple[bool, datetime, int]:
        return reach.is_open(due), reach.last_seen_at, -list(channels).index(reach.address.channel)

    best = max(alive, key=preference)
    if not best.is_open(due):
        spent = best.window_until is not None and best.window_until > due
        return Placement(Timing.NEXT_CONTACT, best.address, due,
                         Obstacle.QUOTA_SPENT if spent else Obstacle.WINDOW_CLOSED)
    if due > now:
        return Placement(Timing.LATER, best.address, due, Obstacle.QUIET)
    return Placement(Timing.NOW, best.address, now)


def zone_of(name: str, business: ZoneInfo) -> ZoneInfo:
    """The customer's time zone; the business's where theirs is unknown."""
    if not name:
        return business
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return business


def arm_of(campaign_id: str, customer_id: str, arms: int) -> int:
    """Which opening a customer gets: always the same one, evenly spread."""
    if arms < 2:
        return 0
    return hashlib.sha256(f"{campaign_id}:{customer_id}".encode()).digest()[0] % arms


def spacing(limit: float) -> timedelta:
    """The time between two messages that comes within 2 % of `limit` a second and never above it."""
    return timedelta(seconds=1 / (_PACE * limit))


def most_in_a_second(limit: float) -> int:
    """How many messages any second may hold at this limit."""
    return max(1, math.ceil(limit - 1e-9))


def limit_of(platform_rate: float, chosen: float | None) -> float:
    """Messages a second that campaigns may send on an account: what was chosen, at most 70 % of the platform's."""
    most = min(MOST, SHARE * platform_rate)
    return min(most, chosen) if chosen else most
