"""What a customer is worth and whether they are likely to come back: the words, and one customer's figures.

How they are found is in `insights/value.py`; where they are shown and used, nobody needs to know that.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Segment(StrEnum):
    """Where a customer stands by recency, frequency and money (RFM)."""

    CHAMPIONS = "champions"  # bought lately, often and much
    LOYAL = "loyal"
    POTENTIAL = "potential"  # lately, not often yet
    NEW = "new"  # lately, and once
    ATTENTION = "attention"  # middling in everything
    FADING = "fading"  # little, and not lately
    AT_RISK = "at_risk"  # much once, not lately
    CANT_LOSE = "cant_lose"  # the best once, not lately
    HIBERNATING = "hibernating"
    LOST = "lost"


class AbcClass(StrEnum):
    """By share of all revenue: A brings the first 80 %, B the next 15 %, C the rest."""

    A = "a"
    B = "b"
    C = "c"


class Risk(StrEnum):
    """How likely it is that a customer has left for good, from `churn`: below 40 %, below 70 %, and above."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Scores:
    """Recency, frequency, money: 1 (worst) to 5 (best)."""

    recency: int
    frequency: int
    money: int

    def __str__(self) -> str:
        return f"{self.recency}{self.frequency}{self.money}"


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """The figures of one customer who has ordered, as they were at `counted_at`.

    Money is in minor units of `currency`: `revenue` so far, `margin` of it so far (historic lifetime value), `lifetime`
    still to come within the horizon (predicted). `every_days`: their own usual time between orders; `churn`: how likely
    they have left for good, 0 to 1.
    """

    customer_id: str
    orders: int
    first_order_at: datetime
    last_order_at: datetime
    currency: str
    revenue: int
    scores: Scores
    segment: Segment
    abc: AbcClass
    every_days: float
    churn: float
    risk: Risk
    margin: int
    lifetime: int
    counted_at: datetime
