"""The audit log: who did and saw what. It holds ids and facts, never what a customer wrote or what they are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from desk.agents import Agent

Fact = str | int | bool | None
SYSTEM = "system"
"""The actor of what happens by itself."""
COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`number` counts from 1 without a gap; `actor` is an agent's id, SYSTEM or COMMAND_LINE; `subject` is
    "kind:id", for example "conversation:4f2a". `seal` is the chained hash."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    facts: Mapping[str, Fact]
    seal: str = ""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to list: empty means any; `action` matches from its beginning ("ticket." lists all about tickets)."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking the chain found. `faults` name entries by number; empty: nothing was altered."""

    entries: int
    newest: str
    faults: tuple[str, ...] = field(default=())

    @property
    def is_intact(self) -> bool:
        return not self.faults


class AuditLog(Protocol):
    def record(self, actor: Agent | str, action: str, subject: str, now: datetime, **facts: Fact) -> None:
        """Note that somebody did something, together with what this transaction does or not at all.

        `action` is "area.past-tense" ("ticket.merged"); `facts` are ids, states and numbers.
        """
