"""One turn: what came in, who answers it, and what the answer changes.

`begin` runs in one transaction and says what is still to be asked outside of it; `conclude` stores the answer, its
effects and the "done" mark in another. No transaction is open while the assistant thinks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from desk import faq_turns, feedback, settling, waiting
from desk.channels import ReplyWindow
from desk.consent_words import ConsentWish, answer_to, consent_wish
from desk.conversations import Author, Conversation, HandoffReason, Holder, Route, route
from desk.dispatch import expect_answer
from desk.errors import Conflict
from desk.handoff import ServiceRules, request
from desk.interviews import Heard, Interviews
from desk.menus import SURVEY_PREFIX
from desk.messages import EventName, InboundKind, OutboundMessage
from desk.outbox import Reply
from desk.ports import BotAnswer, Turn, Understanding
from desk.queue import ANYTHING, LeasedInbound, Standing
from desk.ratings import EXPIRES_AFTER, PAYLOAD_PREFIX, Rating, RatingState, read_scored_comment
from desk.reception import Detect, Said, known_customer, note_event, open_conversation, record, understand
from desk.safety import is_stop_word, neutralise
from desk.store import Transaction
from desk.texts import say
from desk.triggers import count_miss, reason_for_person
from desk.turn_effects import apply, consent_key

GREET = "/greet"
GREET_ONCE_IN = timedelta(minutes=1)  # Telegram tells of an unblocking twice: as such, and as /start
ATTACHMENT = "/EXTERNAL_attachment"


@dataclass(frozen=True, slots=True)
class AskBot:
    """The assistant's turn. `standing` is for `conclude`."""

    turn: Turn
    standing: Standing = ANYTHING


@dataclass(frozen=True, slots=True)
class AskMeaning:
    """A comment, a survey's answer, or something new? The assistant's understanding decides; `begin` again with it."""

    text: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Nothing more to ask: the message is done. `back`: a conversation that the bot holds again, and is to hear of."""

    back: Conversation | None = None


Step = AskBot | AskMeaning | Settled


@dataclass(frozen=True, slots=True)
class Answered:
    """What the assistant answered to an AskBot.

    `standing`: as `begin` returned it. What began to wait for the customer since is not brought up by this answer.
    """

    lease: LeasedInbound
    conversation_id: str
    answer: BotAnswer
    standing: Standing = ANYTHING


def begin(
    tx: Transaction, lease: LeasedInbound, window: ReplyWindow | None, detect: Detect, now: datetime,
    *, meaning: Understanding | None = None, asked_meaning: bool = False, interviews: Interviews | None = None,
    standing: Standing = ANYTHING,
) -> Step:
    """Take a customer's message into their history and decide who answers it.

    `meaning` is what an earlier AskMeaning brought; with `asked_meaning` and no meaning it could not be had.
    `interviews`: surveys under way, which may take the message as an answer. `standing`: what the claim found, if this
    is the claim's own transaction.
    """
    message = lease.message
    customer_id = known_customer(tx, message, now, standing)
    if message.event in (EventName.STOPPED, EventName.EDITED):
        note_event(tx, message)
        return _done(tx, lease)
    repeated = standing.heard and tx.messages.has(lease.key)
    if not repeated and not asked_meaning and window is not None:
        tx.windows.open(message.address, window, now)
        tx.outbound.unpark(message.address, now)
    known = standing.known
    conversation = known.conversation if known else tx.conversations.find_open(message.address)
    said = understand(tx, message, now, standing)
    wish = consent_wish(said.text) if message.kind is InboundKind.TEXT and not said.payload else None
    if wish is not None:
        conversation = conversation or open_conversation(tx, message, customer_id, detect, now)
        return _change_consent(tx, lease, wish, conversation, said, detect, now)
    settlement = settling.answer_in(said)
    if settlement is not None:
        step = _hear_settlement(tx, lease, settlement, conversation, said, detect, now)
        if step is not None:
            return step
    rating = tx.ratings.find_pending(message.address, now - EXPIRES_AFTER) if standing.rating else None
    if rating is not None and feedback.may_answer(rating, conversation, said.payload):
        step = _hear_rating(tx, lease, rating, conversation, said, detect, now, meaning, asked_meaning)
        if step is not None:
            return step
    if faq_turns.hear_feedback(tx, lease, said, conversation, detect, now):
        return _done(tx, lease)
    if interviews is not None and (standing.survey or said.payload):
        heard = interviews.hear(lease, conversation, said, detect, now, meaning=meaning, asked_meaning=asked_meaning)
        if heard is not Heard.NOT_MINE:
            return AskMeaning(neutralise(said.text)) if heard is Heard.UNSURE else _done(tx, lease)
    if conversation is None:
        conversation = open_conversation(tx, message, customer_id, detect, now)
    elif message.event is EventName.STARTED and now - conversation.last_message_at < GREET_ONCE_IN:
        return _done(tx, lease)
    conversation = record(tx, lease, conversation, said, detect, now)
    if is_stop_word(said.text):  # obeyed at once, whoever answers and whether or not the assistant is there
        tx.customers.record_consent(conversation.customer_id, False, said.text, message.address.channel.value, now,
                                    consent_key(lease))
    match route(conversation.holder):
        case Route.SHOW_AGENTS:
            return _show_agents(tx, lease, conversation, said, now)
        case Route.ASK_BOT:
            return _ask_bot(tx, lease, conversation, said, now, repeated=repeated, standing=standing)
        case Route.REOPEN:
            raise AssertionError("an open conversation has a holder")


def conclude(
    tx: Transaction, answered: Sequence[Answered], rules: ServiceRules, now: datetime,
    interviews: Interviews | None = None,
) -> list[bool]:
    """Store the assistant's answers with all they change. False, and nothing stored, for each whose lease was lost."""
    held = tx.inbound.finish([each.lease for each in answered])
    stored = [each for each in answered if each.lease.id in held]
    conversations = tx.conversations.get_all([each.conversation_id for each in stored])
    for each in stored:
        conversation = conversations.get(each.conversation_id)
        if conversation is not None:  # else the customer was erased meanwhile
            _conclude(tx, each, conversation, rules, now, interviews)
    return [each.lease.id in held for each in answered]


def _conclude(
    tx: Transaction, answered: Answered, conversation: Conversation, rules: ServiceRules, now: datetime,
    interviews: Interviews | None,
) -> None:
    lease, answer, standing = answered.lease, answered.answer, answered.standing
    reply = Reply(tx, conversation, lease.key, now, answers=lease.received_at)
    silent = conversation.holder is not Holder.BOT  # somebody stepped in while the assistant was thinking
    if conversation.handoff_reason is HandoffReason.BOT_DOWN and not silent:
        conversation = replace(conversation, handoff_reason=None)
        tx.conversations.note(conversation)
    applied = apply(tx, answer.effects, conversation, lease, now)
    if silent:
        return
    counted = count_miss(conversation, answer.effects)
    if counted != conversation:
        conversation = counted
        tx.conversations.note(conversation)
    unasked = None if applied.handoffs else reason_for_person(tx, conversation, lease.message.text)
    if unasked is not None:
        reply.add(Author.SYSTEM, OutboundMessage(say(f"person_{unasked}", conversation.language)))
        conversation = request(tx, conversation, reply, unasked, "", rules, now, lease.key)
    else:
        for message in faq_turns.said_with(tx, answer, conversation, lease.key, now):
            reply.add(Author.BOT, replace(message, text=applied.fill(message.text)))
    for handoff in applied.handoffs:
        faq_turns.note_handoff(tx, handoff.reason, conversation, now)
        conversation = request(tx, conversation, reply, _reason(handoff.reason), handoff.note, rules, now, lease.key,
                               topic=handoff.topic, slots=handoff.slots)
    rating = tx.ratings.find_pending(conversation.address, now - timedelta(hours=1)) if standing.rating else None
    if rating is not None:
        feedback.remind(tx, rating, conversation, reply)
    elif interviews is not None and standing.survey and conversation.holder is Holder.BOT:
        interviews.come_back(conversation, reply, now)
    reply.queue()
    tx.announce("message", conversation_id=conversation.id)


def give_up(
    tx: Transaction, lease: LeasedInbound, conversation_id: str | None, reason: str, rules: ServiceRules, now: datetime
) -> None:
    """A message that failed too often: it is set aside, the customer hears so, and a person takes over."""
    if not tx.inbound.give_up(lease, reason) or conversation_id is None:
        return
    conversation = tx.conversations.get(conversation_id)
    if conversation.holder is not Holder.BOT:
        return
    reply = Reply(tx, conversation, lease.key, now, answers=lease.received_at)
    reply.add(Author.SYSTEM, OutboundMessage(say("apology", conversation.language)))
    request(tx, conversation, reply, HandoffReason.BOT_FAILED, "", rules, now, lease.key)
    reply.queue()


def postpone(
    tx: Transaction, lease: LeasedInbound, conversation_id: str, until: datetime, reason: str, *, counts: bool,
    patience: timedelta, now: datetime,
) -> None:
    """The assistant is not there: keep the message, and after `patience` tell the customer and the staff, once."""
    if not tx.inbound.postpone(lease, until, reason, counts=counts) or now - lease.received_at < patience:
        return
    conversation = tx.conversations.get(conversation_id)
    if conversation.holder is not Holder.BOT or conversation.handoff_reason is HandoffReason.BOT_DOWN:
        return
    tx.conversations.save(replace(conversation, handoff_reason=HandoffReason.BOT_DOWN))
    reply = Reply(tx, conversation, f"delayed:{lease.key}", now)
    reply.add(Author.SYSTEM, OutboundMessage(say("delayed", conversation.language)))
    reply.queue()
    tx.announce("waiting", conversation_id=conversation_id)


def _hear_rating(
    tx: Transaction, lease: LeasedInbound, rating: Rating, conversation: Conversation | None, said: Said,
    detect: Detect, now: datetime, meaning: Understanding | None, asked_meaning: bool,
) -> Step | None:
    """Take the message as an answer to the rating question, if it is one."""
    score = feedback.score_in(said.text, said.payload)
    is_text = lease.message.kind in (InboundKind.TEXT, InboundKind.CHOICE)
    scored = read_scored_comment(said.text) if rating.state is RatingState.ASKED and is_text else None
    if score is None and scored is None and not (is_text and feedback.awaits_comment(rating, now)):
        return None
    if score is None and not asked_meaning and not said.payload:
        return AskMeaning(neutralise(said.text))
    if score is None and not said.payload and feedback.is_new_business(said.text, meaning):
        return None
    about = conversation or tx.conversations.get(rating.conversation_id)
    about = record(tx, lease, about, said, detect, now)
    reply = Reply(tx, about, lease.key, now, answers=lease.received_at)
    if score is not None:
        feedback.hear_score(tx, rating, about, score, reply, now)
    elif scored is not None:
        feedback.hear_both(tx, rating, about, scored, reply, now)
    else:
        feedback.hear_comment(tx, rating, about, said.text, said.payload, reply)
    reply.queue()
    return _done(tx, lease)


def _hear_settlement(
    tx: Transaction, lease: LeasedInbound, settlement: settling.Settlement, conversation: Conversation | None,
    said: Said, detect: Detect, now: datetime,
) -> Step | None:
    """Take the message as an answer to whether a case is settled, if it is this customer's case."""
    ticket = tx.tickets.find_by_number(settlement.number)
    identity = tx.customers.find_identity(lease.message.address)
    if ticket is None or identity is None or ticket.customer_id != identity.customer_id:
        return None
    about = conversation or tx.conversations.find(ticket.conversation_id)
    if about is None or about.address != lease.message.address:
        about = open_conversation(tx, lease.message, identity.customer_id, detect, now)
    about = record(tx, lease, about, said, detect, now)
    reply = Reply(tx, about, lease.key, now, answers=lease.received_at)
    settling.hear(tx, ticket, settlement, about, said, reply, lease.key, now)
    reply.queue()
    return _done(tx, lease)


def _change_consent(
    tx: Transaction, lease: LeasedInbound, wish: ConsentWish, conversation: Conversation, said: Said, detect: Detect,
    now: datetime,
) -> Settled:
    """One kind of message is unwelcome, or welcome again: obeyed at once, whoever holds the conversation."""
    conversation = record(tx, lease, conversation, said, detect, now)
    tx.customers.record_consent(conversation.customer_id, wish.allowed, said.text,
                                conversation.address.channel.value, now, consent_key(lease), wish.purpose)
    reply = Reply(tx, conversation, lease.key, now, answers=lease.received_at)
    reply.add(Author.SYSTEM, answer_to(wish, conversation))
    reply.queue()
    _await_agent(tx, conversation, now)
    return _done(tx, lease)


def _show_agents(
    tx: Transaction, lease: LeasedInbound, conversation: Conversation, said: Said, now: datetime
) -> Settled:
    _await_agent(tx, conversation, now)
    reply, back = Reply(tx, conversation, lease.key, now, answers=lease.received_at), None
    if is_stop_word(said.text):
        reply.add(Author.SYSTEM, OutboundMessage(say("stopped", conversation.language)))
    elif conversation.holder is Holder.QUEUE:
        back = waiting.hear(tx, conversation, lease.message, said, reply, now)
    reply.queue()
    return _done(tx, lease, back)


def _await_agent(tx: Transaction, conversation: Conversation, now: datetime) -> None:
    if conversation.holder is Holder.AGENT and conversation.unanswered_since == now:
        expect_answer(tx, conversation, tx.staffing.rules(), now)


def _ask_bot(
    tx: Transaction, lease: LeasedInbound, conversation: Conversation, said: Said, now: datetime, *, repeated: bool,
    standing: Standing,
) -> Step:
    message = lease.message
    if said.stale:
        reply = Reply(tx, conversation, lease.key, now, answers=lease.received_at)
        reply.add(Author.SYSTEM, OutboundMessage(say("stale_button", conversation.language)))
        reply.queue()
        return _done(tx, lease)
    if said.payload and not said.payload.startswith((PAYLOAD_PREFIX, SURVEY_PREFIX)):
        text, trusted = said.payload, said.payload.startswith("/")
    elif message.event in (EventName.STARTED, EventName.SCANNED):
        text, trusted = GREET, True
    elif not said.text or message.kind in (InboundKind.LOCATION, InboundKind.LINK):
        text, trusted = ATTACHMENT, True  # a place's coordinates and a page's title are no words of the customer's
    else:
        text, trusted = neutralise(said.text), False
    # An outage gives the attempt back, but the assistant may have heard the message all the same.
    attempt = max(lease.attempts, 2) if repeated else lease.attempts
    return AskBot(
        Turn(conversation.id, lease.key, text, conversation.language, trusted, attempt, len(message.attachments)),
        standing,
    )


def _done(tx: Transaction, lease: LeasedInbound, back: Conversation | None = None) -> Settled:
    if lease.id not in tx.inbound.finish([lease]):
        raise Conflict("the lease was lost")
    return Settled(back)


def _reason(value: str) -> HandoffReason:
    return HandoffReason(value) if value in set(HandoffReason) else HandoffReason.ASKED
