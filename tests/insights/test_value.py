"""Customers' value agrees with what was worked out by hand, and churn with a made-up business whose truth is known."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from desk.customer_value import AbcClass, Risk, Scores, Segment
from desk.errors import Invalid
from insights.loyalty import Habits, Money, churn, lifetime, rhythm, risk_of, usual_every
from insights.rfm import abc_classes, by_cuts, by_quintiles, segment_of
from insights.value import Retained, Sums, appraise
from insights.value_rules import ValueRules, rules_from_json, rules_to_json

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MONTHLY = Habits(every_days=30, retention=0.5)


def test_ten_different_values_fall_into_five_equal_groups() -> None:
    score = by_quintiles(range(10))
    assert [score(value) for value in range(10)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_equal_values_score_alike_however_many_they_are() -> None:
    orders = [1] * 60 + [2] * 20 + [3] * 15 + [9] * 5
    score = by_quintiles(orders)
    assert [score(value) for value in (1, 2, 3, 9)] == [2, 4, 5, 5]
    assert by_quintiles([1, 1, 1])(1) == 3  # nothing tells them apart: neither best nor worst


def test_the_business_may_set_the_limits_itself() -> None:
    score = by_cuts([2, 3, 5, 10])
    assert [score(orders) for orders in (1, 2, 4, 5, 9, 10)] == [1, 2, 3, 4, 4, 5]


@pytest.mark.parametrize(("scores", "orders", "segment"), [
    ((5, 5, 5), 12, Segment.CHAMPIONS), ((4, 4, 4), 6, Segment.LOYAL), ((5, 1, 2), 1, Segment.NEW),
    ((5, 2, 2), 2, Segment.POTENTIAL), ((3, 3, 3), 3, Segment.ATTENTION), ((3, 1, 1), 1, Segment.FADING),
    ((2, 4, 4), 5, Segment.AT_RISK), ((1, 5, 5), 20, Segment.CANT_LOSE), ((2, 1, 1), 1, Segment.HIBERNATING),
    ((1, 1, 1), 1, Segment.LOST),
])
def test_scores_have_the_grid_s_names(scores: tuple[int, int, int], orders: int, segment: Segment) -> None:
    assert segment_of(Scores(*scores), orders) is segment


def test_the_first_eighty_percent_of_revenue_are_class_a() -> None:
    assert "".join(abc_classes([600, 200, 100, 50, 30, 20, 0])) == "aabbccc"
    assert "".join(abc_classes([10, 10, 10, 10])) == "aaaa"  # equals stand together
    assert "".join(abc_classes([0, 0])) == "cc"


def test_a_customer_s_rhythm_is_their_own_and_one_time_of_the_business_s() -> None:
    assert usual_every([(90, 4), (40, 2), (0, 1)]) == 35  # the middle of 30 and 40; who ordered once says nothing
    assert rhythm(between=120, orders=5, habits=MONTHLY) == 30
    assert rhythm(between=0, orders=1, habits=MONTHLY) == 30


# Worked out by hand: 1 / (1 + 1/(2+x) * ((30+T)/(30+t_x)) ** (1+x)), and one less that.
@pytest.mark.parametrize(("between", "silent", "orders", "left"), [
    (0, 0, 1, 1 / 3),  # just ordered, for the first time
    (0, 30, 1, 1 / 2),  # 2 / 2 = 1
    (120, 0, 5, 1 / 7),  # a regular, just served
    (120, 150, 5, 32 / 38),  # (300 / 150) ** 5 / 6
])
def test_churn_is_what_the_formula_says(between: float, silent: float, orders: int, left: float) -> None:
    assert churn(between, silent, orders, MONTHLY) == pytest.approx(left)


def test_the_same_silence_means_more_of_somebody_who_came_often() -> None:
    weekly, yearly = churn(70, 60, 11, MONTHLY), churn(1400, 60, 5, MONTHLY)
    assert (risk_of(weekly), risk_of(yearly)) == (Risk.HIGH, Risk.LOW)
    assert churn(4000, 100_000, 400, MONTHLY) == pytest.approx(1)


def test_who_is_said_to_have_left_has_left_as_often_as_is_said() -> None:
    """Customers made up by the model's own story, of whom we know who left: ten groups by what is said of them."""
    random = Random(7)
    histories = [_history(random) for _ in range(8000)]
    habits = Habits(usual_every([(between, orders) for between, _, orders, _ in histories]), 0.5)
    groups: dict[int, list[tuple[float, bool]]] = {}
    for between, silent, orders, left in histories:
        said = churn(between, silent, orders, habits)
        groups.setdefault(int(said * 10), []).append((said, left))
    assert len(groups) == 10
    for found in groups.values():
        said, true = sum(each for each, _ in found) / len(found), sum(left for _, left in found) / len(found)
        assert said == pytest.approx(true, abs=0.07)


def _history(random: Random) -> tuple[float, float, int, bool]:
    """Days between first and last order, days since, orders, and whether they have left."""
    rate, leaves = random.gammavariate(1, 1 / 60), random.betavariate(1, 2)
    known, day, last, orders = random.uniform(30, 1000), 0.0, 0.0, 1
    while random.random() >= leaves:
        day += random.expovariate(rate)
        if day > known:
            return last, known - last, orders, False
        last, orders = day, orders + 1
    return last, known - last, orders, True


def test_lifetime_value_is_the_retention_formula() -> None:
    """Twelve orders a year of 100, 30 % margin: 365/30.4167 * 30 = 360 a year; kept 0.5/1.25 = 0.4 of it each year."""
    money = Money(margin=0.3, discount=0.25, years=3)
    found = lifetime(1000, 10, 365 / 12, 0.5, MONTHLY, money)
    assert found == pytest.approx(0.5 * 360 * (1 + 0.4 + 0.16))


def sums(customer: str, orders: int, amount: int, first: int, last: int, currency: str = "CNY") -> Sums:
    """Days ago."""
    return Sums(customer, currency, orders, amount, NOW - timedelta(days=first), NOW - timedelta(days=last))


def test_a_business_with_known_answers() -> None:
    found, basis = appraise([
        sums("ann", 10, 900_000, 300, 5), sums("bob", 10, 880_000, 640, 280), sums("cai", 1, 20_000, 3, 3),
        sums("dan", 1, 10_000, 700, 700), sums("eva", 3, 120_000, 200, 100),
    ], Retained(0, 0), ValueRules(margin=0.5), NOW)
    values = {each.customer_id: each for each in found}
    assert {name: each.segment for name, each in values.items()} == {
        "ann": Segment.CHAMPIONS, "bob": Segment.CANT_LOSE, "cai": Segment.NEW, "dan": Segment.LOST,
        "eva": Segment.ATTENTION,
    }
    assert {name: each.abc for name, each in values.items()} == {
        "ann": AbcClass.A, "bob": AbcClass.A, "eva": AbcClass.B, "cai": AbcClass.C, "dan": AbcClass.C,
    }
    assert {name: each.risk for name, each in values.items()} == {
        "ann": Risk.LOW, "cai": Risk.LOW, "eva": Risk.MEDIUM, "bob": Risk.HIGH, "dan": Risk.HIGH,
    }
    assert values["ann"].margin == 450_000
    assert (basis.currency, basis.every_days, basis.is_own_retention) == ("CNY", 40, False)


def test_currencies_are_added_by_the_business_s_rates_and_what_has_none_is_said() -> None:
    mixed = [sums("ann", 1, 10_000, 9, 9), sums("ann", 2, 10_000, 50, 2, "TWD"), sums("bob", 1, 700, 9, 9, "USD"),
             sums("cai", 5, 30_000, 99, 1)]
    found, basis = appraise(mixed, Retained(0, 0), ValueRules(rates={"TWD": 0.2}), NOW)
    ann, bob, _ = found
    assert (ann.orders, ann.revenue, ann.last_order_at) == (3, 12_000, NOW - timedelta(days=2))
    assert (bob.orders, bob.revenue, bob.abc) == (1, 0, AbcClass.C)
    assert basis.unpriced == {"USD": 1}


def test_the_business_s_own_retention_counts_once_it_has_customers_enough() -> None:
    few = appraise([], Retained(20, 5), ValueRules(retention=0.6), NOW)[1]
    many = appraise([], Retained(40, 10), ValueRules(retention=0.6), NOW)[1]
    assert (few.retention, many.retention) == (0.6, 0.25)


def test_own_limits_score_days_orders_and_money() -> None:
    rules = ValueRules(recency_cuts=(30, 60, 90, 180), frequency_cuts=(2, 3, 5, 10), money_cuts=(100, 500, 1000, 5000))
    found, _ = appraise([sums("ann", 5, 100_000, 400, 30), sums("bob", 1, 9_999, 181, 181)], Retained(0, 0), rules, NOW)
    assert [str(each.scores) for each in found] == ["544", "111"]


@pytest.mark.parametrize(("data", "field"), [
    ({"margin": "a lot"}, "margin"), ({"margin": 1.5}, "margin"), ({"years": 0}, "years"), ({"currency": "RMB!"},
    "currency"), ({"rates": {"US": 7}}, "rates"), ({"rates": {"USD": 0}}, "rates"),
    ({"frequency_cuts": [1, 2, 3]}, "frequency_cuts"), ({"money_cuts": [1, 3, 2, 4]}, "money_cuts"),
    ({"margin": "nan"}, "margin"),
])
def test_rules_that_make_no_sense_are_refused_by_name(data: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        rules_from_json(data)
    assert refused.value.field == field


def test_rules_survive_their_storing() -> None:
    rules = ValueRules("CNY", {"TWD": 0.22}, 0.4, 0.08, 5, 0.7, (30, 60, 90, 180), (), (1, 2, 3, 4))
    assert rules_from_json(rules_to_json(rules)) == rules
