"""Figures from samples, with how sure one can be of them.

Only the standard library: the normal distribution is in `statistics`, Student's is computed here from the regularised
incomplete beta function. Every formula names its source; the tests compare with scipy and with published values.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
SMALL = 30
"""Below this a figure is marked as a small sample: the textbooks' limit for the normal approximation."""
FEWEST = 5
"""Below this nothing is said about a difference."""

_NORMAL = NormalDist()
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure from `count` answers, and the interval that holds the true one in 95 of 100 samples."""

    value: float
    low: float
    high: float
    count: int

    @property
    def is_small(self) -> bool:
        return self.count < SMALL


@dataclass(frozen=True, slots=True)
class Sample:
    """What a comparison of means needs; `variance` is the sample's (divided by count - 1)."""

    count: int
    mean: float
    variance: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Sample":
        count = len(values)
        mean = math.fsum(values) / count if count else 0.0
        spread = math.fsum((value - mean) ** 2 for value in values)
        return cls(count, mean, spread / (count - 1) if count > 1 else 0.0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A difference (second less first) with its interval, and how often chance alone makes one as large."""

    difference: float
    low: float
    high: float
    p: float
    counts: tuple[int, int]

    @property
    def is_sayable(self) -> bool:
        """Whether there are enough answers on both sides to say anything."""
        return min(self.counts) >= FEWEST

    @property
    def is_significant(self) -> bool:
        return self.is_sayable and self.p < 1 - CONFIDENCE


def share(hits: int, count: int, confidence: float = CONFIDENCE) -> Estimate | None:
    """A proportion with the score interval of E. B. Wilson (1927), which also holds near 0 and 1. None of nothing."""
    if count == 0:
        return None
    z = _z(confidence)
    found = hits / count
    middle = (found + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * math.sqrt(found * (1 - found) / count + z * z / (4 * count * count))
    return Estimate(found, max(0.0, middle - reach) if hits else 0.0, min(1.0, middle + reach) if hits < count else 1.0,
                    count)


def mean(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate | None:
    """A mean with Student's t interval; of one value alone the interval is unbounded. None of nothing."""
    sample = Sample.of(values)
    if sample.count == 0:
        return None
    if sample.count == 1:
        return Estimate(sample.mean, -math.inf, math.inf, 1)
    reach = student_quantile((1 + confidence) / 2, sample.count - 1) * math.sqrt(sample.variance / sample.count)
    return Estimate(sample.mean, sample.mean - reach, sample.mean + reach, sample.count)


def net_promoter_score(marks: Iterable[int], confidence: float = CONFIDENCE) -> Estimate | None:
    """NPS of marks 0..10, from -100 to 100 (F. Reichheld 2003: share of 9 and 10 less share of 0 to 6).

    The interval is the adjusted Wald one that J. Sauro and J. Lewis recommend (2021): three answers are added, 3/4 of
    one to each end and 3/2 to the middle, which keeps it honest where everybody agrees. None of nothing.
    """
    promoters, passives, detractors = promoter_counts(marks)
    count = promoters + passives + detractors
    if count == 0:
        return None
    more, less, whole = promoters + 0.75, detractors + 0.75, count + 3
    middle = (more - less) / whole
    reach = _z(confidence) * math.sqrt(((more + less) / whole - middle**2) / whole)
    value = (promoters - detractors) / count
    low, high = min(value, max(-1.0, middle - reach)), max(value, min(1.0, middle + reach))
    return Estimate(100 * value, 100 * low, 100 * high, count)


def promoter_counts(marks: Iterable[int]) -> tuple[int, int, int]:
    """Promoters (9, 10), passives (7, 8), detractors (0 to 6)."""
    found = list(marks)
    promoters = sum(mark >= 9 for mark in found)
    detractors = sum(mark <= 6 for mark in found)
    return promoters, len(found) - promoters - detractors, detractors


def promoter_sample(marks: Iterable[int]) -> Sample:
    """The marks as +100, 0 and -100, whose mean is the NPS: for comparing two of them."""
    promoters, passives, detractors = promoter_counts(marks)
    return Sample.of([100.0] * promoters + [0.0] * passives + [-100.0] * detractors)


def compare_shares(first: tuple[int, int], second: tuple[int, int]) -> Comparison | None:
    """Two proportions, each (hits, count): is the second another one? None where one side has nothing.

    The p-value is the pooled z test's, or Fisher's exact one where an expected number lies below 5 (W. Cochran 1954);
    the interval is R. Newcombe's (1998, method 10), built from the two Wilson intervals.
    """
    one, two = share(*first), share(*second)
    if one is None or two is None:
        return None
    difference = two.value - one.value
    low = difference - math.hypot(two.value - two.low, one.high - one.value)
    high = difference + math.hypot(two.high - two.value, one.value - one.low)
    return Comparison(difference, low, high, _p_of_shares(first, second), (first[1], second[1]))


def compare_means(first: Sample, second: Sample, confidence: float = CONFIDENCE) -> Comparison | None:
    """Two means by B. L. Welch's t test (1947), which does not ask for equal variances. None where one side has less
    than two values."""
    if min(first.count, second.count) < 2:
        return None
    one, two = first.variance / first.count, second.variance / second.count
    difference, error = second.mean - first.mean, math.sqrt(one + two)
    counts = (first.count, second.count)
    if error == 0:
        return Comparison(difference, difference, difference, 1.0 if difference == 0 else 0.0, counts)
    freedom = (one + two) ** 2 / (one**2 / (first.count - 1) + two**2 / (second.count - 1))
    p = 2 * (1 - student_cdf(abs(difference / error), freedom))
    reach = student_quantile((1 + confidence) / 2, freedom) * error
    return Comparison(difference, difference - reach, difference + reach, min(1.0, p), counts)


def compare_ranks(first: Sequence[float], second: Sequence[float]) -> float | None:
    """How often chance alone shifts two sets of durations against each other as far: the p-value of H. Mann and
    D. Whitney's test (1947), normal approximation with its corrections for ties and continuity. Medians are compared
    by it, because times are skewed. None where one side has nothing."""
    m, n = len(first), len(second)
    if not m or not n:
        return None
    ranks, ties = _ranks([*first, *second])
    u = math.fsum(ranks[:m]) - m * (m + 1) / 2
    whole = m + n
    variance = m * n / 12 * (whole + 1 - ties / (whole * (whole - 1)))
    if variance <= 0:
        return 1.0
    distance = max(0.0, abs(u - m * n / 2) - 0.5)
    return min(1.0, 2 * (1 - _NORMAL.cdf(distance / math.sqrt(variance))))


def _ranks(values: Sequence[float]) -> tuple[list[float], float]:
    """The rank of each value, ties sharing their mean, and the sum of (size³ - size) over the ties."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    ranks, ties, at = [0.0] * len(values), 0.0, 0
    while at < len(order):
        end = at
        while end + 1 < len(order) and values[order[end + 1]] == values[order[at]]:
            end += 1
        for place in order[at:end + 1]:
            ranks[place] = (at + end) / 2 + 1
        size = end - at + 1
        ties += size**3 - size
        at = end + 1
    return ranks, ties


def holm(ps: Sequence[float]) -> list[float]:
    """P-values of several comparisons made at once, adjusted so that chance fools us in one of 20 *sets* of them
    (S. Holm 1979)."""
    order = sorted(range(len(ps)), key=lambda place: ps[place])
    adjusted, highest = [0.0] * len(ps), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        adjusted[place] = highest
    return adjusted


def quantile(values: Iterable[float], part: float) -> float | None:
    """The value below which `part` (0..1) of them lie, with linear interpolation (R. Hyndman and Y. Fan 1996, type 7:
    what numpy and PostgreSQL's percentile_cont do). None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = part * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def student_cdf(t: float, freedom: float) -> float:
    """P(T <= t) of Student's distribution."""
    tail = _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2
    return 1 - tail if t >= 0 else tail


def student_quantile(part: float, freedom: float) -> float:
    """The t for which student_cdf is `part` (0 < part < 1), by bisection."""
    if part < 0.5:
        return -student_quantile(1 - part, freedom)
    low, high = 0.0, 1.0
    while student_cdf(high, freedom) < part:
        low, high = high, 2 * high
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if student_cdf(middle, freedom) < part else (low, middle)
    return (low + high) / 2


def _z(confidence: float) -> float:
    return _NORMAL.inv_cdf((1 + confidence) / 2)


def _p_of_shares(first: tuple[int, int], second: tuple[int, int]) -> float:
    (a, m), (b, n) = first, second
    hits, whole = a + b, m + n
    if hits in (0, whole):
        return 1.0
    if min(m, n) * min(hits, whole - hits) / whole < 5:
        return _fisher(a, m, b, n)
    pooled = hits / whole
    z = (b / n - a / m) / math.sqrt(pooled * (1 - pooled) * (1 / m + 1 / n))
    return 2 * (1 - _NORMAL.cdf(abs(z)))


def _fisher(a: int, m: int, b: int, n: int) -> float:
    """Two-sided: all tables with the same margins that are at most as likely as this one."""
    hits = a + b
    likely = [
        _log_choose(m, k) + _log_choose(n, hits - k) - _log_choose(m + n, hits)
        for k in range(max(0, hits - n), min(m, hits) + 1)
    ]
    ours = likely[a - max(0, hits - n)]
    return min(1.0, math.fsum(math.exp(one) for one in likely if one <= ours + 1e-7))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised, by its continued fraction (Abramowitz and Stegun 26.5.8), where that converges fast."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    return front / a * _beta_fraction(a, b, x)


def _beta_fraction(a: float, b: float, x: float) -> float:
    """1 / (1 + d1 / (1 + d2 / (1 + ...))), evaluated from the front by W. Lentz's method (1976)."""
    whole, c, d = 1.0, 1.0, 0.0
    for step in range(1, 500):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / _away_from_zero(1 + term * d)
        c = _away_from_zero(1 + term / c)
        whole *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return 1 / whole


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
