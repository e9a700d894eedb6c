"""What happened to a conversation, apart from what was said: the rows that reports count and people read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

LEFT_LINE = "left_line"
"""Why a conversation went back to the bot: the customer did not want to wait any longer."""


class Happening(StrEnum):
    """One kind of event in a conversation's life."""

    QUEUED = "queued"  # a person is needed; `reason` says why, `details` holds the summary
    PROMISED = "promised"  # nobody serves, or nobody came in time: a ticket and a time instead
    CLAIMED = "claimed"  # an agent took it; `seconds` is how long the customer had waited
    ASSIGNED = "assigned"  # the desk gave it to an agent; `seconds` as for CLAIMED
    TRANSFERRED = "transferred"  # by an agent, to a colleague or a team
    REASSIGNED = "reassigned"  # its agent did not answer in time
    ESCALATED = "escalated"  # nobody answered in time: supervisors were told
    FIRST_REPLY = "first_reply"  # of a person since it was queued; `seconds` since then
    RELEASED = "released"  # back to the bot; `reason` is "by_hand", "silence" or LEFT_LINE
    CLOSED = "closed"  # `seconds` since it was opened


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """`agent_id` did it (None: the desk itself), `to_agent_id` or `team_id` has it since."""

    kind: Happening
    at: datetime
    conversation_id: str = ""
    agent_id: str | None = None
    to_agent_id: str | None = None
    team_id: str | None = None
    reason: str = ""
    seconds: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
