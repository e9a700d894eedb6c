"""What the buttons of a ticket and the REST calls do: one desk flow each, in one transaction."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from crm_store.store import SqlTransaction
from desk import case_files, casework
from desk.agents import Agent
from desk.attachments import inspect
from desk.case_telling import Telling, tell
from desk.casework import NewCase
from desk.complaints import Step
from desk.errors import Invalid, NotFound
from desk.ports import FetchedFile
from desk.tickets import By, Link, LinkKind, Ticket, TicketKind, TicketPriority, TicketStatus
from wiring.services import Services

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_LONGEST = {"subject": 300, "detail": 20_000, "wished_remedy": 2000, "contact": 300}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Acting:
    """One agent at work on tickets, now."""

    services: Services
    agent: Agent

    async def take(self, ticket_id: str) -> Ticket:
        return await self._run(lambda tx, now: casework.take(tx, ticket_id, self.agent, now))

    async def change(self, ticket_id: str, changes: Mapping[str, Any]) -> Ticket:
        """Raises Invalid, NotFound or Conflict."""
        for name, limit in _LONGEST.items():
            if len(changes.get(name) or "") > limit:
                raise Invalid(name, f"at most {limit} characters")
        return await self._run(lambda tx, now: casework.change(tx, ticket_id, changes, self.agent, now))

    async def set_status(self, ticket_id: str, to: TicketStatus, note: str = "") -> Ticket:
        return await self._run(lambda tx, now: casework.set_status(tx, ticket_id, to, self.agent, now, _note(note)))

    async def advance(self, ticket_id: str, to: Step, note: str = "") -> Ticket:
        return await self._run(lambda tx, now: casework.advance(tx, ticket_id, to, self.agent, now, _note(note)))

    async def comment(self, ticket_id: str, text: str, key: str, files: Sequence[FetchedFile] = ()) -> bool:
        """A note among staff, with files. Raises Invalid where one of them is not taken; nothing is kept then."""
        check_key(key)
        accepted = [inspect(file.name, file.content) for file in files]
        kept = await self.services.uploads.keep_all(files, accepted, self.services.clock.now())
        written = False
        try:
            written = await self._run(
                lambda tx, now: casework.comment(tx, ticket_id, text, self.agent, key, now, kept)
            )
        finally:
            if not written:  # it was there already, or was refused: its files are nobody's
                for each in kept:
                    await self.services.uploads.remove(each.file_id)
        return written

    async def write(self, ticket_id: str, text: str, key: str) -> bool:
        """To the customer; the same key again says nothing. Raises Conflict where they cannot be reached."""
        check_key(key)
        return await self._run(lambda tx, now: casework.write(tx, ticket_id, text, self.agent, key, now))

    async def watch(self, ticket_id: str, watcher_id: str, *, on: bool) -> None:
        flow = case_files.watch if on else case_files.unwatch
        await self._run(lambda tx, now: flow(tx, ticket_id, watcher_id, self.agent, now))

    async def link(self, ticket_id: str, kind: LinkKind, target: str, *, on: bool) -> None:
        flow = case_files.link if on else case_files.unlink
        to = Link(kind, target.strip())
        await self._run(lambda tx, now: flow(tx, ticket_id, to, self.agent, now))

    async def merge(self, ticket_id: str, into_number: str) -> Ticket:
        return await self._run(lambda tx, now: case_files.merge(tx, ticket_id, into_number, self.agent, now))

    async def split(self, ticket_id: str, subject: str, detail: str, kind: TicketKind) -> Ticket:
        return await self._run(
            lambda tx, now: case_files.split(tx, ticket_id, subject[:300], detail, kind, self.agent, now)
        )

    async def open(self, case: NewCase, priority: TicketPriority, *, tells: bool, key: str) -> Ticket:
        """Open a ticket by hand; the same key again returns the one it made. Raises Invalid or NotFound."""
        check_key(key)
        if not case.subject.strip():
            raise Invalid("subject", "say in a few words what it is about")

        def make(tx: SqlTransaction, now: datetime) -> Ticket:
            _check_customer(tx, case)
            ticket = casework.open_case(tx, case, now, by=By.AGENT, agent_id=self.agent.id,
                                        source_key=f"hand:{self.agent.id}:{key}")
            changed = casework.change(tx, ticket.id, {"priority": priority}, self.agent, now)
            if tells:
                values: dict[str, object] = {"number": ticket.number, "subject": ticket.subject}
                tell(tx, ticket, Telling("opened", values), f"opened:{ticket.id}", now)
            return changed

        return await self._run(make)

    async def _run(self, flow: Callable[[SqlTransaction, datetime], T]) -> T:
        now = self.services.clock.now()
        return await self.services.store.transact(lambda tx: flow(tx, now))


def _check_customer(tx: SqlTransaction, case: NewCase) -> None:
    """Raises Invalid unless customer, conversation and order belong together."""
    try:
        tx.customers.get(case.customer_id)
    except NotFound:
        raise Invalid("customer", "there is no such customer") from None
    if case.conversation_id:
        conversation = tx.conversations.find(case.conversation_id)
        if conversation is None or conversation.customer_id != case.customer_id:
            raise Invalid("conversation", "this customer has no such conversation")
    if case.order_number and not tx.orders.belongs_to(case.order_number, case.customer_id):
        raise Invalid("order", "this customer has no order of that number")


def check_key(key: str) -> None:
    """Raises Invalid unless it is a key of a form."""
    if not _KEY.fullmatch(key):
        raise Invalid("key", "a key is 8 to 64 letters, digits, - or _")


def _note(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if len(text) > 2000:
        raise Invalid("note", "at most 2000 characters")
    return text
