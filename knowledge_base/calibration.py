"""What cut suits this base? Cross-validation over its own phrasings and known misses.

In each fold some phrasings are held back and asked, and some articles are taken out altogether: their phrasings are
questions that the base cannot answer, and as near to it as such questions come. Known misses are asked as well.
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from desk.errors import Invalid
from desk.faq_tuning import USUAL_OUTSIDE, Calibration, CalibrationCurve, CurvePoint, Cuts
from knowledge_base.engine import Engine
from knowledge_base.entries import Entry, Query, Script
from knowledge_base.fusion import SHIPPED_CUTS, cuts_of
from knowledge_base.index import PreparedArticle, Snapshot
from knowledge_base.search import UNBENT, rank

FOLDS = 4
_MOST_ASKED = 600  # questions a fold
_DRAWS = 3  # of folds, in small bases: by one alone, the suggested cut would hang on which phrasings it held back
_ENOUGH = 2000  # questions asked, from which no further draw is needed
_STEPS = tuple(round(step / 50, 2) for step in range(1, 50))
_MOST_OUTSIDE = 0.95
_PRIOR = 25.0  # questions that the shipped calibration is worth
_ROUNDS = 200
_STEP = 1e-6


@dataclass(frozen=True, slots=True)
class _Sample:
    """One question asked: whether the base could answer it, whether its article came first, and with what score."""

    inside: bool
    right: bool
    score: float


def measure_curve(
    engine: Engine, misses: Sequence[str] = (), seed: int = 0, *, outside_share: float = USUAL_OUTSIDE,
    done: Callable[[float], None] = lambda _: None,
) -> CalibrationCurve:  # fmt: skip
    """Ask what was held back. Blocking: seconds for some hundred articles, a minute for thousands. `done` hears what
    share of it is.

    `outside_share` is the expected share of questions that no article answers (0 to .95): the more, the higher the
    suggested cut. Raises Invalid for a share beyond.
    """
    if not 0 <= outside_share <= _MOST_OUTSIDE:
        raise Invalid("outside", f"Give a share between 0 and {_MOST_OUTSIDE}.")
    samples: list[_Sample] = []
    for draw in range(_DRAWS):
        if len(samples) < _ENOUGH:
            for fold, found in enumerate(_samples(engine, misses, seed + draw), start=1):
                samples += found
                done((draw + fold / FOLDS) / _DRAWS)
    suggested = _suggested(samples, outside_share)
    current = engine.calibration
    inside, outside = sum(each.inside for each in samples), sum(not each.inside for each in samples)
    return CalibrationCurve(
        _points(samples, current), inside, outside, _auroc(samples), suggested, cuts_of(current),
        Calibration(current.slope, current.shift), _points(samples, suggested),
    )


def _points(samples: Sequence[_Sample], calibration: Calibration) -> tuple[CurvePoint, ...]:
    bent = [replace(each, score=_bend(each.score, calibration)) for each in samples]
    return tuple(_point(bent, cut) for cut in _STEPS)


def _samples(engine: Engine, misses: Sequence[str], seed: int) -> Iterator[list[_Sample]]:
    """Fold by fold."""
    chance = random.Random(seed)
    articles = list(engine.snapshot.articles.values())
    chance.shuffle(articles)
    for fold in range(FOLDS):
        absent = {prepared.article.id for prepared in articles[fold::FOLDS]} if len(articles) >= FOLDS * 2 else set()
        kept, held = [], []
        for prepared in articles:
            if prepared.article.id in absent:
                continue
            rest, out = _held_back(prepared, fold)
            kept.append(rest)
            held += [(prepared.article.id, entry) for entry in out]
        snapshot = engine.emptied().snapshot.changed(kept, ()).taught()
        near = [("", entry) for prepared in articles if prepared.article.id in absent for entry in prepared.questions]
        asked = [*_some(held, chance), *_some(near, chance)[: max(len(held), 20)]]
        samples = [_ask(snapshot, _query(engine, entry), expected) for expected, entry in asked]
        yield samples + [_ask(snapshot, engine.preparer.query(text), "") for text in misses[fold::FOLDS]]


def _held_back(prepared: PreparedArticle, fold: int) -> tuple[PreparedArticle, list[Entry]]:
    """Every fourth phrasing of each script is held back, where at least one of that script remains."""
    held = []
    for script in Script:
        own = [entry for entry in prepared.questions if entry.script is script]
        if len(own) > 1:
            held += own[fold % len(own) :: FOLDS][: len(own) - 1]
    identities = {entry.id for entry in held}
    rest = tuple(entry for entry in prepared.questions if entry.id not in identities)
    return replace(prepared, questions=rest), held


def _some(asked: list[tuple[str, Entry]], chance: random.Random) -> list[tuple[str, Entry]]:
    return chance.sample(asked, min(len(asked), _MOST_ASKED))


def _query(engine: Engine, entry: Entry) -> Query:
    return engine.preparer.query(entry.text)


def _ask(snapshot: Snapshot, query: Query, expected: str) -> _Sample:
    ranking = rank(snapshot, query, calibration=UNBENT)
    first = ranking.ranked[0].article.id if ranking.ranked else ""
    return _Sample(bool(expected), bool(expected) and first == expected, ranking.best)


def _bend(score: float, calibration: Calibration) -> float:
    odds = calibration.slope * _log_odds(score) + calibration.shift
    return 1 / (1 + math.exp(-odds))


def _log_odds(score: float) -> float:
    bounded = min(max(score, 1e-4), 1 - 1e-4)
    return math.log(bounded / (1 - bounded))


def _point(samples: Sequence[_Sample], cut: float) -> CurvePoint:
    inside = [each for each in samples if each.inside]
    outside = [each for each in samples if not each.inside]
    given = [each for each in samples if each.score >= cut]
    return CurvePoint(
        cut,
        right=_share(inside, lambda each: each.right and each.score >= cut),
        wrong=_share(inside, lambda each: not each.right and each.score >= cut),
        false_answers=_share(outside, lambda each: each.score >= cut),
        precision=_share(given, lambda each: each.right) if given else 1.0,
    )


def _share(samples: Sequence[_Sample], holds: Callable[[_Sample], bool]) -> float:
    return sum(holds(each) for each in samples) / len(samples) if samples else 0.0


def _suggested(samples: Sequence[_Sample], outside: float) -> Calibration:
    """Slope and shift that make the scores probabilities of being right (Platt 1999, held near the shipped ones where
    there are few samples), and the cut that gains most: right answers less wrong ones less answers where there is none,
    each kind of question in its share.
    """
    if not samples or len({each.right for each in samples}) < 2:
        return Calibration()
    slope, shift = _platt(samples)
    bent = [replace(each, score=_bend(each.score, Calibration(slope, shift))) for each in samples]
    points = [_point(bent, cut) for cut in _STEPS]

    def gain(point: CurvePoint) -> tuple[float, float]:
        return (1 - outside) * (point.right - point.wrong) - outside * point.false_answers, point.cut

    best = max(points, key=gain)
    offer = min(max(best.cut * SHIPPED_CUTS.offer / SHIPPED_CUTS.answer, 0.05), best.cut)
    return Calibration(round(slope, 3), round(shift, 3), Cuts(best.cut, round(offer, 2)))


def _platt(samples: Sequence[_Sample]) -> tuple[float, float]:
    odds = np.array([_log_odds(each.score) for each in samples])
    right = np.array([each.right for each in samples], dtype=float)
    slope, shift = 1.0, 0.0

    def cost(slope: float, shift: float) -> float:
        bent = slope * odds + shift
        return float(np.logaddexp(0, bent).sum() - (right * bent).sum() + _PRIOR / 2 * ((slope - 1) ** 2 + shift**2))

    for _ in range(_ROUNDS):  # Newton's method on two numbers
        chance = 1 / (1 + np.exp(-np.clip(slope * odds + shift, -30, 30)))
        miss, spread = chance - right, chance * (1 - chance)
        first = np.array([(miss * odds).sum() + _PRIOR * (slope - 1), miss.sum() + _PRIOR * shift])
        mixed = (spread * odds).sum()
        second = np.array([[(spread * odds**2).sum() + _PRIOR, mixed], [mixed, spread.sum() + _PRIOR]])
        step = np.linalg.solve(second, first)
        before = cost(slope, shift)
        while cost(slope - step[0], shift - step[1]) > before and float(np.abs(step).max()) >= _STEP:
            step /= 2  # where scores are sure and wrong, a whole step leads far beyond
        slope, shift = slope - step[0], shift - step[1]
        if float(np.abs(step).max()) < _STEP:
            break
    return max(float(slope), 0.1), float(shift)


def _auroc(samples: Sequence[_Sample]) -> float:
    """How often a question with an answer outscores one without (ties count half); .5 where one kind is missing."""
    inside = np.array([each.score for each in samples if each.inside])
    outside = np.sort([each.score for each in samples if not each.inside])
    if not len(inside) or not len(outside):
        return 0.5
    below = np.searchsorted(outside, inside, side="left") + np.searchsorted(outside, inside, side="right")
    return float(below.mean() / 2 / len(outside))
