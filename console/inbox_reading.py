"""The lists of the inbox as the page shows them: one line per conversation, read in one snapshot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console.reading import agent_names
from crm_store.inbox_lists import InboxQuery, InboxView
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.conversations import Conversation, Holder
from desk.messages import Language
from desk.notes import Label
from knowledge_base.script import to_script

PAGE = 50
SEARCH_TERMS = 6


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One line of the inbox. `waits_since` is None when nobody waits; `excerpt` is what a search found."""

    conversation: Conversation
    name: str
    agent_name: str
    waits_since: datetime | None
    unread: int
    labels: tuple[Label, ...]
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class ViewCounts:
    """How many conversations are in the lists that call for somebody."""

    waiting: int
    mine: int
    unanswered: int
    alerts: int


@dataclass(frozen=True, slots=True)
class InboxPage:
    items: tuple[InboxItem, ...]
    next: str  # the cursor of the page after this one, "" on the last
    views: ViewCounts
    labels: tuple[Label, ...]


def inbox_page(tx: SqlTransaction, query: InboxQuery, cursor: str = "") -> InboxPage:
    """One page of a list. Who waits because the assistant is down stands with those who wait for a person."""
    found, following = tx.inbox.page(query, cursor, PAGE)
    stranded = tx.inbox.list_stranded(query) if query.view is InboxView.WAITING and not cursor else []
    lines = [(item, "") for item in (*stranded, *found)]
    return _page(tx, query.agent_id, lines, following)


def inbox_search(tx: SqlTransaction, agent: Agent, text: str) -> InboxPage:
    found = tx.inbox.search(spellings(text), PAGE)
    return _page(tx, agent.id, [(item.conversation, item.excerpt) for item in found], "")


def spellings(text: str) -> list[list[str]]:
    """The words of a search, each as it was typed and in both Chinese scripts."""
    return [
        list(dict.fromkeys((word, to_script(word, Language.ZH_HANS), to_script(word, Language.ZH_HANT))))
        for word in text.split()[:SEARCH_TERMS]
    ]


def _page(
    tx: SqlTransaction, agent_id: str, lines: Sequence[tuple[Conversation, str]], following: str
) -> InboxPage:
    ids = [item.id for item, _ in lines]
    names = tx.customers.names_of(item.customer_id for item, _ in lines)
    agents, labels = agent_names(tx), tx.labels.of(ids)
    unread = tx.attention.count_unread(agent_id, [
        item.id for item, _ in lines if item.holder in (Holder.QUEUE, Holder.AGENT)
    ])
    items = tuple(
        InboxItem(
            item, names.get(item.customer_id, ""), agents.get(item.agent_id or "", ""), _waits_since(item),
            unread.get(item.id, 0), tuple(labels.get(item.id, ())), excerpt,
        )
        for item, excerpt in lines
    )
    views = ViewCounts(
        tx.conversations.count_waiting() + tx.inbox.count_stranded(), tx.inbox.count(InboxView.MINE, agent_id),
        tx.inbox.count(InboxView.UNANSWERED, agent_id), tx.attention.count_alerts(agent_id),
    )
    return InboxPage(items, following, views, tuple(tx.labels.list_all()))


def _waits_since(item: Conversation) -> datetime | None:
    if item.holder is Holder.QUEUE:
        return item.queued_at
    if item.holder is Holder.BOT:  # stranded: its assistant is down
        return item.last_message_at if item.handoff_reason == "bot_down" else None
    return item.unanswered_since if item.holder is Holder.AGENT else None
