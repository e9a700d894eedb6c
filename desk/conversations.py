"""Conversations: who answers now, and what that means for the next message."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from desk.messages import Address, Attachment, Button, Language


class Holder(StrEnum):
    """Who answers a conversation. NOBODY: it is closed."""

    BOT = "bot"
    QUEUE = "queue"
    AGENT = "agent"
    NOBODY = "nobody"


class Route(StrEnum):
    """Where a customer's message goes."""

    ASK_BOT = "ask_bot"
    SHOW_AGENTS = "show_agents"
    REOPEN = "reopen"


def route(holder: Holder) -> Route:
    """Where the next message of a conversation with this holder goes."""
    match holder:
        case Holder.BOT:
            return Route.ASK_BOT
        case Holder.QUEUE | Holder.AGENT:
            return Route.SHOW_AGENTS
        case Holder.NOBODY:
            return Route.REOPEN


class HandoffReason(StrEnum):
    """Why a person is needed."""

    ASKED = "asked"  # the customer asked for a person
    UNKNOWN = "unknown"  # the bot did not know, and the customer took the offer
    COMPLAINT = "complaint"
    BOT_DOWN = "bot_down"
    BOT_FAILED = "bot_failed"
    TAKEN = "taken"  # an agent stepped in on their own
    LOW_CONFIDENCE = "low_confidence"  # the bot did not understand several messages in a row
    ANGER = "anger"  # see desk.anger
    VIP = "vip"  # the customer's tier is served by people
    FORM_FAILED = "form_failed"  # the customer's answers to a form were not understood


class Priority(IntEnum):
    """Who goes first in the queue; within one priority, who has waited longest."""

    NORMAL = 0
    HIGH = 1
    URGENT = 2


@dataclass(frozen=True, slots=True)
class Conversation:
    """A stretch of talk on one address, from the first message to its closing. Its id is the bot's sender id."""

    id: str
    customer_id: str
    address: Address
    holder: Holder
    language: Language
    opened_at: datetime
    last_message_at: datetime
    agent_id: str | None = None
    handoff_reason: HandoffReason | None = None
    handoff_note: str = ""
    queued_at: datetime | None = None
    closed_at: datetime | None = None
    unread: int = 0  # customer messages that no agent has seen since the last reply
    last_text: str = ""
    priority: Priority = Priority.NORMAL
    team_id: str | None = None  # whose queue it waits in; None: anybody's
    topic: str = ""  # what it is about, as the bot saw it when it asked for a person
    misses: int = 0  # messages in a row that the bot did not understand
    unanswered_since: datetime | None = None  # when the customer first wrote what no person has answered yet
    acknowledged_at: datetime | None = None  # when the customer was last told, while waiting, how things stand

    @property
    def is_open(self) -> bool:
        return self.holder is not Holder.NOBODY


class Author(StrEnum):
    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"  # the desk itself: queue position, tickets, rating questions


class DeliveryStatus(StrEnum):
    """What became of a message to a customer (guarantee 4)."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    PARKED = "parked"  # the platform's window is closed: goes with the next contact
    IN_DOUBT = "in_doubt"  # may have arrived; only a person sends it again
    DEAD = "dead"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"  # no consent


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a conversation's history, as the console shows it."""

    id: int
    conversation_id: str
    author: Author
    text: str
    created_at: datetime
    agent_id: str | None = None
    agent_name: str = ""
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    edited: bool = False
    delivery_id: int | None = None
    delivery_status: DeliveryStatus | None = None
    delivery_error: str = ""
    channel: str = ""
    source: str = ""  # the key of what caused it
