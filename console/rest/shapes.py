"""What the REST API says: ids are opaque strings, times RFC 3339 in UTC, lists {"items", "next"}."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Generic, Self, TypeVar

from pydantic import BaseModel, PlainSerializer

from crm_store.outbound import Delivery
from desk.conversations import Author, Conversation, DeliveryStatus, HandoffReason, Holder, Message
from desk.customer_value import AbcClass, CustomerValue, Risk, Segment
from desk.customers import Customer, Identity, Order
from desk.messages import AttachmentKind, ChannelName, Language

Moment = Annotated[
    datetime, PlainSerializer(lambda moment: moment.astimezone(UTC).isoformat().replace("+00:00", "Z"), return_type=str)
]
T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the page after it, null on the last."""

    items: list[T]
    next: str | None = None


def cut(found: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    """The page out of a list that was read one longer than asked, and whether there is more."""
    return found[:limit], len(found) > limit


class ConversationOut(BaseModel):
    id: str
    customer: str
    channel: ChannelName
    holder: Holder
    agent: str | None
    language: Language
    reason: HandoffReason | None
    note: str
    unread: int
    last_text: str
    opened_at: Moment
    last_message_at: Moment
    waiting_since: Moment | None
    closed_at: Moment | None
    priority: int
    team: str | None
    topic: str
    unanswered_since: Moment | None

    @classmethod
    def of(cls, item: Conversation) -> Self:
        return cls(
            id=item.id, customer=item.customer_id, channel=item.address.channel, holder=item.holder,
            agent=item.agent_id, language=item.language, reason=item.handoff_reason, note=item.handoff_note,
            unread=item.unread, last_text=item.last_text, opened_at=item.opened_at,
            last_message_at=item.last_message_at, waiting_since=item.queued_at, closed_at=item.closed_at,
            priority=item.priority, team=item.team_id, topic=item.topic, unanswered_since=item.unanswered_since,
        )


class FileOut(BaseModel):
    """A file in a message; `url` is empty until we have our own copy."""

    kind: AttachmentKind
    name: str
    media_type: str
    url: str


class MessageOut(BaseModel):
    id: str
    conversation: str
    author: Author
    agent: str | None
    text: str
    files: list[FileOut]
    created_at: Moment
    edited: bool
    delivery: str | None
    delivery_status: DeliveryStatus | None
    delivery_error: str

    @classmethod
    def of(cls, item: Message) -> Self:
        return cls(
            id=str(item.id), conversation=item.conversation_id, author=item.author, agent=item.agent_id,
            text=item.text, created_at=item.created_at, edited=item.edited,
            files=[
                FileOut(kind=file.kind, name=file.name, media_type=file.media_type,
                        url=f"/files/{file.file_id}" if file.file_id else "")
                for file in item.attachments
            ],
            delivery=None if item.delivery_id is None else str(item.delivery_id),
            delivery_status=item.delivery_status, delivery_error=item.delivery_error,
        )


class ConversationWithMessages(ConversationOut):
    """`topics`: "faq:<category>", "ticket:<category's id>", "order", "points" or "complaint", as they came up."""

    topics: list[str]
    messages: list[MessageOut]


class OrderOut(BaseModel):
    """`amount` is in minor units of `currency`; dates are ISO dates, empty where there is none."""

    number: str
    title: str
    title_en: str
    status: str
    amount: int
    currency: str
    placed_at: Moment
    starts_on: str
    ends_on: str

    @classmethod
    def of(cls, item: Order) -> Self:
        return cls(
            number=item.number, title=item.title, title_en=item.title_en, status=item.status, amount=item.amount,
            currency=item.currency, placed_at=item.placed_at, starts_on=item.starts_on, ends_on=item.ends_on,
        )


class IdentityOut(BaseModel):
    channel: ChannelName
    account: str
    user: str
    display_name: str
    reachable: bool
    last_seen_at: Moment

    @classmethod
    def of(cls, item: Identity) -> Self:
        return cls(
            channel=item.address.channel, account=item.address.account, user=item.address.user,
            display_name=item.display_name, reachable=item.reachable, last_seen_at=item.last_seen_at,
        )


class ValueOut(BaseModel):
    """What a customer is worth, as of `counted_at`. Money in minor units of `currency`: `revenue` so far, `margin` of
    it, `lifetime` still to come. `every_days`: their usual time between orders; `churn`: how likely they left, 0 to 1.
    """

    segment: Segment
    scores: str
    abc: AbcClass
    risk: Risk
    churn: float
    every_days: float
    orders: int
    first_order_at: Moment
    last_order_at: Moment
    currency: str
    revenue: int
    margin: int
    lifetime: int
    counted_at: Moment

    @classmethod
    def of(cls, item: CustomerValue) -> Self:
        return cls(
            segment=item.segment, scores=str(item.scores), abc=item.abc, risk=item.risk, churn=item.churn,
            every_days=item.every_days, orders=item.orders, first_order_at=item.first_order_at,
            last_order_at=item.last_order_at, currency=item.currency, revenue=item.revenue, margin=item.margin,
            lifetime=item.lifetime, counted_at=item.counted_at,
        )


class CustomerOut(BaseModel):
    """`time_zone` is an IANA name; empty: the business's. `value` is null for who never ordered."""

    id: str
    name: str
    language: Language | None
    tier: str
    points: int
    phone: str
    email: str
    consent: bool
    created_at: Moment
    time_zone: str
    value: ValueOut | None

    @classmethod
    def of(cls, item: Customer, value: CustomerValue | None) -> Self:
        return cls(
            id=item.id, name=item.name, language=item.language, tier=item.tier, points=item.points, phone=item.phone,
            email=item.email, consent=item.consent, created_at=item.created_at, time_zone=item.time_zone,
            value=ValueOut.of(value) if value else None,
        )


class CustomerWhole(CustomerOut):
    identities: list[IdentityOut]
    orders: list[OrderOut]


class DeliveryOut(BaseModel):
    id: str
    conversation: str
    channel: ChannelName
    status: DeliveryStatus
    text: str
    error: str
    attempts: int
    created_at: Moment

    @classmethod
    def of(cls, item: Delivery) -> Self:
        return cls(
            id=str(item.id), conversation=item.conversation_id, channel=item.address.channel, status=item.status,
            text=item.text, error=item.error, attempts=item.attempts, created_at=item.created_at,
        )
