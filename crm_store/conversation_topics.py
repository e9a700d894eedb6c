"""The topics of conversations, and how the FAQ's categories are called in each language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from crm_store.dialect import add_new
from crm_store.rows import articles, conversations, tickets
from crm_store.topic_rows import conversation_topics as told
from crm_store.topic_rows import faq_category_names
from desk.topics import of_ticket

_BETWEEN = "\n"


class ConversationTopics:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def note(self, conversation_id: str, topic: str, now: datetime) -> None:
        """The conversation is about this, too. Told again, or of nothing (""), it changes nothing."""
        if topic and conversation_id:
            row = {"conversation_id": conversation_id, "topic": topic, "at": now}
            add_new(self._db, told, [row], [told.c.conversation_id, told.c.topic], told.c.topic)

    def recategorise(self, conversation_id: str, before: str | None, after: str | None, now: datetime) -> None:
        """A ticket of the conversation has another category; the one before stays where another ticket has it."""
        kept = select(tickets.c.id).where(tickets.c.conversation_id == conversation_id, tickets.c.category_id == before)
        if before and self._db.execute(kept.limit(1)).one_or_none() is None:
            gone = (told.c.conversation_id == conversation_id) & (told.c.topic == of_ticket(before))
            self._db.execute(delete(told).where(gone))
        self.note(conversation_id, of_ticket(after), now)

    def of(self, conversation_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The topics of each of these conversations that has any, in the order in which they came up."""
        rows = self._db.execute(
            select(told.c.conversation_id, told.c.topic).where(told.c.conversation_id.in_(list(conversation_ids)))
            .order_by(told.c.at, told.c.topic)
        )
        found: dict[str, tuple[str, ...]] = {}
        for conversation_id, topic in rows:
            found[conversation_id] = (*found.get(conversation_id, ()), topic)
        return found

    def list_known(self) -> list[str]:
        """Every topic that some conversation has. From one to the next by the index: however many conversations have
        it, a topic is looked at once."""
        first = select(func.min(told.c.topic).label("topic")).cte("known", recursive=True)
        following = select(func.min(told.c.topic)).where(told.c.topic > first.c.topic).scalar_subquery()
        known = first.union_all(select(following).where(first.c.topic.is_not(None)))
        return [topic for topic in self._db.scalars(select(known.c.topic)) if topic is not None]

    def category_names(self) -> dict[str, Mapping[str, str]]:
        """How the FAQ's categories are called, by language; those that nobody has named are left out."""
        return {row.category: row.names for row in self._db.execute(select(faq_category_names))}

    def list_categories(self) -> list[tuple[str, int]]:
        """The FAQ's categories and how many articles each has."""
        rows = self._db.execute(
            select(articles.c.category, func.count()).where(~articles.c.deleted, articles.c.category != "")
            .group_by(articles.c.category).order_by(articles.c.category)
        )
        return [(row[0], row[1]) for row in rows]

    def name_categories(self, names: Mapping[str, Mapping[str, str]]) -> None:
        """Call these categories so from now on; one that is given no name is shown as it is written."""
        for category, by_language in names.items():
            self._db.execute(delete(faq_category_names).where(faq_category_names.c.category == category))
            given = {language: name.strip()[:120] for language, name in by_language.items() if name.strip()}
            if given:
                self._db.execute(insert(faq_category_names).values(category=category, names=given))


def has_topic(topic: str) -> ColumnElement[bool]:
    """Of conversations: those that are about it."""
    return conversations.c.id.in_(select(told.c.conversation_id).where(told.c.topic == topic))


def joined_topics() -> ColumnElement[Any]:
    """The topics of each conversation of a query in one column; see `split_topics`."""
    return (
        select(func.aggregate_strings(told.c.topic, _BETWEEN))
        .where(told.c.conversation_id == conversations.c.id).correlate(conversations).scalar_subquery()
    )


def split_topics(joined: str | None) -> tuple[str, ...]:
    return tuple(sorted(joined.split(_BETWEEN))) if joined else ()
