"""Receiving a message: who wrote, what they mean, in which conversation and language, and into the history."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from desk import service_levels
from desk.conversations import Author, Conversation, Holder
from desk.customers import Customer, Identity
from desk.faq_feedback import PREFIX as FEEDBACK
from desk.menus import FRESH_FOR, SURVEY_FRESH_FOR, SURVEY_PREFIX, match
from desk.messages import Button, ChannelName, EventName, InboundKind, InboundMessage, Language
from desk.queue import LeasedInbound, NewMessage, Standing
from desk.sla import Subject
from desk.store import Transaction
from desk.triggers import priority_of

Detect = Callable[[str, Language | None], Language | None]
"""The language of a text, given the one spoken before; None when the text shows none."""

SEEN_EVERY = timedelta(minutes=1)
"""How exactly we keep when a customer was last seen."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a message means to us: `text` for people, `payload` when a button of ours was chosen."""

    text: str
    payload: str = ""
    stale: bool = False
    offered: tuple[Button, ...] = ()  # the choices of what we said just before


def known_customer(tx: Transaction, message: InboundMessage, now: datetime, standing: Standing) -> str:
    """The id of the customer whose address this is; a new one gets a profile."""
    known = standing.known
    identity = known.identity if known else tx.customers.find_identity(message.address)
    if identity is not None:
        renamed = message.display_name not in ("", identity.display_name)
        if renamed or not identity.reachable or now - identity.last_seen_at > SEEN_EVERY:
            tx.customers.seen(message.address, message.display_name, now)
        return identity.customer_id
    customer = tx.customers.find_person(message.address)
    if customer is None:
        customer = Customer(uuid4().hex, message.display_name, None, "", 0, "", "", True, now)
        tx.customers.add(customer)
    tx.customers.add_identity(Identity(message.address, customer.id, message.display_name, True, now))
    return customer.id


def note_event(tx: Transaction, message: InboundMessage) -> None:
    """What happened without being said: the customer left, or changed an earlier message."""
    if message.event is EventName.STOPPED:
        tx.customers.set_unreachable(message.address)
        return
    original = f"{message.address.channel.value}:{message.address.account}:{message.replaces}"
    edited = tx.messages.edit(original, message.text)
    if edited is None:
        return
    conversation = tx.conversations.get(edited[0])
    if conversation.last_text == edited[1][:200]:  # what the inbox shows is cut there
        tx.conversations.note(replace(conversation, last_text=message.text))
    tx.announce("message", conversation_id=conversation.id)


def understand(tx: Transaction, message: InboundMessage, now: datetime, standing: Standing) -> Said:
    """A tapped button or an answered list as its payload, everything else as it stands."""
    since = now - FRESH_FOR
    if message.choice:
        button = tx.menus.find(message.choice, message.address, since)
        if button is None:
            older = tx.menus.find(message.choice, message.address, now - SURVEY_FRESH_FOR)
            button = older if older and older.payload.startswith(SURVEY_PREFIX) else None
        return Said(button.title, button.payload) if button else Said(message.text or "…", stale=True)
    if message.event is EventName.MENU:
        return Said(message.event_value)
    if message.kind is InboundKind.TEXT:
        offered = standing.known.offered if standing.known else tx.menus.newest(message.address, since)
        # A typed "1" is no rating.
        asked = [button for button in offered.buttons if not button.payload.startswith(FEEDBACK)]
        meant = match(message.text, asked, numbers=offered.just_now)
        return Said(message.text, meant.payload if meant else "", offered=tuple(asked) if offered.just_now else ())
    return Said(message.text)


def open_conversation(
    tx: Transaction, message: InboundMessage, customer_id: str, detect: Detect, now: datetime
) -> Conversation:
    """A new conversation with the bot, in the language of its first message."""
    customer = tx.customers.get(customer_id)
    known = message.locale or message.address.channel is ChannelName.WECHAT
    spoken = customer.language or (_of_locale(message) if known else None)  # "您好" is of both scripts
    language = detect(message.text, spoken) or spoken or _of_locale(message)
    conversation = Conversation(
        uuid4().hex, customer.id, message.address, Holder.BOT, language, opened_at=now, last_message_at=now,
        priority=priority_of(tx, customer.tier),
    )
    tx.conversations.add(conversation)
    return conversation


def _of_locale(message: InboundMessage) -> Language:
    locale = message.locale.lower().replace("_", "-")
    if locale.startswith(("zh-tw", "zh-hk", "zh-hant", "zh-mo")):
        return Language.ZH_HANT
    if locale.startswith("zh") or (not locale and message.address.channel is ChannelName.WECHAT):
        return Language.ZH_HANS
    return Language.EN


def record(
    tx: Transaction, lease: LeasedInbound, conversation: Conversation, said: Said, detect: Detect, now: datetime
) -> Conversation:
    """Write the message into the history (once) and keep the customer's language; an event says nothing."""
    message = lease.message
    is_silent = message.kind is InboundKind.EVENT and not said.text
    held = conversation.holder in (Holder.QUEUE, Holder.AGENT)
    grown = 1 if held and not is_silent and not tx.messages.has(lease.key) else 0
    if not is_silent:
        tx.messages.add(NewMessage(
            conversation.id, Author.CUSTOMER, said.text, lease.key, now, attachments=message.attachments
        ))
    language = conversation.language
    if message.kind is InboundKind.TEXT and not said.payload:
        language = detect(message.text, conversation.language) or language
    if language is not conversation.language or conversation.opened_at == now:
        tx.customers.set_language(conversation.customer_id, language)
    updated = replace(
        conversation, language=language, last_message_at=now, last_text=_preview(conversation, message, said),
        unread=conversation.unread + grown,
        unanswered_since=conversation.unanswered_since or (now if grown else None),
    )
    tx.conversations.note(updated)
    if grown:
        service_levels.customer_wrote(tx, Subject.CONVERSATION, conversation.id, now)
    tx.announce("message", conversation_id=conversation.id)
    return updated


def _preview(conversation: Conversation, message: InboundMessage, said: Said) -> str:
    """What the inbox shows of the conversation."""
    if said.text:
        return said.text
    return conversation.last_text if message.kind is InboundKind.EVENT else f"[{message.kind}]"
