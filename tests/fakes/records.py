"""A CRM in memory: what each conversation's customer has."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from desk.customers import Customer, Order
from desk.tickets import Ticket, TicketKind, TicketStatus


@dataclass
class InMemoryRecords:
    """desk.records.CustomerRecords over dictionaries keyed by conversation id."""

    customers: dict[str, Customer] = field(default_factory=dict)
    orders: dict[str, list[Order]] = field(default_factory=dict)
    tickets: dict[str, list[Ticket]] = field(default_factory=dict)

    async def customer_of(self, conversation_id: str) -> Customer | None:
        return self.customers.get(conversation_id)

    async def orders_of(self, conversation_id: str) -> list[Order]:
        return list(self.orders.get(conversation_id, ()))

    async def find_order(self, conversation_id: str, number: str) -> Order | None:
        return next((o for o in self.orders.get(conversation_id, ()) if o.number.upper() == number.upper()), None)

    async def tickets_of(self, conversation_id: str) -> list[Ticket]:
        return list(self.tickets.get(conversation_id, ()))


def customer(points: int = 1280, tier: str = "金卡") -> Customer:
    return Customer(
        id="c1", name="王小明", language=None, tier=tier, points=points, phone="13800138000",
        email="wang@example.com", consent=True, created_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


def order(number: str = "A10023", title: str = "湖景大床房", title_en: str = "Lake view king room") -> Order:
    return Order(
        number=number, customer_id="c1", title=title, status="confirmed", amount=128000, currency="CNY",
        placed_at=datetime(2025, 10, 1, tzinfo=UTC), starts_on="2025-11-03", ends_on="2025-11-05", title_en=title_en,
    )


def ticket(number: str = "T1001", status: TicketStatus = TicketStatus.IN_PROGRESS) -> Ticket:
    made = datetime(2025, 10, 20, 8, 30, tzinfo=UTC)
    return Ticket(
        id="t1", number=number, kind=TicketKind.COMPLAINT, status=status, customer_id="c1", conversation_id="old",
        subject="空调坏了", detail="空调坏了一晚上", order_number="A10023", wished_remedy="退款", contact="",
        created_at=made, updated_at=made, promised_by=datetime.now(UTC) + timedelta(days=2),
    )
