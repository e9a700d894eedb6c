"""The talk about a rating: the score, then a comment, and one gentle reminder if something else comes in between."""

import re
from dataclasses import replace
from datetime import datetime

from desk.conversations import Author, Conversation
from desk.messages import Button, OutboundMessage
from desk.outbox import Reply
from desk.ports import Understanding
from desk.ratings import COMMENT_WITHIN, PAYLOAD_PREFIX, SKIP_PAYLOAD, Rating, RatingState, is_skip, read_score
from desk.store import Transaction
from desk.texts import say

_NEW_BUSINESS = {
    "ask_question", "check_order", "check_points", "file_complaint", "check_complaint", "request_human", "greet",
    "stop_messages", "resume_messages",
}
_SURE = 0.6
_NAMED_COMPLAINT = re.compile("投诉|投訴|客诉|客訴|举报|舉報|complain", re.IGNORECASE)


def score_in(text: str, payload: str) -> int | None:
    """The score that an answer to the rating question holds."""
    if payload:
        value = payload.removeprefix(PAYLOAD_PREFIX)
        return int(value) if payload.startswith(PAYLOAD_PREFIX) and value.isdigit() else None
    return read_score(text)


def may_answer(rating: Rating, conversation: Conversation | None, payload: str) -> bool:
    """Whether a message may be about the rating: always when nothing else is being talked about; else only a choice
    of the rating question itself, or what comes right after the score."""
    if conversation is None or payload.startswith(PAYLOAD_PREFIX):
        return True
    return rating.answered_at is not None and rating.answered_at >= conversation.last_message_at and not payload


def hear_score(
    tx: Transaction, rating: Rating, conversation: Conversation, score: int, reply: Reply, now: datetime
) -> None:
    """Keep the score, ask for a comment."""
    tx.ratings.save(replace(rating, state=RatingState.SCORED, score=score, answered_at=now))
    skip = Button(say("skip", conversation.language), SKIP_PAYLOAD)
    reply.add(Author.SYSTEM, OutboundMessage(say("ask_comment", conversation.language, score=score), (skip,)))
    tx.announce("rated", conversation_id=conversation.id)


def hear_both(
    tx: Transaction, rating: Rating, conversation: Conversation, scored: tuple[int, str], reply: Reply, now: datetime
) -> None:
    """Keep a score and the reason that came with it, and say thanks."""
    score, comment = scored
    tx.ratings.save(replace(rating, state=RatingState.DONE, score=score, comment=comment, answered_at=now))
    reply.add(Author.SYSTEM, OutboundMessage(say("rating_thanks", conversation.language)))
    tx.announce("rated", conversation_id=conversation.id)


def hear_comment(
    tx: Transaction, rating: Rating, conversation: Conversation, text: str, payload: str, reply: Reply
) -> None:
    """Keep the comment, unless the customer has nothing to add, and say thanks."""
    comment = "" if payload == SKIP_PAYLOAD or is_skip(text) else text
    tx.ratings.save(replace(rating, state=RatingState.DONE, comment=comment))
    reply.add(Author.SYSTEM, OutboundMessage(say("rating_thanks", conversation.language)))
    tx.announce("rated", conversation_id=conversation.id)


def awaits_comment(rating: Rating, now: datetime) -> bool:
    """Whether what comes now may be the comment."""
    since = rating.answered_at or rating.asked_at
    return rating.state is RatingState.SCORED and now - since <= COMMENT_WITHIN


def is_new_business(text: str, understood: Understanding | None) -> bool:
    """Whether a text after the score is a new request rather than a comment on the old one.

    Every comment on service, praise included, sounds like a complaint: one is meant only where it is called so.
    """
    if text.rstrip().endswith(("?", "？")):
        return True
    if understood is None or understood.intent not in _NEW_BUSINESS or understood.confidence < _SURE:
        return False
    return understood.intent != "file_complaint" or bool(_NAMED_COMPLAINT.search(text))


def remind(tx: Transaction, rating: Rating, conversation: Conversation, reply: Reply) -> None:
    """Bring an unanswered rating question back, once, after something else was answered."""
    if rating.state is RatingState.ASKED and not rating.reminded:
        tx.ratings.save(replace(rating, reminded=True))
        reply.add(Author.SYSTEM, OutboundMessage(say("rating_reminder", conversation.language)))
