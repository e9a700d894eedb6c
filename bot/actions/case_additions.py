"""A complaint that was sent already: something is added to it or set right, or it is to be taken back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.actions import complaint_answers as answers
from bot.actions.case_words import adds_to_case, corrects_case, withdraws
from bot.actions.complaint_draft import OPEN, set_slots
from bot.actions.turn import OFFERED_PERSON, DeskAction, Events, Heard, Reply, Words
from desk.effects import AddToTicket
from desk.records import CustomerRecords
from desk.tickets import Ticket, TicketKind

ADDS = "complaint_adds"  # whether a complaining message begins no complaint; two rules turn on it
ADDING_TO = "adding_to"  # the number of the case whose addition was asked for

SAME_BREATH = timedelta(hours=1)
"""How long after a complaint was sent an "also, …" still speaks of it."""

ADDED = Words("已经补充到投诉 {number}，处理的同事会看到。",
              "I’ve added that to complaint {number}; the colleague in charge will see it.")
ASK_MORE = Words("好的，请把要补充或更正的内容发给我，我记到投诉 {number} 里。",
                 "Of course. Please send me what to add or to set right, and I’ll put it with complaint {number}.")
TO_WITHDRAW = Words("要撤回投诉 {number}，我可以请负责的同事为您处理，需要吗？",
                    "I can get a colleague to withdraw complaint {number} for you. Shall I?")


@dataclass(frozen=True, slots=True)
class Addition:
    """What is to be added to which case; an empty text is still to be told."""

    number: str
    text: str


async def addition_in(records: CustomerRecords, heard: Heard) -> Addition | None:
    """What this message adds to the newest complaint that is still worked on; None when it adds nothing."""
    if heard.is_command or heard.asked or heard.slots.get(OPEN):
        return None
    asked_for = str(heard.slots.get(ADDING_TO) or "")
    text = adds_to_case(heard.text)
    if text is None:
        text = corrects_case(heard.text)
    goes_on = answers.addition(heard.text) if text is None and heard.intent == "file_complaint" else ""
    if asked_for and not text and answers.weight(heard.text) >= answers.STORY and not answers.asks(heard.text):
        text = heard.text
    if text is None and answers.weight(goes_on) < answers.STORY:
        return None
    case = _open_case(await records.tickets_of(heard.conversation_id))
    if case is None or (text is None and datetime.now(UTC) - case.created_at > SAME_BREATH):
        return None
    return Addition(case.number, goes_on if text is None else text)


async def case_to_withdraw(records: CustomerRecords, heard: Heard) -> str:
    """The number of the complaint that the customer wants to take back; "" when it is none."""
    case = _open_case(await records.tickets_of(heard.conversation_id)) if withdraws(heard.text) else None
    return case.number if case else ""


def add(addition: Addition, reply: Reply) -> Events:
    """Add it, or ask for it."""
    if addition.text:
        reply.change(AddToTicket(addition.number, addition.text))
        reply.say(ADDED, number=addition.number)
        return set_slots(**{ADDING_TO: None})
    reply.say(ASK_MORE, number=addition.number)
    return set_slots(**{ADDING_TO: addition.number})


def offer_to_withdraw(number: str, reply: Reply) -> None:
    reply.say(TO_WITHDRAW, OFFERED_PERSON, number=number)


class AddToCase(DeskAction):
    """A complaining message that begins no complaint: it belongs to a case already sent, or only asks."""

    called = "action_add_to_complaint"

    def __init__(self, records: CustomerRecords, unclear: DeskAction) -> None:
        self._records = records
        self._unclear = unclear

    async def act(self, heard: Heard, reply: Reply) -> Events:
        done = set_slots(**{ADDS: False})
        number = await case_to_withdraw(self._records, heard)
        addition = None if number else await addition_in(self._records, heard)
        if addition:
            return [*add(addition, reply), *done]
        if number:
            offer_to_withdraw(number, reply)
            return done
        return [*await self._unclear.act(heard, reply), *done]


class NothingToCancel(DeskAction):
    """Leaving, where nothing is going on: perhaps a complaint that was sent."""

    called = "action_nothing_to_cancel"

    def __init__(self, records: CustomerRecords) -> None:
        self._records = records

    async def act(self, heard: Heard, reply: Reply) -> Events:
        number = await case_to_withdraw(self._records, heard)
        if number:
            offer_to_withdraw(number, reply)
        else:
            reply.say_response("utter_nothing_to_cancel")
        return []


def _open_case(tickets: list[Ticket]) -> Ticket | None:
    return next((case for case in tickets if case.kind is TicketKind.COMPLAINT
                 and not case.status.is_settled and case.merged_into is None), None)
