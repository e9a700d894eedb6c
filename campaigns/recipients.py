"""Recipients: one customer asked once by one campaign, and how far that has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaigns.progress import Progress
from desk.conversations import DeliveryStatus
from desk.messages import Address, Language


class Stage(StrEnum):
    """What we know ourselves; what became of the message is the outbound queue's to say."""

    EXCLUDED = "excluded"
    WAITING = "waiting"  # planned, its message is not made yet
    ASKED = "asked"  # its message is made, nothing was answered
    ANSWERING = "answering"
    FINISHED = "finished"
    LEFT = "left"  # the customer ended the survey before its end
    EXPIRED = "expired"  # the campaign ended first
    OPTED_OUT = "opted_out"
    CANCELLED = "cancelled"


OPEN_STAGES = (Stage.ASKED, Stage.ANSWERING)


class RecipientState(StrEnum):
    """What staff see: the stage and the delivery in one word."""

    EXCLUDED = "excluded"
    QUEUED = "queued"
    SENT = "sent"
    PARKED = "parked"  # WeChat's window is closed: goes with the customer's next message
    IN_DOUBT = "in_doubt"
    FAILED = "failed"
    ANSWERED = "answered"  # in part
    FINISHED = "finished"
    LEFT = "left"
    OPTED_OUT = "opted_out"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


_OF_STAGE = {
    Stage.EXCLUDED: RecipientState.EXCLUDED, Stage.WAITING: RecipientState.QUEUED,
    Stage.ANSWERING: RecipientState.ANSWERED, Stage.FINISHED: RecipientState.FINISHED, Stage.LEFT: RecipientState.LEFT,
    Stage.EXPIRED: RecipientState.EXPIRED, Stage.OPTED_OUT: RecipientState.OPTED_OUT,
    Stage.CANCELLED: RecipientState.CANCELLED,
}
_OF_DELIVERY = {
    DeliveryStatus.QUEUED: RecipientState.QUEUED, DeliveryStatus.RETRY: RecipientState.QUEUED,
    DeliveryStatus.SENDING: RecipientState.QUEUED, DeliveryStatus.SENT: RecipientState.SENT,
    DeliveryStatus.PARKED: RecipientState.PARKED, DeliveryStatus.IN_DOUBT: RecipientState.IN_DOUBT,
    DeliveryStatus.DEAD: RecipientState.FAILED, DeliveryStatus.CANCELLED: RecipientState.CANCELLED,
    DeliveryStatus.SUPPRESSED: RecipientState.OPTED_OUT,
}


def state_of(stage: Stage, delivery: DeliveryStatus | None) -> RecipientState:
    """Both in one. Without a row in the queue (it is forgotten after a while) an asked recipient was sent to."""
    if stage is Stage.ASKED:
        return _OF_DELIVERY[delivery] if delivery else RecipientState.SENT
    return _OF_STAGE[stage]


@dataclass(frozen=True, slots=True)
class Recipient:
    """`occasion` is what caused it (a wave, a conversation, a ticket, an event's id), so that one customer may be
    asked again by the same campaign for another reason, but never twice for the same.

    `arm` is the opening they get (0 or 1). `touched_at`: when the survey last said something to them.
    """

    id: int
    campaign_id: str
    customer_id: str
    occasion: str
    stage: Stage
    address: Address | None
    language: Language
    arm: int
    progress: Progress | None
    conversation_id: str = ""
    reason: str = ""
    survey_id: str = ""
    version: int = 0
    agent_id: str | None = None
    ticket_id: str = ""
    is_test: bool = False
    due_at: datetime | None = None
    asked_at: datetime | None = None
    touched_at: datetime | None = None
    answered_at: datetime | None = None
    finished_at: datetime | None = None
    reminded_at: datetime | None = None

    @property
    def key(self) -> str:
        """The key of their message in the outbound queue."""
        tail = f":{self.occasion}" if self.occasion else ""
        return f"camp:{self.campaign_id}:{self.customer_id}{tail}"
