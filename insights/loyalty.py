"""How likely a customer has left, by their own rhythm, and what they will still bring. Pure.

Churn is one less P(alive) of the MBG/NBD model (E. H. Batislam, M. Denizel, A. Filiztekin, "Empirical validation and
comparison of models for customer base analysis", Int. J. of Research in Marketing 24, 2007), which is BG/NBD (P. Fader,
B. Hardie, K. L. Lee, Marketing Science 24, 2005) where a customer may also leave after the first order. Its parameters
are not fitted but said (see `Habits`), so that a small business has figures, too, and everybody can work them out.

Lifetime value is the retention formula (S. Gupta, D. Lehmann, "Customers as assets", J. of Interactive Marketing 17,
2003) over a few years, begun from the chance that the customer is still there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from desk.customer_value import Risk

YEAR = 365.0
MEDIUM_FROM, HIGH_FROM = 0.4, 0.7
USUAL_EVERY = 90.0
"""Days between orders where nobody has ordered twice yet."""
STAYS, LEAVES = 2.0, 1.0
"""What is believed before a customer has shown anything: of three customers, one leaves after an order."""
FEWEST = 30
"""So many customers are needed for a retention rate of one's own."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What holds for the business as a whole. `every_days`: the middle of its customers' own times between orders; it
    counts as one such time in each customer's rhythm. `retention`: of the customers of a year, how many came back in
    the next."""

    every_days: float
    retention: float


@dataclass(frozen=True, slots=True)
class Money:
    """How a margin is made of revenue, and how far ahead a lifetime is looked at. Shares from 0 to 1."""

    margin: float
    discount: float
    years: int


def usual_every(spans: Sequence[tuple[float, int]]) -> float:
    """The middle of customers' mean times between orders, from (days between first and last order, orders)."""
    means = [days / (orders - 1) for days, orders in spans if orders > 1 and days > 0]
    return median(means) if means else USUAL_EVERY


def rhythm(between: float, orders: int, habits: Habits) -> float:
    """Days between two orders of one customer: theirs, with one time of the business's. `between`: days from their
    first order to their last."""
    return (habits.every_days + between) / orders


def churn(between: float, silent: float, orders: int, habits: Habits) -> float:
    """How likely a customer has left for good, after `silent` days without an order; 0 to 1.

    P(alive) = 1 / (1 + a / (b + x) * ((alpha + T) / (alpha + t_x)) ** (r + x)) with x = orders - 1, t_x = between,
    T = between + silent, r = 1, alpha = the business's usual time between orders, a = LEAVES, b = STAYS.
    """
    again = orders - 1
    stretched = (habits.every_days + between + max(0.0, silent)) / (habits.every_days + between)
    odds = math.log(LEAVES / (STAYS + again)) + orders * math.log(stretched)
    return 1 / (1 + math.exp(min(700.0, -odds)))


def risk_of(likelihood: float) -> Risk:
    return Risk.HIGH if likelihood >= HIGH_FROM else Risk.MEDIUM if likelihood >= MEDIUM_FROM else Risk.LOW


def lifetime(revenue: float, orders: int, every_days: float, left: float, habits: Habits, money: Money) -> float:
    """The margin that is still to come: P(alive) * yearly margin * sum of (retention / (1 + discount)) ** year.

    The yearly margin is that of the mean order, as often as their rhythm says, at least one a rhythm of a day.
    """
    yearly = money.margin * revenue / orders * YEAR / max(1.0, every_days)
    kept = habits.retention / (1 + money.discount)
    return max(0.0, (1 - left) * yearly * sum(kept ** year for year in range(money.years)))
