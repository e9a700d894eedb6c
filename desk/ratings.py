"""The rating after a conversation: how its answers are read."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

EXPIRES_AFTER = timedelta(days=2)
COMMENT_WITHIN = timedelta(minutes=30)


class RatingState(StrEnum):
    ASKED = "asked"
    SCORED = "scored"  # the score is in, a comment may follow
    DONE = "done"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Rating:
    """How a customer judged one conversation: 1 (bad) to 5 (very good), and why."""

    id: int
    conversation_id: str
    customer_id: str
    agent_id: str | None
    state: RatingState
    score: int | None
    comment: str
    asked_at: datetime
    answered_at: datetime | None
    reminded: bool = False


PAYLOAD_PREFIX = "/rate "
SKIP_PAYLOAD = "/rate skip"

_WORDS: dict[str, int] = {
    "一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
}
_PHRASES: dict[str, int] = {
    "非常满意": 5, "很满意": 5, "非常滿意": 5, "很滿意": 5, "满意": 4, "滿意": 4, "一般": 3, "还行": 3, "還行": 3,
    "不满意": 2, "不滿意": 2, "很不满意": 1, "很不滿意": 1, "非常不满意": 1, "非常不滿意": 1,
    "excellent": 5, "very good": 5, "great": 5, "perfect": 5, "good": 4, "ok": 3, "okay": 3, "average": 3,
    "bad": 2, "poor": 2, "very bad": 1, "terrible": 1, "awful": 1,
}
_SKIP = {"跳过", "跳過", "不用", "不用了", "没有", "沒有", "没了", "skip", "no", "nope", "no thanks", "nothing", "none"}
_UNIT = r"(?:\s*(?:分|星|颗星|顆星|stars?|points?|/\s*5|out of (?:5|five)))?"
_PREFIX = r"(?:我?(?:给|給|打|评|評)\s*(?:你们|你們|个|個)?\s*|i(?:'d)? (?:give|rate)(?: (?:it|you|this))? (?:a )?)?"
_SCORE = re.compile(rf"^{_PREFIX}([1-5]|[一二两兩三四五]|one|two|three|four|five){_UNIT}(?:吧|啦|哦)?$", re.IGNORECASE)


def read_score(text: str) -> int | None:
    """The score in a short answer: "4", "４分", "四星", "★★★★", "four stars", "很满意"; None when it is no score.

    Only an answer that is nothing but a score counts: "房间 3 楼有噪音" is a sentence, not a 3.
    """
    plain = _plain(text)
    if plain and set(plain) <= {"★", "⭐", "*"} and len(plain) <= 5:
        return len(plain)
    if plain in _PHRASES:
        return _PHRASES[plain]
    found = _SCORE.match(plain)
    if not found:
        return None
    value = found.group(1).lower()
    return int(value) if value.isdigit() else _WORDS[value]


def is_skip(text: str) -> bool:
    """Whether the customer has nothing to add."""
    return _plain(text) in _SKIP


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower().replace("\ufe0f", "").strip()
    return folded.strip(" .!?。！？~～,，")
