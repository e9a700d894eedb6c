"""The rating after a conversation: how its answers are read."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from desk.scores import plain, read_number, read_satisfaction

EXPIRES_AFTER = timedelta(days=2)
COMMENT_WITHIN = timedelta(minutes=30)


class RatingState(StrEnum):
    ASKED = "asked"
    SCORED = "scored"  # the score is in, a comment may follow
    DONE = "done"
    EXPIRED = "expired"


OPEN_STATES = (RatingState.ASKED, RatingState.SCORED)


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

_SCORED = re.compile(
    r"(?P<score>[^，,。.!！；;：:\-–—]{1,20}?)"
    r"(?:\s*[，,。!！；;：:–—]\s*|\s+-+\s+|(?<=[分星])\.?\s*(?=[但就因不])|\s+(?=(?:but|because|as|since)\s))"
    r"(?P<comment>[^\d\s].+)",
    re.DOTALL | re.IGNORECASE,
)
_SKIP = {"跳过", "跳過", "不用", "不用了", "没有", "沒有", "没了", "skip", "no", "nope", "no thanks", "nothing", "none"}


def read_score(text: str) -> int | None:
    """The score in a short answer: "4", "４分", "四星", "★★★★", "four stars", "很满意"; None when it is no score.

    Only an answer that is nothing but a score counts: "房间 3 楼有噪音" is a sentence, not a 3.
    """
    number = read_number(text, 1, 5)
    return number if number is not None else read_satisfaction(text)


def read_scored_comment(text: str) -> tuple[int, str] | None:
    """A score and the reason given with it: "两星，等太久了", "4 - friendly but slow"; None where there are not both.

    "2, 3 nights" and "1. 房间脏" count something else.
    """
    found = _SCORED.match(text.strip())
    if found is None:
        return None
    score = read_number(found["score"], 1, 5)
    return (score, found["comment"].strip()) if score is not None else None


def is_skip(text: str) -> bool:
    """Whether the customer has nothing to add."""
    return plain(text) in _SKIP
