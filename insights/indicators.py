"""The indicators at the top of the reports: each with its value, the one before, and whether the change is good."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from insights.business_time import Clock
from insights.service import Facts, Hits, Lasting, bot_solved, counted, reopened, satisfied
from insights.statistics import CONFIDENCE, SMALL, Sample, compare_means, compare_ranks, compare_shares, quantile


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


_FIRST_RESPONSE = (Indicator.FIRST_RESPONSE, Indicator.FIRST_RESPONSE_P90)
_RESOLUTION = (Indicator.RESOLUTION, Indicator.RESOLUTION_P90)
_DURATIONS = {*_FIRST_RESPONSE, *_RESOLUTION}
_SHARES = {Indicator.BOT_SOLVED, Indicator.UNANSWERED, Indicator.REOPENED, Indicator.CSAT}
_COUNTS = {Indicator.CONVERSATIONS, Indicator.HAND_OVERS}
_MORE_IS_BETTER = {Indicator.BOT_SOLVED, Indicator.CSAT, Indicator.RATING}
_LESS_IS_BETTER = {*_DURATIONS, Indicator.REOPENED, Indicator.UNANSWERED}


@dataclass(frozen=True, slots=True)
class Measured:
    """A value (None: no case), from how many cases, and the same of the period before.

    `p`: how often chance alone moves it as far (None: it is a plain count, or there is nothing to compare).
    """

    indicator: Indicator
    value: float | None
    count: int
    previous: float | None
    previous_count: int
    p: float | None = None

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
        """1 better, -1 worse; 0 where it may well be chance, where there are few cases, or neither is better."""
        if self.change is None or self.p is None or self.p >= 1 - CONFIDENCE:
            return 0
        if min(self.count, self.previous_count) < SMALL:
            return 0
        return ((self.change > 0) - (self.change < 0)) * self.indicator.better

    @property
    def is_small(self) -> bool:
        return self.indicator not in _COUNTS and self.count < SMALL


def measure(facts: Facts, before: Facts, clock: Clock) -> Sequence[Measured]:
    """Every indicator of a period beside the one before it; `clock` counts business or calendar time."""
    asked = sum(facts.hand_overs.values()), sum(before.hand_overs.values())
    return [
        _counted(Indicator.CONVERSATIONS, counted(facts.contacts), counted(before.contacts)),
        _shared(Indicator.BOT_SOLVED, bot_solved(facts.contacts), bot_solved(before.contacts)),
        _counted(Indicator.HAND_OVERS, *asked),
        _shared(Indicator.UNANSWERED, (facts.unanswered, asked[0]), (before.unanswered, asked[1])),
        *_timed(_FIRST_RESPONSE, facts.first_replies, before.first_replies, clock),
        *_timed(_RESOLUTION, facts.closed, before.closed, clock),
        _shared(Indicator.REOPENED, reopened(facts.closed), reopened(before.closed)),
        _shared(Indicator.CSAT, satisfied(facts.rated), satisfied(before.rated)),
        _rated(facts, before),
    ]


def _counted(indicator: Indicator, now: int, then: int) -> Measured:
    return Measured(indicator, now, now, then, then)


def _shared(indicator: Indicator, now: Hits, then: Hits) -> Measured:
    compared = compare_shares(then, now)
    return Measured(
        indicator, now[0] / now[1] if now[1] else None, now[1], then[0] / then[1] if then[1] else None, then[1],
        compared.p if compared else None,
    )


def _timed(
    indicators: tuple[Indicator, Indicator], now: Sequence[Lasting], then: Sequence[Lasting], clock: Clock
) -> Sequence[Measured]:
    """Median and 90th percentile, by one test whether times as a whole became longer or shorter."""
    lengths, before = ([clock(item.began, item.ended) for item in items] for items in (now, then))
    p = compare_ranks(before, lengths)
    return [
        Measured(indicator, quantile(lengths, part), len(lengths), quantile(before, part), len(before), p)
        for indicator, part in zip(indicators, (0.5, 0.9), strict=True)
    ]


def _rated(facts: Facts, before: Facts) -> Measured:
    now, then = (Sample.of([item.score for item in each.rated]) for each in (facts, before))
    compared = compare_means(then, now)
    return Measured(
        Indicator.RATING, now.mean if now.count else None, now.count, then.mean if then.count else None, then.count,
        compared.p if compared else None,
    )
