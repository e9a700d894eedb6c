"""What the templates of a conversation need: the conversation, its customer's card, and the composer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from console import reading
from console.conversation_reading import open_conversation
from console.refusals import Refusal, why_undelivered
from console.words import Words
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.attachments import OFFERED
from desk.permissions import Permission, may


def conversation_values(
    tx: SqlTransaction, conversation_id: str, agent: Agent, words: Words, now: datetime
) -> dict[str, object]:
    """Raises NotFound."""
    shown = open_conversation(tx, conversation_id, agent, words, now)
    return {
        "shown": shown, "card": reading.card(tx, shown.conversation.customer_id),
        "colleagues": _colleagues(tx, agent, now), "draft": tx.attention.draft(agent.id, conversation_id),
        "all_labels": tx.labels.list_all(),
    }


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody a conversation may be handed to."""

    id: str
    name: str
    is_present: bool


def _colleagues(tx: SqlTransaction, agent: Agent, now: datetime) -> list[Colleague]:
    serving = [one for one in tx.agents.list_all() if one.active and one.id != agent.id
               and may(one.role, Permission.SERVE)]
    return sorted((Colleague(one.id, one.name, one.is_present(now)) for one in serving),
                  key=lambda one: (not one.is_present, one.name))


def composer(
    draft: str, *, text: str | None = None, kind: str = "reply", choices: str = "", refusal: Refusal | None = None,
) -> dict[str, object]:
    """What the reply form shows: the draft, or what was written and not taken. Each form has a key of its own, so that
    sending it twice says it once."""
    return {
        "text": draft if text is None else text, "kind": kind, "choices": choices, "refusal": refusal,
        "key": uuid4().hex, "offered": OFFERED, "why_undelivered": why_undelivered,
    }
