"""Taking a complaint: what happened, which order, which remedy, how to reach the customer; confirmed, then a ticket.

The form's own validation decides what a message is: an answer, a correction, or an aside. For an aside it sets
nothing, Rasa rejects the form, and the rules of the aside's intent take over (bot/data/rules/complaint.yml).
"""

from bot.actions import complaint_answers as answers
from bot.actions.case_additions import ADDING_TO, ADDS, addition_in, case_to_withdraw
from bot.actions.case_words import adds_to_case
from bot.actions.complaint_draft import (
    CONFIRMED,
    CONTACT,
    FAILED,
    FILES,
    HERE,
    NO_ORDER,
    OPEN,
    ORDER,
    OUTCOME,
    PARTS,
    PERSON_WANTED,
    REMEDY,
    SUBMIT,
    TRIES,
    WHAT,
    Draft,
    reset,
    set_slots,
)
from bot.actions.complaint_questions import OFFER_AFTER
from bot.actions.handoff import hand_over
from bot.actions.order_words import order_in, orders_meant
from bot.actions.rating import score_in
from bot.actions.several_questions import asks_for_person
from bot.actions.turn import PERSON, DeskAction, Events, Heard, Reply, Words
from desk.conversations import HandoffReason
from desk.effects import TICKET_NUMBER, OpenTicket
from desk.faq import Verdict
from desk.ports import FaqSearch
from desk.records import CustomerRecords
from desk.tickets import TicketKind

LEAVING = frozenset({"cancel", "goodbye", "request_human", "stop_messages"})
PASSING = frozenset({
    "greet", "thank", "small_talk", "check_order", "check_points", "check_complaint", "resume_messages",
})
COMMANDS_ASIDE = frozenset({
    "faq_choice", "faq_none", "leave_question", "give_rating", "ask_question", "EXTERNAL_attachment",
})
FREE_QUESTIONS = frozenset({"ask_question", "nlu_fallback"})
QUESTIONS = FREE_QUESTIONS | {"file_complaint"}
FREE_TEXT = frozenset({WHAT, REMEDY})
LONG = 7  # words: a longer text is a story, unless its intent is very clear
CLEAR = 0.7
LIKELY = 0.5

SUBMITTED = Words(
    "投诉已提交，编号 {number}。我们会认真核实，并{contact}答复您。随时可以问我“投诉进度”。",
    "Your complaint is in, under number {number}. We’ll look into it carefully and get back to you {contact}. "
    "You can ask me for its progress at any time.",
)
VIA_CHAT = Words("在这里", "here")
VIA_CONTACT = Words("按您留的联系方式", "using the contact you left")
WITH_FILES = Words("（客户另发来 {count} 个图片或文件，见会话记录）",
                   "(The customer also sent {count} pictures or files, see the conversation.)")
SUBJECT_LENGTH = 40


class StartComplaint(DeskAction):
    """Open a draft, unless the message belongs to a case already sent, or is a question that only sounds like a
    complaint. A first message with substance already is "what happened" and is not asked again."""

    called = "action_start_complaint"

    def __init__(self, records: CustomerRecords) -> None:
        self._records = records

    async def act(self, heard: Heard, reply: Reply) -> Events:  # noqa: ARG002
        only_asks = not heard.is_command and heard.confidence < CLEAR and answers.asks_to_know(heard.text)
        only_asks |= answers.points_at_files(heard) and not answers.names_a_wish(heard.text)
        if only_asks or await case_to_withdraw(self._records, heard) or await addition_in(self._records, heard):
            return set_slots(**{ADDS: True})  # action_add_to_complaint follows
        fresh = [*reset(), *set_slots(**{OPEN: True, ADDING_TO: None})]
        story = heard.entities.get("question", "") if heard.is_command else heard.text
        if not answers.tells_what_happened(story):
            return fresh
        return [*fresh, *await told(self._records, heard, story)]


class ValidateComplaint(DeskAction):
    """What the customer's message means to the form."""

    called = "validate_complaint_form"

    def __init__(self, records: CustomerRecords, faq: FaqSearch) -> None:
        self._records = records
        self._faq = faq

    async def act(self, heard: Heard, reply: Reply) -> Events:  # noqa: ARG002
        if heard.aside:
            return []  # coming back from it: nothing new was answered
        if not heard.is_command and asks_for_person(heard):
            story = heard.asked == WHAT and answers.tells_what_happened(heard.text)
            return set_slots(**({WHAT: heard.text} if story else {}),
                             **{OUTCOME: PERSON_WANTED, "requested_slot": None})
        if not heard.asked:
            return []  # being opened
        if heard.intent == "affirm" and heard.offered_person and not heard.is_command:
            return set_slots(**{OUTCOME: PERSON_WANTED, "requested_slot": None})
        events = await self._changed(heard) or await self._answered(heard) or await self._said_beside(heard)
        if events:
            return [*events, *set_slots(**{TRIES: 0}), *_files(heard)]
        if heard.files and not heard.is_command:
            return [*await self._captioned(heard), *set_slots(**{TRIES: 0}), *_files(heard)]
        if await self._is_aside(heard):
            return []
        return await self._in_own_words(heard)

    async def _in_own_words(self, heard: Heard) -> Events:
        """Free text where it was asked for, more of the story anywhere; anything else is a failed answer."""
        if not heard.is_command and answers.weight(heard.text) and not answers.only_complains(heard.text):
            goes_on = heard.intent == "file_complaint" and heard.confidence >= CLEAR
            no_wish = goes_on and not answers.names_a_wish(heard.text) and answers.tells_what_happened(heard.text)
            if heard.asked == REMEDY and heard.intent != "deny" and heard.has_letters and not no_wish:
                return set_slots(**{REMEDY: heard.text, TRIES: 0})
            if heard.asked == WHAT and answers.tells_what_happened(heard.text):
                return [*await told(self._records, heard, heard.text), *set_slots(**{TRIES: 0})]
            complains = heard.intent == "file_complaint" and heard.confidence >= LIKELY
            more = answers.weight(heard.text) >= LONG or (complains and answers.tells_what_happened(heard.text))
            if heard.asked != WHAT and more:
                return _more(heard, heard.text)  # they go on telling
        # An old button only makes the question come again; it is no misunderstanding.
        tries = int(heard.slots.get(TRIES) or 0) + (0 if heard.is_command else 1)
        if tries > OFFER_AFTER:
            return set_slots(**{OUTCOME: FAILED, "requested_slot": None})
        return set_slots(**{TRIES: tries})

    async def _captioned(self, heard: Heard) -> Events:
        """What is written under a picture tells of what happened, whatever was asked."""
        if heard.slots.get(WHAT) is not None:
            return _more(heard, heard.text)
        return await told(self._records, heard, heard.text) if answers.tells_what_happened(heard.text) else []

    async def _changed(self, heard: Heard) -> Events:
        """A correction: the part is cleared and asked again, or replaced if the new value came along."""
        if heard.is_command:
            part = heard.entities.get("part") if heard.intent == "change_answer" else None
        else:
            part = answers.correction(heard)
            if heard.slots.get(ORDER) is not None and answers.takes_order_back(heard):
                return set_slots(**{ORDER: NO_ORDER})
        slot = PARTS.get(part or "")
        if slot is None or heard.slots.get(slot) is None:
            early = slot is not None and slot != heard.asked and not heard.is_command
            return _wished_instead(heard) or (set_slots(**{TRIES: 0}) if early else [])  # it will be asked anyway
        new: object = None
        if slot == ORDER:
            meant = orders_meant(heard.text, await self._records.orders_of(heard.conversation_id))
            new = meant[0].number if len(meant) == 1 else None
        elif slot == CONTACT and not heard.is_command:
            new = answers.reachable(heard.text)
        elif slot == REMEDY:
            return _wished_instead(heard) or set_slots(**{slot: None})
        return set_slots(**{slot: new})

    async def _answered(self, heard: Heard) -> Events:
        """An answer that is certain: a button, an own order's number, a phone number, a plain yes or no."""
        if heard.asked == ORDER:
            meant = await self._order_answered(heard)
            if meant:
                return set_slots(**{ORDER: meant})
        elif heard.asked == REMEDY:
            name = answers.wish(heard)
            return set_slots(**{REMEDY: name}) if name else []
        elif heard.asked == CONTACT:
            said = answers.contact(heard)
            if said is None and not heard.is_command and answers.correction(heard) == "contact":
                return set_slots(**{TRIES: 0})  # "change the contact": it is being asked
            return set_slots(**{CONTACT: said or HERE}) if said is not None else []
        elif heard.asked == CONFIRMED:
            return _confirmed(heard)
        return []

    async def _order_answered(self, heard: Heard) -> str:
        """The order chosen, NO_ORDER, or "" when the answer tells neither."""
        orders = await self._records.orders_of(heard.conversation_id)
        named = order_in(heard.text, orders)
        brief = not heard.is_command and answers.may_name_order(heard)
        meant = [named] if named else orders_meant(heard.text, orders) if brief else []
        if len(meant) == 1:
            return meant[0].number
        none = heard.entities.get("choice") == "none" or answers.not_about_an_order(heard)
        return NO_ORDER if none else ""

    async def _said_beside(self, heard: Heard) -> Events:
        """What answers another question than the one asked: an order or a contact after all, more of the story, or
        already the wish."""
        if heard.is_command or heard.asked == WHAT or answers.asks(heard.text):
            return []
        if heard.asked == ORDER:
            early = heard.slots.get(REMEDY) is None and answers.names_a_wish(heard.text)
            brief = answers.weight(heard.text) < LONG
            return set_slots(**{REMEDY: answers.other_wish(heard.text) or heard.text}) if early and brief else []
        order = order_in(heard.text, await self._records.orders_of(heard.conversation_id))
        if order and answers.may_name_order(heard):
            wished = heard.asked == REMEDY and answers.names_a_wish(heard.text)
            return set_slots(**{ORDER: order.number, **({REMEDY: heard.text} if wished else {})})
        contact = answers.reachable(heard.text) if heard.asked == CONFIRMED else None
        if contact and answers.may_name_order(heard):
            return set_slots(**{CONTACT: contact})
        more = answers.addition(heard.text) or adds_to_case(heard.text)
        return _more(heard, more) if more and not (heard.asked == REMEDY and answers.names_a_wish(more)) else []

    async def _is_aside(self, heard: Heard) -> bool:
        """Whether the message is for somebody else: leaving, another wish, or a question the FAQ can answer."""
        if heard.is_command:
            return heard.intent in LEAVING | PASSING | COMMANDS_ASIDE
        if not heard.has_words:
            return False
        free, long = heard.asked in FREE_TEXT, answers.weight(heard.text) >= LONG
        if heard.intent in LEAVING:
            wants_person = heard.intent == "request_human" and not long
            return wants_person or heard.confidence >= (CLEAR if long else LIKELY)
        if heard.intent == "check_order" and heard.asked == ORDER:
            return False  # "the one from last week": the orders are shown again below the question
        if heard.intent == "give_rating":
            return heard.asked != WHAT and not long and score_in(heard) is not None and heard.confidence >= CLEAR
        if heard.intent in PASSING:
            return not (free and long) and heard.confidence >= LIKELY
        question = answers.asks(heard.text)
        if heard.intent not in (FREE_QUESTIONS if free else QUESTIONS) or (free and not question):
            return False
        if question and not free:
            return True  # answered as well as we can: it is no order, contact or yes
        if heard.asked == REMEDY:
            return not answers.names_a_wish(heard.text)  # "Can I have a refund?" is what they want
        return (await self._faq.search(heard.text, heard.language)).verdict is Verdict.ANSWER


class NoteAttachment(DeskAction):
    """A picture or file arrives while the complaint is being taken: it belongs to it."""

    called = "action_note_attachment"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        reply.say_response("utter_attachment_noted")
        return set_slots(**{FILES: int(heard.slots.get(FILES) or 0) + 1})


class CloseComplaint(DeskAction):
    """The form has ended: open the ticket, or fetch the person who was offered."""

    called = "action_close_complaint"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        if heard.slots.get(OUTCOME) != SUBMIT:
            failed = heard.slots.get(OUTCOME) == FAILED
            return hand_over(heard, reply, HandoffReason.FORM_FAILED if failed else HandoffReason.COMPLAINT)
        draft = Draft.of(heard.slots)
        here = draft.contact == HERE
        detail = draft.what
        if draft.files:
            detail += "\n" + reply.words(WITH_FILES).format(count=draft.files)
        reply.change(OpenTicket(
            TicketKind.COMPLAINT, subject=_subject(draft.what), detail=detail, order_number=draft.order,
            wished_remedy=draft.remedy_said(reply), contact="" if here else draft.contact,
        ))
        reply.say(SUBMITTED, PERSON, number=TICKET_NUMBER, contact=reply.words(VIA_CHAT if here else VIA_CONTACT))
        return reset()


class LeaveComplaint(DeskAction):
    """The customer leaves the form: nothing was submitted, and that is said."""

    called = "action_leave_complaint"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        reply.say_response("utter_complaint_left_goodbye" if heard.intent == "goodbye" else "utter_complaint_left")
        return reset()


async def told(records: CustomerRecords, heard: Heard, what: str) -> Events:
    """Slots that a description fills: itself, and the order where it names one or the customer has none."""
    orders = await records.orders_of(heard.conversation_id)
    order = order_in(what, orders)
    filled: dict[str, object] = {WHAT: what}
    if heard.slots.get(ORDER) is None and (order or not orders):
        filled[ORDER] = order.number if order else NO_ORDER
    return set_slots(**filled)


def _wished_instead(heard: Heard) -> Events:
    """A plain "refund" after the wish was asked is another wish."""
    name = None if heard.is_command or heard.slots.get(REMEDY) is None else answers.other_wish(heard.text)
    return set_slots(**{REMEDY: name}) if name else []


def _confirmed(heard: Heard) -> Events:
    if answers.submits(heard):
        return set_slots(**{CONFIRMED: True, OUTCOME: SUBMIT})
    return set_slots(**{TRIES: 0}) if answers.only_denies(heard) else []


def _more(heard: Heard, text: str) -> Events:
    return set_slots(**{WHAT: f"{heard.slots.get(WHAT)}\n{text}"})


def _files(heard: Heard) -> Events:
    """Pictures and files that came with the words."""
    return set_slots(**{FILES: int(heard.slots.get(FILES) or 0) + heard.files}) if heard.files else []


def _subject(what: str) -> str:
    line = what.splitlines()[0]
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1] + "…"
