"""Finding a customer by what people remember of them."""

from sqlalchemy import Connection, select

from crm_store.customers import customer_of
from crm_store.rows import customers, identities, orders
from desk.customers import Customer

READ = 20_000
"""Names are encrypted, so a search reads them; of this many newest customers, which takes a fraction of a second."""


class CustomerSearch:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def find(self, text: str, limit: int = 50) -> list[Customer]:
        """Those whose name, phone number, e-mail address, name on a channel, or order number holds `text`."""
        wanted = "".join(text.casefold().split())
        by_order = set(self._db.scalars(select(orders.c.customer_id).where(orders.c.number == text.strip().upper())))
        shown_as: dict[str, str] = {}
        for each in self._db.execute(select(identities.c.customer_id, identities.c.display_name)):
            shown_as[each.customer_id] = f"{shown_as.get(each.customer_id, '')} {each.display_name or ''}"
        newest = select(customers).order_by(customers.c.created_at.desc()).limit(READ)
        found: list[Customer] = []
        for row in self._db.execute(newest):
            known = (row.name, row.phone, row.email, shown_as.get(row.id, ""))
            if row.id in by_order or any(wanted in "".join((each or "").casefold().split()) for each in known):
                found.append(customer_of(row))
                if len(found) == limit:
                    break
        return found
