"""FAQ answers within a turn: what goes along with the text, what is kept about them, and what customers say of them."""

from dataclasses import replace
from datetime import datetime

from desk import faq_feedback
from desk.channels import CAPABILITIES
from desk.conversations import Author, Conversation
from desk.effects import FaqAnswered, NoteGap
from desk.faq import Extras
from desk.faq_answers import choices, pictures
from desk.faq_drafts import Asker
from desk.faq_misses import GapKind, GivenAnswer, is_rephrased, led_to_a_person
from desk.messages import Language, OutboundMessage
from desk.outbox import Reply
from desk.ports import BotAnswer
from desk.queue import LeasedInbound
from desk.reception import Detect, Said, record
from desk.store import Transaction
from desk.topics import of_article


def said_with(
    tx: Transaction, answer: BotAnswer, conversation: Conversation, source: str, now: datetime
) -> tuple[OutboundMessage, ...]:
    """The answer's messages as they are said. Those with an FAQ article come first, in the order of their effects; each
    is kept and gets its article's links, pictures and buttons. Where it is all that is said (one question, and no form
    goes on), it asks whether it helped."""
    given = [effect for effect in answer.effects if isinstance(effect, FaqAnswered)][: len(answer.messages)]
    said = list(answer.messages)
    for n, effect in enumerate(given):
        answer_id = _note_answer(tx, effect, conversation, f"{source}!faq{n or ''}", now, alone=n == 0)
        said[n] = _with_extras(tx, effect, conversation, said[n], now)
        if answer_id is not None and len(said) == 1:
            can = CAPABILITIES[conversation.address.channel]
            said[n] = faq_feedback.with_feedback(said[n], answer_id, conversation.language, can)
    return tuple(said)


def _with_extras(
    tx: Transaction, effect: FaqAnswered, conversation: Conversation, message: OutboundMessage, now: datetime
) -> OutboundMessage:
    article = tx.articles.find(effect.article)
    if article is None:
        return message
    tx.conversation_topics.note(conversation.id, of_article(article.category), now)
    written = Language(effect.answer_language) if effect.answer_language else None
    extras = article.extras.get(written, Extras()) if written else Extras()
    return replace(message, buttons=(*message.buttons, *choices(extras, conversation.language)),
                   attachments=(*message.attachments, *pictures(extras)))


def _note_answer(
    tx: Transaction, effect: FaqAnswered, conversation: Conversation, source: str, now: datetime, *, alone: bool
) -> int | None:
    """Keep that this article was given; if the last answered question was this one in other words, that was a miss.
    With others of the same message (not `alone`) it is none."""
    earlier = tx.faq_answers.find_last(conversation.id) if alone else None
    answer_id = tx.faq_answers.add(
        source_key=source, article_id=effect.article, question=effect.question, language=effect.language,
        score=effect.score, chosen=effect.chosen, conversation=conversation, now=now,
    )
    if answer_id is not None and earlier is not None and is_rephrased(earlier, effect.question, now, effect.article):
        _miss(tx, earlier, conversation, GapKind.REPHRASED, now)
    return answer_id


def note_gap(tx: Transaction, effect: NoteGap, conversation: Conversation, source: str, now: datetime) -> None:
    """Keep a question that was refused; if it is the last answered one in other words, that answer is a miss too."""
    earlier = tx.faq_answers.find_last(conversation.id)
    if earlier is not None and is_rephrased(earlier, effect.question, now):
        tx.faq_answers.settle(earlier.id, rephrased=True)
    tx.gaps.add(
        question=effect.question, language=effect.language, conversation_id=conversation.id,
        customer_id=conversation.customer_id, best_article=effect.best_article, best_score=effect.best_score,
        source_key=source, kind=effect.kind, now=now,
    )


def note_handoff(tx: Transaction, reason: str, conversation: Conversation, now: datetime) -> None:
    """A person is called: if an FAQ answer came right before, it did not settle the matter."""
    earlier = tx.faq_answers.find_last(conversation.id)
    if earlier is not None and led_to_a_person(earlier, reason, now):
        _miss(tx, earlier, conversation, GapKind.HANDED_OVER, now)


def hear_feedback(
    tx: Transaction, lease: LeasedInbound, said: Said, conversation: Conversation | None, detect: Detect, now: datetime
) -> bool:
    """Take a tapped feedback button; False when it is none. Whoever holds the conversation now, it is not disturbed."""
    feedback = faq_feedback.read(said.payload)
    given = tx.faq_answers.find(feedback.answer_id) if feedback else None
    if feedback is None or given is None:
        return False
    about = tx.conversations.get(given.conversation_id)
    if about.address != lease.message.address:  # only who got the answer can say how it was
        return False
    here = record(tx, lease, conversation or about, said, detect, now)
    tx.faq_answers.settle(given.id, helpful=feedback.helpful, reason=feedback.reason or "")
    if not feedback.helpful and given.helpful is not False:
        _gap(tx, given, about, GapKind.UNHELPFUL, now)
    reply = Reply(tx, here, lease.key, now, answers=lease.received_at)
    reply.add(Author.SYSTEM, faq_feedback.reply_to(feedback, here.language))
    reply.queue()
    return True


def tell_asker(tx: Transaction, asker: Asker, answer: OutboundMessage, now: datetime) -> bool:
    """Give a customer the answer that was missing when they asked: once, ever. False when they had it already."""
    if not tx.gaps.mark_told(asker.gap.id, now):
        return False
    conversation = tx.conversations.get(asker.gap.conversation_id)
    text = faq_feedback.say(
        "answer_after_all", asker.gap.language, question=asker.gap.question[:200], answer=answer.text
    )
    reply = Reply(tx, conversation, f"gap:{asker.gap.id}", now)
    reply.add(Author.BOT, replace(answer, text=text))
    reply.queue()
    tx.announce("message", conversation_id=conversation.id)
    return True


def _miss(tx: Transaction, given: GivenAnswer, conversation: Conversation, kind: GapKind, now: datetime) -> None:
    tx.faq_answers.settle(
        given.id, handed_over=kind is GapKind.HANDED_OVER or None, rephrased=kind is GapKind.REPHRASED or None
    )
    _gap(tx, given, conversation, kind, now)


def _gap(tx: Transaction, given: GivenAnswer, conversation: Conversation, kind: GapKind, now: datetime) -> None:
    tx.gaps.add(
        question=given.question, language=given.language, conversation_id=conversation.id,
        customer_id=conversation.customer_id, best_article=given.article_id, best_score=given.score,
        source_key=f"answer:{given.id}:{kind}", kind=kind, now=now,
    )
