"""One conversation as the page shows it: everything that was said, noted and done, and why a person is needed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.level_desk import ShownClock, shown_clocks
from console.reading import agent_names, customer_mark
from console.topic_names import topic_names
from console.words import Words
from crm_store.attention import Viewer
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.channels import CAPABILITIES, Capabilities
from desk.conversations import Conversation, Holder, Message
from desk.errors import NotFound
from desk.notes import Label, Note
from desk.sla import Subject
from desk.staffing import Team
from desk.summary import Summary, summarise
from desk.timeline import Happening, TimelineEvent

HISTORY_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history: a message, a private note, or something that happened."""

    at: datetime
    message: Message | None = None
    note: Note | None = None
    event: TimelineEvent | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries that belong together: the same conversation, one after the other."""

    conversation: Conversation
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class WindowLeft:
    """What the platform still allows: how many messages, until when (None: closed)."""

    sends: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """A conversation with all that was said with this customer, on any channel."""

    conversation: Conversation
    name: str
    agent_name: str
    team_name: str
    stretches: tuple[Stretch, ...]
    is_cut: bool
    newest_message: int
    window: WindowLeft | None
    labels: tuple[Label, ...]
    viewers: tuple[Viewer, ...]
    handover: Summary | None
    agents: dict[str, str]
    teams: tuple[Team, ...]
    clocks: Sequence[ShownClock]
    topics: tuple[str, ...]  # by name

    @property
    def mark(self) -> str:
        return customer_mark(self.conversation.customer_id)

    @property
    def team_names(self) -> dict[str, str]:
        return {team.id: team.name for team in self.teams}

    @property
    def can(self) -> Capabilities:
        return CAPABILITIES[self.conversation.address.channel]


def open_conversation(
    tx: SqlTransaction, conversation_id: str, agent: Agent, words: Words, now: datetime
) -> OpenConversation:
    """Raises NotFound."""
    shown = tx.conversations.find(conversation_id)
    if shown is None:
        raise NotFound("no such conversation")
    others = tx.conversations.list_of_customer(shown.customer_id)
    ids = [item.id for item in others]
    messages = tx.messages.list_of(ids, limit=HISTORY_LENGTH)
    events, notes = tx.timeline.list_of(ids), tx.notes.list_of(ids)
    teams, name = tx.staffing.list_teams(), topic_names(tx, words)
    return OpenConversation(
        shown, tx.customers.get(shown.customer_id).name, tx.agents.name_of(shown.agent_id or ""),
        next((team.name for team in teams if team.id == shown.team_id), ""),
        tuple(_stretches(messages, notes, events, {item.id: item for item in others})),
        len(messages) == HISTORY_LENGTH, messages[-1].id if messages else 0, window_left(tx, shown, now),
        tuple(tx.labels.of([shown.id]).get(shown.id, ())), tuple(tx.attention.viewers(shown.id, now, agent.id)),
        handover(shown, messages, events), agent_names(tx), tuple(teams),
        shown_clocks(tx, Subject.CONVERSATION, shown.id, now),
        tuple(name(topic) for topic in tx.conversation_topics.of([shown.id]).get(shown.id, ())),
    )


def handover(
    shown: Conversation, messages: Iterable[Message], events: Sequence[TimelineEvent]
) -> Summary | None:
    """Why and with what a conversation came to people; None where the bot has it."""
    if shown.holder not in (Holder.QUEUE, Holder.AGENT):
        return None
    here = (event for event in reversed(events) if event.conversation_id == shown.id)
    asked = next((event for event in here if event.kind is Happening.QUEUED), None)
    said = (message for message in messages if message.conversation_id == shown.id)
    return summarise(said, asked.details.get("slots", {}) if asked else {}, asked.at if asked else None)


def window_left(tx: SqlTransaction, shown: Conversation, now: datetime) -> WindowLeft | None:
    if not CAPABILITIES[shown.address.channel].windowed or not shown.is_open:
        return None
    return WindowLeft(*tx.windows.left(shown.address, now))


def _stretches(
    messages: Sequence[Message], notes: Sequence[Note], events: Sequence[TimelineEvent],
    conversations: dict[str, Conversation],
) -> Iterable[Stretch]:
    since = messages[0].created_at if messages else None
    entries = [(message.conversation_id, Entry(message.created_at, message=message)) for message in messages]
    entries += [(note.conversation_id, Entry(note.created_at, note=note)) for note in notes]
    entries += [(event.conversation_id, Entry(event.at, event=event)) for event in events]
    run: list[Entry] = []
    of = ""
    for conversation_id, entry in sorted(entries, key=lambda one: one[1].at):  # stable: as stored where times are equal
        if since is not None and entry.at < since:
            continue
        if run and of != conversation_id:
            yield Stretch(conversations[of], tuple(run))
            run = []
        of = conversation_id
        run.append(entry)
    if run:
        yield Stretch(conversations[of], tuple(run))
