"""RFM scores and segments, and ABC classes. Pure.

RFM: A. M. Hughes, Strategic Database Marketing (1994): customers in five equal groups by recency, frequency and money.
The grid of names is the usual one of recency against the mean of frequency and money. ABC: Pareto's rule as inventories
use it (H. F. Dickie, 1951), applied to customers' shares of revenue.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import groupby

from desk.customer_value import AbcClass, Scores, Segment

SHARE_A, SHARE_B = 0.80, 0.95
"""Of all revenue: class A ends at the first, B at the second."""
Scorer = Callable[[float], int]

_S = Segment
_GRID: dict[int, tuple[Segment, ...]] = {  # by recency; each row by frequency and money together, 1 to 5
    5: (_S.POTENTIAL, _S.POTENTIAL, _S.POTENTIAL, _S.CHAMPIONS, _S.CHAMPIONS),
    4: (_S.POTENTIAL, _S.POTENTIAL, _S.POTENTIAL, _S.LOYAL, _S.CHAMPIONS),
    3: (_S.FADING, _S.FADING, _S.ATTENTION, _S.LOYAL, _S.LOYAL),
    2: (_S.HIBERNATING, _S.HIBERNATING, _S.AT_RISK, _S.AT_RISK, _S.CANT_LOSE),
    1: (_S.LOST, _S.LOST, _S.HIBERNATING, _S.AT_RISK, _S.CANT_LOSE),
}
NEW_FROM = 4
"""The recency score from which somebody with a single order is new."""


def by_quintiles(values: Sequence[float]) -> Scorer:
    """Scores by fifths of these values, higher is better. Equal values always score alike: they stand together at the
    middle of their ranks, so where all are equal, all score 3."""
    ordered, many = sorted(values), len(values)
    known: dict[float, int] = {}

    def score(value: float) -> int:
        found = known.get(value)
        if found is None:
            twice = bisect_left(ordered, value) + bisect_right(ordered, value)  # their middle rank, doubled
            found = known[value] = min(5, 1 + 5 * twice // (2 * many))
        return found

    return score


def by_cuts(cuts: Sequence[float]) -> Scorer:
    """Scores by four rising limits of the business's own: reaching the nth scores n + 1."""
    limits = list(cuts)
    return lambda value: 1 + bisect_right(limits, value)


def segment_of(scores: Scores, orders: int) -> Segment:
    """The name of a customer's place."""
    if orders == 1 and scores.recency >= NEW_FROM:
        return Segment.NEW
    both = (scores.frequency + scores.money + 1) // 2  # their mean, halves upwards
    return _GRID[scores.recency][both - 1]


def abc_classes(revenues: Sequence[int]) -> list[AbcClass]:
    """The class of each revenue, in their order. Whoever stands on a limit belongs to the better class, equal revenues
    to the same; who brought nothing is C."""
    total = sum(revenue for revenue in revenues if revenue > 0)
    order = sorted(range(len(revenues)), key=lambda place: -revenues[place])
    found = [AbcClass.C] * len(revenues)
    before = 0
    for revenue, places in groupby(order, key=lambda place: revenues[place]):
        if revenue <= 0:
            break
        alike = list(places)
        share = before / total
        name = AbcClass.A if share < SHARE_A else AbcClass.B if share < SHARE_B else AbcClass.C
        for place in alike:
            found[place] = name
        before += revenue * len(alike)
    return found
