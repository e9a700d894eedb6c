"""Questions: answered from the FAQ, asked back when close, and honestly not known otherwise."""

import re

from bot.actions.complaint_answers import asks_to_know, points_at_files
from bot.actions.orders import CheckOrder
from bot.actions.small import answer_wordless
from bot.actions.tickets import CheckComplaint
from bot.actions.turn import OFFERED_PERSON, PERSON, Choice, DeskAction, Events, Heard, Reply, Words, command
from desk import faq_replies
from desk.effects import TICKET_NUMBER, FaqAnswered, NoteGap, NotUnderstood, OpenTicket
from desk.faq import FaqMatch, FaqResult, Verdict
from desk.faq_misses import GapKind
from desk.faq_replies import MOST_CHOICES, answer_text, look_up
from desk.messages import Language
from desk.ports import FaqSearch
from desk.tickets import TicketKind

QUESTION = "last_question"
LIKELY_ENOUGH = 0.12  # below this an intent is noise, not a guess worth showing
LONGEST_PART = 100
LONGEST_STORY = 500  # characters that a button carries

TITLES = {
    "check_order": Words("查询我的订单", "Check my order"),
    "check_points": Words("查询积分", "Check my points"),
    "file_complaint": Words("投诉或反馈问题", "Make a complaint"),
    "check_complaint": Words("查询投诉进度", "Follow up a complaint"),
    "give_rating": Words("给服务打分", "Rate our service"),
    "stop_messages": Words("不再接收通知", "Stop notifications"),
    "resume_messages": Words("重新接收通知", "Get notifications again"),
}

WHICH_QUESTION = Words(*faq_replies.WHICH_QUESTION)
WHICH_TASK = Words("我没有完全听懂，您是想：", "I’m not quite sure I understood. Did you want to:")
ABOUT_PART = Words("关于“{question}”：", "About “{question}”:")
NONE_OF_THESE = Choice(Words(*faq_replies.NONE_OF_THESE), "/faq_none")
UNKNOWN = Words(*faq_replies.UNKNOWN)
_ONLY = "我目前只能看懂中文和英文，抱歉。", "Sorry, I can only read Chinese and English so far."
UNREADABLE = Words(
    f"{_ONLY[0]}{_ONLY[1]}\n要请同事来帮您吗？也可以把问题留下，我们查清楚后回复您。",
    f"{_ONLY[1]} {_ONLY[0]}\nShall I get a colleague? Or leave the question with me and we’ll get back to you.",
)
"""In both languages: who writes in a third one may read either."""
LEAVE_QUESTION = Choice(Words(*faq_replies.LEAVE_QUESTION), "/leave_question")
QUESTION_LEFT = Words(
    "已经记下您的问题，编号 {number}。同事查清楚后会在这里回复您。",
    "I’ve noted your question under number {number}. A colleague will reply to you here.",
)
MISUNDERSTOOD = Words(
    "抱歉，我理解错了。请换个说法再告诉我一次，或者请同事来帮您。",
    "Sorry, I got that wrong. Could you put it another way? Or shall I get a colleague?",
)
NO_QUESTION = Words("请把想问的问题直接发给我，我来看看。", "Please send me your question and I’ll have a look.")
GONE = Words("这条内容刚刚更新了，请再问一次好吗？", "That article has just changed. Could you ask once more?")

_NOT_THAT = re.compile(
    r"(?:不是|没有?|沒有?)(?:问|問|说|說|听懂|聽懂|明白|这个|這個)|(?:理解|弄|搞)[错錯]|答非所|不懂我"
    r"|(?:not|isn't) what i|mis(?:under|read)|don't understand|got me wrong|wrong answer",
    re.IGNORECASE,
)


class AnswerQuestion(DeskAction):
    """A question: the FAQ's answer, its closest questions, or an honest "I don't know"."""

    called = "action_answer_question"

    def __init__(self, faq: FaqSearch) -> None:
        self._faq = faq

    async def act(self, heard: Heard, reply: Reply) -> Events:
        result = await look_up(self._faq, heard.text, heard.language)
        if not answer_from(result, heard.text, reply):
            admit(result, heard, reply)
        return remember(heard.text)


class AnswerUnclear(DeskAction):
    """A message nobody understood: perhaps just a number of theirs, perhaps the FAQ knows it; else the likeliest
    wishes are offered."""

    called = "action_answer_unclear"

    def __init__(self, faq: FaqSearch, orders: CheckOrder, tickets: CheckComplaint) -> None:
        self._faq = faq
        self._orders = orders
        self._tickets = tickets

    async def act(self, heard: Heard, reply: Reply) -> Events:
        if await self._orders.named(heard):
            return await self._orders.act(heard, reply)
        if await self._tickets.named(heard) or await self._tickets.addition(heard):
            return await self._tickets.act(heard, reply)
        if points_at_files(heard):
            reply.say_response("utter_attachment")
            return []
        if not heard.has_letters:
            return answer_wordless(heard, reply)
        result = await look_up(self._faq, heard.text, heard.language)
        if answer_from(result, heard.text, reply):
            return remember(heard.text)
        likely = [name for name, share in heard.ranking if name in TITLES and share >= LIKELY_ENOUGH][:MOST_CHOICES]
        if likely == ["file_complaint"] and asks_to_know(heard.text):
            likely = []  # a question that nobody can answer is none of the wishes
        if not heard.is_readable:
            likely = []  # what the classifier makes of strange letters is chance
        if likely:
            reply.change(NotUnderstood())
            reply.say(WHICH_TASK, *(_task(name, heard) for name in likely), NONE_OF_THESE, PERSON)
        else:
            admit(result, heard, reply)
        return remember(heard.text)


class ChooseQuestion(DeskAction):
    """One of the close questions was tapped. It is searched again, so an edit since then is already in the answer."""

    called = "action_faq_choice"

    def __init__(self, faq: FaqSearch) -> None:
        self._faq = faq

    async def act(self, heard: Heard, reply: Reply) -> Events:
        article, question = heard.entities.get("article", ""), heard.entities.get("question", "")
        result = await self._faq.search(question, heard.language, MOST_CHOICES)
        chosen = next((match for match in result.matches if match.article_id == article), None)
        if chosen:
            give(chosen, str(heard.slots.get(QUESTION) or question), reply, chosen=True)
        else:
            reply.say(GONE, PERSON)
        return []


class NoneFits(DeskAction):
    """None of the offered questions was it: noted as a gap, with a way on."""

    called = "action_faq_none"

    def __init__(self, faq: FaqSearch) -> None:
        self._faq = faq

    async def act(self, heard: Heard, reply: Reply) -> Events:
        question = str(heard.slots.get(QUESTION) or "")
        if question:
            result = await self._faq.search(question, heard.language, 1)
            reply.change(gap(question, heard.language, result, GapKind.NONE_FITS))
        reply.say(UNKNOWN, OFFERED_PERSON, *((LEAVE_QUESTION,) if question else ()))
        return []


class Deny(DeskAction):
    """A "no": to nothing in particular, or to what we understood."""

    called = "action_deny"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        if _NOT_THAT.search(heard.text):
            left = (LEAVE_QUESTION,) if heard.slots.get(QUESTION) else ()
            reply.say(MISUNDERSTOOD, OFFERED_PERSON, *left)
        else:
            reply.say_response("utter_deny")
        return []


class LeaveQuestion(DeskAction):
    """The customer leaves the unanswered question for a person."""

    called = "action_leave_question"

    async def act(self, heard: Heard, reply: Reply) -> Events:
        question = str(heard.slots.get(QUESTION) or "")
        if not question:
            reply.say(NO_QUESTION, PERSON)
            return []
        reply.change(OpenTicket(TicketKind.INQUIRY, subject=question[:60], detail=question))
        reply.say(QUESTION_LEFT, number=TICKET_NUMBER)
        return remember(None)


def _task(name: str, heard: Heard) -> Choice:
    """A likely wish as a button. A complaint takes along what was said, so that it need not be said again."""
    said = {"question": heard.text[:LONGEST_STORY]} if name == "file_complaint" else {}
    return Choice(TITLES[name], command(name, **said))


def answer_from(result: FaqResult, question: str, reply: Reply) -> bool:
    """Say what the verdict on `question` allows; False when it allows nothing."""
    if result.verdict is Verdict.ANSWER and result.matches:
        give(result.matches[0], question, reply)
        return True
    if result.verdict is Verdict.UNSURE and result.matches:
        choices = [
            Choice(match.question, command("faq_choice", article=match.article_id, question=match.question))
            for match in result.matches[:MOST_CHOICES]
        ]
        reply.say(WHICH_QUESTION, *choices, NONE_OF_THESE)
        return True
    return False


def give(match: FaqMatch, question: str, reply: Reply, *, chosen: bool = False) -> None:
    """Say an article's answer to `question` word for word; where it exists only in another language, say so."""
    written = match.answer_language
    reply.say(answer_text(match, reply.language))
    reply.change(FaqAnswered(match.article_id, question, reply.language.value, written.value if written else "",
                             match.score, chosen))


def admit(result: FaqResult, heard: Heard, reply: Reply) -> None:
    """Nothing answers it: that is noted and said, with the ways on."""
    reply.change(gap(heard.text, heard.language, result))
    reply.say(UNKNOWN if heard.is_readable else UNREADABLE, OFFERED_PERSON, LEAVE_QUESTION)


def gap(question: str, language: Language, result: FaqResult, kind: GapKind = GapKind.REFUSED) -> NoteGap:
    best = result.matches[0] if result.matches else None
    return NoteGap(question, language.value, best.article_id if best else "", best.score if best else 0.0, kind.value)


def remember(question: str | None) -> Events:
    return [{"event": "slot", "name": QUESTION, "value": question}]
