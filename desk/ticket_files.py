"""Files on tickets: what the customer sent in the ticket's conversations, and what staff added with a note."""

from dataclasses import dataclass
from datetime import datetime

from desk.messages import Attachment
from desk.tickets import By


@dataclass(frozen=True, slots=True)
class TicketFile:
    """`event_id` is the line of the history it came with; None: it came in a conversation."""

    attachment: Attachment
    by: By
    at: datetime
    agent_id: str | None = None
    event_id: int | None = None
