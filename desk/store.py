"""The store as the desk's flows see it: business questions over one transaction, never rows.

Flows are plain functions over a `Transaction`; whoever calls them opens it, and leaving it commits.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any, Protocol

from desk.agents import Agent
from desk.audit import AuditLog
from desk.causes import Cause
from desk.channels import ReplyWindow
from desk.compensation import Compensation, Limits
from desk.conversations import Conversation, Message
from desk.customers import Customer, Identity, Order
from desk.faq import FaqArticle
from desk.faq_misses import GivenAnswer
from desk.hours import BusinessHours
from desk.messages import Address, Attachment, Button, InboundMessage, Language
from desk.notes import AlertKind
from desk.queue import LeasedInbound, LeasedOutbound, NewMessage, Offered, Outcome, TimerKind
from desk.ratings import Rating
from desk.sla import Clock, Policy, Subject
from desk.staffing import Candidate, StaffingRules, Team
from desk.tickets import Category, Link, Ticket, TicketEvent, TicketKind
from desk.timeline import Happening, TimelineEvent


class Customers(Protocol):
    def find_identity(self, address: Address) -> Identity | None: ...
    def find_person(self, address: Address) -> Customer | None:
        """Who speaks here, if they are known from another chat of the same account."""

    def get(self, customer_id: str) -> Customer: ...
    def add(self, customer: Customer) -> None: ...
    def add_identity(self, identity: Identity) -> None: ...
    def add_points(self, customer_id: str, points: int) -> None: ...
    def list_identities(self, customer_id: str) -> Sequence[Identity]:
        """Their addresses, last seen first."""

    def seen(self, address: Address, display_name: str, now: datetime) -> None:
        """The customer wrote from here just now: reachable again."""

    def set_unreachable(self, address: Address) -> None: ...
    def set_language(self, customer_id: str, language: Language) -> None: ...
    def record_consent(
        self, customer_id: str, allowed: bool, words: str, channel: str, now: datetime, source_key: str,
        purpose: str = "",
    ) -> None:
        """Set the consent for a purpose (empty: for everything unasked) and log the proof; the same `source_key` again
        adds nothing."""


class Conversations(Protocol):
    def find_open(self, address: Address) -> Conversation | None: ...
    def find(self, conversation_id: str) -> Conversation | None: ...
    def get(self, conversation_id: str) -> Conversation: ...
    def get_all(self, conversation_ids: Sequence[str]) -> Mapping[str, Conversation]:
        """By id; those that are not there are left out."""

    def add(self, conversation: Conversation) -> None: ...
    def save(self, conversation: Conversation) -> None: ...
    def note(self, conversation: Conversation) -> None:
        """As `save`, but written when the transaction ends, or before conversations are asked for through here."""

    def count_waiting(self) -> int:
        """How many conversations wait in the queue."""

    def count_ahead(self, conversation: Conversation) -> Mapping[tuple[str | None, Language], int]:
        """How many conversations go before this one in the queue, by the team they wait for and their language."""

    def list_waiting(self, limit: int = 50) -> list[Conversation]:
        """The head of the queue: by priority, then by how long they have waited. They are locked."""


class Messages(Protocol):
    def add(self, message: NewMessage) -> None:
        """Append to the history, and queue what is to be sent. It is there when the transaction ends, or as soon as it
        is asked for."""

    def has(self, source_key: str) -> bool:
        """Whether what has this key is in the history."""

    def edit(self, source_key: str, text: str) -> tuple[str, str] | None:
        """Replace the text of an earlier message; returns its conversation's id and what it said before, None if there
        is none."""

    def set_attachments(self, source_key: str, attachments: Sequence[Attachment]) -> None: ...
    def list_of(self, conversation_ids: Sequence[str], after: int = 0, limit: int = 500) -> list[Message]:
        """The newest `limit` messages of these conversations after message id `after`, oldest first."""


class Inbound(Protocol):
    def add(self, messages: Iterable[InboundMessage], now: datetime, pause: timedelta = timedelta()) -> int:
        """Store messages; repeats add nothing. Returns how many were new.

        They may be worked on at once, or after `pause` where an earlier message of the customer is not dealt with.
        """

    def finish(self, leases: Sequence[LeasedInbound]) -> Set[int]:
        """Mark done. Returns the ids of those whose lease is still ours: of the others nothing may be stored."""

    def give_up(self, lease: LeasedInbound, reason: str) -> bool: ...
    def postpone(self, lease: LeasedInbound, until: datetime, reason: str, *, counts: bool) -> bool:
        """Put back until later. `counts`: whether this attempt counts towards giving up."""


class Outbound(Protocol):
    def unpark(self, address: Address, now: datetime) -> int:
        """The customer wrote again: what waited for that may leave. Returns how many messages."""

    def settle(self, ended: Sequence[tuple[LeasedOutbound, Outcome]], now: datetime) -> Set[int]:
        """End attempts. Returns the ids of those whose lease is still ours: nothing is changed of the others."""

    def block_channel(self, address: Address, until: datetime) -> None: ...
    def send_again(self, delivery_id: int, now: datetime) -> bool: ...


class Menus(Protocol):
    def find(self, button_id: str, address: Address, since: datetime) -> Button | None: ...
    def newest(self, address: Address, since: datetime) -> Offered:
        """What was offered here last, since then."""


class Windows(Protocol):
    def open(self, address: Address, window: ReplyWindow, now: datetime) -> None: ...
    def close(self, address: Address) -> None: ...


class Tickets(Protocol):
    def open(
        self, *, kind: TicketKind, customer_id: str, conversation_id: str, subject: str, detail: str, now: datetime,
        order_number: str = "", wished_remedy: str = "", contact: str = "", promised_by: datetime | None = None,
        source_key: str | None = None,
    ) -> Ticket:
        """Open a ticket with the next number; the same `source_key` again returns the one it made."""

    def find_by_number(self, number: str) -> Ticket | None: ...
    def get(self, ticket_id: str) -> Ticket: ...
    def lock(self, ticket_id: str) -> Ticket:
        """As `get`, and nobody else changes it until the transaction ends."""

    def save(self, ticket: Ticket) -> None: ...


class TicketHistory(Protocol):
    """What happened to tickets, who watches them, what they are linked to, whom they call."""

    def add(self, event: TicketEvent, source_key: str | None = None) -> bool:
        """False when what has this `source_key` is there already."""

    def watch(self, ticket_id: str, agent_id: str) -> bool: ...
    def unwatch(self, ticket_id: str, agent_id: str) -> bool: ...
    def watchers(self, ticket_id: str) -> Sequence[str]: ...
    def link(self, ticket_id: str, link: Link) -> bool: ...
    def unlink(self, ticket_id: str, link: Link) -> bool: ...
    def links(self, ticket_id: str) -> Sequence[Link]: ...
    def call(self, agent_ids: Iterable[str], ticket_id: str, kind: str, now: datetime) -> None:
        """Ask for these agents' attention."""


class Levels(Protocol):
    """Policies of service levels, and their clocks."""

    def policies(self) -> Sequence[Policy]: ...
    def running(self, subject: Subject, matter_id: str) -> Sequence[Clock]:
        """Clocks that have not ended, also those that stand still."""

    def all_running(self) -> Sequence[Clock]: ...
    def lock(self, clock_id: int) -> Clock | None: ...
    def add(self, clock: Clock, policy_name: str) -> Clock:
        """Keep a new clock; returns it with its id."""

    def save(self, clock: Clock, policy_name: str) -> None: ...


class TicketFiles(Protocol):
    def attach(
        self, ticket_id: str, source_key: str, attachments: Sequence[Attachment], agent_id: str, now: datetime
    ) -> None:
        """Files that came with the line of the history that has this source key."""


class Compensations(Protocol):
    """The ledger."""

    def add(self, item: Compensation, key: str) -> None: ...
    def save(self, item: Compensation) -> None: ...
    def get(self, compensation_id: str) -> Compensation: ...
    def find_by_key(self, key: str) -> Compensation | None: ...
    def list_of(self, ticket_id: str) -> Sequence[Compensation]: ...
    def refunds_of(self, order_number: str) -> Sequence[Compensation]:
        """Refunds of every ticket about this order."""

    def limits(self) -> Limits: ...


class Causes(Protocol):
    def get(self, cause_id: str) -> Cause: ...
    def improve(self, cause_id: str, text: str, made_by: str, now: datetime, ticket_id: str | None = None) -> int: ...


class Calendar(Protocol):
    def hours(self) -> BusinessHours: ...


class Categories(Protocol):
    def get(self, category_id: str) -> Category: ...


class Orders(Protocol):
    def belongs_to(self, number: str, customer_id: str) -> bool: ...
    def find(self, number: str) -> Order | None: ...


class Ratings(Protocol):
    def ask(
        self, *, conversation_id: str, customer_id: str, address: Address, agent_id: str | None, now: datetime
    ) -> None: ...
    def find_pending(self, address: Address, asked_since: datetime) -> Rating | None: ...
    def find_latest(self, customer_id: str) -> Rating | None: ...
    def save(self, rating: Rating) -> None: ...


class Timers(Protocol):
    def set(self, key: str, kind: TimerKind, due_at: datetime, payload: dict[str, Any]) -> None:
        """Arm a timer; the same key again moves it."""

    def cancel(self, key: str) -> None: ...


class Gaps(Protocol):
    def add(
        self, *, question: str, language: str, conversation_id: str, best_article: str, best_score: float,
        source_key: str, now: datetime, customer_id: str = "", kind: str = "refused",
    ) -> None: ...

    def mark_told(self, gap_id: int, now: datetime) -> bool:
        """Note that the customer got the answer after all. False when they did already."""


class ConversationTopics(Protocol):
    def note(self, conversation_id: str, topic: str, now: datetime) -> None: ...
    def recategorise(self, conversation_id: str, before: str | None, after: str | None, now: datetime) -> None: ...


class Articles(Protocol):
    def find(self, article_id: str) -> FaqArticle | None: ...


class FaqAnswers(Protocol):
    def add(
        self, *, source_key: str, article_id: str, question: str, language: str, score: float,
        conversation: Conversation, now: datetime, chosen: bool = False,
    ) -> int | None:
        """Keep that an answer was given; returns its id, None when `source_key` is there already."""

    def find(self, answer_id: int) -> GivenAnswer | None: ...
    def find_last(self, conversation_id: str) -> GivenAnswer | None: ...
    def settle(
        self, answer_id: int, *, helpful: bool | None = None, reason: str = "", handed_over: bool | None = None,
        rephrased: bool | None = None,
    ) -> None:
        """Write down what became of an answer; what is not given stays as it was."""


class Agents(Protocol):
    def count_present(self, since: datetime) -> int: ...
    def get(self, agent_id: str) -> Agent: ...
    def name_of(self, agent_id: str) -> str: ...
    def is_active(self, agent_id: str) -> bool: ...


class Timeline(Protocol):
    def add(self, event: TimelineEvent) -> None: ...
    def find_latest(self, conversation_id: str, *kinds: Happening) -> TimelineEvent | None: ...
    def recent_waits(self, since: datetime, limit: int = 20) -> list[int]:
        """How many seconds the latest customers waited until somebody took them."""


class Staffing(Protocol):
    def rules(self) -> StaffingRules: ...
    def lock(self) -> None:
        """Until the transaction ends nobody else assigns."""

    def candidates(self, seen_since: datetime, rules: StaffingRules, *, by_hand: bool = False) -> list[Candidate]:
        """Who is there and available, with what they hold now. `by_hand`: whoever could take a customer in the inbox,
        busy ones and admins among them."""

    def note_assigned(self, agent_id: str, now: datetime) -> None: ...
    def supervisors(self) -> list[str]: ...
    def list_teams(self) -> list[Team]: ...


class Attention(Protocol):
    def alert(
        self, agent_id: str, conversation_id: str, kind: AlertKind, now: datetime, by_agent_id: str | None = None
    ) -> None: ...
    def drop_draft(self, agent_id: str, conversation_id: str) -> None: ...


class Transaction(Protocol):
    """Everything the flows may ask or change, committed together or not at all."""

    @property
    def customers(self) -> Customers: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def messages(self) -> Messages: ...
    @property
    def inbound(self) -> Inbound: ...
    @property
    def outbound(self) -> Outbound: ...
    @property
    def menus(self) -> Menus: ...
    @property
    def windows(self) -> Windows: ...
    @property
    def tickets(self) -> Tickets: ...
    @property
    def ticket_history(self) -> TicketHistory: ...
    @property
    def ticket_files(self) -> TicketFiles: ...
    @property
    def levels(self) -> Levels: ...
    @property
    def calendar(self) -> Calendar: ...
    @property
    def compensations(self) -> Compensations: ...
    @property
    def causes(self) -> Causes: ...
    @property
    def categories(self) -> Categories: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def ratings(self) -> Ratings: ...
    @property
    def timers(self) -> Timers: ...
    @property
    def gaps(self) -> Gaps: ...
    @property
    def articles(self) -> Articles: ...
    @property
    def conversation_topics(self) -> ConversationTopics: ...
    @property
    def faq_answers(self) -> FaqAnswers: ...
    @property
    def agents(self) -> Agents: ...
    @property
    def timeline(self) -> Timeline: ...
    @property
    def staffing(self) -> Staffing: ...
    @property
    def attention(self) -> Attention: ...

    @property
    def audit(self) -> AuditLog: ...

    def announce(self, kind: str, *, conversation_id: str | None = None, ticket_id: str | None = None) -> None:
        """Tell the console's open pages that something changed."""
