"""What the assistant says to a question, by what search found: the same look-up and the same words in the chat and on
the page that tries the search."""

import re
from dataclasses import replace

from desk.faq import Extras, FaqMatch, FaqResult, Verdict
from desk.faq_answers import choices, pictures
from desk.messages import Button, Language, OutboundMessage
from desk.ports import FaqSearch, Script

MOST_CHOICES = 3
CLOSE = 0.7  # of the best match's score

BothLanguages = tuple[str, str]
"""Simplified Chinese and English; traditional script is made of the simplified text as it is sent."""

ONLY_IN_ENGLISH = ("（这条内容目前只有英文版）", "(This is only available in English for now.)")
ONLY_IN_CHINESE = ("（这条内容目前只有中文版）", "(This is only available in Chinese for now.)")
WHICH_QUESTION = ("您想问的是下面哪一个？", "Which of these is closest to your question?")
NONE_OF_THESE = ("都不是", "None of these")
UNKNOWN = (
    "这个问题我暂时没有可靠的答案，不想随便回答您。要请同事来解答吗？也可以把问题留下，我们查清楚后回复您。",
    "I don’t have a reliable answer to that, and I’d rather not guess. "
    "Shall I get a colleague? Or leave the question with me and we’ll get back to you.",
)
PERSON = ("转人工客服", "Talk to a person")
LEAVE_QUESTION = ("留下问题", "Leave the question")

_AROUND = re.compile(  # what stands around a question without being asked
    r"^(?:(?:你好|您好|谢谢|謝謝|好的|hello|hi|hey|thanks|ok)[啊呀，,。.!！~\s]+)*(?:(?:请问|請問)[，,\s]*)?"
    r"(?:(?:那么?|那麼)[，,\s]*|(?:and|what about|how about)\s+)?|呢?[?？\s]*$",
    re.IGNORECASE,
)


async def look_up(
    faq: FaqSearch, text: str, language: Language | None, limit: int = MOST_CHOICES
) -> FaqResult:
    """Search for what was asked; "你好，停车呢？" and "and what about parking?" are looked up by their subject, too."""
    result = await faq.search(text, language, limit)
    subject = _AROUND.sub("", text).strip()
    if result.verdict is Verdict.ANSWER or not subject or subject == text.strip():
        return result
    about = await faq.search(subject, language, limit)
    if about.verdict is Verdict.ANSWER and _is_tie(about):
        return replace(about, verdict=Verdict.UNSURE)
    return result if about.verdict is Verdict.REFUSE else about


def _is_tie(result: FaqResult) -> bool:
    """A bare subject ("退房") often fits several articles about as well: then the customer chooses."""
    return len(result.matches) > 1 and result.matches[1].score > CLOSE * result.matches[0].score


def answer_text(match: FaqMatch, language: Language) -> str:
    """An article's answer word for word; where it exists only in another language, that is said."""
    written = match.answer_language
    if written is None or written.is_chinese == language.is_chinese:
        return match.answer
    note = ONLY_IN_CHINESE if written.is_chinese else ONLY_IN_ENGLISH
    return f"{_said(note, language)}\n{match.answer}"


def reply_to(result: FaqResult, extras: Extras, language: Language, script: Script) -> OutboundMessage:
    """The whole reply to a question looked up with this result; `extras` are those of the best match's answer."""
    if result.verdict is Verdict.ANSWER and result.matches:
        text = answer_text(result.matches[0], language)
        return OutboundMessage(script(text, language), choices(extras, language), pictures(extras))
    if result.verdict is Verdict.UNSURE and result.matches:
        asked, titles = WHICH_QUESTION, [match.question for match in result.matches[:MOST_CHOICES]]
        titles.append(_said(NONE_OF_THESE, language))
    else:
        asked, titles = UNKNOWN, [_said(each, language) for each in (PERSON, LEAVE_QUESTION)]
    buttons = tuple(Button(script(title, language), payload=title) for title in titles)
    return OutboundMessage(script(_said(asked, language), language), buttons)


def _said(texts: BothLanguages, language: Language) -> str:
    chinese, english = texts
    return chinese if language.is_chinese else english
