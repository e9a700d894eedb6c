"""Files on tickets."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from crm_store.codec import attachment_from_json, attachment_to_json
from crm_store.rows import messages, tickets
from crm_store.ticket_file_rows import ticket_files
from crm_store.ticket_rows import ticket_events, ticket_links
from desk.conversations import Author
from desk.messages import Attachment
from desk.ticket_files import TicketFile
from desk.tickets import By, LinkKind


class TicketFiles:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def attach(
        self, ticket_id: str, source_key: str, attachments: Sequence[Attachment], agent_id: str, now: datetime
    ) -> None:
        """Files that came with the line of the history that has this source key."""
        event_id = self._db.execute(
            select(ticket_events.c.id).where(ticket_events.c.source_key == source_key)
        ).scalar_one()
        for item in attachments:
            self._db.execute(insert(ticket_files).values(
                file_id=item.file_id, ticket_id=ticket_id, event_id=event_id, agent_id=agent_id,
                attachment=attachment_to_json(item), at=now,
            ))

    def list_of(self, ticket_id: str) -> list[TicketFile]:
        """Of staff, and of the customer until the ticket was resolved, oldest first. Our copy of what the customer
        sent may still be on its way: its `file_id` is empty then. A ticket merged into this one brings its own."""
        merged = [ticket_id, *self._db.scalars(select(tickets.c.id).where(tickets.c.merged_into == ticket_id))]
        kept = self._db.execute(select(ticket_files).where(ticket_files.c.ticket_id.in_(merged)))
        of_staff = [
            TicketFile(attachment_from_json(row.attachment), By.AGENT, row.at, row.agent_id, row.event_id)
            for row in kept
        ]
        return sorted([*of_staff, *self._sent(merged)], key=lambda file: file.at)

    def _sent(self, ticket_ids: Sequence[str]) -> list[TicketFile]:
        talks: dict[str, datetime | None] = {}
        for row in self._db.execute(select(tickets).where(tickets.c.id.in_(ticket_ids))):
            talks[row.conversation_id] = row.resolved_at
        linked = select(ticket_links.c.target).where(
            ticket_links.c.ticket_id.in_(ticket_ids), ticket_links.c.kind == LinkKind.CONVERSATION
        )
        talks |= dict.fromkeys(self._db.scalars(linked))
        rows = self._db.execute(
            select(messages.c.conversation_id, messages.c.created_at, messages.c.attachments)
            .where(messages.c.conversation_id.in_(list(filter(None, talks))), messages.c.author == Author.CUSTOMER)
            .order_by(messages.c.id)
        )
        return [
            TicketFile(attachment_from_json(item), By.CUSTOMER, row.created_at)
            for row in rows for item in row.attachments
            if (until := talks[row.conversation_id]) is None or row.created_at <= until
        ]
