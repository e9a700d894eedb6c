"""The lists of the inbox: views, filters, pages by cursor, and search in what was said."""

import base64
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from crm_store.conversation_topics import has_topic
from crm_store.conversations import conversation_of
from crm_store.inbox_rows import alerts, conversation_labels
from crm_store.rows import conversations, customers, messages, orders, tickets
from desk.conversations import Conversation, HandoffReason, Holder
from desk.errors import Invalid
from desk.messages import ChannelName
from desk.notes import fold

PEOPLE = (Holder.QUEUE, Holder.AGENT)
NAMES_SEARCHED = 20_000
"""Names are encrypted, so a search reads them; of this many newest customers, which takes a fraction of a second."""
_NUMBER = re.compile(r"[A-Za-z]{1,6}-?\d[\w-]*")


class InboxView(StrEnum):
    """The lists of the inbox."""

    WAITING = "waiting"
    MINE = "mine"
    UNANSWERED = "unanswered"
    ALERTS = "alerts"
    ALL = "all"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class InboxQuery:
    """What an agent wants to see; `team_id` narrows to one team's conversations."""

    view: InboxView
    agent_id: str
    channel: ChannelName | None = None
    label_id: str = ""
    team_id: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation that a search found; `excerpt` is what was said there, "" where its customer or number fits."""

    conversation: Conversation
    excerpt: str


class InboxLists:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def page(self, query: InboxQuery, cursor: str = "", limit: int = 50) -> tuple[list[Conversation], str]:
        """One page of a list, and the cursor of the next ("" on the last). Raises Invalid for a strange cursor."""
        wanted = select(conversations).where(*_conditions(query))
        if cursor:
            wanted = wanted.where(_after(query.view, *_read_cursor(cursor)))
        rows = self._db.execute(_ordered(wanted, query.view).limit(limit + 1)).all()
        found = [conversation_of(row) for row in rows[:limit]]
        return found, _cursor(query.view, found[-1]) if len(rows) > limit else ""

    def count(self, view: InboxView, agent_id: str) -> int:
        wanted = select(func.count()).select_from(conversations).where(*_conditions(InboxQuery(view, agent_id)))
        return self._db.scalar(wanted) or 0

    def count_stranded(self) -> int:
        return self._db.scalar(select(func.count()).select_from(conversations).where(_stranded())) or 0

    def list_stranded(self, query: InboxQuery, limit: int = 50) -> list[Conversation]:
        """Held by the bot while the bot does not answer, longest first: a person may step in."""
        wanted = select(conversations).where(_stranded(), *_filters(query))
        rows = self._db.execute(wanted.order_by(conversations.c.last_message_at, conversations.c.id).limit(limit))
        return [conversation_of(row) for row in rows]

    def search(self, terms: Sequence[Sequence[str]], limit: int = 50) -> list[Found]:
        """Conversations in which every term is found, in any of its spellings: in one message, in the customer's name,
        phone or e-mail address, or as the number of a ticket or an order. Newest first."""
        excerpts = self._said(terms, limit)
        ids = set(excerpts)
        known = self._customers(terms)
        by_number = [self._numbered(spelling) for term in terms for spelling in term if _NUMBER.fullmatch(spelling)]
        rows = self._db.execute(
            select(conversations)
            .where(or_(conversations.c.id.in_(ids.union(*(found[0] for found in by_number))),
                       conversations.c.customer_id.in_(known.union(*(found[1] for found in by_number)))))
            .order_by(conversations.c.last_message_at.desc(), conversations.c.id).limit(limit)
        )
        return [Found(conversation_of(row), excerpts.get(row.id, "")) for row in rows]

    def _said(self, terms: Sequence[Sequence[str]], limit: int) -> dict[str, str]:
        """The newest message of each conversation that holds every term."""
        holds = [or_(*(messages.c.text.icontains(one, autoescape=True) for one in term)) for term in terms]
        rows = self._db.execute(
            select(messages.c.conversation_id, messages.c.text).where(*holds)
            .order_by(messages.c.id.desc()).limit(limit * 10)
        )
        found: dict[str, str] = {}
        for row in rows:
            if len(found) < limit:
                found.setdefault(row.conversation_id, row.text)
        return found

    def _customers(self, terms: Sequence[Sequence[str]]) -> set[str]:
        rows = self._db.execute(
            select(customers.c.id, customers.c.name, customers.c.phone, customers.c.email)
            .order_by(customers.c.created_at.desc()).limit(NAMES_SEARCHED)
        )
        spelled = [[fold(one) for one in term] for term in terms]
        return {
            row.id for row in rows
            if _holds_all(fold(f"{row.name or ''} {row.phone or ''} {row.email or ''}"), spelled)
        }

    def _numbered(self, number: str) -> tuple[set[str], set[str]]:
        """The conversation of a ticket, and the customer of a ticket or an order, with this number."""
        wanted = number.upper()
        found = self._db.execute(
            select(tickets.c.conversation_id, tickets.c.customer_id).where(tickets.c.number == wanted)
        ).all()
        buyers = self._db.execute(select(orders.c.customer_id).where(orders.c.number == wanted)).all()
        return {row.conversation_id for row in found}, {row.customer_id for row in (*found, *buyers)}


def _holds_all(text: str, terms: Iterable[Sequence[str]]) -> bool:
    return all(any(one in text for one in term) for term in terms)


def _stranded() -> ColumnElement[bool]:
    return and_(conversations.c.holder == Holder.BOT, conversations.c.handoff_reason == HandoffReason.BOT_DOWN)


def _conditions(query: InboxQuery) -> list[ColumnElement[bool]]:
    match query.view:
        case InboxView.MINE:
            mine = [conversations.c.agent_id == query.agent_id, conversations.c.holder == Holder.AGENT]
        case InboxView.WAITING:
            mine = [conversations.c.holder == Holder.QUEUE]
        case InboxView.UNANSWERED:
            mine = [conversations.c.unanswered_since.is_not(None), conversations.c.holder.in_(PEOPLE)]
        case InboxView.ALERTS:
            mine = [conversations.c.id.in_(
                select(alerts.c.conversation_id).where(alerts.c.agent_id == query.agent_id, alerts.c.seen_at.is_(None))
            )]
        case InboxView.ALL:
            mine = [conversations.c.holder != Holder.NOBODY]
        case InboxView.CLOSED:
            mine = [conversations.c.holder == Holder.NOBODY]
    return [*mine, *_filters(query)]


def _filters(query: InboxQuery) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if query.channel is not None:
        filters.append(conversations.c.channel == query.channel.value)
    if query.team_id:
        filters.append(conversations.c.team_id == query.team_id)
    if query.label_id:
        filters.append(exists().where(
            conversation_labels.c.conversation_id == conversations.c.id,
            conversation_labels.c.label_id == query.label_id,
        ))
    if query.topic:
        filters.append(has_topic(query.topic))
    return filters


def _ordered(wanted: Select[Any], view: InboxView) -> Select[Any]:
    match view:
        case InboxView.WAITING:
            return wanted.order_by(conversations.c.priority.desc(), conversations.c.queued_at, conversations.c.id)
        case InboxView.UNANSWERED:
            return wanted.order_by(conversations.c.unanswered_since, conversations.c.id)
        case _:
            return wanted.order_by(conversations.c.last_message_at.desc(), conversations.c.id.desc())


def _cursor(view: InboxView, last: Conversation) -> str:
    match view:
        case InboxView.WAITING:
            place = last.queued_at
        case InboxView.UNANSWERED:
            place = last.unanswered_since
        case _:
            place = last.last_message_at
    told = json.dumps([int(last.priority), place.isoformat() if place else "", last.id])
    return base64.urlsafe_b64encode(told.encode()).decode()


def _read_cursor(cursor: str) -> tuple[int, datetime, str]:
    try:
        priority, place, last_id = json.loads(base64.urlsafe_b64decode(cursor))
        return int(priority), datetime.fromisoformat(place), str(last_id)
    except (ValueError, TypeError):
        raise Invalid("cursor", "this is no cursor of ours") from None


def _after(view: InboxView, priority: int, place: datetime, last_id: str) -> ColumnElement[bool]:
    of = conversations.c
    match view:
        case InboxView.WAITING:
            later = or_(of.queued_at > place, and_(of.queued_at == place, of.id > last_id))
            return or_(of.priority < priority, and_(of.priority == priority, later))
        case InboxView.UNANSWERED:
            return or_(of.unanswered_since > place, and_(of.unanswered_since == place, of.id > last_id))
        case _:
            return or_(of.last_message_at < place, and_(of.last_message_at == place, of.id < last_id))
