"""Every customer's value from their orders' sums: scores, segment, class, churn and lifetime value. Pure.

`crm_store/values.py` adds the orders up in the database; nothing here sees a single order.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.customer_value import CustomerValue, Scores
from desk.money import minor_units
from insights.loyalty import FEWEST, Habits, Money, churn, lifetime, rhythm, risk_of, usual_every
from insights.rfm import Scorer, abc_classes, by_cuts, by_quintiles, segment_of
from insights.value_rules import ValueRules

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sums:
    """One customer's orders in one currency: how many, their sum in its minor units, the first and the last."""

    customer_id: str
    currency: str
    orders: int
    amount: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Retained:
    """Of `customers` who ordered in the year before the last, how many ordered in the last one as well."""

    customers: int
    returned: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What a counting was based on, for those who want to know. `unpriced`: orders by currency that has no rate."""

    currency: str
    every_days: float
    retention: float
    is_own_retention: bool
    unpriced: Mapping[str, int]


@dataclass(slots=True)
class _Buyer:
    orders: int
    revenue: float
    first_at: datetime
    last_at: datetime

    @property
    def between(self) -> float:
        return (self.last_at - self.first_at) / _DAY


def appraise(
    sums: Sequence[Sums], retained: Retained, rules: ValueRules, now: datetime
) -> tuple[list[CustomerValue], Basis]:
    """The value of every customer with an order, in the order of their ids, and what it was based on."""
    currency = rules.currency or _most_used(sums)
    buyers, unpriced = _buyers(sums, currency, rules.rates)
    is_own = retained.customers >= FEWEST
    habits = Habits(
        usual_every([(buyer.between, buyer.orders) for buyer in buyers.values()]),
        retained.returned / retained.customers if is_own else rules.retention,
    )
    basis = Basis(currency, habits.every_days, habits.retention, is_own, unpriced)
    return _values(buyers, currency, habits, rules, now), basis


def _values(
    buyers: Mapping[str, _Buyer], currency: str, habits: Habits, rules: ValueRules, now: datetime
) -> list[CustomerValue]:
    money = Money(rules.margin, rules.discount, rules.years)
    recent, frequent, rich = _scorers(list(buyers.values()), currency, rules, now)
    classes = abc_classes([round(buyer.revenue) for buyer in buyers.values()])
    found = []
    for (customer_id, buyer), abc in zip(buyers.items(), classes, strict=True):
        silent = _silent(buyer, now)
        scores = Scores(recent(silent), frequent(buyer.orders), rich(round(buyer.revenue)))
        every = rhythm(buyer.between, buyer.orders, habits)
        left = churn(buyer.between, silent, buyer.orders, habits)
        found.append(CustomerValue(
            customer_id, buyer.orders, buyer.first_at, buyer.last_at, currency, round(buyer.revenue), scores,
            segment_of(scores, buyer.orders), abc, every, left, risk_of(left), round(money.margin * buyer.revenue),
            round(lifetime(buyer.revenue, buyer.orders, every, left, habits, money)), now,
        ))
    return found


def _scorers(
    buyers: Sequence[_Buyer], currency: str, rules: ValueRules, now: datetime
) -> tuple[Scorer, Scorer, Scorer]:
    """For days of silence, orders, and revenue in minor units."""
    if rules.recency_cuts:
        longer = by_cuts([limit + 1e-9 for limit in rules.recency_cuts])  # a limit itself is still within it
        recent: Scorer = lambda days: 6 - longer(days)  # noqa: E731 - as its sibling below
    else:
        quiet = by_quintiles([-_silent(buyer, now) for buyer in buyers])
        recent = lambda days: quiet(-days)  # noqa: E731
    frequent = by_cuts(rules.frequency_cuts) if rules.frequency_cuts else by_quintiles(
        [buyer.orders for buyer in buyers]
    )
    rich = by_cuts([limit * minor_units(currency) for limit in rules.money_cuts]) if rules.money_cuts else by_quintiles(
        [round(buyer.revenue) for buyer in buyers]
    )
    return recent, frequent, rich


def _silent(buyer: _Buyer, now: datetime) -> float:
    return max(0.0, (now - buyer.last_at) / _DAY)


def _buyers(
    sums: Iterable[Sums], currency: str, rates: Mapping[str, float]
) -> tuple[dict[str, _Buyer], dict[str, int]]:
    """Customers by their ids, with all their currencies together; orders count also where their money cannot."""
    found: dict[str, _Buyer] = {}
    unpriced: dict[str, int] = defaultdict(int)
    for each in sorted(sums, key=lambda each: each.customer_id):
        rate = 1.0 if each.currency == currency else rates.get(each.currency, 0.0)
        if not rate:
            unpriced[each.currency] += each.orders
        worth = each.amount / minor_units(each.currency) * rate * minor_units(currency)
        buyer = found.get(each.customer_id)
        if buyer is None:
            found[each.customer_id] = _Buyer(each.orders, worth, each.first_at, each.last_at)
            continue
        buyer.orders += each.orders
        buyer.revenue += worth
        buyer.first_at, buyer.last_at = min(buyer.first_at, each.first_at), max(buyer.last_at, each.last_at)
    return found, dict(unpriced)


def _most_used(sums: Iterable[Sums]) -> str:
    counts: Counter[str] = Counter()
    for each in sums:
        counts[each.currency] += each.orders
    return min(counts, key=lambda name: (-counts[name], name), default="CNY")
