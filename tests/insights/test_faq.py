"""How the FAQ serves, counted."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.faq_misses import Asked
from insights.faq import coverage, neglected, top_questions
from insights.periods import custom

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = custom(date(2026, 11, 16), date(2026, 11, 22), SHANGHAI)
LATE = datetime(2026, 11, 16, 17, 0, tzinfo=UTC)  # Tuesday, one in the morning in Shanghai


def asked(question: str, led_to: str, at: datetime = LATE, language: str = "en") -> Asked:
    return Asked(at, language, question, led_to)


def test_coverage_counts_days_of_the_business_and_leaves_unhelpful_answers_to_the_answered():
    days = coverage([asked("a", "pool"), asked("b", "pool")], [asked("c", "refused"), asked("a", "unhelpful")], WEEK)
    assert [(day.day.day, day.answered, day.unanswered) for day in days if day.answered] == [(17, 2, 1)]
    assert days[0].share is None and days[1].share is not None and round(days[1].share, 2) == 0.67


def test_what_is_asked_most_counts_answered_questions_by_article_and_others_by_their_words():
    answered = [asked("When does it open?", "pool"), asked("Opening hours?", "pool")]
    answered.append(asked("开门吗", "pool", LATE, "zh-Hans"))
    gaps = [asked("Boats?", "refused"), asked("boats? ", "none_fits"), asked("boats?", "refused")]
    gaps.append(asked("x", "unhelpful"))
    found = [(one.language, one.question, one.article_id, one.times) for one in top_questions(answered, gaps, WEEK)]
    assert found == [("en", "Boats?", "", 3), ("en", "When does it open?", "pool", 2),
                     ("zh-Hans", "When does it open?", "pool", 1)]


def test_a_published_article_is_neglected_when_expired_due_or_unused():
    def article(name: str, **how: object) -> FaqArticle:
        return FaqArticle(name, (Phrasing("q"),), {None: "a"}, **how)

    today, since = date(2026, 11, 22), LATE - timedelta(days=30)
    shelf = [
        article("used"), article("unused"), article("old", valid_until=date(2026, 11, 1)),
        article("due", review_by=date(2026, 11, 2)), article("draft", status=ArticleStatus.DRAFT),
    ]
    found = neglected(shelf, {"used": LATE, "due": LATE}, since, today)
    assert [(one.article.id, one.why) for one in found] == [("old", "expired"), ("due", "review"), ("unused", "unused")]
