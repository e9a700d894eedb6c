"""Where surveys enter a conversation: the desk asks whether a message is an answer before it goes elsewhere."""

from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from desk.conversations import Conversation
from desk.outbox import Reply
from desk.ports import Understanding
from desk.queue import LeasedInbound
from desk.reception import Detect, Said


class Heard(Enum):
    """What a survey made of a message."""

    NOT_MINE = auto()
    UNSURE = auto()  # whether it is an answer depends on what the assistant understands; ask again with that
    ANSWER = auto()  # taken, recorded and replied to: only the "done" mark is missing


class Interviews(Protocol):
    """Surveys that are under way in customers' chats, within one transaction."""

    def hear(
        self, lease: LeasedInbound, conversation: Conversation | None, said: Said, detect: Detect, now: datetime, *,
        meaning: Understanding | None, asked_meaning: bool,
    ) -> Heard:
        """Take a message as an answer, if it is one."""

    def come_back(self, conversation: Conversation, reply: Reply, now: datetime) -> None:
        """Something else was answered: bring the survey's question back, once."""

    def after_closing(self, conversation: Conversation, reply: Reply, agent_id: str, now: datetime) -> bool:
        """A person closed the conversation. True when a survey asks the customer now, so nobody else should."""
