"""What we say: queued with the turn that says it, delivered one bubble at a time."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from desk.channels import CAPABILITIES
from desk.conversations import Author, Conversation, DeliveryStatus
from desk.errors import SendDeferred, SendInDoubt, SendRejected, WindowClosed
from desk.faq_feedback import PREFIX as FEEDBACK
from desk.messages import OutboundMessage
from desk.ports import Channel
from desk.queue import Lane, LeasedOutbound, NewMessage, Outcome, Sending
from desk.rendering import render
from desk.store import Transaction

_PASSIVE_MARGIN = timedelta(milliseconds=300)
_MAX_ATTEMPTS = 12


class Reply:
    """Collects what one step says to one customer, then queues it in the step's own transaction.

    `source` is the key of what caused it (an inbound message, a click in the console): the queued messages carry
    it, so the same step again adds nothing.
    """

    def __init__(
        self, tx: Transaction, conversation: Conversation, source: str, now: datetime, *,
        answers: datetime | None = None, agent_id: str | None = None, lane: Lane = Lane.REPLY,
    ) -> None:
        """`answers`: when the message that this answers was received; None when it answers none."""
        self._tx = tx
        self._conversation = conversation
        self._source = source
        self._now = now
        self._answers = answers
        self._agent_id = agent_id
        self._lane = lane
        self._parts: list[tuple[Author, OutboundMessage]] = []

    def add(self, author: Author, message: OutboundMessage) -> None:
        self._parts.append((author, message))

    @property
    def awaits_answer(self) -> bool:
        """Whether what was collected ends in a question or a choice; "was that helpful" may stay unanswered."""
        last = self._parts[-1][1] if self._parts else None
        if last is None:
            return False
        asks = any(not button.payload.startswith(FEEDBACK) for button in last.buttons)
        return asks or last.text.rstrip().endswith(("?", "？"))

    def queue(self) -> int:
        """Queue everything collected; returns how many messages that made."""
        parts = self._parts
        if len(parts) > 1 and CAPABILITIES[self._conversation.address.channel].merge_bubbles:
            parts = [(parts[0][0], merged([message for _, message in parts]))]
        for position, (author, message) in enumerate(parts):
            self._queue_one(f"{self._source}#{position}", author, message)
        return len(parts)

    def _queue_one(self, key: str, author: Author, message: OutboundMessage) -> None:
        message = with_ids(message)
        self._tx.messages.add(NewMessage(
            self._conversation.id, author, message.text, f"out:{key}", self._now, agent_id=self._agent_id,
            buttons=message.buttons, attachments=message.attachments,
            sending=Sending(key, message, self._conversation.address, self._lane, self._due(),
                            inbound_key=self._source if self._answers else None),
        ))

    def _due(self) -> datetime:
        # Until then the waiting response to the platform's own request may take the answer along.
        passive = CAPABILITIES[self._conversation.address.channel].passive_within
        if passive is None or self._answers is None:
            return self._now
        return max(self._now, self._answers + passive + _PASSIVE_MARGIN)


def merged(messages: list[OutboundMessage]) -> OutboundMessage:
    """Several messages as one, for channels where every send is scarce."""
    return OutboundMessage(
        "\n\n".join(message.text for message in messages if message.text),
        tuple(button for message in messages for button in message.buttons),
        tuple(file for message in messages for file in message.attachments),
    )


def with_ids(message: OutboundMessage) -> OutboundMessage:
    """The message with what its buttons are called on the wire."""
    buttons = tuple(
        button if button.url else replace(button, id=secrets.token_urlsafe(8)) for button in message.buttons
    )
    return replace(message, buttons=buttons)


async def deliver(lease: LeasedOutbound, channel: Channel, now: datetime) -> Outcome:
    """Send what is left of one message, bubble by bubble."""
    bubbles = render([lease.message], channel.capabilities)
    ids: list[str] = []
    sent = lease.sent_bubbles
    try:
        for bubble in bubbles[lease.sent_bubbles :]:
            ids.append(await channel.send(lease.address, bubble))
            sent += 1
    except SendDeferred as wait:
        return _deferred(lease, wait, sent, now)
    except WindowClosed as closed:
        return Outcome(DeliveryStatus.PARKED, sent, str(closed))
    except SendRejected as refusal:
        return Outcome(DeliveryStatus.DEAD, sent, str(refusal), unreachable=refusal.unreachable)
    except SendInDoubt as doubt:
        return Outcome(DeliveryStatus.IN_DOUBT, sent, str(doubt))
    return Outcome(DeliveryStatus.SENT, sent, platform_ids=tuple(ids))


def _deferred(lease: LeasedOutbound, wait: SendDeferred, sent: int, now: datetime) -> Outcome:
    if lease.attempts >= _MAX_ATTEMPTS and not wait.whole_channel:
        return Outcome(DeliveryStatus.DEAD, sent, f"gave up after {lease.attempts} attempts: {wait}")
    # Doubling from what the platform asked for keeps a long outage from being hammered.
    pause = min(wait.retry_after * 2 ** min(lease.attempts - 1, 8), timedelta(minutes=10))
    pause = wait.retry_after if wait.whole_channel else pause
    return Outcome(DeliveryStatus.RETRY, sent, str(wait), until=now + pause, block_channel=wait.whole_channel)


def settle(tx: Transaction, ended: Sequence[tuple[LeasedOutbound, Outcome]], now: datetime) -> None:
    """Record how deliveries ended. Nothing is recorded of one whose sender's lease was lost meanwhile."""
    held = tx.outbound.settle(ended, now)
    for lease, outcome in ended:
        if lease.id not in held:
            continue
        if outcome.block_channel and outcome.until:
            tx.outbound.block_channel(lease.address, outcome.until)
        if outcome.status is DeliveryStatus.PARKED:
            tx.windows.close(lease.address)
        if outcome.unreachable:
            tx.customers.set_unreachable(lease.address)
        tx.announce("delivery", conversation_id=lease.conversation_id)


def resend(tx: Transaction, delivery_id: int, now: datetime) -> bool:
    """A person decided to send a message again that was in doubt or dead. False when it is neither."""
    return tx.outbound.send_again(delivery_id, now)
