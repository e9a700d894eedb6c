"""A complaint in the making: the slots that hold it, and what the other topics need to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.actions.turn import Events, Reply, Words

OPEN = "complaint_open"  # true from the first question to the end, so that leaving can be mentioned
WHAT = "complaint_what"
ORDER = "complaint_order"
REMEDY = "complaint_remedy"
CONTACT = "complaint_contact"
CONFIRMED = "complaint_confirmed"
TRIES = "complaint_tries"  # failed answers to the present question
FILES = "complaint_files"  # pictures and files sent meanwhile
OUTCOME = "complaint_outcome"  # why the form ended: SUBMIT, PERSON_WANTED or FAILED

SLOTS = (OPEN, WHAT, ORDER, REMEDY, CONTACT, CONFIRMED, TRIES, FILES, OUTCOME)
PARTS = {"what": WHAT, "order": ORDER, "remedy": REMEDY, "contact": CONTACT}

SUBMIT = "submit"
PERSON_WANTED = "person"
FAILED = "failed"  # the customer's answers were not understood

NO_ORDER = "-"
"""The order slot's value when the complaint is about none (an empty slot would be asked for)."""

HERE = "here"
"""The contact slot's value when we are to answer in this chat."""

WISHES = {
    "refund": Words("退款", "Refund"),
    "compensation": Words("补偿", "Compensation"),
    "redo": Words("重新安排", "Put it right"),
    "explanation": Words("道歉和说明", "Apology and explanation"),
    "any": Words("由你们决定", "Up to you"),
}
"""The common wishes. The remedy slot holds their names, so that they are said in whatever language is spoken then."""
CONTACT_HERE = Words("就在这里联系我", "Reach me here")

LEFT_UNSENT = Words("刚才的投诉没有提交，需要时再告诉我就行。",
                    "The complaint we started has not been submitted. Just tell me if you want to pick it up again.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the customer has told so far."""

    what: str
    order: str
    remedy: str
    contact: str
    files: int

    @classmethod
    def of(cls, slots: Mapping[str, Any]) -> "Draft":
        order = str(slots.get(ORDER) or "")
        return cls(
            what=str(slots.get(WHAT) or ""),
            order="" if order == NO_ORDER else order,
            remedy=str(slots.get(REMEDY) or ""),
            contact=str(slots.get(CONTACT) or ""),
            files=int(slots.get(FILES) or 0),
        )

    def remedy_said(self, reply: Reply) -> str:
        """The wish in the customer's own words, or a common one in the language spoken now."""
        return reply.words(WISHES.get(self.remedy, self.remedy))

    def contact_said(self, reply: Reply) -> str:
        return reply.words(CONTACT_HERE) if self.contact == HERE else self.contact


def set_slots(**values: object) -> Events:
    return [{"event": "slot", "name": name, "value": value} for name, value in values.items()]


def reset() -> Events:
    """Forget the draft: it was submitted, handed over or left."""
    return [{"event": "slot", "name": name, "value": None} for name in SLOTS]
