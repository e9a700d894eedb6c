"""A complaint that was sent already: something is added to it, or it is to be taken back."""

from dataclasses import dataclass

from bot.actions import complaint_answers as answers
from bot.actions.complaint_draft import OPEN, set_slots
from bot.actions.turn import OFFERED_PERSON, DeskAction, Events, Heard, Reply, Words
from desk.effects import AddToTicket
from desk.records import CustomerRecords
from desk.tickets import Ticket, TicketKind

ADDS = "complaint_adds"  # whether a complaining message belongs to a case already sent; two rules turn on it
ADDING_TO = "adding_to"  # the number of the case whose addition was asked for

ADDED = Words("已经补充到投诉 {number}，处理的同事会看到。",
              "I’ve added that to complaint {number}; the colleague in charge will see it.")
ASK_MORE = Words("好的，请把要补充到投诉 {number} 的内容发给我。",
                 "Of course. Please send me what you’d like to add to complaint {number}.")
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
    text = answers.adds_to_case(heard.text)
    if asked_for and not text and answers.weight(heard.text) >= answers.STORY and not answers.asks(heard.text):
        text = heard.text
    if text is None:
        return None
    case = _open_case(await records.tickets_of(heard.conversation_id))
    return Addition(case.number, text) if case else None


async def case_to_withdraw(records: CustomerRecords, heard: Heard) -> str:
    """The number of the complaint that the customer wants to take back; "" when it is none."""
    case = _open_case(await records.tickets_of(heard.conversation_id)) if answers.withdraws(heard.text) else None
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
    """A complaining message that belongs to a case already sent."""

    called = "action_add_to_complaint"

    def __init__(self, records: CustomerRecords) -> None:
        self._records = records

    async def act(self, heard: Heard, reply: Reply) -> Events:
        done = set_slots(**{ADDS: False})
        number = await case_to_withdraw(self._records, heard)
        addition = None if number else await addition_in(self._records, heard)
        if addition:
            return [*add(addition, reply), *done]
        offer_to_withdraw(number, reply)
        return done


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
