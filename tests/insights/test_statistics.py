"""The statistics agree with published values and with scipy."""

import math
from random import Random

import pytest
from scipy import stats

from insights.statistics import (
    Sample,
    compare_means,
    compare_ranks,
    compare_shares,
    holm,
    mean,
    net_promoter_score,
    promoter_sample,
    quantile,
    share,
    student_cdf,
    student_quantile,
)


# R. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I.
@pytest.mark.parametrize(("hits", "count", "low", "high"), [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718),
])
def test_a_share_has_the_published_wilson_interval(hits: int, count: int, low: float, high: float) -> None:
    found = share(hits, count)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("hits", "count"), [(0, 1), (1, 1), (3, 7), (50, 50), (999, 1000)])
def test_a_share_has_scipy_s_wilson_interval(hits: int, count: int) -> None:
    found, theirs = share(hits, count), stats.binomtest(hits, count).proportion_ci(method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


# R. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17
# (1998), table II, method 10. Ours is second less first.
@pytest.mark.parametrize(("one", "other", "low", "high"), [
    ((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926), ((0, 10), (0, 20), -0.1611, 0.2775), ((10, 10), (0, 10), 0.6075, 1.0),
])
def test_a_difference_of_shares_has_the_published_interval(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    found = compare_shares(other, one)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@pytest.mark.parametrize(("one", "other"), [((120, 300), (165, 310)), ((40, 90), (41, 95)), ((500, 9000), (610, 9100))])
def test_a_difference_of_shares_has_the_p_of_the_pooled_test(one: tuple[int, int], other: tuple[int, int]) -> None:
    found = compare_shares(one, other)
    square = [[one[0], one[1] - one[0]], [other[0], other[1] - other[0]]]
    assert found is not None
    assert found.p == pytest.approx(stats.chi2_contingency(square, correction=False).pvalue, abs=1e-9)


@pytest.mark.parametrize(("one", "other"), [
    ((1, 9), (6, 8)), ((0, 12), (4, 11)), ((1, 400), (7, 380)), ((7, 7), (5, 9)),
])
def test_rare_answers_are_compared_exactly(one: tuple[int, int], other: tuple[int, int]) -> None:
    found = compare_shares(one, other)
    square = [[one[0], one[1] - one[0]], [other[0], other[1] - other[0]]]
    assert found is not None
    assert found.p == pytest.approx(stats.fisher_exact(square).pvalue, abs=1e-9)


# Fisher and Yates, Statistical Tables, two-sided 5 % points of Student's t.
@pytest.mark.parametrize(("freedom", "point"), [
    (1, 12.706), (2, 4.303), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980),
])
def test_student_s_distribution_has_its_published_points(freedom: int, point: float) -> None:
    assert student_quantile(0.975, freedom) == pytest.approx(point, abs=5e-4)


@pytest.mark.parametrize("freedom", [1, 1.7, 4, 33.3, 250, 1e5])
@pytest.mark.parametrize("t", [-30, -2.1, -0.01, 0, 0.5, 3, 12])
def test_student_s_distribution_is_scipy_s(t: float, freedom: float) -> None:
    assert student_cdf(t, freedom) == pytest.approx(stats.t.cdf(t, freedom), abs=1e-9)


def test_a_mean_has_student_s_interval() -> None:
    marks = [7, 6, 7, 5, 3, 7, 6, 2, 7, 7, 1, 6]
    found = mean(marks)
    theirs = stats.t.interval(0.95, len(marks) - 1, loc=sum(marks) / len(marks), scale=stats.sem(marks))
    assert found is not None
    assert (found.low, found.high) == pytest.approx(theirs, abs=1e-9)
    alone = mean([5])
    assert alone is not None and alone.value == 5 and math.isinf(alone.low)


def test_two_means_are_compared_as_welch_did() -> None:
    one, other = [5, 6, 7, 7, 4, 6, 5], [3, 4, 6, 2, 5, 4, 4, 3, 6]
    found, theirs = compare_means(Sample.of(one), Sample.of(other)), stats.ttest_ind(other, one, equal_var=False)
    assert found is not None
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-10)
    interval = theirs.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=1e-9)


@pytest.mark.parametrize(("one", "other"), [
    ([30, 45, 60, 61, 90, 400], [20, 25, 30, 31, 33, 70, 80]), ([1, 1, 1, 2, 2], [1, 2, 2, 2, 3, 3]), ([5, 5], [5, 5]),
])
def test_durations_are_compared_as_mann_and_whitney_did(one: list[float], other: list[float]) -> None:
    theirs = stats.mannwhitneyu(one, other, method="asymptotic").pvalue
    assert compare_ranks(one, other) == pytest.approx(theirs if theirs == theirs else 1.0, abs=1e-12)


def test_nps_is_promoters_less_detractors_and_its_interval_can_be_worked_out_by_hand() -> None:
    marks = [10] * 8 + [9] * 6 + [8] * 10 + [7] * 4 + [6] * 3 + [0] * 5  # 14 promoters, 14 passives, 8 detractors
    found = net_promoter_score(marks)
    assert found is not None
    assert found.value == pytest.approx(100 * 6 / 36)
    middle = (14.75 - 8.75) / 39
    reach = 1.959964 * math.sqrt((23.5 / 39 - middle**2) / 39)
    assert (found.low, found.high) == pytest.approx((100 * (middle - reach), 100 * (middle + reach)), abs=1e-4)


@pytest.mark.parametrize(("split", "count"), [((0.5, 0.3, 0.2), 25), ((0.9, 0.08, 0.02), 15), ((0.2, 0.2, 0.6), 400)])
def test_19_of_20_nps_intervals_hold_the_true_value(split: tuple[float, float, float], count: int) -> None:
    rng = Random(11)
    truth, held, rounds = 100 * (split[0] - split[2]), 0, 600
    for _ in range(rounds):
        found = net_promoter_score(rng.choices((10, 8, 3), split, k=count))
        assert found is not None
        held += found.low <= truth <= found.high
    assert 0.92 <= held / rounds <= 1.0


@pytest.mark.parametrize("marks", [[10, 10, 9], [0], [8, 7, 8]])
def test_an_nps_of_few_answers_is_never_certain(marks: list[int]) -> None:
    found = net_promoter_score(marks)
    assert found is not None and found.is_small
    assert -100 <= found.low <= found.value <= found.high <= 100 and found.high - found.low > 50


def test_two_nps_differ_where_their_marks_do() -> None:
    worse, better = [10] * 40 + [8] * 30 + [3] * 30, [10] * 60 + [8] * 30 + [3] * 10
    found = compare_means(promoter_sample(worse), promoter_sample(better))
    assert found is not None
    assert found.difference == pytest.approx(40) and found.is_significant


def test_chance_is_not_called_a_difference_and_three_answers_say_nothing() -> None:
    chance, few = compare_shares((40, 90), (41, 95)), compare_shares((0, 3), (3, 3))
    assert chance is not None and not chance.is_significant
    assert few is not None and not few.is_sayable and not few.is_significant


def test_many_comparisons_at_once_are_held_to_a_stricter_measure() -> None:
    # By hand: 0.005 x 4, 0.01 x 3, 0.03 x 2, and 0.04 x 1 raised to the one before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 0.9, 1.0])
def test_medians_and_p90_are_what_scipy_says(part: float) -> None:
    values = [3.0, 1.0, 14.0, 2.0, 7.0, 7.0, 9.5]
    assert quantile(values, part) == pytest.approx(float(stats.scoreatpercentile(values, 100 * part)))


def test_nothing_has_no_figures() -> None:
    assert share(0, 0) is None and mean([]) is None and net_promoter_score([]) is None and quantile([], 0.5) is None
    assert compare_ranks([], [1]) is None
    assert compare_shares((0, 0), (1, 2)) is None and compare_means(Sample.of([1]), Sample.of([1, 2])) is None
