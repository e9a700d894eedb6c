"""What surveys found: response, the standard figures with their intervals, and whether groups or waves differ. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from campaigns.surveys import Measure, Question, QuestionKind
from insights.service import Hits, grouped
from insights.statistics import (
    CONFIDENCE,
    Comparison,
    Estimate,
    Sample,
    compare_means,
    compare_shares,
    holm,
    mean,
    net_promoter_score,
    promoter_sample,
    share,
)


@dataclass(frozen=True, slots=True)
class Invited:
    """A customer whom the question reached. `wave` counts the rounds of a campaign on a schedule, from 1."""

    id: int
    channel: str
    language: str
    segment: str  # by recency, frequency and money; empty: never ordered
    tier: str
    agent_id: str
    wave: int
    asked_at: datetime
    answered_at: datetime | None = None
    finished_at: datetime | None = None
    opted_out: bool = False
    ticket_id: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """One answer. `text` is what was said word for word; `number` and `options` what was understood."""

    invited: Invited
    question_id: str
    at: datetime
    number: int | None = None
    options: tuple[str, ...] = ()
    text: str = ""
    skipped: bool = False

    @property
    def is_verbatim(self) -> bool:
        """Whether it is somebody's own words, rather than a mark or a choice."""
        return bool(self.text) and self.number is None and not self.options


class By(StrEnum):
    """By what results are broken down."""

    CHANNEL = "channel"
    LANGUAGE = "language"
    SEGMENT = "segment"
    TIER = "tier"
    AGENT = "agent"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Funnel:
    planned: int
    reached: int
    answered: int
    finished: int
    opted_out: int

    @property
    def response_rate(self) -> Estimate | None:
        """Who answered at least one question, of those reached."""
        return share(self.answered, self.reached)

    @property
    def completion_rate(self) -> Estimate | None:
        """Who came to the end, of those who began."""
        return share(self.finished, self.answered)


class Verdict(StrEnum):
    """What may be said of a difference, in one word; pages say it in a sentence."""

    HIGHER = "higher"
    LOWER = "lower"
    CHANCE = "chance"  # it may well be chance
    TOO_FEW = "too_few"  # nothing can be said yet


def funnel(planned: int, invited: Sequence[Invited]) -> Funnel:
    return Funnel(
        planned, len(invited), sum(each.answered_at is not None for each in invited),
        sum(each.finished_at is not None for each in invited), sum(each.opted_out for each in invited),
    )


def figure(question: Question, numbers: Sequence[int]) -> Estimate | None:
    """The figure of a scale: NPS, CSAT (the share of the two best marks), or else the mean, as of CES."""
    match _measure(question):
        case Measure.NPS:
            return net_promoter_score(numbers)
        case Measure.CSAT:
            return share(*_satisfied(question, numbers))
        case _:
            return mean(numbers)


def compare(question: Question, first: Sequence[int], second: Sequence[int]) -> Comparison | None:
    """Whether the second group's figure is another one than the first's."""
    match _measure(question):
        case Measure.NPS:
            return compare_means(promoter_sample(first), promoter_sample(second))
        case Measure.CSAT:
            return compare_shares(_satisfied(question, first), _satisfied(question, second))
        case _:
            return compare_means(Sample.of(first), Sample.of(second))


def verdict(found: Comparison | None, p: float | None = None) -> Verdict:
    """`p` stands in for the comparison's own where several were made at once."""
    if found is None or not found.is_sayable:
        return Verdict.TOO_FEW
    if (found.p if p is None else p) >= 1 - CONFIDENCE:
        return Verdict.CHANCE
    return Verdict.HIGHER if found.difference > 0 else Verdict.LOWER


def against_the_rest(question: Question, groups: Mapping[str, Sequence[int]]) -> dict[str, Verdict]:
    """Each group beside all the others together, with Holm's correction for looking at so many at once."""
    found = {
        name: compare(question, [number for other, rest in groups.items() if other != name for number in rest], numbers)
        for name, numbers in groups.items()
    }
    sayable = {name: each for name, each in found.items() if each is not None and each.is_sayable}
    adjusted = dict(zip(sayable, holm([each.p for each in sayable.values()]), strict=True))
    return {name: verdict(each, adjusted.get(name)) for name, each in found.items()}


def numbers_of(given: Iterable[Given], question_id: str) -> list[int]:
    return [each.number for each in given if each.question_id == question_id and each.number is not None]


def split(given: Iterable[Given], question_id: str, by: By, zone: ZoneInfo) -> dict[str, list[int]]:
    """The marks of each group, by the group's name; weeks by their Monday."""
    key: Callable[[Given], str] = {
        By.CHANNEL: lambda each: each.invited.channel, By.LANGUAGE: lambda each: each.invited.language,
        By.SEGMENT: lambda each: each.invited.segment, By.TIER: lambda each: each.invited.tier,
        By.AGENT: lambda each: each.invited.agent_id,
        By.WEEK: lambda each: _monday(each.at, zone),
    }[by]
    found = grouped((each for each in given if each.question_id == question_id and each.number is not None), key)
    return {name: numbers_of(items, question_id) for name, items in found.items()}


def distribution(question: Question, given: Iterable[Given]) -> list[tuple[str, int]]:
    """How often each mark or choice was given, in the question's order; choices may add up to more than answers."""
    counts: Counter[str] = Counter()
    for each in given:
        if each.question_id == question.id:
            counts.update(each.options or (() if each.number is None else (str(each.number),)))
    if question.kind.is_scale:
        names = [str(mark) for mark in range(question.low, question.high + 1)]
    elif question.kind is QuestionKind.YES_NO:
        names = ["yes", "no"]
    else:
        names = [option.id for option in question.options]
    return [(name, counts[name]) for name in names]


def main_question(questions: Sequence[Question]) -> Question | None:
    """The question a survey is judged by: the first that carries a measure, else the first scale."""
    scales = [question for question in questions if question.kind.is_scale]
    return next((question for question in scales if question.measure), scales[0] if scales else None)


def is_low(question: Question, number: int) -> bool:
    """Whether a mark is one to worry about: a detractor's, or the lower two fifths of a scale."""
    if _measure(question) is Measure.NPS:
        return number <= 6
    return number <= question.low + 2 * (question.high - question.low) / 5


def _measure(question: Question) -> Measure | None:
    return question.measure or (Measure.NPS if question.kind is QuestionKind.NPS else None)


def _satisfied(question: Question, numbers: Sequence[int]) -> Hits:
    return sum(number >= question.high - 1 for number in numbers), len(numbers)


def _monday(moment: datetime, zone: ZoneInfo) -> str:
    day = moment.astimezone(zone).date()
    return (day - timedelta(days=day.weekday())).isoformat()
