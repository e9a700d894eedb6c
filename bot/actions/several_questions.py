"""Several questions in one message: taken apart, and each answered by who knows."""

import re
from dataclasses import replace
from enum import StrEnum

from bot.actions.turn import Heard

MOST = 4

_QUESTION_WORD = (
    r"(?:what|when|where|which|who|why|how|can|could|do|does|did|is|are|will|would|may|should|have you|any chance)\b"
)
_BOUNDARY = re.compile(
    r"(?<=[?？；;\n])\s*"
    r"|[，,。.\s]*(?:另外|还有|還有|以及|顺便(?:问一?[下句])?|順便(?:問一?[下句])?|对了|對了)(?:就是|，|,|想问[下一]*|想問[下一]*)?\s*"
    rf"|[,.\s]+(?:and |also |and also |plus )+(?={_QUESTION_WORD}|the |wi-?fi|my )"
    rf"|,\s+(?={_QUESTION_WORD})|[.!,]\s+also\b[,\s]*|^also\b[,\s]*",
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


def parts_of(heard: Heard) -> list[Heard]:
    """The questions of a message, each as if it had been asked alone; fewer than two where it asks one thing."""
    pieces = (_OPENING.sub("", piece.strip()).strip(" ，,。.") for piece in _BOUNDARY.split(heard.text) if piece)
    told: list[str] = []
    for piece in pieces:
        if told and _POINTS_BACK.search(piece):
            told[-1] = f"{told[-1]} {piece}"  # "is it free?" asks nothing by itself
        elif len(piece) > 2 and piece not in told:
            told.append(piece)
    return [replace(heard, text=piece, entities={}) for piece in told[:MOST]]


def about(part: Heard) -> About:
    """What a part asks about: the customer's own orders, their points, or something else."""
    if _ORDER.search(part.text):
        return About.ORDER
    return About.POINTS if _POINTS.search(part.text) else About.FAQ
