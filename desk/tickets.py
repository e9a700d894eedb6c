"""Tickets: cases that may outlive a conversation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from desk.complaints import Step


class TicketKind(StrEnum):
    INQUIRY = "inquiry"
    COMPLAINT = "complaint"
    REQUEST = "request"


class TicketStatus(StrEnum):
    """How far a case is. A complaint's status follows from its step (`desk.complaints`)."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"  # for the customer: the clocks stand still
    RESOLVED = "resolved"  # we think so; the customer was asked
    CLOSED = "closed"

    @property
    def is_settled(self) -> bool:
        return self in (TicketStatus.RESOLVED, TicketStatus.CLOSED)


class TicketPriority(IntEnum):
    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3

    @property
    def label(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, label: str) -> "TicketPriority":
        """Raises ValueError."""
        try:
            return cls[label.upper()]
        except KeyError:
            raise ValueError(f"{label!r} is none of low, normal, high, urgent") from None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A case. `number` is what people say aloud; `promised_by` is when the customer was told to expect an answer,
    `due_at` when staff mean to be done."""

    id: str
    number: str
    kind: TicketKind
    status: TicketStatus
    customer_id: str
    conversation_id: str
    subject: str
    detail: str
    order_number: str
    wished_remedy: str
    contact: str
    created_at: datetime
    updated_at: datetime
    promised_by: datetime | None = None
    owner_id: str | None = None
    step: Step | None = None  # of a complaint
    priority: TicketPriority = TicketPriority.NORMAL
    category_id: str | None = None
    cause_id: str | None = None
    due_at: datetime | None = None
    first_response_at: datetime | None = None  # a person first told the customer something
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    reopened: int = 0
    merged_into: str | None = None

    @property
    def expected_by(self) -> datetime | None:
        """The earlier of what was promised and what staff set themselves."""
        return min((moment for moment in (self.promised_by, self.due_at) if moment), default=None)


class Happened(StrEnum):
    """What a line of a ticket's history says."""

    OPENED = "opened"
    STEP = "step"
    STATUS = "status"
    CHANGED = "changed"  # `field` says what: owner, priority, category, cause, due_at, subject, detail, ...
    COMMENT = "comment"  # among staff
    TOLD = "told"  # what the customer was told
    NOT_TOLD = "not_told"  # and could not be: `after` says why
    CUSTOMER = "customer"  # what the customer added or answered
    WATCHED = "watched"
    UNWATCHED = "unwatched"
    LINKED = "linked"
    UNLINKED = "unlinked"
    MERGED = "merged"
    SPLIT = "split"
    COMPENSATION = "compensation"
    SLA = "sla"


class By(StrEnum):
    AGENT = "agent"
    CUSTOMER = "customer"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One line of a ticket's history: appended, never changed. `agent_id` where a person of ours did it."""

    ticket_id: str
    at: datetime
    happened: Happened
    by: By = By.DESK
    agent_id: str | None = None
    field: str = ""
    before: str = ""
    after: str = ""
    text: str = ""
    id: int = 0


class LinkKind(StrEnum):
    CONVERSATION = "conversation"
    ORDER = "order"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class Link:
    """`target` is an id, or an order's number."""

    kind: LinkKind
    target: str


@dataclass(frozen=True, slots=True)
class Category:
    """What a ticket is about, in a tree. `names` by language; the first stands in for one that is missing."""

    id: str
    parent_id: str | None
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, language: str) -> str:
        return self.names.get(language) or next(iter(self.names.values()), "")
