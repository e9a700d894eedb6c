"""What the buttons and the REST calls do: one desk flow each, in one transaction."""

import re

import structlog

from campaigns.interview import SurveyTalk
from crm_store.store import SqlTransaction
from desk import handoff, outbox
from desk.agents import Agent
from desk.conversations import Conversation
from desk.errors import BotUnavailable, Conflict, Invalid
from desk.summary import story_for_bot
from wiring.services import Services

LONGEST_REPLY = 4000
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_log = structlog.get_logger()


async def claim(services: Services, conversation_id: str, agent: Agent) -> Conversation:
    now = services.clock.now()
    return await services.store.transact(lambda tx: handoff.claim(tx, conversation_id, agent, now))


async def reply(services: Services, conversation_id: str, agent: Agent, text: str, key: str) -> None:
    """Say something to the customer; the same `key` again says nothing. Raises Invalid, Conflict or NotFound."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid("text", "write something first")
    if len(text) > LONGEST_REPLY:
        raise Invalid("text", f"a reply has at most {LONGEST_REPLY} characters")
    if not _KEY.fullmatch(key):
        raise Invalid("key", "a key is 8 to 64 letters, digits, - or _")
    now = services.clock.now()
    await services.store.transact(lambda tx: handoff.answer(tx, conversation_id, agent, text, key, now))


async def release(services: Services, conversation_id: str, agent: Agent) -> Conversation:
    """Hand back to the bot; `tell_bot` is to follow, outside of the request."""
    now = services.clock.now()
    return await services.store.transact(lambda tx: handoff.release(tx, conversation_id, agent, now))


async def tell_bot(services: Services, conversation: Conversation) -> None:
    """Let the assistant know what a person said. It holds the conversation again even if it cannot be told."""
    said = await services.store.read(lambda tx: tx.messages.list_of([conversation.id], limit=100))
    try:
        await services.bot.tell(conversation.id, story_for_bot(said), conversation.language)
    except BotUnavailable:
        _log.warning("bot_not_told", conversation=conversation.id)


async def transfer(services: Services, conversation_id: str, agent: Agent, to_id: str) -> Conversation:
    now = services.clock.now()

    def move(tx: SqlTransaction) -> Conversation:
        to = tx.agents.get(to_id)
        if not to.active:
            raise Invalid("agent", "this account is not active")
        return handoff.transfer(tx, conversation_id, agent, to, now)

    return await services.store.transact(move)


async def close(services: Services, conversation_id: str, agent: Agent) -> Conversation:
    now = services.clock.now()
    accounts = services.channels.accounts
    return await services.store.transact(
        lambda tx: handoff.close(tx, conversation_id, agent, now, SurveyTalk(tx, accounts))
    )


async def send_again(services: Services, delivery_id: int, agent: Agent) -> None:
    """Raises Conflict when the message is neither in doubt nor dead (any more)."""
    now = services.clock.now()

    def resend(tx: SqlTransaction) -> None:
        if not outbox.resend(tx, delivery_id, now):
            raise Conflict("this message is not waiting for a decision")
        tx.audit.record(agent, "delivery.sent-again", f"delivery:{delivery_id}", now)
        tx.announce("delivery", conversation_id=tx.outbound.conversation_of(delivery_id))

    await services.store.transact(resend)
