"""A question as a message: buttons where the channel has enough of them, else a list or the range in words."""

from collections.abc import Sequence

from campaigns.surveys import Question, QuestionKind, Texts, in_language
from campaigns.texts import say
from desk.channels import Capabilities
from desk.menus import SURVEY_PREFIX
from desk.messages import Button, Language, OutboundMessage
from desk.outbox import merged

DONE = "done"
COMPLAINT_YES = "complaint:yes"
COMPLAINT_NO = "complaint:no"


def payload(recipient_id: int, question_id: str, value: str) -> str:
    """What a survey's button brings back."""
    return f"{SURVEY_PREFIX}{recipient_id} {question_id} {value}"


def read_payload(text: str) -> tuple[int, str, str] | None:
    """Recipient, question and value of a button; None when it is none of ours."""
    parts = text.removeprefix(SURVEY_PREFIX).split(" ", 2)
    if not text.startswith(SURVEY_PREFIX) or len(parts) != 3 or not parts[0].isdecimal():
        return None
    return int(parts[0]), parts[1], parts[2]


def choices(question: Question, language: Language) -> list[tuple[str, str]]:
    """The values an answer may take, with their titles."""
    match question.kind:
        case QuestionKind.STARS:
            return [(str(n), "★" * n) for n in range(1, 6)]
        case QuestionKind.RATING | QuestionKind.NPS:
            return [(str(n), str(n)) for n in range(question.low, question.high + 1)]
        case QuestionKind.YES_NO:
            return [("yes", say("yes", language)), ("no", say("no", language))]
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            return [(option.id, in_language(option.texts, language)) for option in question.options]
        case QuestionKind.TEXT | QuestionKind.THANKS:
            return []


def ask(question: Question, language: Language, can: Capabilities, recipient_id: int) -> OutboundMessage:
    """The question as this channel can show it."""
    text, offered = question.text(language), choices(question, language)
    if question.kind is QuestionKind.MULTIPLE:
        text = f"{text}\n{say('several', language)}"
    if can.max_buttons >= len(offered):
        return OutboundMessage(text, _buttons(question, offered, recipient_id))
    if question.kind.is_scale:
        return OutboundMessage(text)  # "1. 0" to "11. 10" would only confuse: the number itself is the answer
    listed = "\n".join(f"{n}. {title}" for n, (_, title) in enumerate(offered, 1))
    return OutboundMessage(f"{text}\n\n{listed}")


def ask_more(
    question: Question, language: Language, can: Capabilities, recipient_id: int, picked: Sequence[str]
) -> OutboundMessage:
    """Some choices are tapped: the others again, and a button that ends choosing."""
    offered = choices(question, language)
    chosen = "、" if language.is_chinese else ", "
    text = say("picked", language, chosen=chosen.join(title for value, title in offered if value in picked))
    left = [(value, title) for value, title in offered if value not in picked]
    buttons = _buttons(question, [*left, (DONE, say("done", language))], recipient_id)
    return OutboundMessage(text, buttons if can.max_buttons >= len(buttons) else ())


def offer_complaint(question: Question, language: Language, recipient_id: int) -> OutboundMessage:
    """After a low answer: may we open a complaint?"""
    offered = [(COMPLAINT_YES, say("complaint_yes", language)), (COMPLAINT_NO, say("complaint_no", language))]
    return OutboundMessage(say("offer_complaint", language), _buttons(question, offered, recipient_id))


def invite(
    opening: Texts | None, question: Question, language: Language, can: Capabilities, recipient_id: int
) -> OutboundMessage:
    """The first message: the opening, the first question, and how to get out of it."""
    first = ask(question, language, can, recipient_id)
    before = [OutboundMessage(in_language(opening, language))] if opening else []
    return merged([*before, first, OutboundMessage(say("how", language))])


def remind(question: Question, language: Language, can: Capabilities, recipient_id: int) -> OutboundMessage:
    """The one reminder, with the question again."""
    again = ask(question, language, can, recipient_id)
    return merged([OutboundMessage(say("remind", language)), again, OutboundMessage(say("how", language))])


def reask(question: Question, language: Language, can: Capabilities, recipient_id: int) -> OutboundMessage:
    """The answer was none: the same question, said more simply."""
    kind = "scale" if question.kind.is_scale else question.kind.value
    if question.kind is QuestionKind.TEXT:
        return OutboundMessage(say("required", language))
    text = say(f"reask_{kind}", language, low=question.low, high=question.high)
    again = ask(question, language, can, recipient_id)
    if again.buttons or question.kind.is_scale:
        return OutboundMessage(text, again.buttons)
    return merged([OutboundMessage(text), again])


def _buttons(question: Question, offered: Sequence[tuple[str, str]], recipient_id: int) -> tuple[Button, ...]:
    return tuple(Button(title, payload(recipient_id, question.id, value)) for value, title in offered)
