"""What a business tells the FAQ search beside its articles: cuts, glossary, confirmed pairs, and what was learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from desk.faq import Verdict


@dataclass(frozen=True, slots=True)
class Cuts:
    """Probabilities at which search changes its mind: from `answer` on it answers, from `offer` on it asks "did you
    mean", below it refuses. 0 < offer <= answer <= 1."""

    answer: float
    offer: float

    def verdict(self, probability: float) -> Verdict:
        if probability >= self.answer:
            return Verdict.ANSWER
        return Verdict.UNSURE if probability >= self.offer else Verdict.REFUSE

    @property
    def doubtful(self) -> float:
        """The probability shown for what must be offered and never given."""
        return (self.answer + self.offer) / 2


@dataclass(frozen=True, slots=True)
class Calibration:
    """How this business's own questions bend the shipped probability, and where it cuts.

    The logarithm of the odds is multiplied by `slope` and shifted by `shift`; `cuts` are None where the shipped ones
    serve.
    """

    slope: float = 1.0
    shift: float = 0.0
    cuts: Cuts | None = None


USUAL_OUTSIDE = 1 / 3
"""The share of questions that no article answers, where a business does not know its own."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What would happen if answers were given from `cut` on. Shares are 0..1 of questions of their kind.

    `right` and `wrong`: of questions the base can answer. `false_answers`: of questions it cannot. `precision`: of all
    answers given (1 where none is given).
    """

    cut: float
    right: float
    wrong: float
    false_answers: float
    precision: float


@dataclass(frozen=True, slots=True)
class CalibrationCurve:
    """Measured by cross-validation over the base's own phrasings and known misses; see knowledge_base.calibration."""

    points: tuple[CurvePoint, ...]
    asked: int  # held-back phrasings asked
    outside: int  # questions asked that the base could not answer
    auroc: float  # how often a question with an answer outscores one without
    suggested: Calibration
    current: Cuts
    bent: Calibration = field(default_factory=Calibration)  # what served when it was measured: `points` are bent by it
    points_if_taken: tuple[CurvePoint, ...] = ()  # as the suggestion would bend them

    def points_under(self, calibration: Calibration) -> tuple[CurvePoint, ...]:
        """The points in the probabilities that this calibration gives; none where it is neither the one that served nor
        the suggested one."""
        for points, other in ((self.points, self.bent), (self.points_if_taken, self.suggested)):
            if (other.slope, other.shift) == (calibration.slope, calibration.shift):
                return points
        return ()


@dataclass(frozen=True, slots=True)
class Measuring:
    """How far the measuring of the curve is, and what it found the last time.

    `began_at` and `done` (0..1) are those of the one that runs, None and 0 while none does. `curve` is the last one, of
    `measured_at`, with the share of questions without an article that was expected.
    """

    began_at: datetime | None = None
    done: float = 0.0
    broke_off: bool = False
    curve: CalibrationCurve | None = None
    outside_share: float = USUAL_OUTSIDE
    measured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """One thing a business names in its own way: all names mean the same, in whatever language they are written.

    `names` hold at least one text; the first is the preferred one. ("花呗", "ant credit pay", "huabei")
    """

    id: str
    names: tuple[str, ...]
    note: str = ""


class PairSource(StrEnum):
    """Who confirmed that an article answers a question."""

    CUSTOMER = "customer"  # "yes, that helped", or tapped in "did you mean"
    AGENT = "agent"  # sent the article as an answer
    ADMIN = "admin"  # merged a gap into the article


@dataclass(frozen=True, slots=True)
class ConfirmedPair:
    """A question as it was asked, and the article that somebody confirmed as its answer."""

    question: str
    article_id: str
    source: PairSource
    at: datetime
    customer_id: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """One refit from confirmed pairs. At most one is active; with none, the shipped table serves.

    `before` and `after` are shares of kept-back pairs whose article came first, without and with it.
    """

    id: str
    created_at: datetime
    pairs: int
    kept_back: int
    before: float
    after: float
    active: bool
    accepted: bool  # False: it was worse, so it was kept for the record and never served
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchTuning:
    """All of it at one revision, as a search process loads it. `learned` is the active model's content or None."""

    revision: int = 0
    calibration: Calibration = field(default_factory=Calibration)
    glossary: Sequence[GlossaryTerm] = ()
    learned_id: str = ""
    learned: bytes | None = None
    pairs: Sequence["ConfirmedPair"] = ()  # newest first, at most some thousands
    misses: Sequence[str] = ()  # questions known to have no answer in the base

    @property
    def told(self) -> bytes:
        """Stands for what texts are understood by: the same for the same glossary and learned words."""
        names = [(term.id, term.names) for term in self.glossary]
        return repr((names, blake2b(self.learned or b"").hexdigest())).encode()
