"""The talk about whether a case is settled: yes, no, and then what is still wrong."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from desk.case_hearing import add_of_customer, hear_settled
from desk.case_telling import SETTLED
from desk.case_texts import say
from desk.conversations import Author, Conversation
from desk.messages import Button, Language, OutboundMessage
from desk.outbox import Reply
from desk.reception import Said
from desk.store import Transaction
from desk.tickets import Ticket

PERSON = "/request_human"
_YES = frozenset({
    "是", "是的", "对", "對", "好", "好的", "嗯", "可以", "解决了", "解決了", "已解决", "已解決", "满意", "滿意",
    "已经解决了", "已經解決了", "没问题了", "沒問題了",
    "yes", "y", "yep", "yeah", "ok", "okay", "sure", "settled", "resolved", "yes thanks", "yes thank you", "yes it is",
    "all good",
})
_NO = frozenset({
    "不", "不是", "没有", "沒有", "还没", "還沒", "还没有", "還沒有", "没解决", "沒解決", "不满意", "不滿意", "不行",
    "没有解决", "沒有解決",
    "no", "n", "nope", "not yet", "not really", "not settled", "no it is not", "no it isnt",
})


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    ENOUGH = "enough"  # nothing more to say about what is wrong
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a message says about a case."""

    number: str
    answer: Answer


def answer_in(said: Said) -> Settlement | None:
    """The answer that a message is, if it is one: a button of ours, a plain yes or no, or the words after a no."""
    if said.payload.startswith(SETTLED):
        answer, _, number = said.payload.removeprefix(SETTLED).partition(" ")
        return Settlement(number, Answer(answer)) if answer in set(Answer) else None
    ours = [button.payload for button in said.offered if button.payload.startswith(SETTLED)]
    if not ours or said.payload or not said.text.strip():
        return None
    number = ours[0].rpartition(" ")[2]
    if ours[0].startswith(f"{SETTLED}{Answer.ENOUGH}"):
        return Settlement(number, Answer.REASON)
    plain = unicodedata.normalize("NFKC", said.text).lower().replace("'", "").strip(" .!。！~～")
    plain = " ".join(plain.replace(",", " ").replace("，", " ").split())
    if plain in _YES or plain in _NO:
        return Settlement(number, Answer.YES if plain in _YES else Answer.NO)
    return None


def hear(
    tx: Transaction, ticket: Ticket, settlement: Settlement, conversation: Conversation, said: Said, reply: Reply,
    source: str, now: datetime,
) -> None:
    """Keep what the customer says about their case, and answer it."""
    language = conversation.language
    if settlement.answer in (Answer.YES, Answer.NO):
        settled = settlement.answer is Answer.YES
        name = hear_settled(tx, ticket, settled=settled, source=source, now=now)
        answer = OutboundMessage(say(name, language, number=ticket.number), _choices(name, ticket, language))
        reply.add(Author.SYSTEM, answer)
        return
    if settlement.answer is Answer.REASON:
        add_of_customer(tx, ticket, said.text, source, now)
    reply.add(Author.SYSTEM, OutboundMessage(say("noted", language, number=ticket.number)))


def _choices(name: str, ticket: Ticket, language: Language) -> tuple[Button, ...]:
    if name != "disputed":
        return ()
    return (
        Button(say("enough", language), f"{SETTLED}{Answer.ENOUGH} {ticket.number}"),
        Button(say("person", language), PERSON),
    )
