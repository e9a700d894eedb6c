"""What the service reports read: the facts of a period, as narrow rows, from which insights/ counts.

Every question is about start <= moment < end, and reads by an index on that moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from crm_store.inbox_rows import conversation_events as happened
from crm_store.rows import conversations, ratings
from desk.conversations import HandoffReason, Holder
from desk.errors import NotFound
from desk.timeline import Happening
from insights.periods import Period
from insights.service import About, Closed, Contact, Episode, Facts, HandOver, Rated

_later = conversations.alias("later")
_queued = happened.alias("queued")
_NEEDED = (Happening.QUEUED, Happening.PROMISED, Happening.CLAIMED, Happening.ASSIGNED)


@dataclass(frozen=True, slots=True)
class Which:
    """Only the conversations on this channel and in this language; empty: all."""

    channel: str = ""
    language: str = ""


ALL = Which()


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """One conversation of the period, for a list: when what happened, who served, how it was judged."""

    id: str
    customer_id: str
    about: About
    opened_at: datetime
    first_reply_at: datetime | None
    waited: int | None
    closed_at: datetime | None
    reason: str
    score: int | None


class Reports:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def facts(self, period: Period, which: Which = ALL) -> Facts:
        """All that happened in a period; who needs a part only asks for that."""
        return Facts(
            self.contacts(period, which), self.hand_overs(period, which), self.first_replies(period, which),
            self.closed(period, which), self.rated(period, which), self.unanswered(period, which),
        )

    def held(self, period: Period, which: Which = ALL) -> list[tuple[datetime, datetime | None]]:
        """From when to when people had conversations on their hands, of those that touch the period."""
        taken, released = func.min(happened.c.at), func.max(
            case((happened.c.kind == Happening.RELEASED, happened.c.at))
        )
        query = (
            _narrowed(select(taken, released, conversations.c.closed_at, conversations.c.holder), which)
            .join(happened, happened.c.conversation_id == conversations.c.id)
            .where(or_(conversations.c.closed_at.is_(None), conversations.c.closed_at >= period.start),
                   conversations.c.opened_at < period.end,
                   happened.c.kind.in_((Happening.QUEUED, Happening.CLAIMED, Happening.RELEASED)))
            .group_by(conversations.c.id, conversations.c.closed_at, conversations.c.holder)
        )
        return [
            (row[0], row[1] if row[3] == Holder.BOT else row[2]) for row in self._rows(query)
        ]

    def list_conversations(
        self, period: Period, which: Which = ALL, limit: int = 500, before: str = ""
    ) -> list[ConversationLine]:
        """The conversations that began in the period, newest first, each with its first hand-over and reply.

        `before` is the id of the last one of the page before; raises NotFound when there is none such.
        """
        first_reply, asked = happened.alias("reply"), happened.alias("asked")
        replied, needed = (
            select(func.min(happened.c.id)).where(happened.c.conversation_id == conversations.c.id, which_one)
            .correlate(conversations).scalar_subquery()
            for which_one in (
                happened.c.kind == Happening.FIRST_REPLY, and_(happened.c.kind.in_(_NEEDED), happened.c.reason != "")
            )
        )
        query = (
            _narrowed(select(
                conversations.c.id, conversations.c.customer_id, *_ABOUT, _agent(), conversations.c.opened_at,
                first_reply.c.at, first_reply.c.seconds, conversations.c.closed_at, asked.c.reason, ratings.c.score,
            ), which)
            .outerjoin(first_reply, first_reply.c.id == replied).outerjoin(asked, asked.c.id == needed)
            .outerjoin(ratings, ratings.c.conversation_id == conversations.c.id)
            .where(*_within(conversations.c.opened_at, period))
            .order_by(conversations.c.opened_at.desc(), conversations.c.id).limit(limit)
        )
        if before:
            query = query.where(self._after(before))
        return [
            ConversationLine(row[0], row[1], About(*row[2:6]), row[6], row[7], row[8], row[9], row[10] or "", row[11])
            for row in self._rows(query)
        ]

    def _after(self, conversation_id: str) -> ColumnElement[bool]:
        """What follows this conversation in a list that has the newest first."""
        opened = self._db.scalar(select(conversations.c.opened_at).where(conversations.c.id == conversation_id))
        if opened is None:
            raise NotFound("no such page")
        return or_(
            conversations.c.opened_at < opened,
            and_(conversations.c.opened_at == opened, conversations.c.id > conversation_id),
        )

    def contacts(self, period: Period, which: Which = ALL) -> Sequence[Contact]:
        needed = (
            select(happened.c.id)
            .where(happened.c.conversation_id == conversations.c.id, happened.c.kind.in_(_NEEDED)).exists()
        )
        rows = self._rows(
            _narrowed(select(conversations.c.opened_at, *_ABOUT, _agent(), needed, conversations.c.holder), which)
            .where(*_within(conversations.c.opened_at, period))
        )
        return [
            Contact(row[0], About(*row[1:5]), bool(row[5]), bool(row[5]) or row[6] == Holder.NOBODY) for row in rows
        ]

    def hand_overs(self, period: Period, which: Which = ALL) -> Sequence[HandOver]:
        """Asked for, promised out of hours, or taken by an agent of their own accord."""
        asked_before = (
            select(_queued.c.id).where(
                _queued.c.conversation_id == happened.c.conversation_id, _queued.c.kind == Happening.QUEUED,
                _queued.c.id < happened.c.id,
            ).exists()
        )
        counts = or_(
            happened.c.kind == Happening.QUEUED,
            and_(happened.c.kind == Happening.PROMISED, ~asked_before),
            and_(happened.c.kind == Happening.CLAIMED, happened.c.reason == HandoffReason.TAKEN),
        )
        rows = self._rows(_happenings(
            period, which, (Happening.QUEUED, Happening.PROMISED, Happening.CLAIMED), happened.c.reason,
        ).where(counts))
        return [HandOver(row[0], About(*row[1:5]), row[5]) for row in rows]

    def first_replies(self, period: Period, which: Which = ALL) -> Sequence[Episode]:
        """Of people, to customers who had asked for one or were handed over."""
        rows = self._rows(
            _happenings(period, which, (Happening.FIRST_REPLY,), happened.c.seconds)
            .where(happened.c.seconds.is_not(None))
        )
        return [Episode(row[0] - timedelta(seconds=row[5]), row[0], About(*row[1:5])) for row in rows]

    def closed(self, period: Period, which: Which = ALL) -> Sequence[Closed]:
        answered = select(happened.c.id).where(
            happened.c.conversation_id == conversations.c.id, happened.c.kind == Happening.FIRST_REPLY
        ).exists()
        next_at = select(func.min(_later.c.opened_at)).where(
            _later.c.address == conversations.c.address, _later.c.opened_at > conversations.c.closed_at
        ).scalar_subquery()
        rows = self._rows(
            _narrowed(select(conversations.c.opened_at, conversations.c.closed_at, *_ABOUT, _agent(), next_at), which)
            .where(*_within(conversations.c.closed_at, period), answered)
        )
        return [Closed(row[0], row[1], About(*row[2:6]), row[6]) for row in rows]

    def rated(self, period: Period, which: Which = ALL) -> Sequence[Rated]:
        rows = self._rows(
            _narrowed(select(ratings.c.answered_at, *_ABOUT, func.coalesce(ratings.c.agent_id, ""), ratings.c.score),
                      which)
            .join(ratings, ratings.c.conversation_id == conversations.c.id)
            .where(*_within(ratings.c.answered_at, period), ratings.c.score.is_not(None))
        )
        return [Rated(row[0], About(*row[1:5]), row[5]) for row in rows]

    def unanswered(self, period: Period, which: Which = ALL) -> int:
        reply = happened.alias("reply")
        answered = select(reply.c.id).where(
            reply.c.conversation_id == happened.c.conversation_id, reply.c.kind == Happening.FIRST_REPLY,
            reply.c.id > happened.c.id,
        ).exists()
        query = (
            _narrowed(select(func.count()), which)
            .join(happened, happened.c.conversation_id == conversations.c.id)
            .where(happened.c.kind == Happening.QUEUED, *_within(happened.c.at, period), ~answered)
        )
        return self._db.scalar(query) or 0

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        return self._db.execute(query).all()


_ABOUT = (conversations.c.channel, conversations.c.language, conversations.c.topic)


def _agent() -> ColumnElement[str]:
    return func.coalesce(conversations.c.agent_id, "")


def _within(moment: Any, period: Period) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return moment >= period.start, moment < period.end


def _narrowed(query: Select[Any], which: Which) -> Select[Any]:
    query = query.select_from(conversations)
    if which.channel:
        query = query.where(conversations.c.channel == which.channel)
    return query.where(conversations.c.language == which.language) if which.language else query


def _happenings(period: Period, which: Which, kinds: Sequence[Happening], last: ColumnElement[Any]) -> Select[Any]:
    """When, about what, by which agent, and one thing more, for the events of these kinds."""
    return (
        _narrowed(select(happened.c.at, *_ABOUT, func.coalesce(happened.c.agent_id, ""), last), which)
        .join(happened, happened.c.conversation_id == conversations.c.id)
        .where(happened.c.kind.in_(kinds), *_within(happened.c.at, period))
    )
