"""From the assistant to a person: asked for, or taken when offered."""

from bot.actions.complaint_draft import OPEN, WHAT, Draft, reset
from bot.actions.faq import QUESTION
from bot.actions.turn import DeskAction, Events, Heard, Reply, Words
from desk.conversations import HandoffReason
from desk.effects import RequestHandoff

# How long it takes, or that nobody serves now, is said by the desk right after.
COMING = Words("好的，我来安排人工客服。", "Of course, I’ll arrange for a colleague.")
COMING_WITH_DRAFT = Words(
    "好的，我来安排人工客服。您刚才说的情况我会一并转告，不用再说一遍。",
    "Of course, I’ll arrange for a colleague and pass on what you told me, so you needn’t repeat it.",
)


class RequestHuman(DeskAction):
    """The customer asks for a person, in the middle of anything."""

    called = "action_request_human"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        return hand_over(heard, reply, _offered_for(heard) if "offer" in heard.entities else HandoffReason.ASKED)


class Affirm(DeskAction):
    """A "yes": to our offer of a person, or to nothing in particular."""

    called = "action_affirm"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        if heard.offered_person:
            return hand_over(heard, reply, HandoffReason.UNKNOWN)
        reply.say_response("utter_affirm")
        return []


def _offered_for(heard: Heard) -> HandoffReason:
    return HandoffReason.COMPLAINT if heard.slots.get(OPEN) else HandoffReason.UNKNOWN


def _learned(heard: Heard, reply: Reply, question: str) -> dict[str, str]:
    """What the customer has told so far, for the agent's summary."""
    draft = Draft.of(heard.slots)
    told = {"what": draft.what, "order": draft.order, "remedy": draft.remedy_said(reply),
            "contact": draft.contact_said(reply), "question": question}
    return {name: value for name, value in told.items() if value}


def hand_over(heard: Heard, reply: Reply, reason: HandoffReason) -> Events:
    """Ask the desk for a person; what the customer already said goes along in their own words. What it is (a complaint
    not submitted yet, the last question) the console says in the language of who reads it."""
    draft, question = str(heard.slots.get(WHAT) or ""), str(heard.slots.get(QUESTION) or "")
    topic = "complaint" if draft or heard.slots.get(OPEN) else "question" if question else ""
    reply.change(RequestHandoff(reason.value, draft or question, topic, _learned(heard, reply, question)))
    reply.say(COMING_WITH_DRAFT if draft else COMING)
    return [*reset(), {"event": "slot", "name": QUESTION, "value": None}]
