"""The store: transactions over every aggregate, and the records the assistant may read."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from crm_store.accounts import Accounts
from crm_store.agents import Agents
from crm_store.announcer import Announcer
from crm_store.articles import Articles
from crm_store.attention import Attention
from crm_store.audiences import Audiences
from crm_store.audit import Audit
from crm_store.calendar import Calendar
from crm_store.campaigns import Campaigns
from crm_store.consents import Consents
from crm_store.conversation_topics import ConversationTopics
from crm_store.conversations import Conversations
from crm_store.customer_search import CustomerSearch
from crm_store.customers import Customers, Orders
from crm_store.database import Database
from crm_store.dossier import Dossier
from crm_store.events import Events
from crm_store.faq_answers import FaqAnswers
from crm_store.faq_copies import FaqCopies
from crm_store.faq_imports import FaqImports
from crm_store.faq_measuring import FaqMeasuring
from crm_store.faq_reviews import FaqReviews
from crm_store.faq_tuning import FaqTuning
from crm_store.files import Files
from crm_store.gaps import Gaps
from crm_store.inbound import InboundQueue
from crm_store.inbox_lists import InboxLists
from crm_store.keys import Keys
from crm_store.levels import Levels
from crm_store.limits import Windows
from crm_store.menus import Menus
from crm_store.merges import Merges
from crm_store.messages import Messages
from crm_store.notes import CannedReplies, Labels, Notes
from crm_store.outbound import OutboundQueue
from crm_store.past import PastStore
from crm_store.postbox import Postbox
from crm_store.programme import Programme
from crm_store.ratings import Ratings
from crm_store.reaches import Reaches
from crm_store.recipient_views import RecipientViews
from crm_store.recipients import Recipients
from crm_store.remedies import Causes, Compensations
from crm_store.reports import Reports
from crm_store.results import Results
from crm_store.saved_filters import SavedFilters
from crm_store.signals import Signals, Topic
from crm_store.staffing import Staffing
from crm_store.surveys import Surveys
from crm_store.ticket_files import TicketFiles
from crm_store.ticket_history import TicketHistory
from crm_store.ticket_lists import Categories, TicketSorts
from crm_store.ticket_reports import TicketReports
from crm_store.tickets import Tickets
from crm_store.timeline import Timeline
from crm_store.timers import Timers
from crm_store.unwritten import Unwritten
from crm_store.value_reports import ValueReports
from crm_store.values import Values
from crm_store.wallboard import Wallboard
from crm_store.webhooks import Silence, Webhooks
from desk.hours import BusinessHours

T = TypeVar("T")

# What is announced to open pages and told by webhooks as well.
_TOLD = {
    "message": "conversation.message", "rated": "rating.given", "ticket": "ticket.changed",
    "ticket_settled": "ticket.settled", "ticket_disputed": "ticket.disputed",
}
AROUND_THE_CLOCK = BusinessHours.always(ZoneInfo("UTC"))


class SqlTransaction:
    """One transaction; implements desk.store.Transaction and adds what the gateway and the console ask."""

    def __init__(self, connection: Connection, hours: BusinessHours, silence: Silence) -> None:
        self.connection = connection
        self._silence = silence
        self.topics: set[Topic] = set()  # who is woken after the commit
        self._hours = hours

    @cached_property
    def customers(self) -> Customers:
        return Customers(self.connection)

    @cached_property
    def orders(self) -> Orders:
        return Orders(self.connection)

    @cached_property
    def conversations(self) -> Conversations:
        return Conversations(self.connection, self.unwritten, self.webhooks.happened)

    @cached_property
    def messages(self) -> Messages:
        return Messages(self.connection, self.unwritten)

    @cached_property
    def unwritten(self) -> Unwritten:
        return Unwritten(self.connection, self.topics)

    @cached_property
    def inbound(self) -> InboundQueue:
        return InboundQueue(self.connection, self.topics, self.menus, self.conversations)

    @cached_property
    def outbound(self) -> OutboundQueue:
        return OutboundQueue(self.connection, self.topics, self.unwritten, self._zone)

    @cached_property
    def surveys(self) -> Surveys:
        return Surveys(self.connection)

    @cached_property
    def campaigns(self) -> Campaigns:
        return Campaigns(self.connection, self.topics, self.webhooks.happened)

    @cached_property
    def audiences(self) -> Audiences:
        return Audiences(self.connection)

    @cached_property
    def recipients(self) -> Recipients:
        return Recipients(self.connection, self._zone)

    @cached_property
    def reaches(self) -> Reaches:
        return Reaches(self.connection)

    @cached_property
    def recipient_views(self) -> RecipientViews:
        return RecipientViews(self.connection)

    @cached_property
    def consents(self) -> Consents:
        return Consents(self.connection)

    @cached_property
    def post(self) -> Postbox:
        return Postbox(self.connection, self.topics)

    @cached_property
    def menus(self) -> Menus:
        return Menus(self.connection, self.unwritten)

    @cached_property
    def windows(self) -> Windows:
        return Windows(self.connection)

    @cached_property
    def tickets(self) -> Tickets:
        return Tickets(self.connection, self.webhooks.happened)

    @cached_property
    def ticket_history(self) -> TicketHistory:
        return TicketHistory(self.connection)

    @cached_property
    def compensations(self) -> Compensations:
        return Compensations(self.connection)

    @cached_property
    def causes(self) -> Causes:
        return Causes(self.connection)

    @cached_property
    def levels(self) -> Levels:
        return Levels(self.connection)

    @cached_property
    def ticket_sorts(self) -> TicketSorts:
        return TicketSorts(self.connection)

    @cached_property
    def categories(self) -> Categories:
        return Categories(self.connection)

    @cached_property
    def ratings(self) -> Ratings:
        return Ratings(self.connection)

    @cached_property
    def timers(self) -> Timers:
        return Timers(self.connection, self.topics)

    @cached_property
    def faq_tuning(self) -> FaqTuning:
        return FaqTuning(self.connection, self.topics)

    @cached_property
    def faq_measuring(self) -> FaqMeasuring:
        return FaqMeasuring(self.connection)

    @cached_property
    def gaps(self) -> Gaps:
        return Gaps(self.connection, self.webhooks.happened)

    @cached_property
    def faq_imports(self) -> FaqImports:
        return FaqImports(self.connection)

    @cached_property
    def faq_copies(self) -> FaqCopies:
        return FaqCopies(self.connection)

    @cached_property
    def saved_filters(self) -> SavedFilters:
        return SavedFilters(self.connection)

    @cached_property
    def faq_reviews(self) -> FaqReviews:
        return FaqReviews(self.connection, self.webhooks.happened)

    @cached_property
    def faq_answers(self) -> FaqAnswers:
        return FaqAnswers(self.connection)

    @cached_property
    def agents(self) -> Agents:
        return Agents(self.connection)

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar(self.connection, self.topics, self._hours)

    @cached_property
    def timeline(self) -> Timeline:
        return Timeline(self.connection, self.webhooks.happened)

    @cached_property
    def staffing(self) -> Staffing:
        return Staffing(self.connection)

    @cached_property
    def attention(self) -> Attention:
        return Attention(self.connection)

    @cached_property
    def inbox(self) -> InboxLists:
        return InboxLists(self.connection)

    @cached_property
    def notes(self) -> Notes:
        return Notes(self.connection)

    @cached_property
    def labels(self) -> Labels:
        return Labels(self.connection)

    @cached_property
    def canned(self) -> CannedReplies:
        return CannedReplies(self.connection)

    @cached_property
    def articles(self) -> Articles:
        return Articles(self.connection, self.topics)

    @cached_property
    def events(self) -> Events:
        return Events(self.connection)

    @cached_property
    def files(self) -> Files:
        return Files(self.connection)

    @cached_property
    def reports(self) -> Reports:
        return Reports(self.connection)

    @cached_property
    def conversation_topics(self) -> ConversationTopics:
        return ConversationTopics(self.connection)

    @cached_property
    def ticket_files(self) -> TicketFiles:
        return TicketFiles(self.connection)

    @cached_property
    def past(self) -> PastStore:
        return PastStore(self.connection)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.connection)

    @cached_property
    def keys(self) -> Keys:
        return Keys(self.connection)

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self.connection, self.topics, self._silence)

    @cached_property
    def merges(self) -> Merges:
        return Merges(self.connection)

    @cached_property
    def customer_search(self) -> CustomerSearch:
        return CustomerSearch(self.connection)

    @cached_property
    def dossier(self) -> Dossier:
        return Dossier(self.connection)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.connection)

    def _zone(self) -> ZoneInfo:
        return self.calendar.hours().zone

    @cached_property
    def programme(self) -> Programme:
        return Programme(self.connection)

    @cached_property
    def ticket_reports(self) -> TicketReports:
        return TicketReports(self.connection)

    @cached_property
    def results(self) -> Results:
        return Results(self.connection)

    @cached_property
    def wallboard(self) -> Wallboard:
        return Wallboard(self.connection)

    @cached_property
    def values(self) -> Values:
        return Values(self.connection, self.topics)

    @cached_property
    def value_reports(self) -> ValueReports:
        return ValueReports(self.connection)

    def announce(self, kind: str, *, conversation_id: str | None = None, ticket_id: str | None = None) -> None:
        self.events.add(kind, conversation_id, ticket_id, datetime.now(UTC))
        self.topics.add(Topic.EVENT)
        if kind in _TOLD:
            self.webhooks.happened(_TOLD[kind], {"conversation": conversation_id, "ticket": ticket_id})


class SqlStore:
    """Opens transactions on SQLite or PostgreSQL and publishes wake-ups once they are stored."""

    def __init__(self, database: Database, signals: Signals, hours: BusinessHours = AROUND_THE_CLOCK) -> None:
        """`hours` hold until the business calendar has hours of its own."""
        self.database = database
        self.signals = signals
        self._hours = hours
        self._silence = Silence(signals)
        self._announcer = Announcer(database, signals)

    async def transact(self, work: Callable[[SqlTransaction], T], *, single: bool = False) -> T:
        """Run `work`, store all it did, then wake whoever waits for it. Raises what `work` raises, or DatabaseDown.
        `single`: it runs one statement and announces nothing."""
        topics: set[Topic] = set()

        def run(connection: Connection) -> T:
            tx = SqlTransaction(connection, self._hours, self._silence)
            result = work(tx)
            tx.unwritten.flush()
            tx.events.flush()
            tx.webhooks.flush()
            tx.audit.flush()
            topics.clear()
            topics.update(tx.topics)
            return result

        result = await self.database.write(run, single=single)
        if Topic.WEBHOOK in topics:
            self._silence.end()
        self.signals.publish(topics)
        self._announcer.tell(topics)
        return result

    async def close(self) -> None:
        """Before the database is closed."""
        await self._announcer.close()

    async def read(self, work: Callable[[SqlTransaction], T]) -> T:
        """Run `work` on a snapshot; what it changes is not kept."""
        return await self.database.read(lambda connection: work(SqlTransaction(connection, self._hours, self._silence)))
