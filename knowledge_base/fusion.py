"""From signals to one score that means "the probability that this article answers the question".

Scores are fused, never ranks: a rank says who is nearest, not whether anybody is near, so it cannot be cut. What the
signals weigh and how they become a probability depends on what is compared (`View`). The coefficients come from
`benchmarks/faq_calibrate.py`; docs/knowledge-base.md says on which data and how well they carry over.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from desk.faq_tuning import Calibration, Cuts

_ANSWER_SHARE = 0.7  # an answer's text may bring its article up
_CERTAIN_BUT_NOT_EXACT = 0.99
LEAD_SCALE = 8.0
MOST_DOUBLINGS = 4.5  # 23 ways to ask: more were never measured
SHIPPED_CUTS = Cuts(answer=0.5, offer=0.15)


class View(StrEnum):
    """What a question is compared with, and by what."""

    ENGLISH = "english"
    ENGLISH_TAUGHT = "english_taught"  # with the classifier of articles
    CHINESE = "chinese"
    CHINESE_TAUGHT = "chinese_taught"
    CHINESE_LEARNED = "chinese_learned"  # by words that confirmed pairs taught
    CHINESE_LEARNED_TAUGHT = "chinese_learned_taught"
    ABROAD = "abroad"  # phrasings in the other language, by meaning alone
    ABROAD_GLOSSED = "abroad_glossed"  # by the question's dictionary meaning as well
    ABROAD_TAUGHT = "abroad_taught"  # and with the classifier of the other language
    WORDS = "words"  # no vectors

    @property
    def is_taught(self) -> bool:
        return "head" in WEIGHTS[self]

    @property
    def is_abroad(self) -> bool:
        return self in (View.ABROAD, View.ABROAD_GLOSSED, View.ABROAD_TAUGHT)


WEIGHTS: Mapping[View, Mapping[str, float]] = {
    View.ENGLISH: {"dense": 1.0, "lexical": 0.4},
    View.ENGLISH_TAUGHT: {"dense": 1.0, "lexical": 0.4, "theme": 0.3, "head": 0.5, "kin": 0.8},
    View.CHINESE: {"dense": 1.0, "lexical": 1.0},
    View.CHINESE_TAUGHT: {"dense": 1.0, "lexical": 1.0, "theme": 0.3, "head": 0.5},
    View.CHINESE_LEARNED: {"dense": 1.5, "lexical": 1.0, "shared": 0.5},
    View.CHINESE_LEARNED_TAUGHT: {"dense": 1.5, "lexical": 1.0, "shared": 0.5, "theme": 0.3, "head": 0.5},
    View.ABROAD: {"dense": 1.0},
    View.ABROAD_GLOSSED: {"dense": 1.0, "lexical": 0.4},
    View.ABROAD_TAUGHT: {"dense": 1.0, "lexical": 0.4, "theme": 0.3, "head": 0.5},
    View.WORDS: {"lexical": 1.0},
}


_NAMES = ("dense", "lexical", "theme", "head", "kin", "shared")
# The same as rows, for speed: a search weighs a hundred articles.
_ROWS = {
    view: (*(weights.get(name, 0.0) for name in _NAMES), sum(weights.values()))
    for view, weights in WEIGHTS.items()
}


class Signals(NamedTuple):
    """What speaks for one article: cosines, probabilities and lexical scores, about 0..1 each."""

    view: View
    dense: float = 0.0
    lexical: float = 0.0
    theme: float = 0.0
    head: float = 0.0
    kin: float = 0.0
    shared: float = 0.0
    answer_dense: float = 0.0
    answer_lexical: float = 0.0

    @property
    def strength(self) -> float:
        """All signals in one number (0..1)."""
        return max(self._asked(), self._answered())

    @property
    def rests_on_answer(self) -> bool:
        """Whether the article's answer, not its ways to ask, is what resembles the question."""
        return self._answered() > self._asked()

    def values(self) -> Mapping[str, float]:
        """The signals that this view looks at, by name."""
        if self.rests_on_answer:
            return {"answer_dense": self.answer_dense, "answer_lexical": self.answer_lexical}
        return {name: getattr(self, name) for name in WEIGHTS[self.view]}

    def shares(self) -> Mapping[str, float]:
        """What part of the strength each of `values` makes; together 1, or all 0."""
        weights = WEIGHTS[self.view]
        parts = {
            name: max(value, 0.0) * weights.get(name.removeprefix("answer_"), 0.0)
            for name, value in self.values().items()
        }
        total = sum(parts.values())
        return {name: part / total if total else 0.0 for name, part in parts.items()}

    def _asked(self) -> float:
        dense, lexical, theme, head, kin, shared, total = _ROWS[self.view]
        near = dense * self.dense + lexical * self.lexical + shared * self.shared
        return (near + theme * self.theme + head * self.head + kin * self.kin) / total

    def _answered(self) -> float:
        dense, lexical, *_ = _ROWS[self.view]
        return _ANSWER_SHARE * (dense * self.answer_dense + lexical * self.answer_lexical) / (dense + lexical)


@dataclass(frozen=True, slots=True)
class Curve:
    """From strength to the logarithm of the odds that the article is right, by logistic regression.

    `lead` weighs how far it is ahead of the best other article (negative behind it; saturating, as a large lead proves
    no more). `doubling` is what each doubling of the ways to ask an article has adds: classifier and kinship are surer
    of an article with many, so the same strength says less. A question's length, and the number of articles, told
    nothing that carried over from one base to another.
    """

    bias: float
    strength: float
    lead: float
    doubling: float = 0.0

    def log_odds(self, strength: float, lead: float, doublings: float) -> float:
        plenty = self.doubling * min(doublings, MOST_DOUBLINGS)
        return self.bias + plenty + self.strength * strength + self.lead * math.tanh(LEAD_SCALE * lead)


CURVES: Mapping[View, Curve] = {
    View.ENGLISH: Curve(-4.63, 7.71, 1.93),
    View.ENGLISH_TAUGHT: Curve(-2.54, 12.29, 0.61, -1.09),
    View.CHINESE: Curve(-3.04, 4.19, 1.05),
    View.CHINESE_TAUGHT: Curve(-4.65, 10.55, 0.53),
    View.CHINESE_LEARNED: Curve(-3.02, 4.28, 1.07),
    View.CHINESE_LEARNED_TAUGHT: Curve(-4.55, 10.42, 0.52),
    View.ABROAD: Curve(-6.06, 9.83, 2.46),
    View.ABROAD_GLOSSED: Curve(-5.56, 9.69, 2.42),
    View.ABROAD_TAUGHT: Curve(-5.55, 12.48, 0.62),
    View.WORDS: Curve(-4.00, 6.44, 1.61),
}


def probability(view: View, strength: float, lead: float, doublings: float, bent: Calibration) -> float:
    """The shipped curve, bent by the business's own calibration. `doublings` is the binary logarithm of how many ways
    to ask articles have in the script they are looked for in."""
    odds = bent.slope * CURVES[view].log_odds(strength, lead, doublings) + bent.shift
    return min(1 / (1 + math.exp(-max(min(odds, 50.0), -50.0))), _CERTAIN_BUT_NOT_EXACT)


def cuts_of(calibration: Calibration) -> Cuts:
    """The cuts that serve: the business's own, else the shipped ones."""
    return calibration.cuts or SHIPPED_CUTS
