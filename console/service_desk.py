"""What the buttons and the REST calls do: one desk flow each, in one transaction."""

from datetime import timedelta

import structlog

from campaigns.interview import SurveyTalk
from console.composing import LONGEST_REPLY, Written, clean
from console.conversation_reading import WindowLeft, window_left
from crm_store.store import SqlTransaction
from desk import handoff, outbox
from desk.agents import Agent
from desk.conversations import Conversation
from desk.dispatch import alert
from desk.errors import BotUnavailable, Conflict, Invalid, NotFound
from desk.notes import AlertKind, Label, mentioned
from desk.summary import story_for_bot
from wiring.services import Services

LONGEST_LABEL = 40
TYPES_FOR = timedelta(seconds=6)
"""An agent counts as typing this long after a key was pressed."""
_log = structlog.get_logger()


async def claim(services: Services, conversation_id: str, agent: Agent) -> Conversation:
    now = services.clock.now()
    return await services.store.transact(lambda tx: handoff.claim(tx, conversation_id, agent, now))


async def reply(services: Services, conversation_id: str, agent: Agent, written: Written) -> None:
    """Say something to the customer; the same key again says nothing. Raises Invalid, Conflict or NotFound."""
    now = services.clock.now()

    def look(tx: SqlTransaction) -> tuple[Conversation, WindowLeft | None]:
        conversation = tx.conversations.find(conversation_id)
        if conversation is None:
            raise NotFound("no such conversation")
        return conversation, window_left(tx, conversation, now)

    conversation, window = await services.store.read(look)
    accepted = written.check(conversation, window.sends if window else None)
    if written.files:  # a copy is kept only for a reply that will be taken
        await services.store.read(lambda tx: handoff.require_holder(tx, conversation_id, agent))
    files = await services.uploads.keep_all(written.files, accepted, services.clock.now())
    await services.store.transact(lambda tx: handoff.answer(
        tx, conversation_id, agent, written.text, written.key, now, files, written.buttons()
    ))


async def keep_draft(services: Services, conversation_id: str, agent: Agent, text: str, key: str) -> None:
    """What the agent is writing in the form with this key. What was sent from that form meanwhile is no draft any more,
    though the page may tell of it late."""
    now = services.clock.now()

    def keep(tx: SqlTransaction) -> None:
        tx.conversations.find_locked(conversation_id)  # what is being sent is sent first
        if not (handoff.is_said(tx, conversation_id, agent, key) or tx.notes.has(f"{agent.id}:{key}")):
            tx.attention.keep_draft(agent.id, conversation_id, text, now)

    await services.store.transact(keep)


async def note(services: Services, conversation_id: str, agent: Agent, text: str, key: str) -> None:
    """A private note; who is named after an "@" is alerted. Raises Invalid or NotFound."""
    text = clean(text)
    if not text:
        raise Invalid("text", "write something first")
    if len(text) > LONGEST_REPLY:
        raise Invalid("text.long", f"a note has at most {LONGEST_REPLY} characters")
    now = services.clock.now()

    def keep(tx: SqlTransaction) -> None:
        if tx.conversations.find(conversation_id) is None:
            raise NotFound("no such conversation")
        if tx.notes.add(conversation_id, agent.id, text, f"{agent.id}:{key}", now) is None:
            return
        meant = [one.id for one in mentioned(text, tx.agents.list_all()) if one.active and one.id != agent.id]
        alert(tx, meant, conversation_id, AlertKind.MENTIONED, now, agent.id)
        tx.attention.drop_draft(agent.id, conversation_id)
        tx.announce("note", conversation_id=conversation_id)

    await services.store.transact(keep)


async def add_label(services: Services, conversation_id: str, name: str) -> Label:
    """Raises Invalid or NotFound."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_LABEL:
        raise Invalid("label", f"a label has 1 to {LONGEST_LABEL} characters")

    def attach(tx: SqlTransaction) -> Label:
        if tx.conversations.find(conversation_id) is None:
            raise NotFound("no such conversation")
        label = tx.labels.ensure(name, services.clock.now())
        tx.labels.attach(conversation_id, label.id)
        tx.announce("label", conversation_id=conversation_id)
        return label

    return await services.store.transact(attach)


async def remove_label(services: Services, conversation_id: str, label_id: str) -> None:
    def detach(tx: SqlTransaction) -> None:
        tx.labels.detach(conversation_id, label_id)
        tx.announce("label", conversation_id=conversation_id)

    await services.store.transact(detach)


async def look(
    services: Services, conversation_id: str, agent: Agent, *, typing: bool = False, leaving: bool = False
) -> None:
    """This agent has the conversation on their screen: what is in it is read, others see that they look at it."""
    now = services.clock.now()

    def see(tx: SqlTransaction) -> None:
        if tx.conversations.find(conversation_id) is None:
            raise NotFound("no such conversation")
        if leaving:
            told = tx.attention.leave(agent.id, conversation_id)
        else:
            newest = tx.messages.list_of([conversation_id], limit=1)
            if newest:
                tx.attention.mark_read(agent.id, conversation_id, newest[0].id)
            if tx.attention.see_alerts(agent.id, conversation_id, now):
                tx.announce(f"alert:{agent.id}", conversation_id=conversation_id)
            told = tx.attention.look(agent.id, conversation_id, now, now + TYPES_FOR if typing else None)
        if told:
            tx.announce("presence", conversation_id=conversation_id)

    await services.store.transact(see)


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


async def transfer_to_team(services: Services, conversation_id: str, agent: Agent, team_id: str) -> Conversation:
    now = services.clock.now()
    return await services.store.transact(lambda tx: handoff.transfer_to_team(
        tx, conversation_id, agent, tx.staffing.get_team(team_id), services.rules, now
    ))


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
