"""What waits in the durable queue: customers' messages on their way in, ours on their way out, and timers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

from desk.conversations import Author, Conversation, DeliveryStatus
from desk.customers import Identity
from desk.messages import Address, Attachment, Button, InboundMessage, OutboundMessage


class Lane(IntEnum):
    """Who goes first when sends are scarce: a reply never waits behind a campaign."""

    REPLY = 0
    NOTICE = 1
    CAMPAIGN = 2


@dataclass(frozen=True, slots=True)
class LeasedInbound:
    """A customer's message, leased to one worker. `key` is unique over all channels (channel:account:platform key)."""

    id: int
    key: str
    message: InboundMessage
    received_at: datetime
    attempts: int
    owner: str


@dataclass(frozen=True, slots=True)
class Offered:
    """The choices of the message that offered some last, and whether nothing was said after it."""

    buttons: Sequence[Button] = ()
    just_now: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Whose an address is, their open conversation, which is locked (None where there is none), and what they may
    choose from."""

    identity: Identity | None
    conversation: Conversation | None
    offered: Offered


@dataclass(frozen=True, slots=True)
class Standing:
    """What may wait for the words of one customer, as found with the claim of their message. What is False need not be
    asked for again in the same turn; True says only that it may be there. `known`: None where it was not looked up.
    """

    heard: bool = True  # this very message is in the history: it comes again
    rating: bool = True  # the question how we did
    survey: bool = True
    known: Known | None = None


ANYTHING = Standing()


@dataclass(frozen=True, slots=True)
class Slot:
    """A campaign's message is leased a little ahead for a moment of its own; the next one is `gap` later. No second may
    hold more than `most`."""

    at: datetime
    gap: timedelta
    most: int


@dataclass(frozen=True, slots=True)
class LeasedOutbound:
    """A message of ours, leased to one sender. `sent_bubbles` were already taken by the platform."""

    id: int
    key: str
    address: Address
    message: OutboundMessage
    attempts: int
    created_at: datetime
    owner: str
    sent_bubbles: int = 0
    conversation_id: str = ""
    slot: Slot | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """How something said leaves for the customer: as `message`, once for each `key`. `inbound_key`: of the customer's
    message that it answers."""

    key: str
    message: OutboundMessage
    address: Address
    lane: Lane
    due_at: datetime
    inbound_key: str | None


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Something said, on its way into a conversation's history; the same `source_key` again adds nothing. What was said
    to the customer is queued along with it."""

    conversation_id: str
    author: Author
    text: str
    source_key: str
    said_at: datetime
    agent_id: str | None = None
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    sending: Sending | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt to deliver ended, and from where a next one goes on.

    `until`: when to try again; `platform_ids`: what the platform called the bubbles it took.
    """

    status: DeliveryStatus
    sent_bubbles: int
    reason: str = ""
    until: datetime | None = None
    platform_ids: tuple[str, ...] = ()
    block_channel: bool = False
    unreachable: bool = False


class TimerKind(StrEnum):
    UNCLAIMED = "unclaimed"  # nobody took a waiting conversation
    UNANSWERED = "unanswered"  # an agent left a customer waiting
    ESCALATION = "escalation"  # nobody answered after that either
    SILENCE = "silence"  # the customer said nothing more to an agent
    SLA_WARNING = "sla_warning"  # a service level is near its end
    SLA_BREACH = "sla_breach"
    UNANSWERED_SETTLEMENT = "unanswered_settlement"  # a customer did not say whether their case is settled


@dataclass(frozen=True, slots=True)
class LeasedTimer:
    id: int
    key: str
    kind: TimerKind
    payload: dict[str, Any]
    owner: str
