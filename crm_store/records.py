"""The records that the assistant's actions may read, of the customer they speak with."""

from crm_store.store import SqlStore, SqlTransaction
from desk.customers import Customer, Order
from desk.tickets import Ticket


class SqlRecords:
    """desk.records.CustomerRecords over the store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def customer_of(self, conversation_id: str) -> Customer | None:
        return await self._store.read(lambda tx: _customer(tx, conversation_id))

    async def orders_of(self, conversation_id: str) -> list[Order]:
        def look(tx: SqlTransaction) -> list[Order]:
            customer = _customer(tx, conversation_id)
            return tx.orders.list_of(customer.id) if customer else []

        return await self._store.read(look)

    async def find_order(self, conversation_id: str, number: str) -> Order | None:
        wanted = number.strip().upper()
        return next((order for order in await self.orders_of(conversation_id) if order.number.upper() == wanted), None)

    async def tickets_of(self, conversation_id: str) -> list[Ticket]:
        def look(tx: SqlTransaction) -> list[Ticket]:
            customer = _customer(tx, conversation_id)
            return tx.tickets.list_of(customer.id) if customer else []

        return await self._store.read(look)


def _customer(tx: SqlTransaction, conversation_id: str) -> Customer | None:
    conversation = tx.conversations.find(conversation_id)
    return tx.customers.get(conversation.customer_id) if conversation else None
