"""Outgoing webhooks: what others are told of, how it is signed, and how long we go on trying.

Signed as Standard Webhooks 1.0 (standardwebhooks.com) says: HMAC-SHA-256 over "id.timestamp.body".
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

EVENTS = (
    "conversation.opened", "conversation.message", "conversation.queued", "conversation.promised",
    "conversation.claimed", "conversation.assigned", "conversation.transferred", "conversation.reassigned",
    "conversation.escalated", "conversation.first_reply", "conversation.released", "conversation.closed",
    "ticket.opened", "ticket.changed", "ticket.settled", "ticket.disputed", "rating.given", "faq.gap",
    "faq.review_due", "campaign.changed",
)
PATIENCE = (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
"""Seconds after each failed attempt; after the last one the message is dead, and can be replayed by hand."""
STOP_AFTER = timedelta(days=3)
"""An endpoint that took nothing for this long is switched off."""
SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with

Happened = Callable[[str, Mapping[str, str | None]], None]
"""Told by the store's parts what happened: the event's name and the ids of what it is about."""


def nobody_listens(_event: str, _about: Mapping[str, str | None]) -> None:
    """Where nothing is told on."""


class WebhookStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint of somebody's. `stopped_because` is set when the desk itself switched it off."""

    id: str
    url: str
    about: str
    secret: str
    events: tuple[str, ...]
    active: bool
    failing_since: datetime | None
    stopped_because: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """One message to one endpoint. `message_id` stays the same over all attempts and replays; `answer` is the HTTP
    status of the last attempt, `milliseconds` how long it took."""

    id: int
    webhook_id: str
    message_id: str
    event: str
    payload: str
    status: WebhookStatus
    attempts: int
    due_at: datetime
    answer: int | None
    milliseconds: int | None
    error: str
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended; `is_gone`: the receiver said that it wants nothing any more (410)."""

    taken: bool
    answer: int | None
    milliseconds: int
    error: str = ""

    @property
    def is_gone(self) -> bool:
        return self.answer == 410


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers_for(secret: str, message_id: str, moment: int, body: bytes) -> dict[str, str]:
    """The headers by which the receiver knows that the message is ours and fresh; `moment` in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{moment}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(moment), "webhook-signature": f"v1,{signature}"}


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after this many failed attempts; None: give up."""
    return timedelta(seconds=PATIENCE[attempts - 1]) if attempts <= len(PATIENCE) else None
