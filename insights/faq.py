"""How the FAQ serves: coverage by day, what is asked most by week and language, what nobody uses."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk.faq import ArticleStatus, FaqArticle
from desk.faq_misses import Asked, GapKind
from insights.periods import Period

_NOT_LETTERS = re.compile(r"[\W_]+")
UNANSWERED = frozenset({GapKind.REFUSED, GapKind.NONE_FITS})
"""Gaps of questions that got no answer; the other kinds are answers that did not help."""


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """Questions of one day: answered from the FAQ, or not."""

    day: date
    answered: int
    unanswered: int

    @property
    def share(self) -> float | None:
        asked = self.answered + self.unanswered
        return self.answered / asked if asked else None


def coverage(answered: Sequence[Asked], gaps: Sequence[Asked], period: Period) -> list[DayCoverage]:
    """A line for every day of the period, also for those on which nothing was asked."""
    yes = Counter(_day(each.at, period) for each in answered)
    no = Counter(_day(each.at, period) for each in gaps if each.led_to in UNANSWERED)
    days = [period.first + timedelta(days=n) for n in range(period.length)]
    return [DayCoverage(day, yes[day], no[day]) for day in days]


@dataclass(frozen=True, slots=True)
class TopQuestion:
    """`article_id` is "" where the question stayed unanswered; `week` is its Monday."""

    week: date
    language: str
    question: str
    article_id: str
    times: int


def top_questions(
    answered: Sequence[Asked], gaps: Sequence[Asked], period: Period, most: int = 5
) -> list[TopQuestion]:
    """What was asked most, by week (the newest first) and language: answered questions count by their article, the
    others by their words."""
    counts: Counter[tuple[date, str, str, str]] = Counter()
    words: dict[str, Counter[str]] = {}
    for each in answered:
        counts[_week(each.at, period), each.language, "", each.led_to] += 1
        words.setdefault(each.led_to, Counter())[each.question] += 1
    for each in gaps:
        if each.led_to in UNANSWERED:
            key = _NOT_LETTERS.sub("", each.question.casefold())
            counts[_week(each.at, period), each.language, key, ""] += 1
            words.setdefault(key, Counter())[each.question] += 1
    found: list[TopQuestion] = []
    taken: Counter[tuple[date, str]] = Counter()
    for (week, language, asked, article), times in sorted(
        counts.items(), key=lambda item: (-item[0][0].toordinal(), item[0][1], -item[1], item[0][2:])
    ):
        taken[week, language] += 1
        if taken[week, language] <= most:
            question = words[asked or article].most_common(1)[0][0]
            found.append(TopQuestion(week, language, question, article, times))
    return found


@dataclass(frozen=True, slots=True)
class Neglected:
    """A published article that needs a look: why ("unused", "review", "expired"), and when it was given last."""

    article: FaqArticle
    why: str
    last_given: datetime | None
    due: date | None


def neglected(
    articles: Sequence[FaqArticle], last_given: Mapping[str, datetime], since: datetime, today: date
) -> list[Neglected]:
    """Published articles whose review is due or whose validity is over, and those not given since then."""
    found: list[Neglected] = []
    for article in articles:
        if article.status is not ArticleStatus.PUBLISHED:
            continue
        last = last_given.get(article.id)
        if article.valid_until is not None and article.valid_until < today:
            found.append(Neglected(article, "expired", last, article.valid_until))
        elif article.review_by is not None and article.review_by < today:
            found.append(Neglected(article, "review", last, article.review_by))
        elif last is None or last < since:
            found.append(Neglected(article, "unused", last, None))
    order = {"expired": 0, "review": 1, "unused": 2}
    return sorted(found, key=lambda each: (order[each.why], each.due or date.min, each.article.id))


def _day(moment: datetime, period: Period) -> date:
    return moment.astimezone(period.zone).date()


def _week(moment: datetime, period: Period) -> date:
    day = _day(moment, period)
    return day - timedelta(days=day.weekday())
