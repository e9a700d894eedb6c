"""From signals to one score that means "the probability that this article answers the question", and a verdict.

Scores are fused, never ranks: a rank says who is nearest, not whether anybody is near. The coefficients below come
from `benchmarks/faq_calibrate.py`; docs/knowledge-base.md says on which data and how well they carry over.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from desk.faq import Verdict
from knowledge_base.index import LEXICAL_SHARE

_THEME_SHARE = 0.5
_HEAD_SHARE = 0.5
_ANSWER_SHARE = 0.7  # an answer's text may bring its article up
_CERTAIN_BUT_NOT_EXACT = 0.99
_LEAD_SCALE = 8.0


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for one article: cosines, shares and lexical scores, about 0..1 each."""

    dense: float = 0.0
    lexical: float = 0.0
    theme: float = 0.0
    head: float = 0.0
    answer_dense: float = 0.0
    answer_lexical: float = 0.0

    def strength(self, *, by_meaning: bool) -> float:
        """All signals in one number (0..1); `by_meaning` says whether the question has a vector."""
        return max(self._asked(by_meaning), self._answered(by_meaning))

    def rests_on_answer(self, *, by_meaning: bool) -> bool:
        """Whether the article's answer, not its ways to ask, is what resembles the question."""
        return self._answered(by_meaning) > self._asked(by_meaning)

    def _asked(self, by_meaning: bool) -> float:
        if not by_meaning:
            return self.lexical
        weighed = self.dense + LEXICAL_SHARE * self.lexical + _THEME_SHARE * self.theme + _HEAD_SHARE * self.head
        return weighed / (1 + LEXICAL_SHARE + _THEME_SHARE + _HEAD_SHARE)

    def _answered(self, by_meaning: bool) -> float:
        if not by_meaning:
            return _ANSWER_SHARE * self.answer_lexical
        return _ANSWER_SHARE * (self.answer_dense + LEXICAL_SHARE * self.answer_lexical) / (1 + LEXICAL_SHARE)

    def as_mapping(self) -> Mapping[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Features:
    """What the calibrator looks at."""

    strength: float
    lead: float  # over the best other article, negative behind it; saturates, as a large lead proves no more
    lexical: float
    length: float  # logarithm of the question's letters

    def as_tuple(self) -> tuple[float, float, float, float]:
        return self.strength, math.tanh(_LEAD_SCALE * self.lead), self.lexical, self.length


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From `answer` on the article is given as the answer, from `unsure` on it is offered."""

    answer: float
    unsure: float

    @property
    def doubtful(self) -> float:
        """The score of what must be offered and never given."""
        return (self.answer + self.unsure) / 2

    def verdict(self, score: float) -> Verdict:
        if score >= self.answer:
            return Verdict.ANSWER
        return Verdict.UNSURE if score >= self.unsure else Verdict.REFUSE


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A logistic regression over `Features`, and the thresholds that go with it."""

    bias: float
    weights: tuple[float, float, float, float]
    thresholds: Thresholds

    def probability(self, features: Features) -> float:
        logit = self.bias + sum(
            weight * value for weight, value in zip(self.weights, features.as_tuple(), strict=True)
        )
        return min(1 / (1 + math.exp(-logit)), _CERTAIN_BUT_NOT_EXACT)


BY_MEANING = Calibrator(-7.77, (10.10, 1.99, 1.17, 0.32), Thresholds(answer=0.5, unsure=0.12))
BY_WORDS = Calibrator(-5.14, (3.20, 1.99, 3.20, 0.37), Thresholds(answer=0.55, unsure=0.15))


def calibrator_for(*, by_meaning: bool) -> Calibrator:
    """The calibrator of the signals at hand: with vectors, or with words only."""
    return BY_MEANING if by_meaning else BY_WORDS


def strength_features(strengths: Mapping[str, float], article_id: str, lexical: float, letters: int) -> Features:
    """Features of one article among all that were found."""
    own = strengths[article_id]
    others = max((strength for key, strength in strengths.items() if key != article_id), default=0.0)
    return Features(own, own - others, lexical, math.log1p(letters))
