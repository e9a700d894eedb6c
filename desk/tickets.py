"""Tickets: cases that may outlive a conversation."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TicketKind(StrEnum):
    INQUIRY = "inquiry"
    COMPLAINT = "complaint"
    REQUEST = "request"


class TicketStatus(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_settled(self) -> bool:
        return self in (TicketStatus.RESOLVED, TicketStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A case. `number` is what people say aloud; `promised_by` is when the customer was told to expect an answer."""

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
