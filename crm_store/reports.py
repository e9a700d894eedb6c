"""What the service reports read: what can be counted in the database as counts, the rest of a period's facts as narrow
rows, from which insights/ counts.

Every question is about start <= moment < end, and reads by an index on that moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Select, Table, and_, case, func, literal, or_, select, union_all

from crm_store.columns import Instant
from crm_store.conversation_topics import joined_topics, split_topics
from crm_store.inbox_rows import conversation_events as happened
from crm_store.rows import conversations, ratings
from desk.conversations import HandoffReason, Holder
from desk.errors import NotFound
from desk.timeline import Happening
from insights.periods import Period
from insights.service import About, Closed, Contacts, Episode, Facts, Rated, steps

_later = conversations.alias("later")
_queued = happened.alias("queued")
_NEEDED = (Happening.QUEUED, Happening.PROMISED, Happening.CLAIMED, Happening.ASSIGNED)


@dataclass(frozen=True, slots=True)
class Which:
    """Only the conversations on this channel and in this language; empty: all."""

    channel: str = ""
    language: str = ""


ALL = Which()


class Detail(IntEnum):
    """How much is read of what a fact is about."""

    NONE = 0
    WHO = 1  # channel, language, agent
    TOPICS = 2  # and the topics


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
        """All that happened in a period, without what it was about; who needs a part only asks for that."""
        return Facts(
            self.contacts(period, which), self.hand_overs(period, which),
            self.first_replies(period, which, Detail.NONE), self.closed(period, which, Detail.NONE),
            self.rated(period, which, Detail.NONE), self.unanswered(period, which),
        )

    def held(self, period: Period, which: Which = ALL) -> list[tuple[datetime, datetime | None]]:
        """From when to when people had conversations on their hands, of those that touch the period."""
        released = func.max(case((happened.c.kind == Happening.RELEASED, happened.c.at)))
        ended = case((conversations.c.holder == Holder.BOT, released), else_=conversations.c.closed_at)
        query = (
            _narrowed(select(func.min(happened.c.at), ended), which)
            .join(happened, happened.c.conversation_id == conversations.c.id)
            .where(or_(conversations.c.closed_at.is_(None), conversations.c.closed_at >= period.start),
                   conversations.c.opened_at < period.end,
                   happened.c.kind.in_((Happening.QUEUED, Happening.CLAIMED, Happening.RELEASED)))
            .group_by(conversations.c.id, conversations.c.closed_at, conversations.c.holder)
        )
        return [(row[0], row[1]) for row in self._rows(query)]

    def list_conversations(
        self, period: Period, which: Which = ALL, limit: int = 500, before: str = ""
    ) -> list[ConversationLine]:
        """The conversations that began in the period, newest first, each with its first hand-over and reply.

        `before` is the id of the last one of the page before; raises NotFound when there is none such.
        """
        first_reply, asked = happened.alias("reply"), happened.alias("asked")
        about = _About(conversations.c.agent_id, Detail.TOPICS)
        replied, needed = (
            select(func.min(happened.c.id)).where(happened.c.conversation_id == conversations.c.id, which_one)
            .correlate(conversations).scalar_subquery()
            for which_one in (
                happened.c.kind == Happening.FIRST_REPLY, and_(happened.c.kind.in_(_NEEDED), happened.c.reason != "")
            )
        )
        query = (
            _narrowed(select(
                conversations.c.id, conversations.c.customer_id, conversations.c.opened_at, first_reply.c.at,
                first_reply.c.seconds, conversations.c.closed_at, asked.c.reason, ratings.c.score, *about.columns,
            ), which)
            .outerjoin(first_reply, first_reply.c.id == replied).outerjoin(asked, asked.c.id == needed)
            .outerjoin(ratings, ratings.c.conversation_id == conversations.c.id)
            .where(*_within(conversations.c.opened_at, period))
            .order_by(conversations.c.opened_at.desc(), conversations.c.id).limit(limit)
        )
        if before:
            query = query.where(self._after(before))
        return [
            ConversationLine(row[0], row[1], about.of(row[8:]), row[2], row[3], row[4], row[5], row[6] or "", row[7])
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

    def contacts(self, period: Period, which: Which = ALL) -> Sequence[Contacts]:
        """Counted where they lie: day by day, on each channel."""
        needed = (
            select(happened.c.id)
            .where(happened.c.conversation_id == conversations.c.id, happened.c.kind.in_(_NEEDED)).exists()
        )
        days = _days(period)
        groups = (days.c.day, conversations.c.channel, needed, conversations.c.holder == Holder.NOBODY)
        labelled = [group.label(name) for group, name in zip(groups, ("day", "on", "needed", "over"), strict=True)]
        query = (
            _narrowed(select(*labelled, func.count()), which)
            .join(days, and_(conversations.c.opened_at >= days.c.start, conversations.c.opened_at < days.c.end))
            .group_by(*labelled)
        )
        return [
            Contacts(date.fromordinal(row[0]), row[1], bool(row[2]), bool(row[2] or row[3]), row[4])
            for row in self._rows(query)
        ]

    def hand_overs(self, period: Period, which: Which = ALL) -> dict[str, int]:
        """How often for which reason: asked for, promised out of hours, or taken by an agent of their own accord."""
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
        query = select(happened.c.reason, func.count()).where(
            happened.c.kind.in_((Happening.QUEUED, Happening.PROMISED, Happening.CLAIMED)),
            *_within(happened.c.at, period), counts,
        ).group_by(happened.c.reason)
        return {row[0]: row[1] for row in self._rows(_of_these(query, which, happened))}

    def first_replies(self, period: Period, which: Which = ALL, detail: Detail = Detail.WHO) -> Sequence[Episode]:
        """Of people, to customers who had asked for one or were handed over."""
        about = _About(happened.c.agent_id, detail)
        query = select(happened.c.at, happened.c.seconds, *about.columns).where(
            happened.c.kind == Happening.FIRST_REPLY, *_within(happened.c.at, period), happened.c.seconds.is_not(None),
        )
        rows = self._rows(_of_these(query, which, happened, detail))
        return [Episode(row[0] - timedelta(seconds=row[1]), row[0], about.of(row[2:])) for row in rows]

    def closed(self, period: Period, which: Which = ALL, detail: Detail = Detail.WHO) -> Sequence[Closed]:
        answered = select(happened.c.conversation_id).where(happened.c.kind == Happening.FIRST_REPLY)
        next_at = select(func.min(_later.c.opened_at)).where(
            _later.c.address == conversations.c.address, _later.c.opened_at > conversations.c.closed_at
        ).scalar_subquery()
        about = _About(conversations.c.agent_id, detail)
        rows = self._rows(
            _narrowed(select(conversations.c.opened_at, conversations.c.closed_at, next_at, *about.columns), which)
            .where(*_within(conversations.c.closed_at, period), conversations.c.id.in_(answered))
        )
        return [Closed(row[0], row[1], about.of(row[3:]), row[2]) for row in rows]

    def rated(self, period: Period, which: Which = ALL, detail: Detail = Detail.WHO) -> Sequence[Rated]:
        about = _About(ratings.c.agent_id, detail)
        query = select(ratings.c.answered_at, ratings.c.score, *about.columns).where(
            *_within(ratings.c.answered_at, period), ratings.c.score.is_not(None)
        )
        rows = self._rows(_of_these(query, which, ratings, detail))
        return [Rated(row[0], about.of(row[2:]), row[1]) for row in rows]

    def unanswered(self, period: Period, which: Which = ALL) -> int:
        reply = happened.alias("reply")
        answered = select(reply.c.id).where(
            reply.c.conversation_id == happened.c.conversation_id, reply.c.kind == Happening.FIRST_REPLY,
            reply.c.id > happened.c.id,
        ).exists()
        query = select(func.count()).where(
            happened.c.kind == Happening.QUEUED, *_within(happened.c.at, period), ~answered
        )
        return self._db.scalar(_of_these(query, which, happened)) or 0

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        return self._db.execute(query).all()


class _About:
    """What a fact is about, as columns and as a value: the same few of them for many facts."""

    def __init__(self, agent_id: ColumnElement[Any], detail: Detail) -> None:
        who = (conversations.c.channel, conversations.c.language, func.coalesce(agent_id, ""))
        self.columns: tuple[ColumnElement[Any], ...] = who if detail else ()
        if detail is Detail.TOPICS:
            self.columns = (*who, joined_topics())
        self._known: dict[Sequence[Any], About] = {(): About("", "")}

    def of(self, row: Sequence[Any]) -> About:
        found = self._known.get(row)
        if found is None:
            found = self._known[row] = About(row[0], row[1], row[2], split_topics(row[3]) if len(row) > 3 else ())
        return found


def _days(period: Period) -> CTE:
    """The local days (or weeks) of a period as a table: their first day's ordinal, their beginning and their end."""
    firsts = steps(period)
    starts = [Period(first, first, period.zone).start for first in firsts]
    rows = [
        select(literal(first.toordinal()).label("day"), literal(start, Instant).label("start"),
               literal(end, Instant).label("end"))
        for first, start, end in zip(firsts, starts, [*starts[1:], period.end], strict=True)
    ]
    return union_all(*rows).cte("days")


def _within(moment: Any, period: Period) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return moment >= period.start, moment < period.end


def _narrowed(query: Select[Any], which: Which) -> Select[Any]:
    query = query.select_from(conversations)
    if which.channel:
        query = query.where(conversations.c.channel == which.channel)
    return query.where(conversations.c.language == which.language) if which.language else query


def _of_these(query: Select[Any], which: Which, of: Table, detail: Detail = Detail.NONE) -> Select[Any]:
    """Of events or ratings: only of these conversations, which are looked up only where it matters."""
    if which == ALL and detail is Detail.NONE:
        return query
    return _narrowed(query, which).join(of, of.c.conversation_id == conversations.c.id)
