"""What the assistant may look up: always through the conversation, so a customer sees only what is theirs."""

from typing import Protocol

from desk.customers import Customer, Order
from desk.tickets import Ticket


class CustomerRecords(Protocol):
    """Read access to the CRM for one conversation's customer. An unknown conversation has nothing."""

    async def customer_of(self, conversation_id: str) -> Customer | None: ...

    async def orders_of(self, conversation_id: str) -> list[Order]:
        """This customer's orders, newest first."""

    async def find_order(self, conversation_id: str, number: str) -> Order | None:
        """The order with this number if it is this customer's; None also when it is somebody else's."""

    async def tickets_of(self, conversation_id: str) -> list[Ticket]:
        """This customer's tickets, newest first."""
