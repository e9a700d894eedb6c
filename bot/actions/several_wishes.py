"""Several wishes in one message: each is fulfilled, and a person, if one is asked for, comes last."""

from dataclasses import replace

from bot.actions.complaint_answers import asks
from bot.actions.faq import ABOUT_PART, LONGEST_PART, UNKNOWN, answer_from, gap, give, remember
from bot.actions.handoff import hand_over
from bot.actions.orders import CheckOrder, CheckPoints
from bot.actions.several_questions import About, about, asks_for_person, parts_of
from bot.actions.turn import OFFERED_PERSON, DeskAction, Events, Heard, Reply
from desk.conversations import HandoffReason
from desk.faq import FaqResult, Verdict
from desk.faq_replies import look_up
from desk.ports import FaqSearch


class SeveralWishes:
    """Answers the parts of one message after each other."""

    def __init__(self, faq: FaqSearch, orders: CheckOrder, points: CheckPoints) -> None:
        self._faq = faq
        self._own = {About.ORDER: orders, About.POINTS: points}

    async def fulfil(self, heard: Heard, reply: Reply) -> Events | None:
        """None, and nothing said, where the message has one wish, or only one that can be fulfilled here.

        While a form is asking, who else answers is the form's to decide.
        """
        parts = [] if heard.is_command else parts_of(heard)
        if len(parts) < 2:
            return None
        wants_person = not heard.asked and asks_for_person(heard)
        own = {kind: _joined([part for part in parts if about(part) is kind]) for kind in self._own
               if any(about(part) is kind for part in parts)}
        found = [(part, await look_up(self._faq, part.text, part.language))
                 for part in parts if about(part) is About.FAQ]
        sure = {result.matches[0].article_id: (result.matches[0], part.text) for part, result in found
                if result.verdict is Verdict.ANSWER and result.matches}
        close = any(result.verdict is Verdict.UNSURE and asks(part.text) for part, result in found) if own else False
        if not wants_person and len(sure) + len(own) + close < 2:
            return None
        for match, question in sure.values():
            give(match, question, reply)
        for kind, asked in own.items():
            await self._own[kind].act(asked, reply)
        if wants_person:
            return hand_over(heard, reply, HandoffReason.ASKED)
        _ask_back(found, reply)
        return remember(heard.text)


class OneOrSeveral(DeskAction):
    """An action for one wish, where the message may hold several."""

    def __init__(self, one: DeskAction, several: SeveralWishes) -> None:
        self.called = one.called
        self._one = one
        self._several = several

    async def act(self, heard: Heard, reply: Reply) -> Events:
        events = await self._several.fulfil(heard, reply)
        return await self._one.act(heard, reply) if events is None else events


def _joined(parts: list[Heard]) -> Heard:
    """What is asked about one's orders, or points, is answered once."""
    return replace(parts[0], text=" ".join(part.text for part in parts))


def _ask_back(found: list[tuple[Heard, FaqResult]], reply: Reply) -> None:
    """About the first part without an answer: one thing to choose at a time."""
    for part, result in found:
        if result.verdict is not Verdict.ANSWER and (asks(part.text) or result.verdict is Verdict.UNSURE):
            reply.say(ABOUT_PART, question=part.text[:LONGEST_PART])
            if not answer_from(result, part.text, reply):
                reply.change(gap(part.text, part.language, result))
                reply.say(UNKNOWN, OFFERED_PERSON)
            return
