"""Lists of tickets: filters, search, order, pages by cursor; and categories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, literal, or_, select, update

from crm_store.columns import Instant
from crm_store.dialect import put
from crm_store.rows import tickets
from crm_store.ticket_rows import ticket_categories, ticket_sorts, ticket_watchers
from desk.complaints import Step
from desk.errors import Conflict, NotFound
from desk.tickets import Category, TicketKind, TicketPriority, TicketStatus

_NEVER = literal(datetime(9999, 1, 1, tzinfo=UTC), Instant)
SORTS: dict[str, tuple[Any, bool]] = {
    # name: (what, whether the greatest comes first)
    "newest": (tickets.c.created_at, True),
    "oldest": (tickets.c.created_at, False),
    "changed": (tickets.c.updated_at, True),
    "due": (func.coalesce(tickets.c.due_at, tickets.c.promised_by, _NEVER), False),
    "priority": (tickets.c.priority, True),
}
UNSETTLED = (TicketStatus.OPEN, TicketStatus.IN_PROGRESS, TicketStatus.WAITING)


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """What a list shows; what is left empty does not matter. `owner` "-" means nobody; `text` is searched in number,
    subject, detail and order."""

    kinds: Sequence[TicketKind] = ()
    statuses: Sequence[TicketStatus] = ()
    steps: Sequence[Step] = ()
    priorities: Sequence[TicketPriority] = ()
    owner: str = ""
    watcher: str = ""
    categories: Sequence[str] = ()
    cause: str = ""
    customer: str = ""
    overdue_at: datetime | None = None
    text: str = ""


def ticket_page(wanted: TicketFilter, sort: str, after: str, limit: int) -> Select[Any]:
    """One page in the order `sort` (a key of SORTS); `after` is the id of the last ticket of the page before."""
    by, descending = SORTS[sort]
    query = select(tickets).where(*_conditions(wanted))
    if after:
        value = select(by).where(tickets.c.id == after).scalar_subquery()
        beyond = by < value if descending else by > value
        query = query.where(or_(beyond, and_(by == value, tickets.c.id > after)))
    return query.order_by(by.desc() if descending else by.asc(), tickets.c.id).limit(limit)


def _conditions(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, values in (
        (tickets.c.kind, wanted.kinds), (tickets.c.status, wanted.statuses), (tickets.c.step, wanted.steps),
        (tickets.c.priority, [int(each) for each in wanted.priorities]), (tickets.c.category_id, wanted.categories),
    ):
        if values:
            found.append(column.in_(list(values)))
    if wanted.owner:
        found.append(tickets.c.owner_id.is_(None) if wanted.owner == "-" else tickets.c.owner_id == wanted.owner)
    if wanted.cause:
        found.append(tickets.c.cause_id == wanted.cause)
    if wanted.customer:
        found.append(tickets.c.customer_id == wanted.customer)
    if wanted.watcher:
        watched = select(ticket_watchers.c.ticket_id).where(ticket_watchers.c.agent_id == wanted.watcher)
        found.append(tickets.c.id.in_(watched))
    if wanted.overdue_at is not None:
        late = or_(tickets.c.due_at < wanted.overdue_at, tickets.c.promised_by < wanted.overdue_at)
        found.append(and_(late, tickets.c.status.in_(UNSETTLED)))
    if wanted.text:
        columns = (tickets.c.number, tickets.c.subject, tickets.c.detail, tickets.c.order_number)
        found.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
    return found


class TicketSorts:
    """The order in which each agent last looked at the list."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def of(self, agent_id: str) -> str:
        kept = self._db.scalar(select(ticket_sorts.c.sort).where(ticket_sorts.c.agent_id == agent_id))
        return kept if kept in SORTS else "newest"

    def keep(self, agent_id: str, sort: str) -> None:
        put(self._db, ticket_sorts, {"agent_id": agent_id, "sort": sort}, (ticket_sorts.c.agent_id,))


class Categories:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def list_all(self) -> list[Category]:
        rows = self._db.execute(select(ticket_categories).order_by(ticket_categories.c.id))
        return [Category(row.id, row.parent_id, row.names) for row in rows]

    def get(self, category_id: str) -> Category:
        row = self._db.execute(select(ticket_categories).where(ticket_categories.c.id == category_id)).one_or_none()
        if row is None:
            raise NotFound("no such category")
        return Category(row.id, row.parent_id, row.names)

    def add(self, names: Mapping[str, str], parent_id: str | None, category_id: str = "") -> Category:
        """Raises NotFound when there is no such parent."""
        if parent_id is not None:
            self.get(parent_id)
        made = Category(category_id or uuid4().hex, parent_id, dict(names))
        self._db.execute(insert(ticket_categories).values(id=made.id, parent_id=parent_id, names=dict(names)))
        return made

    def rename(self, category_id: str, names: Mapping[str, str]) -> Category:
        self.get(category_id)
        self._db.execute(
            update(ticket_categories).where(ticket_categories.c.id == category_id).values(names=dict(names))
        )
        return self.get(category_id)

    def remove(self, category_id: str) -> None:
        """Raises Conflict while tickets or further categories are in it."""
        self.get(category_id)
        if self._db.scalar(select(ticket_categories.c.id).where(ticket_categories.c.parent_id == category_id).limit(1)):
            raise Conflict("this category has categories below it; remove those first")
        if self._db.scalar(select(tickets.c.id).where(tickets.c.category_id == category_id).limit(1)):
            raise Conflict("tickets are in this category; rename it instead")
        self._db.execute(delete(ticket_categories).where(ticket_categories.c.id == category_id))
