"""What an FAQ answer led to: was it right, or did the customer have to ask again or call a person?"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from desk.conversations import HandoffReason


class GapKind(StrEnum):
    """How a question turned out to be one that the FAQ does not answer."""

    REFUSED = "refused"
    NONE_FITS = "none_fits"
    UNHELPFUL = "unhelpful"
    HANDED_OVER = "handed_over"
    REPHRASED = "rephrased"


REPHRASED_WITHIN = timedelta(minutes=5)
HANDED_OVER_WITHIN = timedelta(minutes=15)
ALIKE = 0.34
"""From this share of common letter pairs on, a second question is the first one in other words."""
ALIKE_AND_SAME_ANSWER = 0.2
"""As `ALIKE`, where search gave the same article again: short Chinese questions share few pairs."""
_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An FAQ answer that a customer got, and what became of it."""

    id: int
    article_id: str
    question: str
    language: str
    score: float
    conversation_id: str
    at: datetime
    helpful: bool | None = None
    handed_over: bool = False
    rephrased: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether it is known already how it went."""
        return self.helpful is not None or self.handed_over or self.rephrased


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked; `led_to` is the article that answered it, or how it stayed unanswered."""

    at: datetime
    language: str
    question: str
    led_to: str


@dataclass(frozen=True, slots=True)
class ArticleUse:
    """How often an article was given, and what customers made of it; `failed` counts an answer once, however often
    it turned out not to help."""

    article_id: str
    views: int
    helpful: int
    unhelpful: int
    handed_over: int
    rephrased: int
    failed: int

    @property
    def solved(self) -> float | None:
        """The share of answers after which nothing showed that the customer was not helped."""
        return (self.views - self.failed) / self.views if self.views else None


def is_rephrased(earlier: GivenAnswer, question: str, now: datetime, article_id: str = "") -> bool:
    """Whether a question asked now, and answered with this article, is that earlier one in other words (the very same
    words may be a slip)."""
    if earlier.is_settled or now - earlier.at > REPHRASED_WITHIN:
        return False
    enough = ALIKE_AND_SAME_ANSWER if article_id == earlier.article_id else ALIKE
    return _letters(earlier.question) != _letters(question) and alike(earlier.question, question) >= enough


def led_to_a_person(earlier: GivenAnswer, reason: str, now: datetime) -> bool:
    """Whether a hand-over says that this answer did not settle the matter; a complaint has other reasons."""
    wanted = reason in (HandoffReason.ASKED, HandoffReason.UNKNOWN)
    return wanted and not earlier.is_settled and now - earlier.at <= HANDED_OVER_WITHIN


def alike(one: str, other: str) -> float:
    """The share of letter pairs that two texts have in common (Dice's coefficient), 0..1."""
    first, second = _pairs(one), _pairs(other)
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _pairs(text: str) -> set[str]:
    letters = _letters(text)
    return {letters[n : n + 2] for n in range(len(letters) - 1)} or ({letters} if letters else set())
