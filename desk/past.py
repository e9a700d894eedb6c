"""What has happened before, as values: conversations and cases that are over, to be stored in bulk.

Nothing follows from storing them: no message is sent, nobody is called, no clock begins to run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.compensation import Compensation
from desk.conversations import Author, Conversation
from desk.messages import ChannelName, Language
from desk.ratings import RatingState
from desk.tickets import Ticket, TicketEvent
from desk.timeline import TimelineEvent

MARK = "past-"
"""Ids of conversations and tickets of a loaded past begin so: by this it can be taken out again."""


@dataclass(frozen=True, slots=True)
class PastMessage:
    at: datetime
    author: Author
    text: str
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """An FAQ article that answered a question; `helpful` is what the customer tapped, if they did."""

    at: datetime
    article_id: str
    question: str
    helpful: bool | None = None


@dataclass(frozen=True, slots=True)
class PastRating:
    """`score` None: asked, never answered."""

    asked_at: datetime
    state: RatingState
    score: int | None = None
    comment: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PastPromise:
    """A service level that was kept or missed. `took` and `target` are seconds of business time."""

    metric: str
    started_at: datetime
    stopped_at: datetime | None  # None: it runs, and its time has passed
    took: int
    target: int


@dataclass(frozen=True, slots=True)
class PastTalk:
    """A conversation with all that was said and done in it."""

    conversation: Conversation
    messages: Sequence[PastMessage]
    events: Sequence[TimelineEvent] = ()
    topics: Sequence[str] = ()
    answers: Sequence[PastAnswer] = ()
    unanswered: Sequence[tuple[datetime, str]] = ()  # questions that the FAQ could not answer
    rating: PastRating | None = None
    promises: Sequence[PastPromise] = ()


@dataclass(frozen=True, slots=True)
class PastCase:
    """A ticket with its history. Its number is given when it is stored."""

    ticket: Ticket
    history: Sequence[TicketEvent]
    compensations: Sequence[Compensation] = ()
    promises: Sequence[PastPromise] = ()
    improvement: str = ""


@dataclass(frozen=True, slots=True)
class PastReply:
    """What one customer said to a survey with one scale; `mark` None: they did not answer."""

    customer_id: str
    language: Language
    channel: ChannelName
    asked_at: datetime
    mark: int | None = None
    question: str = ""  # the further one that was asked, and what was said to it
    text: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    talks: Sequence[PastTalk] = ()
    cases: Sequence[PastCase] = ()
