"""Inbox filters that an agent saved under a name: own to the agent, nobody else sees them."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select

from crm_store.inbox_lists import InboxView
from crm_store.saved_filter_rows import saved_filters
from desk.errors import Invalid, NotFound
from desk.notes import fold

LONGEST_NAME, MOST = 60, 30


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A list of the inbox with what narrows it, "" for what does not; `words` is a search, which stands alone."""

    id: str
    name: str
    view: InboxView
    channel: str = ""
    label_id: str = ""
    team_id: str = ""
    topic: str = ""
    words: str = ""


class SavedFilters:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def list_of(self, agent_id: str) -> list[SavedFilter]:
        """By name."""
        rows = self._db.execute(select(saved_filters).where(saved_filters.c.agent_id == agent_id))
        found = [
            SavedFilter(row.id, row.name, InboxView(row.view), row.channel, row.label_id, row.team_id, row.topic,
                        row.words)
            for row in rows
        ]
        return sorted(found, key=lambda each: fold(each.name))

    def put(self, agent_id: str, saved: SavedFilter, now: datetime) -> SavedFilter:
        """Save it; one of the agent's by the same name is replaced. Raises Invalid for a name that is none or too
        long, and where the agent has 30 already."""
        name = " ".join(saved.name.split())
        if not name or len(name) > LONGEST_NAME:
            raise Invalid("name", f"Give the filter a name of at most {LONGEST_NAME} characters.")
        own = self.list_of(agent_id)
        same = next((each for each in own if fold(each.name) == fold(name)), None)
        if same is None and len(own) >= MOST:
            raise Invalid("filters", f"You have {MOST} saved filters: remove one first.")
        if same is not None:
            self._db.execute(delete(saved_filters).where(saved_filters.c.id == same.id))
        kept = replace(saved, id=same.id if same else uuid4().hex, name=name)
        self._db.execute(insert(saved_filters).values(
            id=kept.id, agent_id=agent_id, name=kept.name, view=kept.view.value, channel=kept.channel,
            label_id=kept.label_id[:40], team_id=kept.team_id[:40], topic=kept.topic, words=kept.words, saved_at=now,
        ))
        return kept

    def remove(self, agent_id: str, filter_id: str) -> None:
        """Raises NotFound for one that is not this agent's."""
        own = (saved_filters.c.id == filter_id) & (saved_filters.c.agent_id == agent_id)
        if not self._db.execute(delete(saved_filters).where(own)).rowcount:
            raise NotFound("no such filter")
