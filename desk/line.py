"""A customer's place among those who wait for a person, and what is said of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk import waiting_words
from desk.agents import PRESENT_FOR
from desk.assignment import expected_wait, may_serve
from desk.conversations import Conversation
from desk.store import Transaction
from desk.texts import say

_RECENT = timedelta(days=7)
_USUAL_LINE = 2
"""Customers waiting for each agent who is there; behind more, the usual wait promises too much."""


@dataclass(frozen=True, slots=True)
class Place:
    """`ahead` are the customers who go before this one and wait for the same people, `present` the people who are there
    and may take this one."""

    ahead: int
    present: int


def place_of(tx: Transaction, conversation: Conversation, now: datetime) -> Place:
    """The place of a conversation in the queue. Who waits for other teams or in a language that only others speak does
    not go before it; with nobody there, who waits for the same team, or for any, does."""
    team = conversation.team_id
    there = [
        one for one in tx.staffing.candidates(now - PRESENT_FOR, tx.staffing.rules(), by_hand=True)
        if may_serve(one, conversation.language, team)
    ]
    ahead = sum(
        count for (other, language), count in tx.conversations.count_ahead(conversation).items()
        if (any(may_serve(one, language, other) for one in there) if there else other == team or None in (other, team))
    )
    return Place(ahead, len(there))


def told_on_joining(tx: Transaction, conversation: Conversation, now: datetime) -> str:
    """A customer's place, and how long one usually waits, unless the line is longer than usual or nobody is there; how
    to leave."""
    language, place = conversation.language, place_of(tx, conversation, now)
    first = "queued_first" if place.present else "queued_absent"
    parts = [say("queued_behind" if place.ahead else first, language, ahead=place.ahead)]
    usual = place.present and place.ahead <= _USUAL_LINE * place.present
    minutes = expected_wait(tx.timeline.recent_waits(now - _RECENT)) if usual else None
    if minutes is not None:
        parts.append(say("usual_wait", language, minutes=minutes))
    return joined([*parts, waiting_words.say("may_leave", language)], conversation)


def joined(parts: list[str], conversation: Conversation) -> str:
    """Sentences as one text, as the customer's language sets them."""
    return ("" if conversation.language.is_chinese else " ").join(parts)
