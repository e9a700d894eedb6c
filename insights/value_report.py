"""What is said of all customers' values together. Pure; crm_store/value_reports.py adds them up."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from desk.customer_value import AbcClass, CustomerValue, Risk, Segment
from insights.loyalty import MEDIUM_FROM
from insights.value import Basis
from insights.value_rules import ValueRules

K = TypeVar("K")

VALUABLE = (AbcClass.A, AbcClass.B)
AT_RISK_FROM = MEDIUM_FROM
"""Who is on the care list: class A or B, and likelier than this to have left."""


@dataclass(frozen=True, slots=True)
class Worth:
    """Which customers: those of this segment, class and risk, of whichever is said."""

    segment: Segment | None = None
    abc: AbcClass | None = None
    risk: Risk | None = None

    @property
    def is_any(self) -> bool:
        return self.segment is None and self.abc is None and self.risk is None


@dataclass(frozen=True, slots=True)
class Sum:
    """Customers that are alike in segment, class and risk, added up; `gone` is the sum of their churn."""

    segment: Segment
    abc: AbcClass
    risk: Risk
    customers: int
    revenue: int
    margin: int
    lifetime: int
    gone: float


@dataclass(frozen=True, slots=True)
class Group:
    """`churn` is the mean of its customers'; `share` its part of all revenue, None where there is none."""

    customers: int
    revenue: int
    margin: int
    lifetime: int
    churn: float
    share: float | None


@dataclass(frozen=True, slots=True)
class Care:
    """Somebody valuable who may be leaving, with what one looks at before writing to them."""

    name: str
    value: CustomerValue
    last_contact_at: datetime | None
    open_complaints: int


@dataclass(frozen=True, slots=True)
class Counting:
    """What the business decided, and how far the last counting came. `basis` is None before the first."""

    rules: ValueRules
    asked_at: datetime | None = None
    counted_at: datetime | None = None
    basis: Basis | None = None
    is_under_way: bool = False


def by_segment(sums: Sequence[Sum]) -> dict[Segment, Group]:
    """Every segment in the order of the grid, best first, also where nobody is in it."""
    return _grouped(sums, Segment, lambda each: each.segment)


def by_class(sums: Sequence[Sum]) -> dict[AbcClass, Group]:
    return _grouped(sums, AbcClass, lambda each: each.abc)


def by_risk(sums: Sequence[Sum]) -> dict[Risk, Group]:
    return _grouped(sums, Risk, lambda each: each.risk)


def whole(sums: Sequence[Sum]) -> Group:
    return _group(sums, sum(each.revenue for each in sums))


def _grouped(sums: Sequence[Sum], names: Iterable[K], key: Callable[[Sum], K]) -> dict[K, Group]:
    found: Mapping[K, list[Sum]] = defaultdict(list)
    for each in sums:
        found[key(each)].append(each)
    total = sum(each.revenue for each in sums)
    return {name: _group(found[name], total) for name in names}


def _group(sums: Sequence[Sum], total: int) -> Group:
    customers, revenue = sum(each.customers for each in sums), sum(each.revenue for each in sums)
    return Group(
        customers, revenue, sum(each.margin for each in sums), sum(each.lifetime for each in sums),
        sum(each.gone for each in sums) / customers if customers else 0.0, revenue / total if total > 0 else None,
    )
