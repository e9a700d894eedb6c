"""Everything that is kept of one customer, whatever table it is in: to hand it over, and to erase it.

Rows are found by their columns (the customer, their conversations, tickets, addresses, invitations), so a new table
with one of these columns is covered without being listed here; a test looks for what was forgotten.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, func, or_, select

from crm_store.files import Files
from crm_store.queue_rows import timers
from crm_store.rows import conversations, customers, files, identities, messages, metadata, tickets
from crm_store.ticket_file_rows import ticket_files
from desk.errors import NotFound

_NOT_CUSTOMERS = {"sessions", "webhook_deliveries", "audit_entries", "customers"}
"""Tables whose columns of these names mean something else (a network address of staff), or that are handled apart."""


class Dossier:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def count(self, customer_id: str) -> dict[str, int]:
        """How many rows of each table are about this customer. Raises NotFound."""
        return {
            table.name: found for table, which in self._tables(customer_id)
            if (found := self._db.scalar(select(func.count()).select_from(table).where(which)) or 0)
        }

    def collect(self, customer_id: str) -> dict[str, list[dict[str, Any]]]:
        """The rows themselves by table, personal fields in clear, times as RFC 3339. Raises NotFound."""
        found = {
            table.name: [_plain(dict(row._mapping)) for row in self._db.execute(select(table).where(which))]
            for table, which in self._tables(customer_id)
        }
        return {name: rows for name, rows in found.items() if rows}

    def list_files(self, customer_id: str) -> list[str]:
        """The ids of files that were sent in this customer's conversations or lie on their tickets. Pictures that came
        with an article are not the customer's."""
        mine = select(conversations.c.id).where(conversations.c.customer_id == customer_id)
        sent = self._db.scalars(select(messages.c.attachments).where(messages.c.conversation_id.in_(mine)))
        cases = select(tickets.c.id).where(tickets.c.customer_id == customer_id)
        filed = self._db.scalars(select(ticket_files.c.file_id).where(ticket_files.c.ticket_id.in_(cases)))
        found = {item["file_id"] for items in sent for item in items if item.get("file_id")} | set(filed)
        return sorted(found - Files(self._db).used_by_articles(sorted(found)))

    def list_conversations(self, customer_id: str) -> list[str]:
        mine = select(conversations.c.id).where(conversations.c.customer_id == customer_id)
        return list(self._db.scalars(mine.order_by(conversations.c.opened_at)))

    def erase(self, customer_id: str) -> dict[str, int]:
        """Delete all of it; returns how many rows of each table are gone. Raises NotFound."""
        sent = self.list_files(customer_id)
        doomed = list(self._tables(customer_id))
        erased = {table.name: self._db.execute(delete(table).where(which)).rowcount for table, which in doomed}
        erased["files"] = self._db.execute(delete(files).where(files.c.id.in_(sent))).rowcount
        return {name: count for name, count in erased.items() if count}

    def _tables(self, customer_id: str) -> Iterator[tuple[Table, Any]]:
        """Tables with the rows that are this customer's; those that refer to others come before them."""
        if self._db.scalar(select(customers.c.id).where(customers.c.id == customer_id)) is None:
            raise NotFound("no such customer")
        values = self._values(customer_id)
        for table in reversed(metadata.sorted_tables):
            if table.name in _NOT_CUSTOMERS:
                continue
            conditions = [column.in_(known) for column in table.c
                          if (known := values.get(column.name)) and _can_hold(column, known)]
            if table is timers:
                conditions = [_names(table.c.key, each) for each in values["conversation_id"] | values["ticket_id"]]
            if conditions:
                yield table, or_(*conditions)
        yield customers, customers.c.id == customer_id

    def _values(self, customer_id: str) -> dict[str, set[str]]:
        """What columns hold, by their names, where a row is about this customer."""
        talks = set(self.list_conversations(customer_id))
        cases = set(self._db.scalars(select(tickets.c.id).where(tickets.c.customer_id == customer_id)))
        addresses = set(self._db.scalars(select(identities.c.address).where(identities.c.customer_id == customer_id)))
        addresses |= set(self._db.scalars(
            select(conversations.c.address).where(conversations.c.customer_id == customer_id)
        ))
        recipients = metadata.tables["recipients"]
        invited = set(self._db.scalars(select(recipients.c.id).where(recipients.c.customer_id == customer_id)))
        return {
            "customer_id": {customer_id}, "conversation_id": talks, "ticket_id": cases, "target": cases,
            "matter_id": talks | cases, "address": addresses, "recipient_id": invited,
        }


def _can_hold(column: Column[Any], values: set[Any]) -> bool:
    """Whether the column is of these values' type: a plan's target is a number, a ticket link's target a ticket."""
    return isinstance(next(iter(values)), column.type.python_type)


def _names(column: Column[Any], found: str) -> Any:
    return column.contains(found, autoescape=True)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
        for name, value in row.items()
    }
