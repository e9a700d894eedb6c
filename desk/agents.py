"""Agents: the people who serve."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

PRESENT_FOR = timedelta(seconds=90)
"""An agent counts as present this long after their console was last heard of."""


_EMAIL = re.compile(r"[^@\s]{1,100}@[^@\s]{1,90}")


def is_email(text: str) -> bool:
    """Whether `text` can be an e-mail address; whether mail reaches it nobody knows."""
    return _EMAIL.fullmatch(text) is not None


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    AUDITOR = "auditor"  # reads everything, changes nothing


class Availability(StrEnum):
    """What an agent says of themselves; new conversations are assigned only to those who are available."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Agent:
    id: str
    email: str
    name: str
    role: Role
    locale: str
    active: bool
    seen_at: datetime | None

    def is_present(self, now: datetime) -> bool:
        return self.seen_at is not None and now - self.seen_at <= PRESENT_FOR
