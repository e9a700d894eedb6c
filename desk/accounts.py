"""Accounts of staff and services: what administrators see of them, and how they prove who they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from desk.agents import Agent, Role

INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=24)
RECOVERY_CODES = 10


class LinkKind(StrEnum):
    """What a one-time link lets its holder do: choose the first password, or a new one."""

    INVITATION = "invitation"
    RESET = "reset"

    @property
    def lasts(self) -> timedelta:
        return INVITATION_LASTS if self is LinkKind.INVITATION else RESET_LASTS


@dataclass(frozen=True, slots=True)
class Account:
    """`is_invited`: nobody has chosen a password yet. `last_seen_at`: the newest sign of any session."""

    agent: Agent
    is_service: bool
    is_invited: bool
    has_second_step: bool
    sessions: int
    last_seen_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SecondStep:
    """The codes of an authenticator app. `since` is None while it is being set up; `last_step` was used already."""

    secret: str
    since: datetime | None
    last_step: int
    recovery_left: int


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signed-in browser as its owner sees it. `id` is not its token."""

    id: str
    agent_id: str
    created_at: datetime
    seen_at: datetime
    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class ApiToken:
    """`role`: it may do at most what this role may; None: all that its account may. `id` is not the token."""

    id: str
    agent_id: str
    name: str
    role: Role | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now
