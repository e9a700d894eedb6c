"""The wishes of one message, taken apart, and who fulfils each."""

import re
from dataclasses import replace
from enum import StrEnum

from bot.actions.turn import Heard

MOST = 4

_QUESTION_WORD = (
    r"(?:what|when|where|which|who|why|how|can|could|do|does|did|is|are|will|would|may|should|have you|any chance)\b"
)
_ASKS_FOR = (
    r"(?:请|請|麻烦|麻煩|帮我|幫我|给我|給我|我要|我想|想要|直接|然后|然後|再|快)*"
    r"(?:转|轉|接|找|换|換|叫|联系|聯絡)(?:接|到|个|個|一下|你们的?|你們的?)*"
    r"(?:人工|真人|专人|專人|客服)"
    r"|(?:please |then |can you |could you |can i |may i |let me |i(?:'d| would) (?:also )?like to "
    r"|i (?:also )?(?:want|need) to )*(?:also )?"
    r"(?:(?:talk|speak|chat) (?:to|with)|(?:connect|transfer) me (?:to|with)|put me through to|get me|give me) "
    r"(?:(?:a|an|your|some|real|live|human) )*"
    r"(?:person|human|agent|someone|somebody|representative|colleague|manager)\b"
)
_PERSON = re.compile(
    rf"(?:{_ASKS_FOR}|人工|真人客服)(?:客服|服务|服務|坐席|处理|處理|谢谢|謝謝|一下|吧|了|please|pls|now|[\s?？])*",
    re.IGNORECASE,
)
_BOUNDARY = re.compile(
    r"(?<=[?？；;\n])\s*"
    r"|[，,。.\s]*(?:另外|还有|還有|以及|顺便(?:问一?[下句])?|順便(?:問一?[下句])?|对了|對了)(?:就是|，|,|想问[下一]*|想問[下一]*)?\s*"
    rf"|[,.\s]+(?:and |also |and also |plus )+(?={_QUESTION_WORD}|the |wi-?fi|my )"
    rf"|,\s+(?={_QUESTION_WORD})|[.!,]\s+also\b[,\s]*|^also\b[,\s]*"
    r"|(?:[，,。.！!]\s*|(?<=[\u3400-\u9fff])\s+|\s+(?=(?:and|then|also|plus)\s))"
    rf"(?:and |then |also |plus )*(?={_ASKS_FOR})"
    r"|[，,]\s*(?=(?:人工|真人)(?:客服)?$)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:(?:你好|您好|哈喽|哈囉|hello|hi|hey|also|and)[啊呀，,。.!！~\s]+)*(?:(?:我)?(?:想)?(?:请问|請問|问|問)[下一]*[，,\s]*)?"
    r"(?:i(?:'d like| want) to know )?",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(r"\b(?:it|them|they|those|that|one)\b|^(?:它|那个|那個|那么|那麼|那)", re.IGNORECASE)
_ORDER = re.compile(
    r"(?:我|帮|幫).{0,6}(?:订单|訂單|预订|預訂|订的|訂的|订房|訂房|快递|包裹)|(?:查|看).{0,4}(?:订单|訂單)"
    r"|\b(?:where|status|track|check|confirm\w*|about|when)\b.{0,20}\bmy (?:order|booking|reservation|parcel)\b"
    r"|\bmy (?:order|booking|reservation|parcel)\b.{0,12}\b(?:confirmed|status|shipped|arrive)",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"(?:我|查|还|還|剩).{0,6}(?:积分|積分|点数|點數)|(?:积分|積分|点数|點數).{0,4}(?:还|還|剩|有)(?:有)?(?:多少|几|幾)"
    r"|\bpoints (?:do i have|i have|balance)\b|\bmy (?:points|balance)\b",
    re.IGNORECASE,
)


class About(StrEnum):
    """Who answers a part."""

    ORDER = "order"
    POINTS = "points"
    FAQ = "faq"
    PERSON = "person"


_NAMES = {About.ORDER: ("my booking", "订单"), About.POINTS: ("points", "积分")}
"""What "them" or "那" in the next part stands for."""


def parts_of(heard: Heard) -> list[Heard]:
    """The wishes of a message, each as if it had been told alone; fewer than two where it tells one."""
    pieces = (_OPENING.sub("", piece.strip()).strip(" ，,。.") for piece in _BOUNDARY.split(heard.text) if piece)
    told: list[str] = []
    for piece in pieces:
        before = _about(told[-1]) if told else About.FAQ
        if _about(piece) is About.PERSON:
            told.append(piece)
        elif told and before in _NAMES and _POINTS_BACK.search(piece):
            english, chinese = _NAMES[before]
            told.append(_POINTS_BACK.sub(english if piece.isascii() else chinese, piece, count=1))
        elif told and _POINTS_BACK.search(piece):
            told[-1] = f"{told[-1]} {piece}"  # "is it free?" asks nothing by itself
        elif len(piece) > 2 and piece not in told:
            told.append(piece)
    return [replace(heard, text=piece, entities={}) for piece in told[:MOST]]


def about(part: Heard) -> About:
    """What a part is about: a person, the customer's own orders, their points, or something else."""
    return _about(part.text)


def _about(text: str) -> About:
    if _PERSON.fullmatch(text):
        return About.PERSON
    if _ORDER.search(text):
        return About.ORDER
    return About.POINTS if _POINTS.search(text) else About.FAQ


def asks_for_person(heard: Heard) -> bool:
    """Whether a message with several wishes wishes for a person, too."""
    parts = parts_of(heard)
    return len(parts) > 1 and any(about(part) is About.PERSON for part in parts)
