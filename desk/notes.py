"""What staff say among themselves: private notes, who is meant, and what calls for somebody's attention."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from desk.agents import Agent


@dataclass(frozen=True, slots=True)
class Note:
    """A private note in a conversation: customers never see it."""

    id: int
    conversation_id: str
    agent_id: str
    agent_name: str
    text: str
    created_at: datetime


class AlertKind(StrEnum):
    """Why somebody's attention is wanted."""

    MENTIONED = "mentioned"
    ASSIGNED = "assigned"
    TRANSFERRED = "transferred"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Alert:
    id: int
    conversation_id: str
    kind: AlertKind
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Label:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A text that is said often. `shortcut` is what an agent types after "/"."""

    id: str
    shortcut: str
    title: str
    text: str


def fold(text: str) -> str:
    """A name without regard to case, width and surrounding space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def mentioned(text: str, agents: Iterable[Agent]) -> list[Agent]:
    """The agents whose name stands after an "@", by the longest name that fits: "@Lin Wu" is Lin Wu, not Lin."""
    by_length = sorted(agents, key=lambda agent: -len(agent.name))
    found: list[Agent] = []
    folded = unicodedata.normalize("NFKC", text).casefold()
    for part in folded.split("@")[1:]:
        agent = next((one for one in by_length if one.name and part.startswith(fold(one.name))), None)
        if agent is not None and agent not in found:
            found.append(agent)
    return found
