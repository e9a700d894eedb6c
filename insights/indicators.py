"""The indicators at the top of the reports: each with its value, the one before, and whether the change is good."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from insights.business_time import Clock
from insights.service import Facts, bot_solved, reopen_rate, satisfaction, speed
from insights.statistics import SMALL


class Indicator(StrEnum):
    CONVERSATIONS = "conversations"
    BOT_SOLVED = "bot_solved"
    HAND_OVERS = "hand_overs"
    UNANSWERED = "unanswered"
    FIRST_RESPONSE = "first_response"
    FIRST_RESPONSE_P90 = "first_response_p90"
    RESOLUTION = "resolution"
    RESOLUTION_P90 = "resolution_p90"
    REOPENED = "reopened"
    CSAT = "csat"
    RATING = "rating"

    @property
    def is_duration(self) -> bool:
        return self in _DURATIONS

    @property
    def is_share(self) -> bool:
        return self in _SHARES

    @property
    def better(self) -> int:
        """1 where more is better, -1 where less is, 0 where neither."""
        return 1 if self in _MORE_IS_BETTER else -1 if self in _LESS_IS_BETTER else 0


_DURATIONS = {Indicator.FIRST_RESPONSE, Indicator.FIRST_RESPONSE_P90, Indicator.RESOLUTION, Indicator.RESOLUTION_P90}
_SHARES = {Indicator.BOT_SOLVED, Indicator.REOPENED, Indicator.CSAT}
_MORE_IS_BETTER = {Indicator.BOT_SOLVED, Indicator.CSAT, Indicator.RATING}
_LESS_IS_BETTER = {*_DURATIONS, Indicator.REOPENED, Indicator.UNANSWERED}


@dataclass(frozen=True, slots=True)
class Measured:
    """A value (None: no case), from how many cases, and the same of the period before."""

    indicator: Indicator
    value: float | None
    count: int
    previous: float | None
    previous_count: int

    @property
    def change(self) -> float | None:
        """The relative change; for shares the difference. None where one side has no value, or grew from nothing."""
        if self.value is None or self.previous is None:
            return None
        if self.indicator.is_share:
            return self.value - self.previous
        return None if self.previous == 0 else self.value / self.previous - 1

    @property
    def verdict(self) -> int:
        """1 better, -1 worse, 0 neither, or too few cases to say."""
        if self.change is None or self.is_small or self.previous_count < SMALL:
            return 0
        return ((self.change > 0) - (self.change < 0)) * self.indicator.better

    @property
    def is_small(self) -> bool:
        return self.indicator not in (Indicator.CONVERSATIONS, Indicator.HAND_OVERS, Indicator.UNANSWERED) and (
            self.count < SMALL
        )


def measure(facts: Facts, before: Facts, clock: Clock) -> Sequence[Measured]:
    """Every indicator of a period beside the one before it; `clock` counts business or calendar time."""
    now, then = _values(facts, clock), _values(before, clock)
    return [Measured(each, *now[each], *then[each]) for each in Indicator]


def _values(facts: Facts, clock: Clock) -> dict[Indicator, tuple[float | None, int]]:
    solved, reopened, marks = bot_solved(facts.contacts), reopen_rate(facts.closed), satisfaction(facts.rated)
    answered, resolved = speed(facts.first_replies, clock), speed(facts.closed, clock)
    contacts, hand_overs = len(facts.contacts), len(facts.hand_overs)
    return {
        Indicator.CONVERSATIONS: (contacts, contacts),
        Indicator.BOT_SOLVED: (solved.value, solved.count) if solved else (None, 0),
        Indicator.HAND_OVERS: (hand_overs, hand_overs),
        Indicator.UNANSWERED: (facts.unanswered, hand_overs),
        Indicator.FIRST_RESPONSE: (answered.median, answered.count),
        Indicator.FIRST_RESPONSE_P90: (answered.p90, answered.count),
        Indicator.RESOLUTION: (resolved.median, resolved.count),
        Indicator.RESOLUTION_P90: (resolved.p90, resolved.count),
        Indicator.REOPENED: (reopened.value, reopened.count) if reopened else (None, 0),
        Indicator.CSAT: (marks.csat.value, marks.count) if marks.csat else (None, 0),
        Indicator.RATING: (marks.mean, marks.count),
    }
