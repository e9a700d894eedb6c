"""Reading an answer: a button's value, a number, a word, Chinese numerals; or saying that it is none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from campaigns.surveys import Option, Question, QuestionKind
from desk.messages import Language
from desk.scores import plain, read_number, read_satisfaction

MAX_TEXT = 2000


def _words(text: str) -> frozenset[str]:
    return frozenset(" ".join(part.split()) for part in text.split("|"))



@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: a number, options' ids, yes or no (as the option "yes" or "no"), or a text.

    An answer that could not be read is kept as its text alone; one that was passed over is `skipped`.
    """

    number: int | None = None
    options: tuple[str, ...] = ()
    text: str = ""
    skipped: bool = False

    @property
    def is_read(self) -> bool:
        return self.number is not None or bool(self.options)


class Wish(StrEnum):
    """What somebody wants who does not answer the question."""

    SKIP = "skip"
    BACK = "back"
    STOP = "stop"


_WISHES = {
    Wish.SKIP: _words("""跳过|跳過|略过|略過|下一题|下一題|不想说|不想說|不想回答|skip|next|pass|no comment|
                         no answer"""),
    Wish.BACK: _words("""返回|上一题|上一題|上一步|回到上一题|回到上一題|back|go back|previous"""),
    Wish.STOP: _words("""不做了|不想做了|不填了|结束|結束|结束问卷|結束問卷|停止问卷|停止問卷|退出|退出问卷|
                         退出問卷|quit|exit|end|stop survey|stop the survey|no more questions"""),
}
_NOTHING = _words("""不用|不用了|没有|沒有|没有了|沒有了|没了|沒了|无|無|no|nope|no thanks|nothing|none|n/a|
                     nothing else""")
_YES = _words("""是|是的|对|對|对的|對的|会|會|会的|會的|好|好的|好呀|可以|行|要|嗯|当然|當然|愿意|願意|需要|有|
                 有的|yes|y|yeah|yep|yup|sure|of course|ok|okay|please|yes please|definitely|absolutely""")
_NO = _words("""否|不|不是|不是的|不对|不對|不会|不會|不要|不用|不用了|不可以|不行|不愿意|不願意|不需要|没有|
                沒有|算了|no|n|nope|nah|no thanks|no thank you|not really|never""")

_SEPARATORS = re.compile(r"\s*(?:[,，、;；/&+]|\band\b|和|跟|还有|還有|以及|\s)\s*")
_ORDINAL = re.compile(
    r"^(?:第|选|選|no\.?\s*|#)?\s*(\d{1,2}|[一二两兩三四五六七八九十])\s*(?:个|個|项|項|号|號|\.|、)?$"
)


def read_wish(text: str) -> Wish | None:
    """Whether a text asks to skip the question, to go back, or to leave the survey."""
    said = plain(text)
    return next((wish for wish, words in _WISHES.items() if said in words), None)


def read_yes_no(text: str) -> bool | None:
    said = plain(text)
    if said in _YES:
        return True
    return False if said in _NO else None


def has_nothing_to_add(text: str) -> bool:
    """Whether a text only says that there is nothing to say."""
    return plain(text) in _NOTHING


def read(question: Question, text: str, language: Language) -> Answer | None:
    """What a typed text answers; None when it answers nothing that was asked."""
    said = text.replace("\x00", "").strip()[:MAX_TEXT]
    if not said:
        return None
    match question.kind:
        case QuestionKind.TEXT:
            return Answer(text=said, skipped=has_nothing_to_add(said) and not question.required)
        case QuestionKind.YES_NO:
            return _yes_no(said)
        case QuestionKind.SINGLE:
            chosen = _one(question.options, said, language)
            return Answer(options=(chosen,), text=said) if chosen else None
        case QuestionKind.MULTIPLE:
            several = _several(question.options, said, language)
            return Answer(options=several, text=said) if several else None
        case QuestionKind.THANKS:
            return None
        case _:
            number = _on_scale(question, said)
            return None if number is None else Answer(number=number, text=said)


def read_value(question: Question, value: str) -> Answer | None:
    """What a button of the question answers; None when the question has no such button (any more)."""
    if question.kind.is_scale:
        on_scale = value.isdecimal() and question.low <= int(value) <= question.high
        return Answer(number=int(value), text=value) if on_scale else None
    if question.kind is QuestionKind.YES_NO:
        return Answer(options=(value,)) if value in ("yes", "no") else None
    ids = {option.id for option in question.options}
    chosen = tuple(part for part in value.split(",") if part in ids)
    return Answer(options=chosen) if chosen else None


def _on_scale(question: Question, said: str) -> int | None:
    number = read_number(said, question.low, question.high)
    if number is None and question.kind is not QuestionKind.NPS and question.high == 5:
        return read_satisfaction(said)
    return number


def _yes_no(said: str) -> Answer | None:
    number = _position(said)
    if number in (1, 2):
        return Answer(options=(("yes", "no")[number - 1],), text=said)
    meant = read_yes_no(said)
    return None if meant is None else Answer(options=("yes" if meant else "no",), text=said)


def _one(options: Sequence[Option], said: str, language: Language) -> str | None:
    """One option: by number, by title in any of its languages, or by the only title that a short text names."""
    number = _position(said)
    if number is not None:
        return options[number - 1].id if 1 <= number <= len(options) else None
    spoken = plain(said)
    for option in options:
        if spoken in {plain(title) for title in option.texts.values()}:
            return option.id
    named = [option.id for option in options if (title := plain(option.texts.get(language, ""))) and title in spoken]
    return named[0] if len(named) == 1 and len(spoken) <= 30 else None


def _several(options: Sequence[Option], said: str, language: Language) -> tuple[str, ...]:
    """Options in the order of the question; empty when any part of the text is none of them."""
    whole = _one(options, said, language)
    if whole:
        return (whole,)
    parts = [part for part in _SEPARATORS.split(plain(said)) if part]
    if len(parts) == 1 and parts[0].isdecimal() and len(options) < 10:
        parts = list(parts[0])  # "13": the first and the third
    found = [_one(options, part, language) for part in parts]
    if not found or None in found:
        spoken = plain(said)
        found = [option.id for option in options
                 if (title := plain(option.texts.get(language, ""))) and title in spoken and len(spoken) <= 80]
    return tuple(option.id for option in options if option.id in found)


def _position(said: str) -> int | None:
    found = _ORDINAL.match(plain(said))
    return read_number(found.group(1), 1, 20) if found else None
